//! One table of operations: what is routed is what is documented.

use crate::access::Access;
use crate::api::Api;
use crate::input::Asked;
use crate::reply::Answer;
use flows::staff::Act;
use http::Method;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

pub(crate) type Run =
    Arc<dyn Fn(Api, Asked) -> Pin<Box<dyn Future<Output = Answer> + Send>> + Send + Sync>;

/// A type's schema with all that it refers to.
#[derive(Clone)]
pub(crate) struct Described {
    pub(crate) name: String,
    pub(crate) schemas: Vec<(String, RefOr<Schema>)>,
}

/// A type's name with what it is made of: utoipa calls every `Page<_>` the same, and the last one would be all of them.
fn name<T>() -> String {
    let full = std::any::type_name::<T>();
    let parts = full.split(['<', '>', ',', ' ']).filter(|part| !part.is_empty());
    let last = parts.map(|part| part.rsplit("::").next().unwrap_or(part));
    last.collect::<Vec<_>>().join("Of")
}

impl Described {
    fn of<T: ToSchema>() -> Self {
        let name = name::<T>();
        let mut schemas = vec![(name.clone(), <T as PartialSchema>::schema())];
        T::schemas(&mut schemas);
        Self { name, schemas }
    }
}

/// What a successful answer is.
#[derive(Clone)]
pub(crate) enum Gives {
    /// 204.
    Nothing,
    /// A status and a body of a media type.
    Body(u16, Described, &'static str),
}

/// One operation of an API.
#[derive(Clone)]
pub(crate) struct Operation {
    pub(crate) id: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) method: Method,
    /// Below the API's base path.
    pub(crate) path: &'static str,
    pub(crate) access: Access,
    /// What the role of a staff member must allow; changes ask again under the lock.
    pub(crate) act: Act,
    pub(crate) takes: Option<Described>,
    pub(crate) body_bytes_max: usize,
    pub(crate) gives: Gives,
    pub(crate) query: Vec<(&'static str, &'static str)>,
    /// Problems beyond those that follow from access, path and body.
    pub(crate) problems: Vec<u16>,
    pub(crate) run: Run,
}

impl Operation {
    pub(crate) fn new<F, R>(
        method: Method,
        path: &'static str,
        (id, summary): (&'static str, &'static str),
        access: Access,
        run: F,
    ) -> Self
    where
        F: Fn(Api, Asked) -> R + Send + Sync + 'static,
        R: Future<Output = Answer> + Send + 'static,
    {
        Self {
            id,
            summary,
            method,
            path,
            access,
            act: Act::Read,
            takes: None,
            body_bytes_max: model::limits::BODY_BYTES_MAX,
            gives: Gives::Nothing,
            query: Vec::new(),
            problems: Vec::new(),
            run: Arc::new(move |api, asked| Box::pin(run(api, asked))),
        }
    }

    /// Asks more of a staff member than that they may read.
    pub(crate) const fn asks(mut self, act: Act) -> Self {
        self.act = act;
        self
    }

    pub(crate) fn takes<T: ToSchema>(mut self) -> Self {
        self.takes = Some(Described::of::<T>());
        self
    }

    pub(crate) const fn body_bytes_max(mut self, bytes: usize) -> Self {
        self.body_bytes_max = bytes;
        self
    }

    pub(crate) fn gives<T: ToSchema>(self, status: u16) -> Self {
        self.gives_as::<T>(status, "application/json")
    }

    pub(crate) fn gives_as<T: ToSchema>(mut self, status: u16, media_type: &'static str) -> Self {
        self.gives = Gives::Body(status, Described::of::<T>(), media_type);
        self
    }

    pub(crate) fn query(mut self, name: &'static str, text: &'static str) -> Self {
        self.query.push((name, text));
        self
    }

    pub(crate) fn paged(self) -> Self {
        self.query("limit", "Items in a page, 1 to 100; 25 unless said.")
            .query("after", "The `next` of the page before.")
    }

    pub(crate) fn refuses(mut self, statuses: &[u16]) -> Self {
        self.problems.extend(statuses);
        self
    }

    /// Every status of a problem that the operation can answer with.
    pub(crate) fn problem_statuses(&self) -> Vec<u16> {
        let mut all = self.problems.clone();
        all.extend([400, 503]);
        match self.access {
            Access::Open if self.method == Method::GET => {}
            Access::Open => all.push(403),
            Access::Source => all.push(401),
            Access::Partner => all.extend([401, 429]),
            Access::Person | Access::Staff => {
                all.push(401);
                if self.method != Method::GET || self.act != Act::Read {
                    all.push(403);
                }
            }
        }
        if self.takes.is_some() {
            all.extend([408, 413, 415, 422]);
        }
        if self.path.contains('{') {
            all.push(404);
        }
        all.sort_unstable();
        all.dedup();
        all
    }
}
