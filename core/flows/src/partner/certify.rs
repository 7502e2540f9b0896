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
    let signed = digest_of(&statement.jws);
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

/// The digest under which a statement (compact JWS) is known: of what was signed, without the signature. Another signature under
/// the same words is still the same statement.
fn digest_of(jws: &str) -> [u8; 32] {
    digest(jws.rsplit_once('.').map_or(jws, |(words, _)| words).as_bytes())
}

/// A key of an app's.
#[derive(Debug, Clone)]
pub struct SigningKey {
    /// The credential that holds it.
    pub credential: CredentialNo,
    /// Of the key (RFC 7638).
    pub thumbprint: [u8; 32],
    jwk: Vec<u8>,
}

/// The keys of an app, also those that have ended: the question is who signed, then. They are a copy, so that nobody holds the
/// state while signatures are looked at.
#[derive(Debug, Clone, Default)]
pub struct SigningKeys(Vec<SigningKey>);

impl SigningKeys {
    /// Copies the keys of an app.
    #[must_use]
    pub fn of(state: &State, app: AppNo) -> Self {
        let credentials = state.app(app).map(|found| found.credentials.as_slice());
        let key = |no: &CredentialNo| {
            let one = state.credential(*no)?;
            Some(SigningKey { credential: *no, thumbprint: one.digest, jwk: one.key.clone()? })
        };
        Self(credentials.unwrap_or_default().iter().filter_map(key).collect())
    }

    /// With which of them the statement of a certification is signed, `jws` being what the vault holds as that statement. None:
    /// with no key of the app's, or these are not the words whose digest the certification carries.
    #[must_use]
    pub fn signer(&self, certification: &Certification, jws: &str) -> Option<&SigningKey> {
        // The log says what was signed; the vault is believed where it says the same.
        if certification.statement != Some(digest_of(jws)) {
            return None;
        }
        let statement = oauth::statement::Statement::parse(jws)?;
        let signed = |key: &&SigningKey| {
            Jwk::parse(&key.jwk).is_ok_and(|jwk| statement.is_signed_with(&jwk))
        };
        self.0.iter().find(signed)
    }
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

    /// An Ed25519 key whose seed is 32 times 7, and a statement signed with it.
    const KEY: &str =
        r#"{"kty":"OKP","crv":"Ed25519","x":"6kpsY-KcUgq-9VB7Ey7F-ZVHdq6-vnuSQh7qaRRG0iw"}"#;
    const SIGNED: &str = concat!(
        "eyJhbGciOiJFZERTQSIsInR5cCI6InB1cnBvc2Utc3RhdGVtZW50K2p3dCJ9.",
        "eyJpc3MiOiJhcHBfMSIsImF1ZCI6Imh0dHBzOi8vaWQuZXhhbXBsZSIsImlhdCI6MTcwMDAwMDAwMCwiY2xhc3MiOiJhIiwicHVycG9zZSI6ImIifQ.",
        "1tnGwzHbpUNu51WG27Aj8tqgw4tR8HvHhMd3kpodNAR6qV8xaPM-7yugdF-oNt9Z6Oz0A7NBZkv2UghKzqKqBQ"
    );

    #[test]
    fn the_vault_is_believed_where_it_holds_what_the_log_says() {
        let key = SigningKey { credential: CredentialNo(7), thumbprint: [1; 32], jwk: KEY.into() };
        let keys = SigningKeys(vec![key]);
        let certification = |statement: Option<&str>| Certification {
            app: AppNo(1),
            classes: classes("1"),
            purpose: PurposeNo(1),
            from: Timestamp(0),
            until: Timestamp::NEVER,
            ended: false,
            ended_before: None,
            statement: statement.map(digest_of),
        };
        let signer = |one: &Certification, jws: &str| keys.signer(one, jws).map(|k| k.credential);
        assert_eq!(signer(&certification(Some(SIGNED)), SIGNED), Some(CredentialNo(7)));
        // Another statement, though the app signed it; and what staff entered, though the vault holds one.
        assert_eq!(signer(&certification(Some("other.words.sig")), SIGNED), None);
        assert_eq!(signer(&certification(None), SIGNED), None);
        let spoilt = format!("{}A", &SIGNED[..SIGNED.len() - 2]);
        assert_eq!(signer(&certification(Some(SIGNED)), &spoilt), None, "the words, not signed");
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
