//! What the register said of an app at a place of the log, read from its events: a receipt tells what was agreed when somebody
//! consented, whatever was agreed or ended since.

use crate::Happened;
use ledger::{AgreementMade, Event, Retention};
use model::{
    AgreementNo, AppNo, AppStatus, ClassMask, PartnerNo, PartnerStatus, Position, PurposeNo,
    Timestamp,
};
use std::collections::{BTreeMap, BTreeSet};

/// What stood of an app before an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreed<'a> {
    /// Agreements, by number.
    agreements: BTreeMap<AgreementNo, &'a AgreementMade>,
    /// Digest of what the app said about itself.
    pub app_details: Option<[u8; 32]>,
    /// Digest of what its partner said about itself.
    pub partner_details: Option<[u8; 32]>,
}

impl<'a> Agreed<'a> {
    /// As it stood before an entry: what was made before it, and had not ended by then. `events` are those of the register that
    /// name the app or its partner, all of them before the entry.
    #[must_use]
    pub fn before(
        events: &'a [Happened],
        (app, partner): (AppNo, PartnerNo),
        (position, time): (Position, Timestamp),
    ) -> Self {
        let mut agreed =
            Self { agreements: BTreeMap::new(), app_details: None, partner_details: None };
        for one in events.iter().filter(|one| one.position < position) {
            match &one.event {
                Event::AgreementMade(made) if made.app == app => {
                    agreed.agreements.insert(made.agreement, made);
                }
                Event::AgreementEnded(ended) if ended.app == app => {
                    agreed.agreements.remove(&ended.agreement);
                }
                Event::AppMade(made) if made.app == app => agreed.app_details = made.details,
                Event::AppChanged(changed) if changed.app == app => {
                    agreed.app_details = changed.details.or(agreed.app_details);
                }
                Event::PartnerMade(made) if made.partner == partner => {
                    agreed.partner_details = made.details;
                }
                Event::PartnerChanged(changed) if changed.partner == partner => {
                    agreed.partner_details = Some(changed.details);
                }
                _ => {}
            }
        }
        agreed.agreements.retain(|_, made| made.from <= time && time < made.until);
        agreed
    }

    fn covering(&self, classes: ClassMask) -> impl Iterator<Item = &'a AgreementMade> {
        self.agreements.values().copied().filter(move |one| !(one.classes & classes).is_empty())
    }

    /// Purposes for which any of these classes was agreed.
    #[must_use]
    pub fn purposes(&self, classes: ClassMask) -> BTreeSet<PurposeNo> {
        self.covering(classes).flat_map(|one| one.purposes.iter().copied()).collect()
    }

    /// How long these classes may be kept, as each agreement says; those of which none says anything are left out.
    #[must_use]
    pub fn retention(&self, classes: ClassMask) -> Vec<Retention> {
        let said = self.covering(classes).filter_map(|one| one.retention.as_ref()).flatten();
        let mut days: BTreeMap<u32, ClassMask> = BTreeMap::new();
        for one in said {
            let mask = days.entry(one.days).or_default();
            *mask = *mask | (one.classes & classes);
        }
        let all = days.into_iter().map(|(days, classes)| Retention { classes, days });
        all.filter(|one| !one.classes.is_empty()).collect()
    }
}

/// The event with which everything that was allowed to an app ended, for good: it was removed, or its partner revoked or
/// surrendered. None where a suspension or nothing keeps it.
#[must_use]
pub fn ended_with(events: &[Happened], (app, partner): (AppNo, PartnerNo)) -> Option<&Happened> {
    events.iter().find(|one| match &one.event {
        Event::AppStatusChanged(event) => event.app == app && event.status == AppStatus::Removed,
        Event::PartnerStatusChanged(event) => {
            event.partner == partner
                && matches!(event.status, PartnerStatus::Revoked | PartnerStatus::Surrendered)
        }
        _ => false,
    })
}
