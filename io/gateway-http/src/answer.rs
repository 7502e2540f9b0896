//! Answers: headers that every one has, and the ticket that ends with the last byte.

use axum::body::Body;
use axum::response::Response;
use catalog::Catalog;
use edge::{Connection, RequestId, TicketBody};
use gate::DisclosureParts;
use http::{HeaderName, HeaderValue, StatusCode, header};
use model::Position;
use sfv::{Item, KeyRef, ListSerializer, TokenRef};
use std::sync::Arc;
use store::Ticket;

const POSITION: HeaderName = HeaderName::from_static("bailment-position");
const WITHHELD: HeaderName = HeaderName::from_static("bailment-withheld");
const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

/// An answer out of a disclosure.
pub(crate) fn disclosure(
    parts: DisclosureParts,
    catalog: &Catalog,
    status: StatusCode,
    connection: Arc<Connection>,
    ticket: Ticket,
) -> Response {
    let withheld = withheld(&parts, catalog);
    let mut response = bytes(Body::from(parts.body), parts.position, connection, ticket);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(value) = withheld {
        headers.insert(WITHHELD, value);
    }
    response
}

/// Bytes whose hand-over is seen.
pub(crate) fn bytes(
    body: Body,
    position: Position,
    connection: Arc<Connection>,
    ticket: Ticket,
) -> Response {
    let mut response = Response::new(Body::new(TicketBody::new(body, connection, ticket)));
    at(&mut response, position);
    response
}

/// Says where in the log the answer stands.
pub(crate) fn at(response: &mut Response, position: Position) {
    let headers = response.headers_mut();
    headers.insert(POSITION, HeaderValue::from(position.0));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

/// Names the request.
pub(crate) fn name(response: &mut Response, id: RequestId) {
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
}

/// `member.name;reason=person, …` (RFC 9651 list of tokens).
fn withheld(parts: &DisclosureParts, catalog: &Catalog) -> Option<HeaderValue> {
    let mut classes: Vec<(&str, &str)> = parts
        .withheld
        .iter()
        .filter_map(|(number, word)| {
            let class = catalog.classes.iter().find(|class| class.number == *number)?;
            Some((class.name.as_str(), *word))
        })
        .collect();
    classes.sort_unstable();
    let mut list = ListSerializer::new();
    for (class, word) in classes {
        // Class names that are no tokens are left out of the header; the catalog's own are.
        let (Ok(class), Ok(word), Ok(key)) =
            (TokenRef::from_str(class), TokenRef::from_str(word), KeyRef::from_str("reason"))
        else {
            continue;
        };
        let mut item = Item::new(class.to_owned());
        item.params.insert(key.to_owned(), word.to_owned().into());
        let serializer = list.bare_item(&item.bare_item);
        let _ = serializer.parameters(&item.params);
    }
    HeaderValue::from_str(&list.finish()?).ok()
}
