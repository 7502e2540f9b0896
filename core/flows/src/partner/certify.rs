//! A partner's signed statements of purpose.

use super::{Refusal, own};
use consent::{Certification, State};
use ledger::{CertificationMade, Event, Why, digest};
use model::{
    Actor, AppNo, AppStatus, CertificationNo, ClassMask, Env, PartnerNo, PurposeNo, Timestamp,
};
use sequence::{Commit, VaultWrite};

/// What a partner signed, its signature verified.
#[derive(Debug, Clone)]
pub struct Statement {
    /// About which app.
    pub app: AppNo,
    /// About which class: each has a statement of its own.
    pub classes: ClassMask,
    /// For what.
    pub purpose: PurposeNo,
    /// End, exclusive; none: as the policy says.
    pub until: Option<Timestamp>,
    /// The compact JWS (RFC 7515) as it came.
    pub jws: String,
}

/// Enters a certification that the partner signed. It begins now.
///
/// # Errors
/// The app is not the partner's, is removed, or a value is not what it must be; the statement was submitted before; or staff
/// ended what the partner had certified for this, and have entered nothing since: an ending is not undone by whom it ends.
pub fn certify(
    state: &State,
    env: &Env,
    partner: PartnerNo,
    statement: &Statement,
) -> Result<Commit<CertificationNo>, Refusal> {
    let app = own(state, partner, statement.app)?;
    if app.status == AppStatus::Removed {
        return Err(Refusal::Conflict("the app is removed"));
    }
    let most = crate::staff::certified_until(state, env.now);
    let until = statement.until.unwrap_or(most).min(most);
    if until <= env.now {
        let problem = "must be in the future".to_owned();
        return Err(Refusal::Invalid { field: "until", problem });
    }
    // What was signed, without the signature: another signature under the same words is still the same statement.
    let signed = statement.jws.rsplit_once('.').map_or(statement.jws.as_str(), |(words, _)| words);
    let signed = digest(signed.as_bytes());
    let before = || app.certifications.iter().filter_map(|no| state.certification(*no));
    if before().any(|one| one.statement == Some(signed)) {
        return Err(Refusal::Conflict("this statement was submitted before: sign a new one"));
    }
    if is_withdrawn(before(), statement) {
        return Err(Refusal::Conflict(
            "staff ended a certification of this class for this purpose: they enter the next one",
        ));
    }
    let certification = state.next_certification();
    let event = CertificationMade {
        certification,
        app: statement.app,
        classes: statement.classes,
        purpose: statement.purpose,
        from: env.now,
        until,
        why: Why::by(Actor::App),
        statement: Some(signed),
    };
    let commit = Commit::event(Event::CertificationMade(event), certification);
    Ok(commit.with(VaultWrite::Note { digest: signed, text: statement.jws.clone() }))
}

/// Whether staff ended a certification of any such class for this purpose, and entered none since. Oldest first.
fn is_withdrawn<'s>(
    before: impl Iterator<Item = &'s Certification>,
    statement: &Statement,
) -> bool {
    let about = before.filter(|one| {
        one.purpose == statement.purpose && !(one.classes & statement.classes).is_empty()
    });
    about.fold(false, |withdrawn, one| {
        let is_of_staff = one.statement.is_none();
        one.ended || (withdrawn && !is_of_staff)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::ClassNo;

    /// A history of certifications (`p` the partner's, `s` staff's, upper case: ended): whether the partner may go on.
    fn check(history: &str, expected: bool) {
        let classes = ClassMask::of(ClassNo::new(1).unwrap());
        let (app, purpose) = (AppNo(1), PurposeNo(1));
        let made: Vec<Certification> = history
            .chars()
            .map(|one| Certification {
                app,
                classes,
                purpose,
                from: Timestamp(0),
                until: Timestamp::NEVER,
                ended: one.is_uppercase(),
                statement: one.eq_ignore_ascii_case(&'p').then_some([0; 32]),
            })
            .collect();
        let of =
            |classes, purpose| Statement { app, classes, purpose, until: None, jws: String::new() };
        assert_eq!(!is_withdrawn(made.iter(), &of(classes, purpose)), expected, "{history}");
        let other = ClassMask::of(ClassNo::new(2).unwrap());
        assert!(!is_withdrawn(made.iter(), &of(other, purpose)), "{history}: another class");
        assert!(
            !is_withdrawn(made.iter(), &of(classes, PurposeNo(2))),
            "{history}: another purpose"
        );
    }

    #[test]
    fn what_staff_ended_is_not_brought_back_by_another_signature() {
        check("", true);
        check("pp", true);
        check("P", false);
        check("pP", false);
        check("Pp", false);
        check("S", false);
        check("Ps", true);
        check("Psp", true);
        check("PsP", false);
        check("PS", false);
    }
}
