//! What a partner reads of what its app holds and uses: counts of its own requests, and nobody counted.
//!
//! How many people a class was about tells, asked before and after, whether two posts have one author, and how many are tagged; how
//! many are in reach tells a block from an opt-out that was withdrawn. So no live answer has such a number. The report, which comes at a
//! time that is not the partner's choice, says the order of magnitude.

use super::own;
use crate::api::Api;
use crate::input::Asked;
use crate::names;
use crate::reply::{self, Answer};
use crate::staff::usage::{FeatureView, advised, counted, features};
use crate::view::{self, AppRef};
use edge::Problem;
use model::{ClassNo, IdentifierKind};
use oauth::pairwise::PairwiseKey;
use sequence::StoreError;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use store::Store;
use usage::{ClassUse, Held, Holdings, InWindow};
use utoipa::ToSchema;

/// Fewer people than this are not told from none.
const PEOPLE_TOLD_MIN: u64 = 100;

/// What an app holds, and what it used.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OwnUsage {
    app: AppRef,
    /// When it was counted.
    at: Option<String>,
    /// Installations that stand.
    installations: u64,
    /// Installations without an admin behind them.
    lapsed: u64,
    /// Grants of people that stand.
    grants: u64,
    /// In reports alone: at least so many people are in reach, as 0, 100, 1,000 and so on.
    #[serde(skip_serializing_if = "Option::is_none")]
    people_in_reach_at_least: Option<u64>,
    classes: Vec<OwnClassUsage>,
}

/// A class, held or used.
#[derive(Debug, Serialize, ToSchema)]
struct OwnClassUsage {
    name: String,
    title: Option<String>,
    /// Some installation or grant yields it now.
    live: bool,
    installations: u64,
    grants: u64,
    /// In reports alone, as above.
    #[serde(skip_serializing_if = "Option::is_none")]
    people_in_reach_at_least: Option<u64>,
    /// What the agreements in force say of it; empty if none covers it.
    features: Vec<FeatureView>,
    used_7_days: OwnWindow,
    used_28_days: OwnWindow,
    used_90_days: OwnWindow,
    first_used_at: Option<String>,
    last_used_at: Option<String>,
}

/// Use within so many days.
#[derive(Debug, Serialize, ToSchema)]
struct OwnWindow {
    /// Answers that carried it, or writes that needed it.
    disclosures: u64,
    /// Parts of answers that carried it.
    records: u64,
    /// Days on which it was used.
    days: u64,
}

impl From<InWindow> for OwnWindow {
    fn from(window: InWindow) -> Self {
        let InWindow { disclosures, records, days, people_most: _ } = window;
        Self { disclosures, records, days }
    }
}

/// What is told of how many people are in reach.
#[derive(Debug, Clone, Copy)]
enum People {
    /// Nothing.
    Untold,
    /// The order of magnitude.
    Roughly,
}

impl People {
    fn told(self, people: u64) -> Option<u64> {
        match self {
            Self::Untold => None,
            Self::Roughly if people < PEOPLE_TOLD_MIN => Some(0),
            Self::Roughly => Some(10u64.pow(people.ilog10())),
        }
    }
}

fn usage_view(
    store: &Store,
    holdings: &Holdings,
    people: People,
) -> Result<Option<OwnUsage>, StoreError> {
    let used = store.class_use(holdings.app)?;
    let Some(app) = names::app(store, holdings.app)? else { return Ok(None) };
    let state = store.state();
    let all = state.catalog().into_iter().flat_map(|catalog| &catalog.classes);
    let titles: BTreeMap<ClassNo, String> =
        all.map(|class| (class.number, class.title.clone())).collect();
    let live = holdings.live();
    let held: BTreeMap<ClassNo, &Held> =
        holdings.classes.iter().map(|one| (one.class, one)).collect();
    let used: BTreeMap<ClassNo, &ClassUse> = used.iter().map(|one| (one.class, one)).collect();
    let classes: BTreeSet<ClassNo> = held.keys().chain(used.keys()).copied().collect();
    let class = |no: ClassNo| {
        let (held, used) = (held.get(&no), used.get(&no));
        let [week, month, quarter] = used.map(|one| one.windows).unwrap_or_default();
        OwnClassUsage {
            name: view::class(state.numbering(), no),
            title: titles.get(&no).cloned(),
            live: live.has(no),
            installations: held.map_or(0, |one| one.installations),
            grants: held.map_or(0, |one| one.grants),
            people_in_reach_at_least: people.told(held.map_or(0, |one| one.people)),
            features: held
                .map(|one| features(state.numbering(), &one.features))
                .unwrap_or_default(),
            used_7_days: week.into(),
            used_28_days: month.into(),
            used_90_days: quarter.into(),
            first_used_at: used.and_then(|one| view::instant(one.first_at)),
            last_used_at: used.and_then(|one| view::instant(one.last_at)),
        }
    };
    Ok(Some(OwnUsage {
        app,
        at: view::instant(holdings.at),
        installations: holdings.standing.len() as u64,
        lapsed: holdings.lapsed,
        grants: holdings.grants,
        people_in_reach_at_least: people.told(holdings.people),
        classes: classes.into_iter().map(class).collect(),
    }))
}

/// What the app's partner acknowledges, as text.
pub(crate) fn written_of(store: &Store, holdings: &Holdings) -> Result<Option<String>, StoreError> {
    let view = usage_view(store, holdings, People::Roughly)?;
    let text = view.map(|view| serde_json::to_string(&view)).transpose();
    text.map_err(|error| StoreError::Corrupt(error.to_string()))
}

fn unknown() -> Problem {
    Problem::new(404, "not-found", "you have no app of this number")
}

pub(super) async fn show(api: Api, asked: Asked) -> Answer {
    let (partner, app) = own(&api, &asked)?;
    let turn = api.partners.take(partner).await?;
    let view = |store: &Store, holdings: Holdings| usage_view(store, &holdings, People::Untold);
    let view = counted(&api, app, turn, view).await?;
    reply::ok(&view.ok_or_else(unknown)?)
}

pub(super) async fn advice(api: Api, asked: Asked) -> Answer {
    let (partner, app) = own(&api, &asked)?;
    let turn = api.partners.take(partner).await?;
    let advice = counted(&api, app, turn, |store, holdings| store.advice(&holdings)).await?;
    let ids = PairwiseKey::derive(api.parts.keyring.pairwise(), app);
    let group = |no: model::ContextNo| ids.seal(IdentifierKind::Group, no.0.into()).to_string();
    reply::ok(&advised(&api, app, &advice, group)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_many_people_are_in_reach_is_told_by_its_order_of_magnitude() {
        let told = |people| People::Roughly.told(people).unwrap();
        assert_eq!([0, 1, 99].map(told), [0, 0, 0]);
        assert_eq!(
            [100, 999, 1_000, 4_711, 10_000_000].map(told),
            [100, 100, 1_000, 1_000, 10_000_000]
        );
        assert_eq!(People::Untold.told(4_711), None);
    }
}
