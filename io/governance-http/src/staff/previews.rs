//! What a change of rules would give and take, before it is made.

use super::agreements::{self, AgreementWish};
use super::programs::{self, NewStage};
use super::said::status;
use super::table::{DOCUMENT_BYTES_MAX, get, post};
use crate::api::Api;
use crate::input::{Asked, id, invalid};
use crate::names;
use crate::refusal::Refused;
use crate::reply::{self, Answer};
use crate::table::Operation;
use crate::view::{self, AppRef, GroupRef};
use consent::State;
use edge::Problem;
use flows::Said;
use flows::staff::{self as flow, NewAudit, Refusal};
use http::{StatusCode, header};
use ledger::Event;
use model::{
    ApiVersion, AppNo, AppStatus, CertificationNo, ClassMask, EndingReason, Env, PartnerNo,
    PartnerStatus, Severity,
};
use preview::{Affected, Amount, Disclosures, Effect, Effects, Reaching, Report};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use store::{PreviewFailure, PreviewStage};
use utoipa::ToSchema;

/// Apps, groups and people that a preview names; how many there are is told in full.
const NAMED_MAX: usize = 20;

/// A change that nobody has made.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum Change {
    /// Another policy in force.
    Policy {
        /// The policy.
        document: Value,
    },
    /// Another catalog in force.
    Catalog {
        /// The catalog.
        document: Value,
        /// Versions before it that are served on beside it.
        #[serde(default)]
        keep: Vec<String>,
    },
    /// The next stage of a program.
    Program {
        /// Number, or name in the catalog.
        program: String,
        /// Which stage.
        stage: NewStage,
    },
    /// A new agreement.
    Agreement {
        /// What it would say.
        agreement: AgreementWish,
        /// The agreement in whose place it would stand; beside all that there are unless said.
        replaces: Option<String>,
    },
    /// The early end of an agreement.
    AgreementEnd {
        /// Which.
        agreement: String,
    },
    /// The withdrawal of a certification.
    CertificationEnd {
        /// Which.
        certification: String,
    },
    /// Another status of an app.
    AppStatus {
        /// Which.
        app: String,
        /// `active`, `suspended` or `removed`.
        status: String,
    },
    /// Another status of a partner.
    PartnerStatus {
        /// Which.
        partner: String,
        /// `active`, `suspended`, `revoked` or `surrendered`.
        status: String,
    },
}

/// The same, read.
pub(super) enum Wish {
    /// What can be watched, too.
    Rules(NewAudit),
    CertificationEnd(CertificationNo),
    App(AppNo, AppStatus),
    Partner(PartnerNo, PartnerStatus),
}

/// How far a preview is, and what it found.
#[derive(Serialize, ToSchema)]
pub(super) struct PreviewView {
    /// To ask after it.
    preview: String,
    /// `running`, `done` or `failed`.
    status: &'static str,
    /// Steps done, while it runs.
    done: u64,
    /// Of how many; 0 while it waits for another one.
    of: u64,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<ReportView>,
}

/// What the change would do.
#[derive(Serialize, ToSchema)]
struct ReportView {
    /// The instant of which it speaks: what requests like those before would be answered now, with the change and without it.
    now: Option<String>,
    /// The first instant whose answers were looked at.
    since: Option<String>,
    disclosures: DisclosuresView,
    #[serde(flatten)]
    effects: EffectsView,
    reach: ReachView,
}

/// Answers of the last 30 days. `all` is `compared`, `ended`, `refused` and `unreadable` together.
#[derive(Serialize, ToSchema)]
struct DisclosuresView {
    all: u64,
    /// Would be answered now, with the change, without it, or both ways.
    compared: u64,
    /// Through a grant or installation that has ended since.
    ended: u64,
    /// Refused now for another reason, changed or not.
    refused: u64,
    /// Whose content the log does not hold any more.
    unreadable: u64,
    /// Answered without the change, and not at all with it.
    cut: u64,
    /// Not answered without the change, and answered with it.
    opened: u64,
    /// From which something would be missing.
    losing: u64,
    /// Which would carry more.
    gaining: u64,
}

/// Effects on answers.
#[derive(Serialize, ToSchema)]
pub(super) struct EffectsView {
    total: EffectView,
    classes: Vec<ClassView>,
    apps: AffectedView<AppRef>,
    groups: AffectedView<GroupRef>,
    people: AffectedView<PersonView>,
}

/// A person, by number alone.
#[derive(Serialize, ToSchema)]
struct PersonView {
    person: String,
}

/// Answers, and nodes of them.
#[derive(Serialize, ToSchema)]
struct AmountView {
    disclosures: u64,
    nodes: u64,
}

/// What is lost and gained.
#[derive(Serialize, ToSchema)]
struct EffectView {
    lost: AmountView,
    gained: AmountView,
    lost_classes: Vec<String>,
    gained_classes: Vec<String>,
}

/// One class.
#[derive(Serialize, ToSchema)]
struct ClassView {
    class: String,
    lost: AmountView,
    gained: AmountView,
    people_losing: u64,
    people_gaining: u64,
}

/// Whom a change reaches.
#[derive(Serialize, ToSchema)]
struct AffectedView<T> {
    /// How many, exactly.
    all: u64,
    losing: u64,
    gaining: u64,
    /// The most affected.
    most: Vec<NamedView<T>>,
    /// Whether they were chosen among all of them, or, where those are too many, among the first ones met.
    of_all: bool,
}

/// One of them.
#[derive(Serialize, ToSchema)]
struct NamedView<T> {
    #[serde(flatten)]
    who: T,
    #[serde(flatten)]
    effect: EffectView,
}

/// What installations and grants could read, used or not, before any record or person is asked.
#[derive(Serialize, ToSchema)]
struct ReachView {
    installations: ReachingView,
    grants: ReachingView,
    classes: Vec<ClassReachView>,
    apps: Vec<AppReachView>,
}

/// How many could read less or more; the `unused` ones of them gave nothing away in the time looked at.
#[derive(Serialize, ToSchema)]
struct ReachingView {
    losing: u64,
    gaining: u64,
    losing_unused: u64,
    gaining_unused: u64,
}

/// One class.
#[derive(Serialize, ToSchema)]
struct ClassReachView {
    class: String,
    #[serde(flatten)]
    reach: ReachingView,
}

/// One app.
#[derive(Serialize, ToSchema)]
struct AppReachView {
    #[serde(flatten)]
    app: AppRef,
    #[serde(flatten)]
    reach: ReachingView,
}

impl From<Amount> for AmountView {
    fn from(Amount { disclosures, nodes }: Amount) -> Self {
        Self { disclosures, nodes }
    }
}

impl From<Reaching> for ReachingView {
    fn from(one: Reaching) -> Self {
        let Reaching { losing, gaining, losing_unused, gaining_unused } = one;
        Self { losing, gaining, losing_unused, gaining_unused }
    }
}

impl From<Disclosures> for DisclosuresView {
    fn from(counts: Disclosures) -> Self {
        let Disclosures { all, compared, ended, refused, unreadable, cut, opened, losing, gaining } =
            counts;
        Self { all, compared, ended, refused, unreadable, cut, opened, losing, gaining }
    }
}

/// The operations.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        post(
            "/previews",
            (
                "begin-preview",
                "Begins to count what a change would give and take; nothing is changed.",
            ),
            begin,
        )
        .takes::<Change>()
        .body_bytes_max(DOCUMENT_BYTES_MAX)
        .gives::<PreviewView>(202)
        .refuses(&[404, 409, 429]),
        get(
            "/previews/{preview}",
            ("show-preview", "How far a preview is, and what it found."),
            show,
        )
        .gives::<PreviewView>(200),
    ]
}

pub(super) fn wish(api: &Api, change: Change) -> Result<Wish, Problem> {
    Ok(Wish::Rules(match change {
        Change::Policy { document } => NewAudit::Policy(document.to_string().into_bytes()),
        Change::Catalog { document, keep } => {
            let keeps = keep.iter().map(|text| {
                text.parse()
                    .map_err(|_| invalid("keep", "is no list of versions such as `2026-11-01`"))
            });
            let keeps: Vec<ApiVersion> = keeps.collect::<Result<_, _>>()?;
            NewAudit::Catalog(document.to_string().into_bytes(), keeps)
        }
        Change::Program { program, stage } => {
            let found = program.parse().ok();
            let found = found.or_else(|| api.store().state().program_named(&program));
            let found = found.ok_or_else(|| {
                Problem::new(404, "not-found", "there is no program of this name")
            })?;
            NewAudit::Program(found, programs::stage(&stage)?)
        }
        Change::Agreement { agreement, replaces } => {
            let replaces = replaces.map(|text| id("replaces", &text)).transpose()?;
            NewAudit::Agreement {
                wanted: agreements::wanted(api, &agreement)?,
                replaces,
                from_said: agreement.says_from(),
            }
        }
        Change::AgreementEnd { agreement } => NewAudit::AgreementEnd(id("agreement", &agreement)?),
        Change::CertificationEnd { certification } => {
            return Ok(Wish::CertificationEnd(id("certification", &certification)?));
        }
        Change::AppStatus { app, status: to } => {
            return Ok(Wish::App(id("app", &app)?, status(&to, AppStatus::from_word)?));
        }
        Change::PartnerStatus { partner, status: to } => {
            let to = status(&to, PartnerStatus::from_word)?;
            return Ok(Wish::Partner(id("partner", &partner)?, to));
        }
    }))
}

/// The events that the flow would write; the rest of its commit is thrown away.
fn events(state: &State, env: &Env, said: &Said, wish: &Wish) -> Result<Vec<Event>, Refusal> {
    Ok(match wish {
        Wish::Rules(change) => rules(state, env, said, change)?,
        Wish::CertificationEnd(no) => flow::end_certification(state, env, said, *no)?.events,
        Wish::App(no, to) => flow::set_app_status(state, env, said, *no, *to)?.events,
        Wish::Partner(no, to) => flow::set_partner_status(state, env, said, *no, *to)?.events,
    })
}

fn rules(state: &State, env: &Env, said: &Said, new: &NewAudit) -> Result<Vec<Event>, Refusal> {
    Ok(match new {
        NewAudit::Policy(bytes) => flow::activate_policy(state, env, said, bytes)?.events,
        NewAudit::Catalog(bytes, keeps) => {
            flow::activate_catalog_beside(state, env, said, bytes, keeps)?.events
        }
        NewAudit::Program(no, stage) => flow::move_program(state, env, said, *no, stage)?.events,
        NewAudit::Agreement { wanted, replaces, .. } => {
            let mut events = flow::make_agreement(state, env, said, wanted)?.events;
            if let Some(replaced) = replaces {
                flow::replaceable(state, wanted, *replaced)?;
                events.extend(flow::end_agreement(state, env, said, *replaced)?.events);
            }
            events
        }
        NewAudit::AgreementEnd(no) => flow::end_agreement(state, env, said, *no)?.events,
    })
}

async fn begin(api: Api, asked: Asked) -> Answer {
    let wish = wish(&api, asked.json()?)?;
    // Flows ask for a reason where something is taken away. Nothing is, and what is said here is written nowhere.
    let said = Said {
        by: asked.staff()?,
        reason: Some(EndingReason::Terms),
        severity: Some(Severity::Low),
        note: None,
    };
    let store = api.store().clone();
    let begun = tokio::task::spawn_blocking(move || {
        let env = store.env();
        let events = events(&store.state(), &env, &said, &wish).map_err(Refused::problem)?;
        store.begin_preview(events).map_err(failed)
    });
    let number = begun
        .await
        .map_err(|_| Problem::new(503, "log-unavailable", "the change could not be tried"))??;
    let shown = view(&api, number).await?;
    reply::json(StatusCode::ACCEPTED, &shown)
}

fn failed(failure: PreviewFailure) -> Problem {
    let detail = failure.to_string();
    match failure {
        PreviewFailure::Change(_) => Problem::new(409, "conflict", detail),
        PreviewFailure::Busy => {
            Problem::new(429, "too-many-previews", detail).header(header::RETRY_AFTER, "10")
        }
        PreviewFailure::Store(error) => crate::api::unreadable(error),
    }
}

async fn show(api: Api, asked: Asked) -> Answer {
    let shown = view(&api, asked.number("preview")?).await?;
    reply::ok(&shown)
}

async fn view(api: &Api, number: u64) -> Result<PreviewView, Problem> {
    let stage = api.store().preview_stage(number);
    let stage = stage
        .ok_or_else(|| Problem::new(404, "not-found", "there is no preview of this number"))?;
    let mut shown = PreviewView {
        preview: number.to_string(),
        status: "running",
        done: 0,
        of: 0,
        problem: None,
        report: None,
    };
    match stage {
        PreviewStage::Running { done, of } => (shown.done, shown.of) = (done, of),
        PreviewStage::Done(report) => {
            shown.status = "done";
            shown.report = Some(report_view(api, &report).await?);
        }
        PreviewStage::Failed(problem) => {
            shown.status = "failed";
            shown.problem = Some(problem);
        }
    }
    Ok(shown)
}

async fn report_view(api: &Api, report: &Report) -> Result<ReportView, Problem> {
    let effects = effects_view(api, &report.effects).await?;
    let reach = &report.reach;
    let apps = names::apps(api, reach.apps.iter().take(NAMED_MAX).map(|(no, _)| *no))?;
    let names = api.store().state().numbering().clone();
    Ok(ReportView {
        now: view::instant(report.now),
        since: view::instant(report.since),
        disclosures: report.disclosures.into(),
        effects,
        reach: ReachView {
            installations: reach.installations.into(),
            grants: reach.grants.into(),
            classes: reach
                .classes
                .iter()
                .map(|(no, reach)| ClassReachView {
                    class: view::class(&names, *no),
                    reach: (*reach).into(),
                })
                .collect(),
            apps: reach
                .apps
                .iter()
                .filter_map(|(no, reach)| Some((apps.get(no)?.clone(), *reach)))
                .map(|(app, reach)| AppReachView { app, reach: reach.into() })
                .collect(),
        },
    })
}

fn effect_view(names: &catalog::Numbering, effect: &Effect) -> EffectView {
    let classes = |mask: ClassMask| view::classes(names, mask);
    EffectView {
        lost: effect.lost.into(),
        gained: effect.gained.into(),
        lost_classes: classes(effect.lost_classes),
        gained_classes: classes(effect.gained_classes),
    }
}

fn affected<K: Ord + Copy, T>(
    names: &catalog::Numbering,
    affected: &Affected<K>,
    who: impl Fn(K) -> Option<T>,
) -> AffectedView<T> {
    let most = affected.most.iter().take(NAMED_MAX);
    AffectedView {
        all: affected.all,
        losing: affected.losing,
        gaining: affected.gaining,
        most: most
            .filter_map(|(no, effect)| {
                Some(NamedView { who: who(*no)?, effect: effect_view(names, effect) })
            })
            .collect(),
        of_all: affected.of_all,
    }
}

/// Effects with names: of apps from the vault, of groups from the platform; people stay numbers.
pub(super) async fn effects_view(api: &Api, effects: &Effects) -> Result<EffectsView, Problem> {
    let most = effects.apps.most.iter().take(NAMED_MAX);
    let apps = names::apps(api, most.map(|(no, _)| *no))?;
    let most = effects.contexts.most.iter().take(NAMED_MAX);
    let groups: BTreeMap<_, _> = names::groups(api, most.map(|(no, _)| *no)).await?;
    let names = api.store().state().numbering().clone();
    let class = |(no, of): &(model::ClassNo, preview::ClassEffect)| ClassView {
        class: view::class(&names, *no),
        lost: of.lost.into(),
        gained: of.gained.into(),
        people_losing: of.people_losing,
        people_gaining: of.people_gaining,
    };
    Ok(EffectsView {
        total: effect_view(&names, &effects.total),
        classes: effects.classes.iter().map(class).collect(),
        apps: affected(&names, &effects.apps, |no| apps.get(&no).cloned()),
        groups: affected(&names, &effects.contexts, |no| groups.get(&no).cloned()),
        people: affected(&names, &effects.people, |no| Some(PersonView { person: no.to_string() })),
    })
}
