//! A change that is watched before it is made: between trying it out and making it.

use super::{Act, NewAgreement, Refusal, Stage, may};
use super::{activate_catalog_beside, end_agreement, make_agreement, move_program};
use crate::Said;
use consent::{Policy, State};
use ledger::{
    AuditedAgreement, AuditedCatalog, AuditedChange, AuditedException, AuditedPolicy,
    AuditedProgram, ChangeAudited, Event,
};
use model::{AgreementNo, ApiVersion, Env, Position, ProgramNo, ProgramStatus};
use sequence::Commit;

/// A change that somebody wants watched.
#[derive(Debug, Clone)]
pub enum NewAudit {
    /// Another policy in force.
    Policy(Vec<u8>),
    /// Another catalog in force, and versions served on beside it.
    Catalog(Vec<u8>, Vec<ApiVersion>),
    /// Another agreement, and the one in whose place it would stand.
    Agreement {
        /// What it would say.
        wanted: NewAgreement,
        /// In whose place.
        replaces: Option<AgreementNo>,
        /// Whether it was said when it would begin. Where it was not it would begin now, which is a later instant each time.
        from_said: bool,
    },
    /// The early end of an agreement.
    AgreementEnd(AgreementNo),
    /// Another stage of a program.
    Program(ProgramNo, Stage),
}

/// Watches a change beside what is in force. It decides nothing. What may be watched is what the same person could do now;
/// one change is watched at a time, for each takes a second state, and what was counted of another one is not thrown away
/// unasked.
///
/// # Errors
/// The actor may not make the change, or it could not be made, or would change nothing; or another one is watched.
pub fn audit_change(
    state: &State,
    env: &Env,
    said: &Said,
    new: &NewAudit,
) -> Result<Commit<()>, Refusal> {
    let change = checked(state, env, said, new)?;
    match state.audited() {
        Some((_, watched)) if is_same(watched, &change, new) => return Ok(Commit::nothing(())),
        Some((since, watched)) => {
            return Err(Refusal::Conflict(format!(
                "another change ({}) is watched since entry {}: end that first",
                watched.word(),
                since.0
            )));
        }
        None => {}
    }
    Ok(event(env, said, Some(change)))
}

/// Whether a change that somebody wants watched is the one that is watched.
fn is_same(watched: &AuditedChange, change: &AuditedChange, new: &NewAudit) -> bool {
    match (watched, change, new) {
        (
            AuditedChange::Agreement(before),
            AuditedChange::Agreement(now),
            NewAudit::Agreement { from_said: false, .. },
        ) if before.from <= now.from => {
            *before == AuditedAgreement { from: before.from, ..now.clone() }
        }
        _ => watched == change,
    }
}

/// Watches the change no more that is watched since this entry. Whoever may make the change may end its being watched.
///
/// # Errors
/// The actor may not; or another change is watched by now, whose counts nobody wanted to throw away; or there is no such entry.
pub fn end_audit(
    state: &State,
    env: &Env,
    said: &Said,
    since: Position,
) -> Result<Commit<()>, Refusal> {
    let Some((watched_since, watched)) = state.audited() else {
        may(state, said.by, Act::Respond)?;
        if since >= state.next() {
            return Err(Refusal::Conflict(format!("the log has no entry {}", since.0)));
        }
        return Ok(Commit::nothing(()));
    };
    may(state, said.by, act(watched))?;
    if watched_since != since {
        return Err(Refusal::Conflict(format!(
            "what is watched now ({}) is watched since entry {}, not since entry {}",
            watched.word(),
            watched_since.0,
            since.0
        )));
    }
    Ok(event(env, said, None))
}

fn event(env: &Env, said: &Said, change: Option<AuditedChange>) -> Commit<()> {
    let (why, notes) = said.split(env);
    let mut commit = Commit::event(Event::ChangeAudited(ChangeAudited { change, why }), ());
    commit.writes.extend(notes);
    commit
}

/// What it takes to make a change.
const fn act(change: &AuditedChange) -> Act {
    match change {
        AuditedChange::Policy(_) | AuditedChange::Catalog(_) => Act::Rule,
        AuditedChange::Agreement(_) => Act::Register,
        AuditedChange::AgreementEnd(_) => Act::Respond,
        AuditedChange::Program(stage) => match stage.status {
            ProgramStatus::Restricted | ProgramStatus::Closed => Act::Respond,
            ProgramStatus::Draft | ProgramStatus::Experimental | ProgramStatus::Live => Act::Rule,
        },
    }
}

/// The change as it is watched, if it could be made: the flow that would make it is asked, and what it would write is
/// thrown away.
fn checked(
    state: &State,
    env: &Env,
    said: &Said,
    new: &NewAudit,
) -> Result<AuditedChange, Refusal> {
    Ok(match new {
        NewAudit::Policy(bytes) => {
            may(state, said.by, Act::Rule)?;
            let document = policy(state, bytes)?;
            AuditedChange::Policy(AuditedPolicy { document })
        }
        NewAudit::Catalog(bytes, keeps) => {
            let made = activate_catalog_beside(state, env, said, bytes, keeps)?;
            let Some(Event::CatalogActivated(made)) = made.events.into_iter().next() else {
                return Err(stands());
            };
            let (document, keeps) = (made.document, made.keeps);
            AuditedChange::Catalog(AuditedCatalog { document, keeps })
        }
        NewAudit::Agreement { wanted, replaces, .. } => {
            make_agreement(state, env, said, wanted)?;
            replaces.map(|replaced| replaceable(state, wanted, replaced)).transpose()?;
            AuditedChange::Agreement(AuditedAgreement {
                app: wanted.app,
                program: wanted.program,
                classes: wanted.classes,
                purposes: wanted.purposes.clone(),
                from: wanted.from,
                until: wanted.until,
                replaces: *replaces,
            })
        }
        NewAudit::AgreementEnd(no) => {
            let ended = end_agreement(state, env, said, *no)?;
            if ended.events.is_empty() {
                return Err(stands());
            }
            AuditedChange::AgreementEnd(*no)
        }
        NewAudit::Program(no, stage) => {
            let moved = move_program(state, env, said, *no, stage)?;
            AuditedChange::Program(stage_of(moved.events)?)
        }
    })
}

fn stands() -> Refusal {
    Refusal::Conflict("it is so already: there is nothing to watch".to_owned())
}

/// Canonical bytes of a policy that could be put in force. The one in force may be watched too: it is held against
/// whichever comes after it.
fn policy(state: &State, bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
    let catalog =
        state.catalog().ok_or_else(|| Refusal::Conflict("activate a catalog first".to_owned()))?;
    let mistakes = |list: Vec<consent::PolicyMistake>| {
        Refusal::Document(list.into_iter().map(|m| (m.pointer, m.problem)).collect())
    };
    let policy = Policy::parse(bytes).map_err(mistakes)?;
    let unknown = policy.mistakes_against(catalog);
    if unknown.is_empty() { Ok(policy.canonical()) } else { Err(mistakes(unknown)) }
}

/// Whether an agreement can stand in the place of another one: of the same app in the same program, that has not ended.
///
/// # Errors
/// It cannot.
pub fn replaceable(
    state: &State,
    wanted: &NewAgreement,
    replaced: AgreementNo,
) -> Result<(), Refusal> {
    let found = state.agreement(replaced).ok_or(Refusal::Unknown("agreement"))?;
    if (found.app, found.program) != (wanted.app, wanted.program) {
        let problem = "must be an agreement of the same app in the same program".to_owned();
        return Err(Refusal::Invalid { field: "replaces", problem });
    }
    if found.ended {
        return Err(Refusal::Conflict("the agreement that it would replace has ended".to_owned()));
    }
    Ok(())
}

fn stage_of(events: Vec<Event>) -> Result<AuditedProgram, Refusal> {
    let mut exceptions = Vec::new();
    for event in events {
        match event {
            Event::ExceptionMade(one) => {
                exceptions.push(AuditedException { app: one.app, until: one.until });
            }
            Event::ProgramStatusChanged(changed) => {
                return Ok(AuditedProgram {
                    program: changed.program,
                    status: changed.status,
                    until: changed.until,
                    cap: changed.cap,
                    exceptions: Some(exceptions).filter(|all| !all.is_empty()),
                });
            }
            _ => {}
        }
    }
    Err(stands())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::testing::{CONFIDENTIAL, PUBLIC, World, why};
    use crate::staff::{NewException, Terms};
    use ledger::{AgreementEnded, StaffMade};
    use model::{Actor, AppNo, StaffNo, StaffRole, Timestamp};

    const POLICY: &[u8] =
        br#"{"policy": "none", "title": "None", "programs": {"groups": {"classes": {}}}}"#;

    fn said() -> Said {
        Said::by(Actor::Operator)
    }

    fn try_to(world: &mut World, by: &Said, new: &NewAudit) -> Result<(), Refusal> {
        let env = world.env();
        let commit = audit_change(&world.state, &env, by, new)?;
        world.commit(commit);
        Ok(())
    }

    fn stop(world: &mut World, by: &Said) -> Result<(), Refusal> {
        let env = world.env();
        let since = world.state.audited().map_or(Position(0), |(since, _)| since);
        let commit = end_audit(&world.state, &env, by, since)?;
        world.commit(commit);
        Ok(())
    }

    fn groups(world: &World) -> ProgramNo {
        world.state.program_named("groups").unwrap()
    }

    /// The catalog in force in another version.
    fn catalog(world: &World) -> Vec<u8> {
        let text = String::from_utf8(world.state.catalog_document().to_vec()).unwrap();
        text.replace("2026-11-01", "2027-02-28").into_bytes()
    }

    fn agreement(world: &World, app: AppNo) -> NewAgreement {
        NewAgreement {
            app,
            program: groups(world),
            classes: world.classes("group.name"),
            required: model::ClassMask::NONE,
            purposes: world.state.numbering().purposes.values().copied().collect(),
            from: world.now,
            until: Timestamp::NEVER,
            terms: Terms::default(),
        }
    }

    fn of(wanted: NewAgreement, replaces: Option<AgreementNo>) -> NewAudit {
        NewAudit::Agreement { wanted, replaces, from_said: true }
    }

    fn each(world: &World) -> Vec<(&'static str, NewAudit)> {
        let program = groups(world);
        let narrower = agreement(world, CONFIDENTIAL);
        vec![
            ("policy", NewAudit::Policy(POLICY.to_vec())),
            ("catalog", NewAudit::Catalog(catalog(world), vec!["2026-11-01".parse().unwrap()])),
            ("agreement", of(narrower.clone(), None)),
            ("agreement", of(narrower, Some(AgreementNo(1)))),
            ("agreement-end", NewAudit::AgreementEnd(AgreementNo(2))),
            ("program", NewAudit::Program(program, Stage::Restricted)),
            ("program", NewAudit::Program(program, Stage::Closed { exceptions: Vec::new() })),
        ]
    }

    #[test]
    fn each_kind_is_watched_and_its_being_watched_ended() {
        let mut world = World::new();
        for (word, new) in each(&world) {
            let next = world.state.next();
            try_to(&mut world, &said(), &new).unwrap();
            let (since, change) = world.state.audited().unwrap();
            assert_eq!((since, change.word()), (next, word));
            // Once more is no event.
            try_to(&mut world, &said(), &new).unwrap();
            assert_eq!(world.state.next().0, next.0 + 1);
            stop(&mut world, &said()).unwrap();
            assert!(world.state.audited().is_none());
            stop(&mut world, &said()).unwrap();
            assert_eq!(world.state.next().0, next.0 + 2);
        }
    }

    #[test]
    fn the_same_agreement_is_the_same_however_late_it_is_asked_for_again() {
        let mut world = World::new();
        let unsaid = |world: &World, classes: &str| NewAudit::Agreement {
            wanted: NewAgreement {
                classes: world.classes(classes),
                ..agreement(world, CONFIDENTIAL)
            },
            replaces: None,
            from_said: false,
        };
        let first = unsaid(&world, "group.name");
        try_to(&mut world, &said(), &first).unwrap();
        let (next, before) = (world.state.next(), world.now);
        world.now = world.now.plus(model::Millis::days(1));
        let again = unsaid(&world, "group.name");
        assert!(matches!(&again, NewAudit::Agreement { wanted, .. } if wanted.from > before));
        try_to(&mut world, &said(), &again).unwrap();
        assert_eq!(world.state.next(), next, "nothing was written");
        // Other classes, and another beginning that was said, are another change.
        let other = unsaid(&world, "group.name post.content");
        assert!(try_to(&mut world, &said(), &other).is_err());
        let later = of(agreement(&world, CONFIDENTIAL), None);
        assert!(try_to(&mut world, &said(), &later).is_err());
        // What is watched from an instant to come is not what begins now.
        stop(&mut world, &said()).unwrap();
        let soon = world.now.plus(model::Millis::days(9));
        let coming = NewAgreement { from: soon, ..agreement(&world, CONFIDENTIAL) };
        try_to(&mut world, &said(), &of(coming, None)).unwrap();
        assert!(try_to(&mut world, &said(), &again).is_err());
    }

    #[test]
    fn who_ends_it_says_which() {
        let mut world = World::new();
        let watched = NewAudit::Policy(POLICY.to_vec());
        try_to(&mut world, &said(), &watched).unwrap();
        let first = world.state.audited().unwrap().0;
        stop(&mut world, &said()).unwrap();
        try_to(&mut world, &said(), &NewAudit::AgreementEnd(AgreementNo(2))).unwrap();
        let second = world.state.audited().unwrap().0;
        let env = world.env();
        let refused = end_audit(&world.state, &env, &said(), first).unwrap_err();
        assert!(matches!(&refused, Refusal::Conflict(text) if text.contains("not since")));
        let commit = end_audit(&world.state, &env, &said(), second).unwrap();
        world.commit(commit);
        // To end it twice is to end it.
        assert!(end_audit(&world.state, &env, &said(), second).unwrap().events.is_empty());
        let no_entry = end_audit(&world.state, &env, &said(), Position(u64::MAX)).unwrap_err();
        assert!(matches!(no_entry, Refusal::Conflict(_)));
    }

    #[test]
    fn one_change_is_watched_at_a_time() {
        let mut world = World::new();
        try_to(&mut world, &said(), &NewAudit::Policy(POLICY.to_vec())).unwrap();
        for (word, new) in each(&world).into_iter().skip(1) {
            let refused = try_to(&mut world, &said(), &new).unwrap_err();
            assert!(matches!(&refused, Refusal::Conflict(text) if text.contains("end that first")));
            assert_eq!(world.state.audited().unwrap().1.word(), "policy", "{word}");
        }
    }

    #[test]
    fn what_could_not_be_made_cannot_be_watched() {
        let mut world = World::new();
        let program = groups(&world);
        let wanted = |app| agreement(&world, app);
        let exception = NewException { app: CONFIDENTIAL, until: world.now, reason: String::new() };
        let (now, other) = (world.state.catalog_document().to_vec(), PUBLIC);
        let classes = world.classes("secret.class");
        let nameless = NewAgreement { purposes: Vec::new(), ..wanted(CONFIDENTIAL) };
        let empty = NewAgreement { until: Timestamp(0), ..wanted(CONFIDENTIAL) };
        let wider = NewAgreement { classes, ..wanted(CONFIDENTIAL) };
        let of_other = wanted(other);
        let unknown_app = wanted(AppNo(77));
        let mistaken: Vec<(&str, NewAudit)> = vec![
            ("mistakes", NewAudit::Policy(b"{}".to_vec())),
            ("mistakes", NewAudit::Catalog(b"{}".to_vec(), Vec::new())),
            ("mistakes", NewAudit::Catalog(b"[".to_vec(), Vec::new())),
            ("not served", NewAudit::Catalog(catalog(&world), vec!["2001-01-01".parse().unwrap()])),
            ("so already", NewAudit::Catalog(now, Vec::new())),
            ("no app", of(unknown_app, None)),
            ("purposes", of(nameless, None)),
            ("until", of(empty, None)),
            ("no agreement", of(wider.clone(), Some(AgreementNo(77)))),
            ("same app", of(of_other, Some(AgreementNo(1)))),
            ("no agreement", NewAudit::AgreementEnd(AgreementNo(77))),
            ("no program", NewAudit::Program(ProgramNo(77), Stage::Restricted)),
            ("so already", NewAudit::Program(program, Stage::Live)),
            (
                "in the future",
                NewAudit::Program(program, Stage::Closed { exceptions: vec![exception] }),
            ),
        ];
        let next = world.state.next();
        for (word, new) in mistaken {
            let refused = try_to(&mut world, &said(), &new).unwrap_err();
            assert!(refused.to_string().contains(word), "{word}: {refused}");
        }
        assert_eq!(world.state.next(), next, "nothing was written");
        let ended = AgreementEnded { agreement: AgreementNo(1), app: CONFIDENTIAL, why: why() };
        world.happen(Event::AgreementEnded(ended));
        for new in [NewAudit::AgreementEnd(AgreementNo(1)), of(wider, Some(AgreementNo(1)))] {
            let refused = try_to(&mut world, &said(), &new).unwrap_err();
            assert!(matches!(refused, Refusal::Conflict(_)), "{refused}");
        }
    }

    #[test]
    fn whoever_may_make_a_change_may_watch_it_and_end_that() {
        let mut world = World::new();
        let (responder, viewer) = (StaffNo(1), StaffNo(2));
        for (staff, role) in [(responder, StaffRole::Responder), (viewer, StaffRole::Viewer)] {
            let made = StaffMade { staff, role: Some(role), why: why() };
            world.happen(Event::StaffMade(made));
        }
        let (responder, viewer) =
            (Said::by(Actor::Staff(responder)), Said::by(Actor::Staff(viewer)));
        let is_role = |refused: Refusal| matches!(refused, Refusal::RoleNotAllowed { .. });
        for (word, new) in each(&world) {
            assert!(is_role(try_to(&mut world, &viewer, &new).unwrap_err()), "{word}");
            let may = matches!(word, "agreement-end" | "program");
            if may {
                try_to(&mut world, &responder, &new).unwrap();
                assert!(is_role(stop(&mut world, &viewer).unwrap_err()), "{word}");
                stop(&mut world, &responder).unwrap();
            } else {
                assert!(is_role(try_to(&mut world, &responder, &new).unwrap_err()), "{word}");
                try_to(&mut world, &said(), &new).unwrap();
                assert!(is_role(stop(&mut world, &responder).unwrap_err()), "{word}");
                stop(&mut world, &said()).unwrap();
            }
        }
    }
}
