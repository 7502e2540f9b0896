//! Reporting an app.

use crate::access::Access;
use crate::api::Api;
use crate::input::{Asked, id, invalid};
use crate::reply::{self, Answer};
use crate::table::Operation;
use consent::State;
use http::Method;
use model::{AppNo, EndingReason, Env};
use sequence::Lookup;
use serde::{Deserialize, Serialize};
use store::Urgency;
use utoipa::ToSchema;

/// The table of what is here.
pub(super) fn operations() -> Vec<Operation> {
    let named = ("report-app", "Reports an app to the platform; the partner never learns by whom.");
    vec![
        Operation::new(Method::POST, "/reports", named, Access::Person, report)
            .takes::<NewReport>()
            .gives::<Reported>(201)
            .refuses(&[404]),
    ]
}

/// What somebody reports.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewReport {
    app: String,
    /// `data-taken-improperly`, `not-anonymised`, `malware`, `terms`, `incident` or `other`.
    reason: String,
    /// What happened, in own words.
    text: Option<String>,
}

/// What was reported.
#[derive(Serialize, ToSchema)]
struct Reported {
    app: String,
    /// Its position in the log.
    report: u64,
}

async fn report(api: Api, asked: Asked) -> Answer {
    let (person, wish) = (asked.person()?, asked.json::<NewReport>()?);
    let app: AppNo = id("app", &wish.app)?;
    let reason = EndingReason::from_word(&wish.reason)
        .filter(|reason| *reason != EndingReason::OwnWish)
        .ok_or_else(|| invalid("reason", "is none of the known words"))?;
    let said = (reason, wish.text);
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::person::report_app(state, env, person, app, said.clone())
    };
    let done = api.commit(&asked, Urgency::Ordinary, flow).await?;
    reply::made(done.position, &Reported { app: app.to_string(), report: done.position.0 })
}
