//! What the log says of conduct: findings, what people reported, what happened to a case.

use crate::open::Store;
use ledger::{DecodeError, Event, Payload};
use model::{AppNo, CaseKind, CaseNo, Position, Timestamp};
use sequence::StoreError;

/// Kinds of events in the log.
const APP_REPORTED: u16 = 105;
const FINDING_RAISED: u16 = 106;
/// What happens to a case.
const OF_CASES: [u16; 5] = [100, 101, 102, 103, 104];
/// Entries looked at in one go.
const AT_ONCE: usize = 64;

/// A control event and its place in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Where.
    pub position: Position,
    /// When.
    pub at: Timestamp,
    /// What.
    pub event: Event,
}

fn corrupt(error: DecodeError) -> StoreError {
    StoreError::Corrupt(error.to_string())
}

/// The case that an event is of.
const fn case_of(event: &Event) -> Option<CaseNo> {
    match event {
        Event::CaseOpened(event) => Some(event.case),
        Event::CaseNoted(event) => Some(event.case),
        Event::CaseClosed(event) => Some(event.case),
        Event::CaseAppealed(event) => Some(event.case),
        Event::AppealDecided(event) => Some(event.case),
        _ => None,
    }
}

impl Store {
    /// Control events of a kind, newest first, until told to stop.
    fn walk(&self, kind: u16, mut each: impl FnMut(Placed) -> bool) -> Result<(), StoreError> {
        let mut below = Position(u64::MAX);
        loop {
            let some = self.latest_of_kind(kind, below, AT_ONCE)?;
            for stored in &some {
                if let Some(Payload::Control(event)) = stored.read_payload().map_err(corrupt)? {
                    let placed = Placed { position: stored.position, at: stored.time, event };
                    if !each(placed) {
                        return Ok(());
                    }
                }
            }
            match some.last() {
                Some(last) if some.len() == AT_ONCE => below = last.position,
                Some(_) | None => return Ok(()),
            }
        }
    }

    /// What happened to a case since it was opened, oldest first.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn case_events(
        &self,
        case: CaseNo,
        opened_at: Timestamp,
    ) -> Result<Vec<Placed>, StoreError> {
        let mut found = Vec::new();
        for kind in OF_CASES {
            self.walk(kind, |placed| {
                let goes_on = placed.at >= opened_at;
                if case_of(&placed.event) == Some(case) {
                    found.push(placed);
                }
                goes_on
            })?;
        }
        found.sort_by_key(|placed| placed.position);
        Ok(found)
    }

    /// What people reported about an app, newest first, at most so many of the latest so many reports about any app.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn reports_about(
        &self,
        app: AppNo,
        most: usize,
        looked_at_max: usize,
    ) -> Result<Vec<Placed>, StoreError> {
        let (mut found, mut looked_at) = (Vec::new(), 0);
        self.walk(APP_REPORTED, |placed| {
            looked_at += 1;
            if matches!(&placed.event, Event::AppReported(event) if event.app == app) {
                found.push(placed);
            }
            found.len() < most && looked_at < looked_at_max
        })?;
        Ok(found)
    }

    /// The app that the finding at a position is about.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn app_of_finding(&self, at: Position) -> Result<Option<AppNo>, StoreError> {
        let Some(stored) = self.entry(at)? else { return Ok(None) };
        Ok(match stored.read_payload().map_err(corrupt)? {
            Some(Payload::Control(Event::FindingRaised(event))) => event.app,
            _ => None,
        })
    }

    /// Whether a case of this kind about an app can begin with the entry at a position: a report or a finding about that
    /// app, or a finding about none. An inquiry begins with nothing.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn begins_case(
        &self,
        kind: CaseKind,
        app: AppNo,
        at: Position,
    ) -> Result<bool, StoreError> {
        let expected = match kind {
            CaseKind::Report => APP_REPORTED,
            CaseKind::Finding => FINDING_RAISED,
            CaseKind::Inquiry => return Ok(false),
        };
        let Some(stored) = self.entry(at)? else { return Ok(false) };
        let leaf = stored.read_leaf().map_err(corrupt)?;
        Ok(leaf.kind == expected && leaf.app.is_none_or(|of| of == app))
    }
}
