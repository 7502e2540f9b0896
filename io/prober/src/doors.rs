//! The doors that a chain opens: operations of the API, and links to media. What is seen of the subject behind them.

use crate::Trouble;
use crate::kept::Probe;
use crate::prober::{App, Prober};
use crate::trial::Trial;
use catalog::{Catalog, Operation, ParameterPlace, Segment};
use consent::State;
use http::{HeaderName, Method, StatusCode};
use model::{
    ApiVersion, Chain, IdentifierKind, ObjectNo, Position, ProgramNo, ProgramStatus, Timestamp,
    limits,
};
use oauth::pairwise::PairwiseKey;
use oauth::sealed::{AccessToken, MediaLink};
use outbound::{Call, Called};
use serde_json::Value;
use std::collections::BTreeSet;

const VERSION: HeaderName = HeaderName::from_static("bailment-version");

/// An operation that shows the subject. Each is in a program of its own, so that one can be closed and the other still show
/// that a chain works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// The list of the group's members: through an installation or a grant.
    Members,
    /// The subject's own profile: through a grant.
    Me,
}

impl Way {
    pub(crate) const ALL: [Self; 2] = [Self::Members, Self::Me];

    /// The operation's name, in a catalog that the prober can use.
    const fn operation(self) -> &'static str {
        match self {
            Self::Members => "listGroupMembers",
            Self::Me => "getMe",
        }
    }

    /// The class of the subject's picture there.
    const fn picture(self) -> &'static str {
        match self {
            Self::Members => "member.picture",
            Self::Me => "profile.picture",
        }
    }

    /// Where the subject's picture stands there.
    const fn picture_at(self) -> &'static str {
        match self {
            Self::Members => "/person/picture",
            Self::Me => "/picture",
        }
    }

    /// Properties of the subject, and their classes.
    const fn properties(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Members => &[
                ("/person/id", "member.id"),
                ("/person/name", "member.name"),
                ("/person/picture", "member.picture"),
                ("/role", "member.role"),
            ],
            Self::Me => {
                &[("/id", "profile.id"), ("/name", "profile.name"), ("/picture", "profile.picture")]
            }
        }
    }

    /// Whether a chain leads there at all.
    const fn is_for(self, chain: Chain) -> bool {
        match (self, chain) {
            (Self::Members, Chain::Grant(_) | Chain::Installation(_))
            | (Self::Me, Chain::Grant(_)) => true,
            (Self::Me, Chain::Installation(_)) => false,
        }
    }

    /// What of an answer is about the subject.
    fn subject<'a>(self, body: &'a Value, subject: &str) -> Option<&'a Value> {
        match self {
            Self::Me => Some(body),
            // Whatever is in the list although it is not the subject would be seen through the link.
            Self::Members => {
                let items = body.get("items").and_then(Value::as_array).into_iter().flatten();
                let is_about = |item: &&Value| {
                    item.pointer("/person/id").and_then(Value::as_str) == Some(subject)
                };
                items.into_iter().find(is_about)
            }
        }
    }
}

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

/// What was seen of the subject: names of classes, by any door.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sight {
    pub(crate) classes: BTreeSet<&'static str>,
    /// Programs in which something was seen.
    pub(crate) programs: BTreeSet<ProgramNo>,
    /// What the answers said.
    pub(crate) answered: Vec<String>,
}

impl Sight {
    /// What was answered, in a few words.
    pub(crate) fn told(&self) -> String {
        self.answered.join(", ")
    }
}

impl Prober {
    /// The key to a probe's doors, in the API version in force.
    pub(crate) fn key(&self, trial: Trial, probe: &Probe) -> Result<Key, Trouble> {
        let through_grant = trial.by_grant() || !self.is_open(Way::Members);
        let chain = match through_grant {
            true => probe.grant.map(Chain::Grant),
            false => probe.installation.map(Chain::Installation),
        };
        let chain = chain.ok_or_else(|| Trouble::new("the probe has no chain"))?;
        Ok(Key { app: probe.app, chain, issue: probe.issue, version: None })
    }

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

    /// Until when an access token lives by its own time.
    pub(crate) fn dies_at(&self, token: &str) -> Option<Timestamp> {
        let opened = self.parts.keyring.tokens().open::<AccessToken>(token);
        opened.ok().map(|opened| opened.content.expires_at)
    }

    async fn ask(&self, path: &str, token: &str, key: &Key) -> Result<Called, Trouble> {
        let mut call =
            Call::new(Method::GET, format!("{}/v1{path}", self.parts.origin)).bearer(token);
        if let Some(version) = key.version {
            call = call.header(VERSION, version.to_string());
        }
        self.caller.call(call).await.map_err(Trouble::new)
    }

    /// What this app calls the group and the subject.
    fn names(&self, app: App) -> (String, String) {
        let place = self.parts.ground.place();
        let ids = PairwiseKey::derive(self.parts.keyring.pairwise(), app.no);
        let group = ids.seal(IdentifierKind::Group, place.group.0.into());
        let subject = ids.seal(IdentifierKind::Person, place.subject.0.into());
        (group.to_string(), subject.to_string())
    }

    /// One operation's answer to this key.
    async fn answer(&self, way: Way, token: &str, key: &Key) -> Result<(Called, Value), Trouble> {
        let path = match way {
            Way::Members => format!("/groups/{}/members?limit=100", self.names(key.app).0),
            Way::Me => "/me".to_owned(),
        };
        let called = self.ask(&path, token, key).await?;
        let body = serde_json::from_slice(&called.body).unwrap_or_default();
        Ok((called, body))
    }

    /// What can be seen of the subject with this key, through every door.
    pub(crate) async fn look(
        &self,
        key: &Key,
        picture: Option<ObjectNo>,
    ) -> Result<Sight, Trouble> {
        let mut sight = self.look_with(&self.token(key), key).await?;
        for way in Way::ALL.into_iter().filter(|way| way.is_for(key.chain)) {
            let Some(url) = picture.and_then(|object| self.link(way, key, object)) else {
                continue;
            };
            let called = self.caller.call(Call::new(Method::GET, url)).await;
            if called.map_err(Trouble::new)?.status.is_success() {
                sight.classes.insert(way.picture());
                sight.programs.extend(self.program(way));
            }
        }
        Ok(sight)
    }

    /// What operations show of the subject for a token.
    pub(crate) async fn look_with(&self, token: &str, key: &Key) -> Result<Sight, Trouble> {
        let subject = self.names(key.app).1;
        let mut sight = Sight::default();
        for way in Way::ALL.into_iter().filter(|way| way.is_for(key.chain)) {
            let (called, body) = self.answer(way, token, key).await?;
            sight.answered.push(format!("{} {}", called.status.as_u16(), slug(&body)));
            let about = way.subject(&body, &subject).filter(|_| called.status.is_success());
            let Some(about) = about else { continue };
            let seen = way.properties().iter().filter(|(at, _)| about.pointer(at).is_some());
            let before = sight.classes.len();
            sight.classes.extend(seen.map(|(_, class)| *class));
            if sight.classes.len() > before {
                sight.programs.extend(self.program(way));
            }
        }
        Ok(sight)
    }

    /// The subject's picture: its object number, as an answer to this key names it.
    pub(crate) async fn picture(&self, key: &Key) -> Result<Option<ObjectNo>, Trouble> {
        let subject = self.names(key.app).1;
        for way in Way::ALL.into_iter().filter(|way| way.is_for(key.chain)) {
            let (_, body) = self.answer(way, &self.token(key), key).await?;
            let about = way.subject(&body, &subject);
            let url = about.and_then(|one| one.pointer(way.picture_at())).and_then(Value::as_str);
            let sealed = url.and_then(|url| url.rsplit('/').next()).unwrap_or_default();
            if let Ok(opened) = self.parts.keyring.tokens().open::<MediaLink>(sealed) {
                return Ok(Some(opened.content.object));
            }
        }
        Ok(None)
    }

    /// A link to the subject's picture, as an answer to this key would hold it now.
    fn link(&self, way: Way, key: &Key, object: ObjectNo) -> Option<String> {
        let state = self.parts.store.state();
        let version = key.version.or_else(|| state.catalog().map(|catalog| catalog.version))?;
        let catalog = state.catalog_of(version)?;
        let operation = catalog.operations.iter().find(|one| one.name == way.operation())?.number;
        let class = *state.numbering().classes.get(way.picture())?;
        let context = match way {
            Way::Members => Some(self.parts.ground.place().group),
            Way::Me => None,
        };
        let link = MediaLink {
            app: key.app.no,
            chain: key.chain,
            credential: key.app.credential,
            issue: key.issue,
            family: None,
            object,
            context,
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

    /// The program that an operation is in, in the catalog in force.
    pub(crate) fn program(&self, way: Way) -> Option<ProgramNo> {
        let state = self.parts.store.state();
        let operations = &state.catalog()?.operations;
        operations.iter().find(|one| one.name == way.operation()).map(|one| one.program)
    }

    /// The status of that program.
    pub(crate) fn status(&self, way: Way) -> Option<ProgramStatus> {
        let program = self.program(way)?;
        self.parts.store.state().program(program).map(|one| one.status)
    }

    /// Whether what exists is served through an operation. Experiments are not the prober's: it takes nobody's place.
    pub(crate) fn is_open(&self, way: Way) -> bool {
        match self.status(way) {
            Some(ProgramStatus::Live | ProgramStatus::Restricted) => true,
            Some(ProgramStatus::Closed | ProgramStatus::Draft | ProgramStatus::Experimental)
            | None => false,
        }
    }

    /// Operations of programs that are closed, and need nothing but the group's id: program and path, for this app.
    pub(crate) fn closed_paths(&self, app: App) -> Vec<(ProgramNo, String)> {
        let group = self.names(app).0;
        let state = self.parts.store.state();
        let Some(catalog) = state.catalog() else { return Vec::new() };
        let closed = closed_operations(&state, catalog, app);
        closed.iter().filter_map(|one| Some((one.program, path(one, &group)?))).collect()
    }

    /// Whether an operation of a closed program gives anything to this key. Another refusal than that of a closed program
    /// would show something else.
    pub(crate) async fn gives(&self, path: &str, key: &Key) -> Result<bool, Trouble> {
        let called = self.ask(path, &self.token(key), key).await?;
        match called.status {
            status if status.is_success() => Ok(true),
            StatusCode::FORBIDDEN => Ok(false),
            other => Err(Trouble::new(format!("{path} was answered with {}", other.as_u16()))),
        }
    }
}

fn slug(body: &Value) -> &str {
    let kind = body.get("type").and_then(Value::as_str).unwrap_or_default();
    kind.rsplit('/').next().unwrap_or_default()
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
