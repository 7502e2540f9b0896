//! What a partner promised to do with what it received, by a term: anonymise it, or keep it no longer.
//!
//! An agreement that runs out leaves these obligations, and one that was renewed has its own: nothing takes their place. Staff are
//! told too: that it was done, only the partner can show.

use crate::kind::Kind;
use crate::notice::{Audience, Details, Notice, Recipient, Subject};
use crate::time::{Window, ending};
use consent::Agreement;
use model::{AgreementNo, ClassMask, Millis, PartnerNo, Timestamp};
use std::collections::BTreeMap;

/// The notices about the obligations of an agreement whose instant lies in the window. One that somebody ended before its time is
/// settled with the partner in that decision.
pub(crate) fn of_agreement(
    (no, one): (AgreementNo, &Agreement),
    partner: PartnerNo,
    window: Window,
) -> Vec<Notice> {
    if one.ended {
        return Vec::new();
    }
    let mut due = Vec::new();
    let mut told = |kinds, classes, (from, term)| {
        let Some(days) = window.passed(Some(from), term) else { return };
        let details = Details {
            app: Some(one.app),
            partner: Some(partner),
            agreement: Some(no),
            program: Some(one.program),
            classes: Some(classes),
            until: Some(term),
            ..Details::default()
        };
        let subject = Subject::Agreement(no, days, term);
        let notice = ending(kinds, (partner, subject), days, details);
        due.push(Notice { audience: Audience::One(Recipient::Staff), ..notice.clone() });
        due.push(notice);
    };
    if let Some(term) = one.anonymise_by {
        told((Kind::AnonymiseDue, Kind::AnonymiseTerm), one.classes, (one.from, term));
    }
    for (term, classes) in kept_until(one) {
        told((Kind::RetentionDue, Kind::RetentionTerm), classes, (one.until, term));
    }
    due
}

/// Until when the last of each class may be kept that was received under an agreement. What was received earlier must go earlier,
/// each at its own instant: that is not told one by one.
fn kept_until(one: &Agreement) -> BTreeMap<Timestamp, ClassMask> {
    let mut kept: BTreeMap<Timestamp, ClassMask> = BTreeMap::new();
    for retention in one.retention.iter().filter(|_| one.until != Timestamp::NEVER) {
        let term = one.until.plus(Millis::days(retention.days.into()));
        let classes = kept.entry(term).or_default();
        *classes = *classes | retention.classes;
    }
    kept
}
