//! Media: a link is bound to app and chain, checked and recorded at each fetch, and dies with the ending.

use crate::names::Numbers;
use crate::refuse::{self, Refused};
use crate::version::Told;
use crate::{Parts, answer, upstream};
use axum::body::Body;
use axum::extract::Request as HttpRequest;
use axum::response::Response;
use bytes::Bytes;
use edge::{Connection, Problem, RequestId};
use gate::{Resolve, release_media};
use http::{HeaderValue, Method, header};
use ledger::{About, Node, RecordFacts};
use model::{
    Chain, ContextNo, IdentifierKind, ObjectKind, PersonNo, Publication, Relation, limits,
};
use oauth::sealed::{MediaLink, Opened};
use outbound::Asked;
use sequence::{Basis, NewObject, Permit};
use serde_json::Value;
use smallvec::SmallVec;
use std::sync::Arc;
use store::{Disclosed, ExternalKind};

const TURNS_MAX: u32 = limits::PERMIT_TRIES_MAX + 5;

/// A link and the request that it stands for.
struct Fetch<'g> {
    gate: &'g Parts,
    id: RequestId,
    network: Vec<u8>,
    link: MediaLink,
    request: consent::Request,
    /// The platform's id of the person who acts, if anybody does.
    actor: Option<String>,
    /// What the answer says of the link's version.
    told: Told,
    path: String,
}

/// Serves the bytes behind a link.
pub(crate) async fn serve(
    gate: &Parts,
    id: RequestId,
    request: HttpRequest,
    connection: Arc<Connection>,
) -> Result<Response, Refused> {
    if request.method() != Method::GET {
        let problem = Problem::new(405, "method-not-allowed", "media can only be read");
        return Err(problem.header(header::ALLOW, "GET").into());
    }
    let text = request.uri().path().strip_prefix("/v1/media/").unwrap_or_default();
    let fetch = open(gate, id, text, &connection)?;
    let of =
        |problem: Problem| Refused::from(problem).of(fetch.link.app, Some(fetch.link.operation));
    let mut ticket = gate.store.in_flight().ticket(connection.id, Arc::clone(&connection) as _);
    for tries in 0..TURNS_MAX {
        let (facts, basis) = fetch.facts().await.map_err(of)?;
        let content = fetch.bytes().await.map_err(of)?;
        let permit = fetch.permit(&facts, basis, tries).map_err(of)?;
        let decided = permit.decision.clone();
        let turn = gate.store.disclose(permit, facts.objects.clone(), ticket).await;
        match turn.map_err(|failure| of(Problem::unavailable(&failure)))? {
            Disclosed::GoBack { ticket: again, .. } => ticket = again,
            Disclosed::Durable { durable, ticket, instead } => {
                let released =
                    instead.unwrap_or(decided.released).first().copied().unwrap_or_default();
                let media =
                    release_media(released, fetch.link.classes, durable, &facts.content_type);
                let media = media.map_err(|_| of(refuse::not_found()))?;
                let kind = HeaderValue::from_static(media.content_type());
                let mut response =
                    answer::bytes(Body::from(content), media.position(), connection, ticket);
                response.headers_mut().insert(header::CONTENT_TYPE, kind);
                // Shown, never run: an image opened by itself must not become a page of ours.
                let policy = HeaderValue::from_static("default-src 'none'; sandbox");
                response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
                fetch.told.tell(response.headers_mut(), &gate.issuer);
                return Ok(response);
            }
        }
    }
    Err(of(refuse::upstream(503)))
}

fn open<'g>(
    gate: &'g Parts,
    id: RequestId,
    text: &str,
    connection: &Connection,
) -> Result<Fetch<'g>, Refused> {
    let now = gate.store.now();
    let opened = gate.keyring.tokens().open::<MediaLink>(text);
    let Opened { key, content: link } = opened.map_err(|_| Refused::from(refuse::not_found()))?;
    let of = |problem: Problem| Refused::from(problem).of(link.app, Some(link.operation));
    let state = gate.store.state();
    if link.is_expired(now) || !is_current(&link, &state) {
        return Err(of(expired()));
    }
    let catalog = state.catalog_of(link.api_version);
    let operation =
        catalog.and_then(|c| c.operations.iter().find(|one| one.number == link.operation));
    let operation = operation.ok_or_else(|| of(refuse::not_found()))?;
    let acting = match link.chain {
        Chain::Grant(grant) => state.grant(grant).map(|grant| grant.person),
        Chain::Installation(_) => None,
    };
    let request = consent::Request {
        app: link.app,
        credential: Some(link.credential).filter(|no| no.0 != 0),
        chain: link.chain,
        issue: link.issue,
        key: key.0,
        family: link.family,
        acting,
        operation: link.operation,
        program: operation.program,
        purpose: operation.purpose,
        requires: model::ClassMask::NONE,
        context: None,
        version: link.api_version,
        facts_up_to: gate.store.facts_up_to(),
    };
    // A link is dead with its chain, and says so before the upstream is asked.
    consent::authorize(&state, &request, now).map_err(|_| of(refuse::not_found()))?;
    let told = Told::of(&state, link.api_version);
    drop(state);
    let kind = ExternalKind::Object(ObjectKind::Media);
    let external = gate
        .store
        .external(kind, link.object.0)
        .map_err(|error| of(Problem::unavailable(&error.into())))?;
    let external = external.ok_or_else(|| of(refuse::not_found()))?;
    let actor = acting
        .map(|person| gate.store.external(ExternalKind::Person, person.0.into()))
        .transpose()
        .map_err(|error| of(Problem::unavailable(&error.into())))?
        .flatten()
        .map(|external| external.as_ref().to_owned());
    let path = format!("/media/{}", upstream::segment(&external));
    Ok(Fetch {
        gate,
        id,
        network: edge::network::truncated(connection.peer.ip()),
        link,
        request,
        actor,
        told,
        path,
    })
}

/// Whether no catalog came into force since the link was given: with another, a property may be of another class, in
/// every version.
fn is_current(link: &MediaLink, state: &consent::State) -> bool {
    state.catalog_at() == Some(link.catalog)
}

fn expired() -> Problem {
    Problem::new(410, "link-expired", "this link has expired; ask for the record again")
}

/// What the upstream says of a photo or video now.
struct Facts {
    node: Node,
    content_type: String,
    objects: Vec<NewObject>,
}

impl Fetch<'_> {
    async fn ask(&self, path: String) -> Result<Bytes, Problem> {
        let asked = Asked { actor: self.actor.clone(), ..Asked::get(path) };
        let content = self.gate.upstream.ask(asked).await.map_err(|_| refuse::upstream(504))?;
        match content.status.as_u16() {
            200..=299 => Ok(content.body),
            404 | 410 => Err(refuse::not_found()),
            _ => Err(refuse::upstream(502)),
        }
    }

    async fn bytes(&self) -> Result<Bytes, Problem> {
        self.ask(format!("{}/content", self.path)).await
    }

    async fn facts(&self) -> Result<(Facts, Basis), Problem> {
        let basis = self.gate.store.basis();
        let bytes = self.ask(self.path.clone()).await?;
        let value: Value = serde_json::from_slice(&bytes).map_err(|_| refuse::upstream(502))?;
        let numbers = Numbers::new(&self.gate.store);
        let node = self.node(&value, &numbers);
        let content_type =
            value.get("content_type").and_then(Value::as_str).unwrap_or_default().to_owned();
        let objects = numbers.finish().map_err(|error| Problem::unavailable(&error.into()))?;
        Ok((Facts { node, content_type, objects }, basis))
    }

    /// About its owner and everyone tagged in it, together; whoever cannot be told makes all of it unresolvable.
    fn node(&self, value: &Value, numbers: &Numbers<'_>) -> Node {
        let person = |at: Option<&Value>| -> Option<PersonNo> {
            let id = at?.get("id")?.as_str()?;
            numbers
                .number(IdentifierKind::Person, id)
                .and_then(|no| u32::try_from(no).ok())
                .map(PersonNo)
        };
        let tags =
            value.get("tags").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let about: Option<SmallVec<[PersonNo; 1]>> = std::iter::once(person(value.get("owner")))
            .chain(tags.iter().map(|tag| person(tag.get("person"))))
            .collect();
        let about = match about {
            Some(mut people) if people.len() <= limits::RECORD_PEOPLE_MAX => {
                people.sort_unstable();
                people.dedup();
                About::People(people)
            }
            Some(_) | None => About::Unresolvable,
        };
        let group = value.get("group").and_then(|group| group.get("id")).and_then(Value::as_str);
        let context = match group {
            Some(id) => numbers
                .number(IdentifierKind::Group, id)
                .and_then(|no| u32::try_from(no).ok())
                .map(ContextNo),
            // A profile picture stands nowhere: it is decided where the link was given.
            None => self.link.context,
        };
        let state = value.get("state").and_then(Value::as_str).and_then(Publication::from_word);
        let says = |name: &str, bit: Relation| match value.get(name) {
            Some(Value::Bool(true)) => bit.0,
            _ => Relation::NONE.0,
        };
        let relation =
            says("friend", Relation::FRIEND) | says("participant", Relation::PARTICIPANT);
        let record = RecordFacts {
            kind: ObjectKind::Media,
            object: self.link.object,
            context,
            publication: state.unwrap_or(Publication::Unknown),
            time: None,
            relation: Relation(relation),
        };
        let classes = self.link.classes;
        Node { within: None, record: Some(record), about, presence: classes, asked: classes }
    }

    fn permit(&self, facts: &Facts, basis: Basis, tries: u32) -> Result<Permit, Problem> {
        let request =
            consent::Request { facts_up_to: self.gate.store.facts_up_to(), ..self.request.clone() };
        let now = self.gate.store.now();
        let nodes = Arc::new(vec![facts.node.clone()]);
        let state = self.gate.store.state();
        // A catalog that comes later than this sends the permit back to here.
        if !is_current(&self.link, &state) {
            return Err(expired());
        }
        let permit = Permit::decide(&state, basis, Arc::new(request), nodes, now);
        drop(state);
        if permit.decision.released.iter().all(|mask| mask.is_empty()) {
            return Err(refuse::not_found());
        }
        Ok(Permit { tries, request_id: self.id.0, network: Some(self.network.clone()), ..permit })
    }
}
