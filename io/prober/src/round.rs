//! A round: the control, then every condition, then the entry.

use crate::Trouble;
use crate::break_off::SOON;
use crate::doors::{Key, Sight};
use crate::prober::{Kept, Probe, Prober};
use consent::State;
use flows::probe;
use model::{ApiVersion, ClassMask, ClassNo, Condition, Millis, Timestamp};
use std::time::Duration;

/// After how long a chain is made whole, proved and broken anew: what of it may have ended by itself meanwhile would let a
/// probe fail for another reason than its own.
const PROVED_FOR: Millis = Millis::days(7);

/// Between a chain's proof and its breaking lie a few entries.
const MARGIN: Millis = Millis(500);

/// A probe that was not tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untried {
    /// Its condition.
    pub condition: Condition,
    /// Why not.
    pub why: String,
}

/// What came of a round. It stands in the log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Round {
    /// Conditions whose probe was tried.
    pub tried: Vec<Condition>,
    /// Those of them whose probe got something: holes.
    pub passed: Vec<Condition>,
    /// Probes that were not tried.
    pub untried: Vec<Untried>,
}

/// What a probe must not see.
enum Forbidden {
    /// Anything of the subject.
    Anything,
    /// These classes.
    Classes(Vec<&'static str>),
    /// Anything in an API version that has ended.
    In(Vec<ApiVersion>),
    /// Any answer of these paths.
    Paths(Vec<String>),
}

impl Prober {
    /// Tries every probe once, and enters in the log what came of it.
    ///
    /// # Errors
    /// The log takes nothing. What cannot be tried is no error: it is entered as untried.
    pub async fn round(&self) -> Result<Round, Trouble> {
        let mut kept = self.kept.lock().await;
        let mut round = Round::default();
        let mut entered = probe::Round::default();
        match self.control(&mut kept).await {
            Err(trouble) => {
                let why = format!("the control does not work: {trouble}");
                let all = Condition::ALL.iter().copied();
                round.untried =
                    all.map(|condition| Untried { condition, why: why.clone() }).collect();
            }
            Ok(()) => self.probes(&mut kept, &mut round, &mut entered).await,
        }
        entered.tried.clone_from(&round.tried);
        entered.untried = round.untried.iter().map(|one| one.condition).collect();
        for (condition, app) in &entered.passed {
            tracing::error!(%condition, app.id = %app, "a probe got what it must not get");
        }
        self.commit(move |_, _, env| probe::record(env, &entered)).await?;
        Ok(round)
    }

    async fn probes(&self, kept: &mut Kept, round: &mut Round, entered: &mut probe::Round) {
        let mut ready = Vec::new();
        for condition in Condition::ALL.iter().copied() {
            match self.prepare(condition, kept).await {
                Ok(probe) => ready.push((condition, probe)),
                Err(trouble) => {
                    // A chain that is half mended must not count as broken in one place.
                    kept.probes.remove(&condition);
                    round.untried.push(Untried { condition, why: trouble.to_string() });
                }
            }
        }
        // What was left to end by time ends now.
        let broken = ready.iter().filter_map(|(_, probe)| probe.proved_at).max();
        let ended = broken.map_or(Timestamp(0), |at| at.plus(SOON).plus(MARGIN));
        let wait = ended.0.saturating_sub(self.parts.store.now().0);
        tokio::time::sleep(Duration::from_millis(wait)).await;
        for (condition, probe) in ready {
            match self.attempt(condition, &probe, kept).await {
                Ok(Some(got)) => {
                    round.tried.push(condition);
                    if got {
                        round.passed.push(condition);
                        entered.passed.push((condition, probe.app.no));
                    }
                }
                Ok(None) => {
                    let why = self.waits_for(condition);
                    round.untried.push(Untried { condition, why });
                }
                Err(trouble) => {
                    round.untried.push(Untried { condition, why: trouble.to_string() });
                }
            }
        }
    }

    /// The chain that nothing is wrong with must work now: else that others fail would show nothing.
    async fn control(&self, kept: &mut Kept) -> Result<(), Trouble> {
        if let (Some(control), Some(picture)) = (&kept.control, kept.picture) {
            let sight = self.look(&control.key(None)?, Some(picture)).await?;
            if sight.classes.contains("member.name") {
                return Ok(());
            }
        }
        let control = self.mend(None).await?;
        let key = control.key(None)?;
        kept.picture = self.picture(&key).await?;
        let sight = self.look(&key, kept.picture).await?;
        kept.control = Some(control);
        match sight.classes.is_empty() {
            true => Err(Trouble::new(format!("it was answered {}", sight.answered))),
            false => Ok(()),
        }
    }

    /// A chain that worked, and is broken in the one place that the condition is about.
    async fn prepare(&self, condition: Condition, kept: &mut Kept) -> Result<Probe, Trouble> {
        let now = self.parts.store.now();
        let known = kept.probes.get(&condition);
        if let Some(probe) = known.filter(|probe| self.is_fresh(condition, probe, now)) {
            return Ok(probe.clone());
        }
        // Reading would be using, and time is what this probe waits for: it is made once and then left alone.
        if condition == Condition::Unused {
            let probe = match self.left_alone().await? {
                Some(probe) => probe,
                None => self.mend(Some(condition)).await?,
            };
            kept.probes.insert(condition, probe.clone());
            return Ok(probe);
        }
        if condition == Condition::Idle
            && let Some(probe) = self.idle_grant(kept).await?
        {
            return Ok(probe);
        }
        let mut probe = self.mend(Some(condition)).await?;
        let sight = self.look(&probe.key(Some(condition))?, kept.picture).await?;
        if sight.classes.is_empty() {
            let answered = sight.answered;
            return Err(Trouble::new(format!("the chain did not work when whole: {answered}")));
        }
        probe.seen = sight.classes.into_iter().collect();
        probe.proved_at = Some(self.parts.store.now());
        self.break_off(condition, &probe).await?;
        kept.probes.insert(condition, probe.clone());
        Ok(probe)
    }

    /// Whether nothing of a chain but its condition can have ended by itself since it was proved.
    fn is_fresh(&self, condition: Condition, probe: &Probe, now: Timestamp) -> bool {
        match condition {
            Condition::Unused | Condition::Idle => false,
            Condition::GrantExpiry
            | Condition::ProgramClosed
            | Condition::GrantEnded
            | Condition::Suspended
            | Condition::OptIn
            | Condition::Lapsed
            | Condition::Certification
            | Condition::Version
            | Condition::Setting
            | Condition::CutOff
            | Condition::Agreement
            | Condition::Review => {
                probe.proved_at.is_some_and(|at| now < at.plus(self.proved_for()))
            }
        }
    }

    /// No longer than half of what a policy leaves unused.
    fn proved_for(&self) -> Millis {
        let state = self.parts.store.state();
        let shortest = state.rules().unused().iter().map(|(_, length)| length.0 / 2).min();
        let idle = state.rules().idle.map(|idle| idle.0 / 2);
        let least = [shortest, idle, Some(PROVED_FOR.0)].into_iter().flatten().min();
        Millis(least.unwrap_or(PROVED_FOR.0))
    }

    /// The chain that waits to be unused for too long, as an earlier round made it.
    async fn left_alone(&self) -> Result<Option<Probe>, Trouble> {
        let app = self.app(Some(Condition::Unused)).await?;
        let state = self.parts.store.state();
        let installed = state.installed(app.no, self.parts.ground.place().group);
        let agreed = state.app(app.no).is_some_and(|found| {
            let agreements = found.agreements.iter().filter_map(|no| state.agreement(*no));
            agreements.into_iter().any(|one| one.is_standing(self.parts.store.now()))
        });
        Ok(installed.filter(|_| agreed).map(|(installation, _)| Probe {
            app,
            installation: Some(installation),
            grant: None,
            issue: state.issue_number(),
            proved_at: None,
            seen: vec!["member.id", "member.name", "member.picture", "member.role"],
        }))
    }

    /// The grant that waits to be idle for too long. Agreements are made anew meanwhile, for they are not what is tried.
    async fn idle_grant(&self, kept: &mut Kept) -> Result<Option<Probe>, Trouble> {
        let app = self.app(Some(Condition::Idle)).await?;
        let subject = self.parts.ground.place().subject;
        let (grant, installation, idle_at, now) = {
            let (state, now) = (self.parts.store.state(), self.parts.store.now());
            if state.rules().idle.is_none() {
                return Err(Trouble::new("the policy in force ends no idle grant"));
            }
            let numbers = state.person(subject).map(consent::PersonState::grants);
            let found = numbers.unwrap_or_default().iter().rev().copied().find_map(|no| {
                state.grant(no).filter(|one| one.app == app.no && !one.ended).map(|one| (no, one))
            });
            let Some((grant, found)) = found.filter(|(_, one)| now < one.expires_at) else {
                return Ok(None);
            };
            let installed = state.installed(app.no, self.parts.ground.place().group);
            (grant, installed.map(|(no, _)| no), state.idle_at(found), now)
        };
        let fresh = kept.probes.get(&Condition::Idle).and_then(|probe| probe.proved_at);
        if fresh.is_none_or(|at| at.plus(self.proved_for()) <= now) {
            let far = now.plus(crate::prober::FAR);
            let allowance = probe::Allowance { agreed_until: far, certified_until: far };
            self.commit(move |state, _, env| probe::allow(state, env, app.own(), allowance))
                .await?;
        }
        let issue = self.parts.store.state().issue_number();
        let proved_at = fresh.filter(|at| now < at.plus(self.proved_for())).or(Some(now));
        let seen = Vec::new();
        let probe = Probe { app, installation, grant: Some(grant), issue, proved_at, seen };
        if now < idle_at {
            // It does not wait for something that has no more force.
            let sight = self.look(&probe.key(Some(Condition::Idle))?, kept.picture).await?;
            if sight.classes.is_empty() {
                let answered = sight.answered;
                return Err(Trouble::new(format!("the waiting chain does not work: {answered}")));
            }
        }
        kept.probes.insert(Condition::Idle, probe.clone());
        Ok(Some(probe))
    }

    /// Tries a probe: whether it got something; `None` where its time has not come.
    async fn attempt(
        &self,
        condition: Condition,
        probe: &Probe,
        kept: &Kept,
    ) -> Result<Option<bool>, Trouble> {
        let Some(forbidden) = self.forbidden(condition, probe) else { return Ok(None) };
        let key = Key {
            // Only where the cut-off itself is tried is the key an old one: other endings cut off too.
            issue: match condition {
                Condition::CutOff => probe.issue,
                _ => self.parts.store.state().issue_number(),
            },
            ..probe.key(Some(condition))?
        };
        match forbidden {
            Forbidden::Anything => {
                let sight = self.look(&key, kept.picture).await?;
                Ok(Some(!sight.classes.is_empty()))
            }
            Forbidden::Classes(classes) => {
                let Sight { classes: seen, .. } = self.look(&key, kept.picture).await?;
                Ok(Some(classes.iter().any(|class| seen.contains(class))))
            }
            Forbidden::In(versions) => {
                let mut got = false;
                for version in versions {
                    let key = Key { version: Some(version), ..key };
                    got |= !self.look(&key, kept.picture).await?.classes.is_empty();
                }
                Ok(Some(got))
            }
            Forbidden::Paths(paths) => {
                let mut got = false;
                for path in paths {
                    got |= self.gives(&path, &key).await?;
                }
                Ok(Some(got))
            }
        }
    }

    /// What a probe must not see now; `None` where there is nothing yet.
    fn forbidden(&self, condition: Condition, probe: &Probe) -> Option<Forbidden> {
        let (state, now) = (self.parts.store.state(), self.parts.store.now());
        let named = |mask: ClassMask| {
            let known = probe.seen.iter().copied();
            let classes: Vec<&'static str> = known
                .filter(|name| state.numbering().classes.get(*name).is_some_and(|no| mask.has(*no)))
                .collect();
            Some(Forbidden::Classes(classes)).filter(|found| match found {
                Forbidden::Classes(classes) => !classes.is_empty(),
                Forbidden::Anything | Forbidden::In(_) | Forbidden::Paths(_) => true,
            })
        };
        match condition {
            Condition::Certification => {
                let programs = state.programs().map(|(program, _)| state.rules().program(program));
                named(programs.fold(ClassMask::NONE, |mask, one| mask | one.certification))
            }
            Condition::Unused => named(dark(&state, probe, now)),
            Condition::Idle => {
                let grant = probe.grant.and_then(|no| state.grant(no))?;
                (state.idle_at(grant) <= now).then_some(Forbidden::Anything)
            }
            Condition::Version => {
                let ended = |one: &ApiVersion| {
                    state.version_terms(*one).sunset.is_some_and(|sunset| sunset <= now)
                };
                let versions: Vec<ApiVersion> = state.versions().filter(ended).collect();
                (!versions.is_empty()).then_some(Forbidden::In(versions))
            }
            Condition::ProgramClosed => {
                drop(state);
                let paths = self.closed_paths(probe.app);
                (!paths.is_empty()).then_some(Forbidden::Paths(paths))
            }
            Condition::GrantExpiry
            | Condition::GrantEnded
            | Condition::Suspended
            | Condition::OptIn
            | Condition::Lapsed
            | Condition::Setting
            | Condition::CutOff
            | Condition::Agreement
            | Condition::Review => Some(Forbidden::Anything),
        }
    }

    fn waits_for(&self, condition: Condition) -> String {
        match condition {
            Condition::Certification => "no class that the probe reads needs a certification",
            Condition::Unused => "no class has been left unused for long enough yet",
            Condition::Idle => "the grant has not been idle for long enough yet",
            Condition::Version => "no version that has ended is kept",
            Condition::ProgramClosed => "no program with an operation to try is closed",
            Condition::GrantExpiry
            | Condition::GrantEnded
            | Condition::Suspended
            | Condition::OptIn
            | Condition::Lapsed
            | Condition::Setting
            | Condition::CutOff
            | Condition::Agreement
            | Condition::Review => "its time has not come",
        }
        .to_owned()
    }
}

/// Classes that the probe's app has left unused for longer than the policy lets it.
fn dark(state: &State, probe: &Probe, now: Timestamp) -> ClassMask {
    let Some(app) = state.app(probe.app.no) else { return ClassMask::NONE };
    let agreements = || app.agreements.iter().filter_map(|no| state.agreement(*no));
    let is_dark = |class: ClassNo| {
        let giving = agreements().filter(|one| one.is_standing(now) && one.classes.has(class));
        let began = giving.map(|one| one.from.max(one.made_at)).max();
        began.is_some_and(|began| state.unused_at(state.rules(), app, class, began) <= now)
    };
    state.endable(state.rules()).iter().filter(|class| is_dark(*class)).collect()
}
