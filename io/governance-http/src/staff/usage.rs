//! What an app holds beside what it used, and the advice that follows from it. What a partner reads of it has no people in it:
//! `partner::usage`.

use crate::api::{Api, uncounted};
use crate::input::Asked;
use crate::names;
use crate::partner;
use crate::reply::{self, Answer};
use crate::turns::slot;
use crate::view::{self, AppRef};
use catalog::Numbering;
use edge::Problem;
use model::{AppNo, ClassNo, ContextNo};
use serde::Serialize;
use std::collections::BTreeMap;
use store::Store;
use usage::{Advice, ClassUse, Held, HeldFor, Holdings, InWindow, Verdict};
use utoipa::ToSchema;

/// Unused installations that an answer lists; the rest is counted.
const UNUSED_MAX: usize = 1_000;

/// What an app holds, and what it used.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UsageView {
    app: AppRef,
    /// When it was counted.
    at: Option<String>,
    /// Installations that stand.
    installations: u64,
    /// Installations without an admin behind them.
    lapsed: u64,
    /// Grants of people that stand.
    grants: u64,
    /// Distinct people about whom something could leave now.
    people_in_reach: u64,
    /// Classes that reach more people than are counted: whom, only the platform knows.
    uncounted: Vec<String>,
    classes: Vec<ClassUsageView>,
}

/// A class, held or used.
#[derive(Debug, Serialize, ToSchema)]
struct ClassUsageView {
    name: String,
    title: Option<String>,
    /// Some installation or grant yields it now.
    live: bool,
    installations: u64,
    grants: u64,
    people_in_reach: u64,
    /// What the agreements in force say of it; empty if none covers it.
    features: Vec<FeatureView>,
    used_7_days: WindowView,
    used_28_days: WindowView,
    used_90_days: WindowView,
    first_used_at: Option<String>,
    last_used_at: Option<String>,
}

/// A class for a program and purpose.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FeatureView {
    program: String,
    purpose: String,
    agreements: Vec<String>,
    certifications: Vec<String>,
    /// The link that keeps it from the app, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<String>,
    /// The same in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    missing_words: Option<&'static str>,
}

/// Use within so many days.
#[derive(Debug, Default, Serialize, ToSchema)]
struct WindowView {
    /// Answers that carried it, or writes that needed it.
    disclosures: u64,
    /// Parts of answers that carried it.
    records: u64,
    /// Days on which it was used.
    days: u64,
    /// Distinct people on the busiest of these days.
    people_on_busiest_day: u64,
}

impl From<InWindow> for WindowView {
    fn from(window: InWindow) -> Self {
        let InWindow { disclosures, records, days, people_most } = window;
        Self { disclosures, records, days, people_on_busiest_day: people_most }
    }
}

/// The smallest agreement that covers real use, and what to do with those that stand.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AdviceView {
    app: AppRef,
    /// What happened from here on counts as use.
    since: Option<String>,
    agreements: Vec<VerdictView>,
    /// Agreements that would cover what was used and nothing else; none if nothing was used.
    smallest: Vec<ProposalView>,
    /// Standing installations through which nothing was read; the first thousand.
    unused_installations: Vec<UnusedView>,
    unused_installations_count: usize,
}

/// An agreement in force, held against use.
#[derive(Debug, Serialize, ToSchema)]
struct VerdictView {
    agreement: String,
    program: String,
    /// `keep`, `narrow` or `end`.
    verdict: &'static str,
    /// Classes to take away.
    unused_classes: Vec<String>,
    /// Purposes to take away.
    unused_purposes: Vec<String>,
    /// What stays is not used alike for each purpose: agreements of their own would cover no more than that.
    uneven: bool,
    /// It began within the time that is looked at.
    young: bool,
    /// Classes that it calls required and that were not used.
    required_but_unused: Vec<String>,
}

/// An agreement that would do.
#[derive(Debug, Serialize, ToSchema)]
struct ProposalView {
    program: String,
    purposes: Vec<String>,
    classes: Vec<String>,
}

/// An installation that was not used.
#[derive(Debug, Serialize, ToSchema)]
struct UnusedView {
    installation: String,
    /// Its number; for a partner, the id under which the app knows it.
    group: String,
    /// When something was last read there; none if never.
    last_used_at: Option<String>,
}

fn unknown() -> Problem {
    Problem::new(404, "not-found", "there is no app of this number")
}

/// Counts for staff, one count at a time.
async fn count<T: Send + 'static>(
    api: &Api,
    app: AppNo,
    then: impl FnOnce(&Store, Holdings) -> Result<T, sequence::StoreError> + Send + 'static,
) -> Result<T, Problem> {
    counted(api, app, slot(&api.reports).await?, then).await
}

/// Counts what an app holds, once it is somebody's turn. Long at scale, so off the threads that serve.
pub(crate) async fn counted<T: Send + 'static>(
    api: &Api,
    app: AppNo,
    turn: impl Send + 'static,
    then: impl FnOnce(&Store, Holdings) -> Result<T, sequence::StoreError> + Send + 'static,
) -> Result<T, Problem> {
    let busy = || Problem::new(503, "log-unavailable", "nothing can be counted at present");
    let store = api.store().clone();
    let failed = |error| uncounted(api.store(), error);
    let counted = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        store.is_counted()?;
        let mut told = 0;
        let holdings = store.holdings(app, |done, of| {
            let tenth = done.saturating_mul(10) / of.max(1);
            if tenth > told {
                told = tenth;
                tracing::debug!(app.id = %app, done, of, "holdings of {app} are counted");
            }
        })?;
        holdings.map(|holdings| then(&store, holdings)).transpose()
    });
    counted.await.map_err(|_| busy())?.map_err(failed)?.ok_or_else(unknown)
}

/// The page of an app's usage, for staff.
async fn usage_of(api: &Api, app: AppNo) -> Result<UsageView, Problem> {
    let view = count(api, app, |store, holdings| shown(store, &holdings));
    view.await?.ok_or_else(unknown)
}

fn shown(store: &Store, holdings: &Holdings) -> Result<Option<UsageView>, sequence::StoreError> {
    let used = store.class_use(holdings.app)?;
    let Some(app) = names::app(store, holdings.app)? else { return Ok(None) };
    let state = store.state();
    let titles: BTreeMap<ClassNo, String> = state
        .catalog()
        .into_iter()
        .flat_map(|catalog| &catalog.classes)
        .map(|class| (class.number, class.title.clone()))
        .collect();
    Ok(Some(usage_view(state.numbering(), &titles, app, holdings, &used)))
}

fn usage_view(
    names: &Numbering,
    titles: &BTreeMap<ClassNo, String>,
    app: AppRef,
    holdings: &Holdings,
    used: &[ClassUse],
) -> UsageView {
    let live = holdings.live();
    let held: BTreeMap<ClassNo, &Held> =
        holdings.classes.iter().map(|one| (one.class, one)).collect();
    let used: BTreeMap<ClassNo, &ClassUse> = used.iter().map(|one| (one.class, one)).collect();
    let mut classes: Vec<ClassNo> = held.keys().chain(used.keys()).copied().collect();
    classes.sort_unstable();
    classes.dedup();
    let class = |no: ClassNo| {
        let (held, used) = (held.get(&no), used.get(&no));
        let [week, month, quarter] = used.map(|one| one.windows).unwrap_or_default();
        ClassUsageView {
            name: view::class(names, no),
            title: titles.get(&no).cloned(),
            live: live.has(no),
            installations: held.map_or(0, |one| one.installations),
            grants: held.map_or(0, |one| one.grants),
            people_in_reach: held.map_or(0, |one| one.people),
            features: held.map(|one| features(names, &one.features)).unwrap_or_default(),
            used_7_days: week.into(),
            used_28_days: month.into(),
            used_90_days: quarter.into(),
            first_used_at: used.and_then(|one| view::instant(one.first_at)),
            last_used_at: used.and_then(|one| view::instant(one.last_at)),
        }
    };
    UsageView {
        app,
        at: view::instant(holdings.at),
        installations: holdings.standing.len() as u64,
        lapsed: holdings.lapsed,
        grants: holdings.grants,
        people_in_reach: holdings.people,
        uncounted: view::classes(names, holdings.uncounted),
        classes: classes.into_iter().map(class).collect(),
    }
}

pub(crate) fn features(names: &Numbering, list: &[HeldFor]) -> Vec<FeatureView> {
    let one = |held: &HeldFor| FeatureView {
        program: view::program(names, held.feature.program),
        purpose: view::purpose(names, held.feature.purpose),
        agreements: held.agreements.iter().map(ToString::to_string).collect(),
        certifications: held.certifications.iter().map(ToString::to_string).collect(),
        missing: held.missing.map(|reason| reason.to_string()),
        missing_words: held.missing.map(model::Reason::plain),
    };
    list.iter().map(one).collect()
}

/// The advice for an app, which names groups as its reader knows them.
pub(crate) fn advised(
    api: &Api,
    app: AppNo,
    advice: &Advice,
    group: impl Fn(ContextNo) -> String,
) -> Result<AdviceView, Problem> {
    let shown = names::apps(api, [app])?.remove(&app).ok_or_else(unknown)?;
    Ok(advice_view(&api.store().state(), shown, advice, group))
}

fn advice_view(
    state: &consent::State,
    app: AppRef,
    advice: &Advice,
    group: impl Fn(ContextNo) -> String,
) -> AdviceView {
    let names = state.numbering();
    let purposes = |list: &[model::PurposeNo]| -> Vec<String> {
        list.iter().map(|no| view::purpose(names, *no)).collect()
    };
    let agreement = |one: &usage::AgreementAdvice| {
        let program = state.agreement(one.agreement).map(|agreement| agreement.program);
        let (verdict, unused_classes, unused_purposes, uneven) = match &one.verdict {
            Verdict::Keep => ("keep", Vec::new(), Vec::new(), false),
            Verdict::Narrow { classes, purposes: dropped, uneven } => {
                ("narrow", view::classes(names, *classes), purposes(dropped), *uneven)
            }
            Verdict::End => ("end", Vec::new(), Vec::new(), false),
        };
        VerdictView {
            agreement: one.agreement.to_string(),
            program: program.map(|no| view::program(names, no)).unwrap_or_default(),
            verdict,
            unused_classes,
            unused_purposes,
            uneven,
            young: one.young,
            required_but_unused: view::classes(names, one.required_unused),
        }
    };
    let proposal = |one: &usage::Proposal| ProposalView {
        program: view::program(names, one.program),
        purposes: purposes(&one.purposes),
        classes: view::classes(names, one.classes),
    };
    let unused = |one: &usage::UnusedInstallation| UnusedView {
        installation: one.installation.to_string(),
        group: group(one.context),
        last_used_at: one.last_at.and_then(view::instant),
    };
    AdviceView {
        app,
        since: view::instant(advice.since),
        agreements: advice.agreements.iter().map(agreement).collect(),
        smallest: advice.smallest.iter().map(proposal).collect(),
        unused_installations: advice
            .unused_installations
            .iter()
            .take(UNUSED_MAX)
            .map(unused)
            .collect(),
        unused_installations_count: advice.unused_installations.len(),
    }
}

/// What an app's partner is to acknowledge, counted in its turn with other counts.
pub(crate) async fn document_of(api: &Api, app: AppNo) -> Result<String, Problem> {
    let written = count(api, app, |store, holdings| partner::written_of(store, &holdings)).await?;
    written.ok_or_else(unknown)
}

pub(super) async fn show(api: Api, asked: Asked) -> Answer {
    reply::ok(&usage_of(&api, asked.number("app")?).await?)
}

pub(super) async fn advice(api: Api, asked: Asked) -> Answer {
    let app = asked.number("app")?;
    let advice = count(&api, app, |store, holdings| store.advice(&holdings)).await?;
    reply::ok(&advised(&api, app, &advice, |no| no.to_string())?)
}
