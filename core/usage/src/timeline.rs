//! Timelines: when each class was available to each app of a partner, whether it was used, and what ended it.
//!
//! Control events of the register are folded by the very fold that decides; between two of them only time changes anything, at
//! instants that agreements and certifications name. Chains of admins and people are left out: a class that nobody had enabled was
//! available all the same, and unused.

use crate::available::{Available, available, missing};
use crate::{Feature, Happened, UsedDay};
use consent::{FoldError, State};
use ledger::{AppList, AppsSuspended, Event, Payload};
use model::{AppNo, ClassNo, PartnerNo, Position, Reason, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// What ended a span: the first link that failed then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// Which link.
    pub link: Reason,
    /// The event that did it; none where time did.
    pub by: Option<Position>,
}

/// What was used within a span. Use is known by the first and last answer of each day: a span that lies between the two of
/// one day counts as used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpanUse {
    /// First answer, or the span's begin where it lies within that day.
    pub first_at: Timestamp,
    /// Last answer, or the span's last instant.
    pub last_at: Timestamp,
    /// Days on which it was used.
    pub days: u64,
    /// Answers on those days.
    pub disclosures: u64,
}

/// A stretch of time in which a class was available.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// First instant.
    pub from: Timestamp,
    /// End, exclusive; none while it lasts.
    pub until: Option<Timestamp>,
    /// What ended it.
    pub ended: Option<Ended>,
    /// Its use; none if it was never used.
    pub used: Option<SpanUse>,
}

/// A class that was available to an app for a feature, in order of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// Which app.
    pub app: AppNo,
    /// For what.
    pub feature: Feature,
    /// Which class.
    pub class: ClassNo,
    /// Never empty.
    pub spans: Vec<Span>,
}

type Key = (AppNo, Feature, ClassNo);

struct Replay<'a> {
    state: State,
    partners: &'a BTreeSet<PartnerNo>,
    apps: BTreeMap<AppNo, Available>,
    lanes: BTreeMap<Key, Vec<Span>>,
}

/// Timelines of some partners' apps from control events of the register, oldest first: those that name one of these partners or
/// its apps, and all that name no one. `used` is every day of use of these apps.
///
/// # Errors
/// The events do not follow from each other: one that they need was left out.
pub fn timelines(
    events: &[Happened],
    partners: &BTreeSet<PartnerNo>,
    used: &[UsedDay],
    now: Timestamp,
) -> Result<Vec<Lane>, FoldError> {
    let mut replay =
        Replay { state: State::default(), partners, apps: BTreeMap::new(), lanes: BTreeMap::new() };
    for one in events {
        replay.pass_time(one.time);
        replay.happen(one)?;
    }
    replay.pass_time(now);
    let mut days: BTreeMap<Key, Vec<&UsedDay>> = BTreeMap::new();
    for day in used {
        days.entry((day.app, day.feature, day.class)).or_default().push(day);
    }
    let lanes = replay.lanes.into_iter().filter_map(|(key, mut spans)| {
        // What began and ended within one millisecond could yield nothing.
        spans.retain(|span| span.until != Some(span.from));
        let days = days.get(&key).map(Vec::as_slice).unwrap_or_default();
        spans.iter_mut().for_each(|span| span.used = use_of(span, days, now));
        let (app, feature, class) = key;
        (!spans.is_empty()).then_some(Lane { app, feature, class, spans })
    });
    Ok(lanes.collect())
}

fn use_of(span: &Span, days: &[&UsedDay], now: Timestamp) -> Option<SpanUse> {
    // An event ends what comes after it: an answer before it may bear the same millisecond.
    let by_event = span.ended.is_some_and(|ended| ended.by.is_some());
    let end = match span.until {
        Some(until) if by_event => Timestamp(until.0.saturating_add(1)),
        Some(until) => until,
        None => Timestamp(now.0.saturating_add(1)),
    };
    let mut found: Option<SpanUse> = None;
    for day in days.iter().filter(|day| day.first_at < end && day.last_at >= span.from) {
        let first_at = day.first_at.max(span.from);
        let last_at = day.last_at.min(Timestamp(end.0.saturating_sub(1)));
        let used = found.get_or_insert(SpanUse { first_at, last_at, days: 0, disclosures: 0 });
        used.first_at = used.first_at.min(first_at);
        used.last_at = used.last_at.max(last_at);
        used.days += 1;
        used.disclosures += day.disclosures;
    }
    found
}

impl Replay<'_> {
    /// Lets time pass up to an instant, that one included.
    fn pass_time(&mut self, to: Timestamp) {
        loop {
            let next = self.apps.values().filter_map(|one| one.changes_at).min();
            let Some(at) = next.filter(|at| *at <= to) else { return };
            let due = self.apps.iter().filter(|(_, one)| one.changes_at == Some(at));
            let due: Vec<AppNo> = due.map(|(app, _)| *app).collect();
            due.into_iter().for_each(|app| self.look(app, at, None));
        }
    }

    fn happen(&mut self, one: &Happened) -> Result<(), FoldError> {
        let before = Position(one.position.0);
        self.state.skip_to(before, one.time)?;
        let event = match &one.event {
            // The apps of other partners are not in this replay.
            Event::AppsSuspended(event) => {
                let known = event.apps.as_slice().iter().copied();
                let known = known.filter(|app| self.state.app(*app).is_some()).collect();
                Event::AppsSuspended(AppsSuspended { apps: AppList::new(known), ..event.clone() })
            }
            other => other.clone(),
        };
        self.state.apply(one.position, one.time, &Payload::Control(event))?;
        let leaf = one.event.leaf();
        let apps: Vec<AppNo> = match (leaf.app, leaf.partner) {
            (Some(app), _) => vec![app],
            (None, Some(partner)) => {
                self.state.partner(partner).map(|one| one.apps.clone()).unwrap_or_default()
            }
            (None, None) => self.apps.keys().copied().collect(),
        };
        for app in apps {
            let partner = self.state.app(app).map(|app| app.partner);
            if partner.is_some_and(|partner| self.partners.contains(&partner)) {
                self.look(app, one.time, Some(one.position));
            }
        }
        Ok(())
    }

    /// Compares what is available to an app now with what was.
    fn look(&mut self, app: AppNo, at: Timestamp, by: Option<Position>) {
        let after = available(&self.state, app, at);
        let before = self.apps.remove(&app).unwrap_or_default();
        for (feature, mask) in &before.features {
            let left = after.features.get(feature).copied().unwrap_or_default();
            for class in mask.without(left).iter() {
                let link = missing(&self.state, app, *feature, class, at);
                let span = self.lanes.get_mut(&(app, *feature, class)).and_then(|l| l.last_mut());
                if let Some(span) = span {
                    span.until = Some(at);
                    span.ended = link.map(|link| Ended { link, by });
                }
            }
        }
        for (feature, mask) in &after.features {
            let had = before.features.get(feature).copied().unwrap_or_default();
            for class in mask.without(had).iter() {
                let lane = self.lanes.entry((app, *feature, class)).or_default();
                lane.push(Span { from: at, until: None, ended: None, used: None });
            }
        }
        self.apps.insert(app, after);
    }
}
