//! A policy that is watched beside the one in force: what it would have withheld, and from whom, had it been in force.

use super::previews::{EffectsView, effects_view};
use super::said::{Because, Ending};
use super::table::{DOCUMENT_BYTES_MAX, get, post};
use crate::api::{Api, unreadable};
use crate::input::Asked;
use crate::reply::{self, Answer};
use crate::table::Operation;
use crate::view;
use consent::{Policy, State};
use edge::Problem;
use flows::Said;
use model::Env;
use sequence::Lookup;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Urgency;
use utoipa::ToSchema;

/// A policy to be watched.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAudit {
    /// The policy itself: an object.
    document: Value,
    #[serde(default)]
    because: Because,
}

/// What a watched policy would have done.
#[derive(Serialize, ToSchema)]
struct AuditView {
    /// Its name.
    policy: String,
    title: String,
    /// SHA-256 of its canonical bytes.
    digest: String,
    /// Position at which it began to be watched.
    since: u64,
    /// When.
    since_at: Option<String>,
    /// Answers that left since.
    disclosures: u64,
    /// Of these: from which it would have withheld something.
    withholding: u64,
    /// Of these: not answered at all.
    cut: u64,
    /// Of these: which would have carried more.
    widening: u64,
    /// Whose content the log does not hold any more.
    unreadable: u64,
    #[serde(flatten)]
    effects: EffectsView,
}

/// The operations.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        get(
            "/policies/audit",
            ("show-audit", "The policy that is watched, and what it would have done so far."),
            show,
        )
        .gives::<AuditView>(200)
        .refuses(&[404]),
        post(
            "/policies/audit",
            ("audit-policy", "Watches a policy beside the one in force. It decides nothing."),
            begin,
        )
        .takes::<NewAudit>()
        .body_bytes_max(DOCUMENT_BYTES_MAX)
        .refuses(&[409]),
        post("/policies/audit/end", ("end-audit", "Watches no policy any more."), end)
            .takes::<Ending>(),
    ]
}

async fn show(api: Api, _: Asked) -> Answer {
    let none = || Problem::new(404, "not-found", "no policy is watched");
    let document = api.store().state().audited_policy().map(|(_, document)| document.to_vec());
    let document = document.ok_or_else(none)?;
    let store = api.store().clone();
    let watched = tokio::task::spawn_blocking(move || store.watched())
        .await
        .map_err(|_| Problem::new(503, "log-unavailable", "the log could not be read"))?;
    let watched = watched.map_err(unreadable)?.ok_or_else(none)?;
    let policy = Policy::parse(&document).ok();
    let text = |pick: fn(&Policy) -> &str| policy.as_ref().map_or("", pick).to_owned();
    reply::ok(&AuditView {
        policy: text(Policy::name),
        title: text(Policy::title),
        digest: view::hex(&ledger::digest(&document)),
        since: watched.since.0,
        since_at: view::instant(watched.since_at),
        disclosures: watched.disclosures,
        withholding: watched.withholding,
        cut: watched.cut,
        widening: watched.widening,
        unreadable: watched.unreadable,
        effects: effects_view(&api, &watched.effects).await?,
    })
}

async fn begin(api: Api, asked: Asked) -> Answer {
    let wish: NewAudit = asked.json()?;
    let said = wish.because.said(asked.staff()?)?;
    change(&api, &asked, said, Some(wish.document.to_string().into_bytes())).await
}

async fn end(api: Api, asked: Asked) -> Answer {
    let said = asked.json::<Ending>()?.because.said(asked.staff()?)?;
    change(&api, &asked, said, None).await
}

async fn change(api: &Api, asked: &Asked, said: Said, document: Option<Vec<u8>>) -> Answer {
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::staff::audit_policy(state, env, &said, document.as_deref())
    };
    let done = api.commit(asked, Urgency::Ordinary, flow).await?;
    reply::done(done.position)
}
