//! Agreements and certifications: what an app may have, for what, until when.

use super::{Act, Refusal, may};
use crate::{Said, note_digest};
use consent::State;
use ledger::{
    AgreementEnded, AgreementMade, CertificationEnded, CertificationMade, Event, Retention,
};
use model::{
    AgreementNo, AppNo, CertificationNo, ClassMask, Env, Millis, ProgramNo, PurposeNo, Timestamp,
};
use sequence::{Commit, VaultWrite};

/// Yearly, unless the policy says otherwise.
const CERTIFICATION_DAYS: u32 = 365;
/// As many as there can be classes.
const RETENTIONS_MAX: usize = 128;
/// Ten years.
const RETENTION_DAYS_MAX: u32 = 3_660;
/// Contracts are kept elsewhere; this is what of them is to be read beside the log.
const TERMS_BYTES_MAX: usize = 64 * 1024;

/// An agreement to be made.
#[derive(Debug, Clone)]
pub struct NewAgreement {
    /// Whose.
    pub app: AppNo,
    /// For which program.
    pub program: ProgramNo,
    /// Which classes.
    pub classes: ClassMask,
    /// Those without which the feature does not work.
    pub required: ClassMask,
    /// For what.
    pub purposes: Vec<PurposeNo>,
    /// First instant.
    pub from: Timestamp,
    /// End, exclusive.
    pub until: Timestamp,
    /// What the partner must do with what it receives.
    pub terms: Terms,
}

/// What a partner must do with what it receives under an agreement.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    /// How long it may keep classes.
    pub retention: Vec<Retention>,
    /// By when it must have anonymised everything.
    pub anonymise_by: Option<Timestamp>,
    /// The rest, sub-processors among it, as JSON: goes to the vault, its digest into the log.
    pub text: Option<String>,
}

/// A certification to be entered.
#[derive(Debug, Clone)]
pub struct NewCertification {
    /// Whose.
    pub app: AppNo,
    /// Which classes.
    pub classes: ClassMask,
    /// For what.
    pub purpose: PurposeNo,
    /// First instant.
    pub from: Timestamp,
    /// End, exclusive.
    pub until: Timestamp,
}

fn window(from: Timestamp, until: Timestamp) -> Result<(), Refusal> {
    if from < until {
        Ok(())
    } else {
        Err(Refusal::Invalid { field: "until", problem: "must be after `from`".to_owned() })
    }
}

pub(super) fn known_classes(
    state: &State,
    field: &'static str,
    classes: ClassMask,
) -> Result<(), Refusal> {
    let known: ClassMask = state
        .catalog()
        .into_iter()
        .flat_map(|catalog| &catalog.classes)
        .map(|c| c.number)
        .collect();
    if classes.is_empty() || !known.covers(classes) {
        return Err(Refusal::Invalid {
            field,
            problem: "must name classes of the catalog in force".to_owned(),
        });
    }
    Ok(())
}

fn check_terms(new: &NewAgreement) -> Result<(), Refusal> {
    let invalid =
        |field, problem: &str| Err(Refusal::Invalid { field, problem: problem.to_owned() });
    let named = new.terms.retention.iter().map(|one| one.classes);
    if new.terms.retention.len() > RETENTIONS_MAX
        || named.clone().any(|classes| classes.is_empty() || !new.classes.covers(classes))
    {
        return invalid("retention", "must name some of `classes` each, in at most 128 entries");
    }
    if new.terms.retention.iter().any(|one| !(1..=RETENTION_DAYS_MAX).contains(&one.days)) {
        return invalid("retention", "must be of 1 to 3,660 days each");
    }
    if new.terms.anonymise_by.is_some_and(|by| by <= new.from) {
        return invalid("anonymise_by", "must be after `from`");
    }
    if new.terms.text.as_ref().is_some_and(|text| text.len() > TERMS_BYTES_MAX) {
        return invalid("terms", "is too long");
    }
    Ok(())
}

/// Makes an agreement.
///
/// # Errors
/// Something it names is unknown, or the window is empty.
pub fn make_agreement(
    state: &State,
    env: &Env,
    said: &Said,
    new: &NewAgreement,
) -> Result<Commit<AgreementNo>, Refusal> {
    may(state, said.by, Act::Register)?;
    state.app(new.app).ok_or(Refusal::Unknown("app"))?;
    state.program(new.program).ok_or(Refusal::Unknown("program"))?;
    known_classes(state, "classes", new.classes)?;
    window(new.from, new.until)?;
    let catalog = state.catalog();
    let known = |no: &PurposeNo| {
        catalog.is_some_and(|catalog| catalog.purposes.iter().any(|p| p.number == *no))
    };
    if new.purposes.is_empty() || !new.purposes.iter().all(known) {
        let problem = "must name purposes of the catalog in force".to_owned();
        return Err(Refusal::Invalid { field: "purposes", problem });
    }
    if !new.classes.covers(new.required) {
        let problem = "must be among `classes`".to_owned();
        return Err(Refusal::Invalid { field: "required", problem });
    }
    check_terms(new)?;
    let agreement = state.next_agreement();
    let (why, notes) = said.split(env);
    let Terms { retention, anonymise_by, text } = new.terms.clone();
    let terms = text.map(|text| (note_digest(&env.random("terms"), &text), text));
    let event = AgreementMade {
        agreement,
        app: new.app,
        program: new.program,
        classes: new.classes,
        required: new.required,
        purposes: new.purposes.clone(),
        from: new.from,
        until: new.until,
        why,
        retention: Some(retention).filter(|list| !list.is_empty()),
        anonymise_by,
        terms: terms.as_ref().map(|(digest, _)| *digest),
    };
    let mut commit = Commit::event(Event::AgreementMade(event), agreement);
    commit.writes.extend(notes);
    commit.writes.extend(terms.map(|(digest, text)| VaultWrite::Note { digest, text }));
    Ok(commit)
}

/// Ends an agreement. What must be done with what was received under it is due from then on, or from when it had run out by
/// itself: an ending is entered even then, for by a clock that is set back it would stand again.
///
/// # Errors
/// There is no such agreement.
pub fn end_agreement(
    state: &State,
    env: &Env,
    said: &Said,
    no: AgreementNo,
) -> Result<Commit<()>, Refusal> {
    may(state, said.by, Act::Respond)?;
    let found = state.agreement(no).ok_or(Refusal::Unknown("agreement"))?;
    if found.ended {
        return Ok(Commit::nothing(()));
    }
    let (why, notes) = said.split(env);
    let event = AgreementEnded { agreement: no, app: found.app, why };
    let mut commit = Commit::event(Event::AgreementEnded(event), ());
    commit.writes.extend(notes);
    Ok(commit)
}

/// When a certification that begins now ends, as the policy in force says; a year where it does not.
#[must_use]
pub fn certified_until(state: &State, now: Timestamp) -> Timestamp {
    let days = state.policy().and_then(|policy| policy.expiry().certification_days);
    now.plus(Millis::days(days.unwrap_or(CERTIFICATION_DAYS).into()))
}

/// Enters a certification.
///
/// # Errors
/// Something it names is unknown, or the window is empty.
pub fn certify(
    state: &State,
    env: &Env,
    said: &Said,
    new: &NewCertification,
) -> Result<Commit<CertificationNo>, Refusal> {
    may(state, said.by, Act::Register)?;
    state.app(new.app).ok_or(Refusal::Unknown("app"))?;
    known_classes(state, "classes", new.classes)?;
    window(new.from, new.until)?;
    let certification = state.next_certification();
    let (why, notes) = said.split(env);
    let event = CertificationMade {
        certification,
        app: new.app,
        classes: new.classes,
        purpose: new.purpose,
        from: new.from,
        until: new.until,
        why,
        statement: None,
    };
    let mut commit = Commit::event(Event::CertificationMade(event), certification);
    commit.writes.extend(notes);
    Ok(commit)
}

/// Withdraws a certification.
///
/// # Errors
/// There is no such certification.
pub fn end_certification(
    state: &State,
    env: &Env,
    said: &Said,
    no: CertificationNo,
) -> Result<Commit<()>, Refusal> {
    may(state, said.by, Act::Respond)?;
    let found = state.certification(no).ok_or(Refusal::Unknown("certification"))?;
    if found.ended {
        return Ok(Commit::nothing(()));
    }
    let (why, notes) = said.split(env);
    let event = CertificationEnded { certification: no, app: found.app, why };
    let mut commit = Commit::event(Event::CertificationEnded(event), ());
    commit.writes.extend(notes);
    Ok(commit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::testing::{CONFIDENTIAL, World};
    use model::{Actor, AgreementNo};

    #[test]
    fn an_agreement_is_ended_once_also_when_it_has_run_out() {
        let mut world = World::new();
        let said = Said::by(Actor::Operator);
        let until = world.now.plus(Millis::days(10));
        let new = NewAgreement {
            app: CONFIDENTIAL,
            program: world.state.program_named("groups").unwrap(),
            classes: world.classes("group.name"),
            required: ClassMask::NONE,
            purposes: world.state.numbering().purposes.values().copied().collect(),
            from: world.now,
            until,
            terms: Terms::default(),
        };
        let env = world.env();
        let made = make_agreement(&world.state, &env, &said, &new).unwrap();
        let no: AgreementNo = world.commit(made);
        let end = |world: &mut World, now: Timestamp| {
            let mut env = world.env();
            env.now = now;
            let commit = end_agreement(&world.state, &env, &said, no)?;
            let events = commit.events.len();
            world.commit(commit);
            Ok::<_, Refusal>(events)
        };
        assert_eq!(end(&mut world, until), Ok(1), "no ending is refused");
        let before = Timestamp(until.0 - 1);
        assert!(world.state.agreement(no).unwrap().ended, "by a clock that is set back, too");
        assert_eq!(end(&mut world, before), Ok(0));
        assert_eq!(end(&mut world, until), Ok(0), "asked again, it is still nothing");
    }
}
