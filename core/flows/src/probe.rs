//! The standing probe: apps of the platform's own whose access must fail, and what came of trying them.
//!
//! Bailment itself causes these events, for its own partner alone. They are events like any other, so that what the probe
//! tries is what every app has, and the log says all of it.

use crate::Said;
use consent::State;
use ledger::{
    AgreementEnded, AgreementMade, AppList, AppMade, AppStatusChanged, AppsSuspended,
    CertificationEnded, CertificationMade, CredentialEnded, CredentialMade, CutOff, CutOffSubject,
    Event, FindingRaised, GrantMade, PartnerMade, PartnerStatusChanged, ProbesRun, ReviewPassed,
    ReviewWithdrawn, SuspensionLifted, Why,
};
use model::{
    Actor, AgreementNo, AppNo, AppStatus, CertificationNo, ClassMask, Condition, ContextNo,
    CredentialNo, Env, GrantNo, PartnerNo, PartnerStatus, PersonNo, Position, ProgramNo,
    ProgramStatus, PurposeNo, Timestamp,
};
use sequence::{Commit, NameOf, VaultWrite};
use std::collections::BTreeSet;

/// What a finding is called that a probe got something.
pub const PROBE_PASSED: &str = "probe-passed";
/// What a finding is called that a round could not try what the round before tried, and nothing in the state says why.
pub const PROBE_SILENT: &str = "probe-silent";

/// Why the probe cannot do what it wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The app is none of the probe's.
    #[error("the app is not the prober's own")]
    NotOwn,
    /// There is nothing to agree on.
    #[error("no catalog is in force")]
    NoCatalog,
}

/// An app of the probe's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made {
    /// The probe's partner.
    pub partner: PartnerNo,
    /// The app.
    pub app: AppNo,
    /// Its credential, whose secret the prober alone has.
    pub credential: CredentialNo,
}

const fn why() -> Why {
    Why::by(Actor::System)
}

fn own(state: &State, partner: PartnerNo, app: AppNo) -> Result<&consent::App, Refusal> {
    state.app(app).filter(|found| found.partner == partner).ok_or(Refusal::NotOwn)
}

/// Registers an app of the probe's, with the digest of its secret, and before the first its partner.
///
/// # Errors
/// None at present: a signature like that of every flow.
pub fn make(
    state: &State,
    partner: Option<PartnerNo>,
    (partner_name, name): (&str, &str),
    secret: [u8; 32],
) -> Result<Commit<Made>, Refusal> {
    let (mut events, mut writes) = (Vec::new(), Vec::new());
    let made = Made {
        partner: partner.unwrap_or_else(|| state.next_partner()),
        app: state.next_app(),
        credential: state.next_credential(),
    };
    if partner.is_none() {
        events.push(Event::PartnerMade(PartnerMade {
            partner: made.partner,
            why: why(),
            details: None,
        }));
        let of = NameOf::Partner(made.partner);
        writes.push(VaultWrite::Name { of, text: partner_name.to_owned() });
    }
    events.push(Event::AppMade(AppMade {
        app: made.app,
        partner: made.partner,
        public: false,
        redirects: Vec::new(),
        details: None,
        category: None,
        reviewed: None,
        why: why(),
    }));
    let until = Timestamp::NEVER;
    events.push(credential_made(made.credential, made.app, secret, until));
    writes.push(VaultWrite::Name { of: NameOf::App(made.app), text: name.to_owned() });
    let mut commit = Commit::events(events, made);
    commit.writes = writes;
    Ok(commit)
}

fn credential_made(
    credential: CredentialNo,
    app: AppNo,
    digest: [u8; 32],
    expires_at: Timestamp,
) -> Event {
    Event::CredentialMade(CredentialMade {
        credential,
        app,
        digest,
        expires_at,
        key: None,
        why: why(),
    })
}

/// Gives an app of the probe's one more secret, by its digest.
///
/// # Errors
/// The app is not the probe's.
pub fn add_secret(
    state: &State,
    (partner, app): (PartnerNo, AppNo),
    secret: [u8; 32],
    until: Timestamp,
) -> Result<Commit<CredentialNo>, Refusal> {
    own(state, partner, app)?;
    let credential = state.next_credential();
    Ok(Commit::event(credential_made(credential, app, secret, until), credential))
}

/// Ends secrets of an app of the probe's.
///
/// # Errors
/// The app is not the probe's, or a secret is not the app's.
pub fn end_secrets(
    state: &State,
    (partner, app): (PartnerNo, AppNo),
    secrets: &[CredentialNo],
) -> Result<Commit<()>, Refusal> {
    let found = own(state, partner, app)?;
    let mut events = Vec::new();
    for credential in secrets.iter().copied() {
        if !found.credentials.contains(&credential) {
            return Err(Refusal::NotOwn);
        }
        if state.credential(credential).is_some_and(|one| !one.ended) {
            events.push(Event::CredentialEnded(CredentialEnded { credential, app, why: why() }));
        }
    }
    Ok(Commit::events(events, ()))
}

/// What the probe is allowed from now on, in place of what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// End of its agreements, exclusive.
    pub agreed_until: Timestamp,
    /// End of its certifications, exclusive.
    pub certified_until: Timestamp,
}

/// Agrees anew, and certifies anew, on everything of every program that is no draft and no experiment (a probe takes
/// nobody's place), and ends what was before.
///
/// # Errors
/// The app is not the probe's, or there is no catalog.
pub fn allow(
    state: &State,
    env: &Env,
    (partner, app): (PartnerNo, AppNo),
    allowance: Allowance,
) -> Result<Commit<()>, Refusal> {
    let found = own(state, partner, app)?;
    let catalog = state.catalog().ok_or(Refusal::NoCatalog)?;
    let mut events = Vec::new();
    let (AgreementNo(mut agreement), CertificationNo(mut certification)) =
        (state.next_agreement(), state.next_certification());
    for (program, known) in state.programs() {
        if matches!(known.status, ProgramStatus::Draft | ProgramStatus::Experimental) {
            continue;
        }
        let (classes, purposes) = scope(catalog, program);
        if classes.is_empty() {
            continue;
        }
        for purpose in &purposes {
            events.push(Event::CertificationMade(CertificationMade {
                certification: CertificationNo(certification),
                app,
                classes,
                purpose: *purpose,
                from: env.now,
                until: allowance.certified_until,
                statement: None,
                why: why(),
            }));
            certification += 1;
        }
        events.push(Event::AgreementMade(AgreementMade {
            agreement: AgreementNo(agreement),
            app,
            program,
            classes,
            required: ClassMask::NONE,
            purposes,
            from: env.now,
            until: allowance.agreed_until,
            retention: None,
            anonymise_by: None,
            terms: None,
            why: why(),
        }));
        agreement += 1;
    }
    let agreements = found.agreements.iter().copied();
    let standing = agreements.filter(|no| state.agreement(*no).is_some_and(|one| !one.ended));
    events.extend(
        standing
            .map(|agreement| Event::AgreementEnded(AgreementEnded { agreement, app, why: why() })),
    );
    let certifications = found.certifications.iter().copied();
    let standing =
        certifications.filter(|no| state.certification(*no).is_some_and(|one| !one.ended));
    events.extend(standing.map(|certification| {
        Event::CertificationEnded(CertificationEnded { certification, app, why: why() })
    }));
    Ok(Commit::events(events, ()))
}

/// Classes and purposes of a program's operations.
fn scope(catalog: &catalog::Catalog, program: ProgramNo) -> (ClassMask, Vec<PurposeNo>) {
    let operations = || catalog.operations.iter().filter(|one| one.program == program);
    let classes = operations().fold(ClassMask::NONE, |mask, one| mask | one.classes);
    let mut purposes: Vec<PurposeNo> = operations().map(|one| one.purpose).collect();
    purposes.sort_unstable();
    purposes.dedup();
    (classes, purposes)
}

/// Has a person of the probe's authorize an app of it, or do so anew.
///
/// # Errors
/// The app is not the probe's.
pub fn grant(
    state: &State,
    (partner, app): (PartnerNo, AppNo),
    person: PersonNo,
    contexts: &[ContextNo],
    until: Timestamp,
) -> Result<Commit<GrantNo>, Refusal> {
    own(state, partner, app)?;
    let known = state.person(person).map(consent::PersonState::grants).unwrap_or_default();
    let standing = known
        .iter()
        .copied()
        .rev()
        .find(|no| state.grant(*no).is_some_and(|grant| grant.app == app && !grant.ended));
    let grant = standing.unwrap_or_else(|| state.next_grant());
    let event = GrantMade {
        grant,
        app,
        person,
        classes: ClassMask::ALL,
        contexts: contexts.to_vec(),
        expires_at: until,
        ends: None,
        once: None,
        purposes: None,
        why: why(),
    };
    Ok(Commit::event(Event::GrantMade(event), grant))
}

/// Suspends an app of the probe's, or lets it go on.
///
/// # Errors
/// The app is not the probe's.
pub fn set_status(
    state: &State,
    (partner, app): (PartnerNo, AppNo),
    status: AppStatus,
) -> Result<Commit<()>, Refusal> {
    if own(state, partner, app)?.status == status {
        return Ok(Commit::nothing(()));
    }
    Ok(Commit::event(Event::AppStatusChanged(AppStatusChanged { app, status, why: why() }), ()))
}

/// Suspends a partner of the probe's, or lets it go on.
///
/// # Errors
/// The app is not the probe's.
pub fn set_partner_status(
    state: &State,
    (partner, app): (PartnerNo, AppNo),
    status: PartnerStatus,
) -> Result<Commit<()>, Refusal> {
    own(state, partner, app)?;
    if state.partner(partner).is_some_and(|one| one.status == status) {
        return Ok(Commit::nothing(()));
    }
    let event = PartnerStatusChanged { partner, status, why: why() };
    Ok(Commit::event(Event::PartnerStatusChanged(event), ()))
}

/// Suspends an app of the probe's as a suspension of many does: it is the only one that is named.
///
/// # Errors
/// The app is not the probe's.
pub fn suspend_as_one_of_many(
    state: &State,
    (partner, app): (PartnerNo, AppNo),
) -> Result<Commit<()>, Refusal> {
    own(state, partner, app)?;
    let event = AppsSuspended { apps: AppList::new(vec![app]), selection: None, why: why() };
    Ok(Commit::event(Event::AppsSuspended(event), ()))
}

/// Lifts a suspension that [`suspend_as_one_of_many`] made.
///
/// # Errors
/// The app is not the probe's, or the suspension there is not of this app alone.
pub fn lift(
    state: &State,
    (partner, app): (PartnerNo, AppNo),
    suspension: Position,
) -> Result<Commit<()>, Refusal> {
    let found = own(state, partner, app)?;
    let stands = state.suspensions().find(|(at, _)| *at == suspension).map(|(_, one)| one);
    match stands.filter(|one| one.apps == 1 && found.is_named_by(suspension)) {
        None => Err(Refusal::NotOwn),
        Some(one) if one.lifted => Ok(Commit::nothing(())),
        Some(_) => {
            let event = SuspensionLifted { suspension, why: why() };
            Ok(Commit::event(Event::SuspensionLifted(event), ()))
        }
    }
}

/// Cuts off every token of an app of the probe's.
///
/// # Errors
/// The app is not the probe's.
pub fn cut_off(state: &State, (partner, app): (PartnerNo, AppNo)) -> Result<Commit<()>, Refusal> {
    own(state, partner, app)?;
    let subject = CutOffSubject::App(app);
    Ok(Commit::event(Event::CutOff(CutOff { subject, why: why() }), ()))
}

/// How far an app of the probe's is reviewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reviewed {
    /// In everything.
    Everything,
    /// In nothing.
    Nothing,
}

/// Says how far an app of the probe's is reviewed.
///
/// # Errors
/// The app is not the probe's.
pub fn review(
    state: &State,
    (partner, app): (PartnerNo, AppNo),
    reviewed: Reviewed,
) -> Result<Commit<()>, Refusal> {
    own(state, partner, app)?;
    let classes = ClassMask::ALL;
    let event = match reviewed {
        Reviewed::Everything => Event::ReviewPassed(ReviewPassed { app, classes, why: why() }),
        Reviewed::Nothing => Event::ReviewWithdrawn(ReviewWithdrawn { app, classes, why: why() }),
    };
    Ok(Commit::event(event, ()))
}

/// Why a probe was not tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The state says why: its time has not come, or nothing is in force that it could be tried on.
    State,
    /// Nothing says why: it should have been possible.
    Trouble,
}

/// What came of a round.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Round {
    /// Conditions whose probe was tried.
    pub tried: Vec<Condition>,
    /// Those of them whose probe got something, and by which app.
    pub passed: Vec<(Condition, AppNo)>,
    /// Conditions whose probe could not be tried.
    pub untried: Vec<(Condition, Cause)>,
}

/// What a round leaves behind that the next one is held against.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Before {
    /// It tried nothing.
    pub tried_nothing: bool,
    /// What it could not try although nothing in the state said why; if it tried nothing, what the last one that tried
    /// something could not.
    pub in_trouble: BTreeSet<Condition>,
}

impl Round {
    /// What the next round is held against. A round that tried nothing tells of no condition, and hides none from the next.
    #[must_use]
    pub fn left(&self, before: &Before) -> Before {
        let tried_nothing = self.tried.is_empty();
        let in_trouble =
            if tried_nothing { before.in_trouble.clone() } else { self.in_trouble().collect() };
        Before { tried_nothing, in_trouble }
    }

    fn in_trouble(&self) -> impl Iterator<Item = Condition> {
        let troubled = self.untried.iter().filter(|(_, cause)| *cause == Cause::Trouble);
        troubled.map(|(condition, _)| *condition)
    }

    /// What is not shown any more since the round before, in words; none: all is tried that can be.
    #[must_use]
    pub fn silence(&self, before: &Before) -> Option<String> {
        if self.tried.is_empty() {
            let new = !before.tried_nothing;
            return new.then(|| "the prober tried nothing: its round shows nothing".to_owned());
        }
        let new = self.in_trouble().filter(|one| !before.in_trouble.contains(one));
        let new: Vec<String> = new.map(|one| format!("`{one}`")).collect();
        (!new.is_empty()).then(|| {
            format!("the prober could not try {}, and nothing in force says why", new.join(", "))
        })
    }
}

/// Enters a round, and raises a finding for each probe that got something, and one where the prober has fallen silent.
///
/// # Errors
/// None at present: a signature like that of every flow.
pub fn record(env: &Env, round: &Round, before: &Before) -> Result<Commit<()>, Refusal> {
    let run = ProbesRun {
        tried: u32::try_from(round.tried.len()).unwrap_or(u32::MAX),
        passed: round.passed.iter().map(|(condition, _)| *condition).collect(),
        untried: round.untried.iter().map(|(condition, _)| *condition).collect(),
        why: why(),
    };
    let mut commit = Commit::event(Event::ProbesRun(run), ());
    let passed = round.passed.iter().map(|(condition, app)| {
        let note = format!("the probe for `{condition}` got data that it must not get");
        (Some(*app), PROBE_PASSED, note)
    });
    let silent = round.silence(before).map(|note| (None, PROBE_SILENT, note));
    for (app, finding, note) in passed.chain(silent) {
        let said = Said { note: Some(note), ..Said::by(Actor::System) };
        let (why, notes) = said.split(env);
        let finding = finding.to_owned();
        commit.events.push(Event::FindingRaised(FindingRaised { app, finding, why }));
        commit.writes.extend(notes);
    }
    Ok(commit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(tried: &[Condition], untried: &[(Condition, Cause)], before: &Before, said: Expect) {
        let round = Round { tried: tried.to_vec(), untried: untried.to_vec(), passed: Vec::new() };
        said.assert_eq(&round.silence(before).unwrap_or_default());
        let commit = record(&Env::new(Timestamp(1), [1; 32]), &round, before).unwrap();
        let raised = commit.events.iter().filter(|event| matches!(event, Event::FindingRaised(_)));
        assert_eq!(raised.count() == 1, round.silence(before).is_some());
    }

    #[test]
    fn a_prober_that_falls_silent_is_a_finding_once() {
        let (none, lapsed) = (Before::default(), [(Condition::Lapsed, Cause::Trouble)]);
        check(&[Condition::OptIn], &[(Condition::Idle, Cause::State)], &none, expect![""]);
        check(
            &[Condition::OptIn],
            &lapsed,
            &none,
            expect!["the prober could not try `lapsed`, and nothing in force says why"],
        );
        let same = Before { tried_nothing: false, in_trouble: [Condition::Lapsed].into() };
        check(&[Condition::OptIn], &lapsed, &same, expect![""]);
        let nothing = [(Condition::Idle, Cause::State)];
        check(&[], &nothing, &same, expect!["the prober tried nothing: its round shows nothing"]);
        let silent = Before { tried_nothing: true, ..Before::default() };
        check(&[], &nothing, &silent, expect![""]);
    }

    #[test]
    fn a_round_that_tried_nothing_hides_nothing_from_the_next() {
        let all = Condition::ALL.iter().map(|one| (*one, Cause::Trouble)).collect();
        let failed = Round { untried: all, ..Round::default() };
        let before = Before { tried_nothing: false, in_trouble: [Condition::Idle].into() };
        let left = failed.left(&before);
        assert_eq!(left, Before { tried_nothing: true, ..before });
        let untried = [(Condition::Idle, Cause::Trouble), (Condition::Lapsed, Cause::Trouble)];
        check(
            &[Condition::OptIn],
            &untried,
            &left,
            expect!["the prober could not try `lapsed`, and nothing in force says why"],
        );
        let tried = Round { tried: vec![Condition::OptIn], ..Round::default() };
        assert_eq!(tried.left(&left), Before::default());
    }
}
