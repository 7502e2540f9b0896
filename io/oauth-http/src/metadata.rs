//! What clients read to find their way.

use crate::server::Shared;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;
use oauth::metadata::{ResourceMetadata, ServerMetadata};

/// One of the documents.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Document {
    /// RFC 8414.
    Server,
    /// RFC 9728.
    Resource,
}

impl Document {
    /// Where it stands for an issuer or resource without a path.
    pub const fn root_path(self) -> &'static str {
        match self {
            Self::Server => "/.well-known/oauth-authorization-server",
            Self::Resource => "/.well-known/oauth-protected-resource",
        }
    }
}

/// Serves a document with the classes of the catalog in force.
pub(crate) async fn serve(document: Document, State(shared): State<Shared>) -> Response {
    let catalog = shared.store.state().catalog().cloned();
    let classes = catalog.as_ref().map(|catalog| catalog.classes.as_slice()).unwrap_or_default();
    let names = classes.iter().map(|class| class.name.as_str());
    let server = &shared.server;
    let body = match document {
        Document::Server => {
            serde_json::to_string(&ServerMetadata::new(&server.issuer, &server.resource, names))
        }
        Document::Resource => {
            serde_json::to_string(&ResourceMetadata::new(&server.resource, &server.issuer, names))
        }
    };
    // Structs of strings always have a JSON form. Clients may keep it for a while: only class names ever change.
    let headers =
        //= rfc8414#3.2
        //# A successful response MUST use the 200 OK HTTP status code and return a JSON object
        //# using the "application/json" content type that contains a set of claims as its
        //# members that are a subset of the metadata values defined in Section 2.
        //= rfc9728#3.2
        //# A successful response MUST use the 200 OK HTTP status code and return a JSON object
        //# using the application/json content type that contains a set of metadata parameters
        //# as its members that are a subset of the metadata parameters defined in Section 2.
        [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "max-age=300")];
    (headers, body.unwrap_or_default()).into_response()
}
