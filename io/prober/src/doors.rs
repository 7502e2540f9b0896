//! The doors that a chain opens: an operation of the API, and a link to media. What is seen of the subject behind them.

use crate::Trouble;
use crate::prober::{App, Prober};
use catalog::{Catalog, Operation, ParameterPlace, Segment};
use consent::State;
use http::{HeaderName, Method};
use model::{
    ApiVersion, Chain, IdentifierKind, ObjectNo, Position, ProgramStatus, Timestamp, limits,
};
use oauth::pairwise::PairwiseKey;
use oauth::sealed::{AccessToken, MediaLink};
use outbound::{Call, Called};
use serde_json::Value;
use std::collections::BTreeSet;

/// The operation that shows members, and the class of their pictures, in a catalog that the prober can use.
const MEMBERS: &str = "listGroupMembers";
const PICTURE: &str = "member.picture";
/// Properties of a member, and their classes.
const PROPERTIES: [(&str, &str); 4] = [
    ("/person/id", "member.id"),
    ("/person/name", "member.name"),
    ("/person/picture", PICTURE),
    ("/role", "member.role"),
];
const VERSION: HeaderName = HeaderName::from_static("bailment-version");

/// With what a door is tried.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    pub(crate) app: App,
    pub(crate) chain: Chain,
    /// Issue number of token and link.
    pub(crate) issue: Position,
    /// API version; that in force unless said.
    pub(crate) version: Option<ApiVersion>,
}

/// What was seen of the subject: names of classes, by either door.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sight {
    pub(crate) classes: BTreeSet<&'static str>,
    /// What the answer said, where nothing was seen.
    pub(crate) answered: String,
}

impl Prober {
    /// A token for a chain, sealed now.
    fn token(&self, key: &Key) -> String {
        let token = AccessToken {
            chain: key.chain,
            app: key.app.no,
            credential: key.app.credential,
            issue: key.issue,
            expires_at: self.expiry(),
            family: None,
            serial: *b"bailment",
        };
        self.parts.keyring.tokens().seal(&token).expose().clone()
    }

    fn expiry(&self) -> Timestamp {
        self.parts.store.now().plus(limits::ACCESS_TOKEN_LIFETIME)
    }

    async fn ask(&self, url: String, key: &Key) -> Result<Called, Trouble> {
        let mut call = Call::new(Method::GET, url).bearer(&self.token(key));
        if let Some(version) = key.version {
            call = call.header(VERSION, version.to_string());
        }
        self.caller.call(call).await.map_err(Trouble::new)
    }

    /// What can be seen of the subject with this key, through both doors.
    pub(crate) async fn look(
        &self,
        key: &Key,
        picture: Option<ObjectNo>,
    ) -> Result<Sight, Trouble> {
        let place = self.parts.ground.place();
        let ids = PairwiseKey::derive(self.parts.keyring.pairwise(), key.app.no);
        let group = ids.seal(IdentifierKind::Group, place.group.0.into());
        let subject = ids.seal(IdentifierKind::Person, place.subject.0.into()).to_string();
        let url = format!("{}/v1/groups/{group}/members?limit=100", self.parts.origin);
        let called = self.ask(url, key).await?;
        let body: Value = serde_json::from_slice(&called.body).unwrap_or_default();
        let mut sight = Sight {
            classes: BTreeSet::new(),
            answered: format!("{} {}", called.status.as_u16(), slug(&body)),
        };
        // Whatever is in the list although it is not the subject would be seen through the link.
        let items = body.get("items").and_then(Value::as_array).into_iter().flatten();
        for item in items.filter(|item| is_about(item, &subject)) {
            let seen = PROPERTIES.iter().filter(|(pointer, _)| item.pointer(pointer).is_some());
            sight.classes.extend(seen.map(|(_, class)| *class));
        }
        if let Some(url) = picture.and_then(|object| self.link(key, object)) {
            let called = self.caller.call(Call::new(Method::GET, url)).await;
            if called.map_err(Trouble::new)?.status.is_success() {
                sight.classes.insert(PICTURE);
            }
        }
        Ok(sight)
    }

    /// The subject's picture: its object number, as an answer to this key names it.
    pub(crate) async fn picture(&self, key: &Key) -> Result<Option<ObjectNo>, Trouble> {
        let place = self.parts.ground.place();
        let ids = PairwiseKey::derive(self.parts.keyring.pairwise(), key.app.no);
        let group = ids.seal(IdentifierKind::Group, place.group.0.into());
        let subject = ids.seal(IdentifierKind::Person, place.subject.0.into()).to_string();
        let url = format!("{}/v1/groups/{group}/members?limit=100", self.parts.origin);
        let called = self.ask(url, key).await?;
        let body: Value = serde_json::from_slice(&called.body).unwrap_or_default();
        let mut items = body.get("items").and_then(Value::as_array).into_iter().flatten();
        let own = items.find(|item| is_about(item, &subject));
        let url = own.and_then(|item| item.pointer("/person/picture")).and_then(Value::as_str);
        let sealed = url.and_then(|url| url.rsplit('/').next()).unwrap_or_default();
        let opened = self.parts.keyring.tokens().open::<MediaLink>(sealed);
        Ok(opened.ok().map(|opened| opened.content.object))
    }

    /// A link to the subject's picture, as an answer to this key would hold it now.
    fn link(&self, key: &Key, object: ObjectNo) -> Option<String> {
        let state = self.parts.store.state();
        let version = key.version.or_else(|| state.catalog().map(|catalog| catalog.version))?;
        let catalog = state.catalog_of(version)?;
        let operation = catalog.operations.iter().find(|one| one.name == MEMBERS)?.number;
        let class = *state.numbering().classes.get(PICTURE)?;
        let link = MediaLink {
            app: key.app.no,
            chain: key.chain,
            credential: key.app.credential,
            issue: key.issue,
            family: None,
            object,
            context: Some(self.parts.ground.place().group),
            classes: model::ClassMask::of(class),
            catalog: state.catalog_at()?,
            api_version: version,
            operation,
            expires_at: self.expiry(),
        };
        drop(state);
        let sealed = self.parts.keyring.tokens().seal(&link);
        Some(format!("{}/v1/media/{}", self.parts.origin, sealed.expose()))
    }

    /// Paths of operations of closed programs that need nothing but the group's id, for this app.
    pub(crate) fn closed_paths(&self, app: App) -> Vec<String> {
        let ids = PairwiseKey::derive(self.parts.keyring.pairwise(), app.no);
        let group = ids.seal(IdentifierKind::Group, self.parts.ground.place().group.0.into());
        let state = self.parts.store.state();
        let Some(catalog) = state.catalog() else { return Vec::new() };
        let closed = closed_operations(&state, catalog, app);
        closed.iter().filter_map(|one| path(one, &group.to_string())).collect()
    }

    /// Whether an operation gives anything to this key.
    pub(crate) async fn gives(&self, path: &str, key: &Key) -> Result<bool, Trouble> {
        let called = self.ask(format!("{}/v1{path}", self.parts.origin), key).await?;
        Ok(called.status.is_success())
    }
}

fn slug(body: &Value) -> &str {
    let kind = body.get("type").and_then(Value::as_str).unwrap_or_default();
    kind.rsplit('/').next().unwrap_or_default()
}

fn is_about(item: &Value, subject: &str) -> bool {
    item.pointer("/person/id").and_then(Value::as_str) == Some(subject)
}

/// Reads of programs that are closed, and closed to this app.
fn closed_operations<'c>(state: &State, catalog: &'c Catalog, app: App) -> Vec<&'c Operation> {
    let is_closed = |one: &&Operation| {
        one.method == catalog::Method::Get
            && state.program(one.program).is_some_and(|program| {
                program.status == ProgramStatus::Closed && !program.exceptions.contains_key(&app.no)
            })
    };
    catalog.operations.iter().filter(is_closed).collect()
}

fn path(operation: &Operation, group: &str) -> Option<String> {
    let mut path = String::new();
    for segment in &operation.path {
        path.push('/');
        match segment {
            Segment::Literal(text) => path.push_str(text),
            Segment::Parameter(name) => {
                let is_group = operation.parameters.iter().any(|one| {
                    one.place == ParameterPlace::Path
                        && one.name == *name
                        && one.identifier == Some(IdentifierKind::Group)
                });
                path.push_str(if is_group { group } else { return None });
            }
        }
    }
    Some(path)
}
