//! What a partner promised to do with what it received, by a term: anonymise it, or keep it no longer.
//!
//! An agreement that is over leaves these obligations, whether it ran out, was renewed or was ended, and so does an app that was
//! removed or a partner that is out for good: the data is still there. The partner is told even then, by letter where it has an
//! address, and staff always: that it was done, only the partner can show.

use crate::kind::Kind;
use crate::notice::{Audience, Details, Notice, Recipient, Subject};
use crate::time::{Window, ending};
use consent::Agreement;
use model::{AgreementNo, ClassMask, Millis, PartnerNo, Timestamp};
use std::collections::BTreeMap;

/// The notices about the obligations of an agreement whose instant lies in the window.
pub(crate) fn of_agreement(
    (no, one): (AgreementNo, &Agreement),
    partner: PartnerNo,
    window: Window,
) -> Vec<Notice> {
    let end = end(one);
    if end <= one.from {
        // It never stood, so nothing was received under it.
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
    for (term, classes) in kept_until(one, end) {
        told((Kind::RetentionDue, Kind::RetentionTerm), classes, (end, term));
    }
    due
}

/// When nothing was received under it any more: it ran out, or somebody ended it before.
fn end(one: &Agreement) -> Timestamp {
    one.ended_at.map_or(one.until, |ended_at| ended_at.min(one.until))
}

/// Until when the last of each class may be kept that was received under an agreement. What was received earlier must go earlier,
/// each at its own instant: that is not told one by one.
fn kept_until(one: &Agreement, end: Timestamp) -> BTreeMap<Timestamp, ClassMask> {
    let mut kept: BTreeMap<Timestamp, ClassMask> = BTreeMap::new();
    for retention in one.retention.iter().filter(|_| end != Timestamp::NEVER) {
        let term = end.plus(Millis::days(retention.days.into()));
        let classes = kept.entry(term).or_default();
        *classes = *classes | retention.classes;
    }
    kept
}
