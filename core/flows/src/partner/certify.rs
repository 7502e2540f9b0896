//! A partner's signed statements of purpose.

use super::{Refusal, own};
use consent::{Certification, State};
use ledger::{CertificationMade, Event, Why, digest};
use model::{
    Actor, AppNo, AppStatus, CertificationNo, ClassMask, CredentialNo, Env, PartnerNo, PurposeNo,
    Timestamp,
};
use oauth::assertion::Jwk;
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
    let numbered = |no: &CertificationNo| Some((*no, state.certification(*no)?));
    let before: Vec<_> = app.certifications.iter().filter_map(numbered).collect();
    if before.iter().any(|(_, one)| one.statement == Some(signed)) {
        return Err(Refusal::Conflict("this statement was submitted before: sign a new one"));
    }
    if is_withdrawn(&before, statement) {
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

/// Which of the app's credentials holds the key that this statement (compact JWS) is signed with; none: no key of the app's, or it
/// is no statement. Keys that have ended count: the question is who signed, then.
#[must_use]
pub fn signed_with(state: &State, app: AppNo, jws: &str) -> Option<CredentialNo> {
    let statement = oauth::statement::Statement::parse(jws)?;
    let signed = |no: &CredentialNo| {
        let key = state.credential(*no).and_then(|one| Jwk::parse(one.key.as_deref()?).ok());
        key.is_some_and(|key| statement.is_signed_with(&key))
    };
    state.app(app)?.credentials.iter().copied().find(signed)
}

/// Whether staff ended a certification of any such class for this purpose, and entered none of that class since.
fn is_withdrawn(before: &[(CertificationNo, &Certification)], statement: &Statement) -> bool {
    let of_purpose = || before.iter().filter(|(_, one)| one.purpose == statement.purpose);
    let entered_since = |next: CertificationNo| {
        of_purpose()
            .filter(|(no, one)| one.statement.is_none() && next <= *no)
            .fold(ClassMask::NONE, |mask, (_, one)| mask | one.classes)
    };
    of_purpose().any(|(_, one)| {
        let asked = one.classes & statement.classes;
        let is_barred = |next| !entered_since(next).covers(asked);
        !asked.is_empty() && one.ended_before.is_some_and(is_barred)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::ClassNo;

    fn classes(numbers: &str) -> ClassMask {
        let number = |digit: char| ClassNo::new(digit.to_digit(10).unwrap() as u8).unwrap();
        numbers.chars().map(number).collect()
    }

    /// A history of certifications (`p` the partner's, `s` staff's, with their classes; `end` and a number): whether the
    /// partner may go on with class 1.
    fn check(history: &str, expected: bool) {
        check_for("1", history, expected);
    }

    fn check_for(asked: &str, history: &str, expected: bool) {
        let (app, purpose) = (AppNo(1), PurposeNo(1));
        let mut made: Vec<Certification> = Vec::new();
        for step in history.split_whitespace() {
            if let Some(number) = step.strip_prefix("end") {
                let next = CertificationNo(made.len() as u32 + 1);
                let one = &mut made[number.parse::<usize>().unwrap() - 1];
                (one.ended, one.ended_before) = (true, Some(next));
                continue;
            }
            made.push(Certification {
                app,
                classes: classes(&step[1..]),
                purpose,
                from: Timestamp(0),
                until: Timestamp::NEVER,
                ended: false,
                ended_before: None,
                statement: step.starts_with('p').then_some([0; 32]),
            });
        }
        let made: Vec<_> = (1..).map(CertificationNo).zip(&made).collect();
        let of =
            |classes, purpose| Statement { app, classes, purpose, until: None, jws: String::new() };
        let asked = classes(asked);
        assert_eq!(!is_withdrawn(&made, &of(asked, purpose)), expected, "{history}");
        assert!(!is_withdrawn(&made, &of(classes("9"), purpose)), "{history}: another class");
        assert!(!is_withdrawn(&made, &of(asked, PurposeNo(2))), "{history}: another purpose");
    }

    #[test]
    fn what_staff_ended_is_not_brought_back_by_another_signature() {
        check("", true);
        check("p1 p1", true);
        check("p1 end1", false);
        check("p1 p1 end2", false);
        check("p1 p1 end1", false);
        check("s1 end1", false);
        check("p1 end1 s1", true);
        check("p1 end1 s1 p1", true);
        check("p1 end1 s1 p1 end3", false);
        check("p1 end1 s1 end2", false);
    }

    #[test]
    fn what_staff_entered_before_the_ending_lifts_nothing() {
        check("p1 s1 end1", false);
        check("p1 s1 end1 s1", true);
        check("p1 s1 end1 p1 s1 end2", false);
    }

    #[test]
    fn each_class_is_entered_again_for_itself() {
        check_for("12", "p12 end1 s1", false);
        check_for("1", "p12 end1 s1", true);
        check_for("2", "p12 end1 s1", false);
        check_for("12", "p12 end1 s1 s2", true);
        check_for("12", "p1 end1 p2 s2", false);
    }
}
