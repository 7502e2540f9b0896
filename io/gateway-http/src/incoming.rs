//! A partner's request, parsed once: who calls, which operation, which parameters.

use crate::names::{Names, external_kind};
use crate::refuse::{self, Refused};
use crate::route::{self, Found};
use crate::version::{self, Served, Told};
use crate::{Parts, upstream};
use axum::body::Body;
use axum::extract::Request as HttpRequest;
use catalog::{Catalog, Operation, Parameter, ParameterPlace, TokenNeed};
use edge::{Connection, Problem, RequestId};
use flows::oauth::access::{self, Caller, Refusal};
use gate::{FieldSelection, Resume, Translate};
use http::{HeaderMap, header};
use model::{ApiVersion, ContextNo, IdentifierKind, Position, Timestamp, limits};
use oauth::bearer::{self, BearerError};
use std::collections::BTreeMap;
use std::sync::Arc;

/// An idempotency key is an opaque name of an attempt.
const IDEMPOTENCY_BYTES_MAX: usize = 255;
const QUERY_BYTES_MAX: usize = 8 * 1024;

/// A request that is understood, and not yet decided.
#[derive(Clone)]
pub(crate) struct Incoming {
    pub(crate) id: RequestId,
    pub(crate) network: Vec<u8>,
    pub(crate) catalog: Arc<Catalog>,
    /// Where it was activated.
    pub(crate) catalog_at: Position,
    /// What the answer says of its version.
    pub(crate) told: Told,
    pub(crate) operation: Operation,
    pub(crate) caller: Caller,
    pub(crate) version: ApiVersion,
    pub(crate) now: Timestamp,
    pub(crate) fields: FieldSelection,
    pub(crate) limit: usize,
    pub(crate) from: Resume,
    pub(crate) context: Option<ContextNo>,
    pub(crate) context_external: Option<String>,
    pub(crate) actor_external: Option<String>,
    /// The upstream's path for the operation.
    pub(crate) path: String,
    /// Further query parameters for the upstream.
    pub(crate) query: Vec<(String, String)>,
    /// An object that the path names, with the upstream's id.
    pub(crate) object: Option<(IdentifierKind, u64, String)>,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) headers: HeaderMap,
}

impl Incoming {
    /// Understands a request. The body is still to be read: it is no part of what can be shared.
    pub(crate) fn read(
        gate: &Parts,
        id: RequestId,
        connection: &Connection,
        request: HttpRequest,
    ) -> Result<(Self, Body), Refused> {
        let (parts, body) = request.into_parts();
        let query = parts.uri.query();
        if query.is_some_and(|query| query.len() > QUERY_BYTES_MAX) {
            return Err(Problem::new(414, "query-too-long", "the query is too long").into());
        }
        let now = gate.store.now();
        let caller = caller(gate, &parts.headers, query, now)?;
        let served = version::asked(&gate.store.state(), &parts.headers, now);
        let Served { catalog, catalog_at, told } =
            served.map_err(|problem| Refused::from(problem).of(caller.app, None))?;
        let version = told.version;
        let path = parts.uri.path().strip_prefix("/v1/").unwrap_or_default();
        let (operation, values) = match route::find(&catalog, parts.method.as_str(), path) {
            Found::Operation(operation, values) => (operation.clone(), values),
            Found::OtherMethods(methods) => {
                let problem =
                    Problem::new(405, "method-not-allowed", "this path has other methods");
                return Err(Refused::from(problem.header(header::ALLOW, &methods.join(", ")))
                    .of(caller.app, None));
            }
            Found::Nothing => return Err(Refused::from(refuse::not_found()).of(caller.app, None)),
        };
        let of = |problem: Problem| Refused::from(problem).of(caller.app, Some(operation.number));
        let names = Names::new(gate, caller, operation.number, (version, catalog_at), now);
        let mut read = Read { gate, names: &names, operation: &operation, values, object: None };
        let context = read.context().map_err(of)?;
        let asked = read.query(&catalog, query).map_err(of)?;
        let (path, actor_external) = read.path(&caller).map_err(of)?;
        let object = read.object;
        let idempotency_key = idempotency_key(&parts.headers).map_err(of)?;
        let (context, context_external) = context.unzip();
        let incoming = Self {
            id,
            network: edge::network::truncated(connection.peer.ip()),
            operation,
            caller,
            version,
            told,
            now,
            fields: asked.fields,
            limit: asked.limit,
            from: asked.from,
            context,
            context_external,
            actor_external,
            path,
            query: asked.others,
            object,
            idempotency_key,
            headers: parts.headers,
            catalog,
            catalog_at,
        };
        Ok((incoming, body))
    }

    /// Whether it writes.
    pub(crate) fn is_write(&self) -> bool {
        self.operation.method != catalog::Method::Get
    }

    /// A refusal of this request.
    pub(crate) fn refused(&self, problem: Problem) -> Refused {
        Refused::from(problem).of(self.caller.app, Some(self.operation.number))
    }

    /// The decision's view of the request, at the facts known now.
    pub(crate) fn decides(&self, gate: &Parts) -> consent::Request {
        consent::Request {
            app: self.caller.app,
            credential: self.caller.credential,
            chain: self.caller.chain,
            issue: self.caller.issue,
            key: self.caller.key,
            family: self.caller.family,
            acting: self.caller.acting,
            operation: self.operation.number,
            program: self.operation.program,
            purpose: self.operation.purpose,
            requires: self.operation.requires,
            context: self.context,
            version: self.version,
            facts_up_to: gate.store.facts_up_to(),
        }
    }
}

fn caller(
    gate: &Parts,
    headers: &HeaderMap,
    query: Option<&str>,
    now: Timestamp,
) -> Result<Caller, Refused> {
    let authorization = headers
        .get_all(header::AUTHORIZATION)
        .iter()
        .map(|value| value.to_str().unwrap_or_default());
    let token = bearer::parse(authorization, query)
        .map_err(|error| refuse::bearer(&error, &gate.resource))?;
    access::authenticate(&gate.store.state(), gate.keyring.tokens(), &token, now).map_err(
        |refusal| match refusal {
            Refusal::Invalid => refuse::bearer(&BearerError::InvalidToken, &gate.resource).into(),
            Refusal::Expired(caller) => {
                Refused::from(refuse::bearer(&BearerError::InvalidToken, &gate.resource))
                    .of(caller.app, None)
            }
            Refusal::Ended { caller, reason } => {
                Refused::from(refuse::reason(reason, &gate.resource)).of(caller.app, None)
            }
        },
    )
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    if text.is_empty() || text.len() > IDEMPOTENCY_BYTES_MAX {
        let detail = "an idempotency key has 1 to 255 visible characters";
        return Err(Problem::new(400, "idempotency-key-invalid", detail));
    }
    Ok(Some(text.to_owned()))
}

struct Asked {
    fields: FieldSelection,
    limit: usize,
    from: Resume,
    others: Vec<(String, String)>,
}

/// Reads parameters along the operation's own list: what it does not name is refused, not ignored.
struct Read<'a, 'g> {
    gate: &'g Parts,
    names: &'a Names<'g>,
    operation: &'a Operation,
    values: BTreeMap<String, String>,
    object: Option<(IdentifierKind, u64, String)>,
}

fn invalid(parameter: &str, detail: &str) -> Problem {
    Problem::new(400, "parameter-invalid", format!("`{parameter}` {detail}"))
        .with("parameter", parameter)
}

impl Read<'_, '_> {
    fn context(&self) -> Result<Option<(ContextNo, String)>, Problem> {
        let Some(name) = &self.operation.context else { return Ok(None) };
        let text = self.values.get(name).map(String::as_str).unwrap_or_default();
        let number =
            self.names.number(IdentifierKind::Group, text).and_then(|no| u32::try_from(no).ok());
        let external = self.names.external(IdentifierKind::Group, text);
        let found = number.zip(external).ok_or_else(refuse::not_found)?;
        Ok(Some((ContextNo(found.0), found.1)))
    }

    /// The upstream's path, ids translated.
    fn path(&mut self, caller: &Caller) -> Result<(String, Option<String>), Problem> {
        let mut values = BTreeMap::new();
        for (name, text) in &self.values {
            let parameter = self
                .operation
                .parameters
                .iter()
                .find(|p| p.place == ParameterPlace::Path && p.name == *name);
            let value = match parameter.and_then(|parameter| parameter.identifier) {
                None => text.clone(),
                Some(kind) => {
                    let number = self.names.number(kind, text).ok_or_else(refuse::not_found)?;
                    let external = self.names.external(kind, text).ok_or_else(refuse::not_found)?;
                    if kind != IdentifierKind::Group && kind != IdentifierKind::Person {
                        self.object = Some((kind, number, external.clone()));
                    }
                    external
                }
            };
            values.insert(name.clone(), value);
        }
        let actor = match caller.acting {
            None => None,
            Some(person) => {
                let kind = external_kind(IdentifierKind::Person);
                let found = self.gate.store.external(kind, person.0.into());
                let external = found.map_err(|error| Problem::unavailable(&error.into()))?;
                Some(external.ok_or_else(refuse::not_found)?.as_ref().to_owned())
            }
        };
        if self.operation.token == TokenNeed::Person && actor.is_none() {
            let detail = "this needs a token that a person granted";
            return Err(Problem::new(403, "person-token-needed", detail));
        }
        if let Some(actor) = &actor {
            values.insert("actor".to_owned(), actor.clone());
        }
        let path =
            upstream::path(&self.operation.upstream, &values).ok_or_else(refuse::not_found)?;
        Ok((path, actor))
    }

    fn query(&self, catalog: &Catalog, query: Option<&str>) -> Result<Asked, Problem> {
        let mut asked = Asked {
            fields: FieldSelection::ALL,
            limit: limits::PAGE_ITEMS_DEFAULT,
            from: Resume::default(),
            others: Vec::new(),
        };
        let mut seen = Vec::new();
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            if seen.contains(&name) {
                return Err(invalid(&name, "is there twice"));
            }
            match name.as_ref() {
                "fields" => {
                    let fields = FieldSelection::parse(catalog, self.operation, &value);
                    asked.fields =
                        fields.map_err(|mistake| invalid("fields", &mistake.to_string()))?;
                }
                other => self.parameter(other, &value, &mut asked)?,
            }
            seen.push(name);
        }
        Ok(asked)
    }

    fn parameter(&self, name: &str, value: &str, asked: &mut Asked) -> Result<(), Problem> {
        let known = |p: &&Parameter| p.place == ParameterPlace::Query && p.name == name;
        let Some(parameter) = self.operation.parameters.iter().find(known) else {
            return Err(invalid(
                &name.chars().take(40).collect::<String>(),
                "is no parameter of this operation",
            ));
        };
        if parameter.cursor {
            let from = self.names.open_cursor(value);
            asked.from =
                from.ok_or_else(|| invalid(name, "is none that this app got from this operation"))?;
        } else if name == "limit" {
            let limit =
                value.parse::<usize>().ok().filter(|n| (1..=limits::PAGE_ITEMS_MAX).contains(n));
            let detail = format!("is a whole number from 1 to {}", limits::PAGE_ITEMS_MAX);
            asked.limit = limit.ok_or_else(|| invalid(name, &detail))?;
        } else if parameter.filter.is_empty() {
            asked.others.push((name.to_owned(), value.to_owned()));
        } else {
            // A filter tells about everyone it touches, and whom it touches is known only afterwards.
            return Err(invalid(name, "filters by data about people and is not served"));
        }
        Ok(())
    }
}
