//! Before anything is tried: the control, and chains that are whole, seen to work, and then broken in one place.

use crate::Trouble;
use crate::doors::{Key, Way};
use crate::kept::{Kept, Probe};
use crate::prober::{App, FAR, Prober, can_be_mended};
use crate::trial::Trial;
use flows::probe::{self, Cause};
use model::{Chain, Condition, Millis, ObjectNo, Position, ProgramStatus, Timestamp};

/// After how long a chain is made whole, proved and broken anew: what of it may have ended by itself meanwhile would let a
/// probe fail for another reason than its own.
const PROVED_FOR: Millis = Millis::days(7);

const LIVE: Option<ProgramStatus> = Some(ProgramStatus::Live);
/// Why an app that is not enabled yet cannot be.
const NOTHING_NEW: &str = "nothing new may begin in the program that shows members";

/// Why something is not tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Obstacle {
    pub(crate) cause: Cause,
    pub(crate) why: String,
}

impl From<Trouble> for Obstacle {
    fn from(trouble: Trouble) -> Self {
        Self { cause: Cause::Trouble, why: trouble.to_string() }
    }
}

impl Obstacle {
    /// The state says why.
    pub(crate) fn in_force(why: &str) -> Self {
        Self { cause: Cause::State, why: why.to_owned() }
    }

    fn trouble(why: String) -> Self {
        Self { cause: Cause::Trouble, why }
    }
}

/// What can be tried in a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Footing {
    /// A chain that nothing is wrong with works: everything.
    Works,
    /// Every program that shows a person is closed: whether that holds, with chains that worked before.
    AllClosed,
}

impl Prober {
    /// The chain that nothing is wrong with must work now: else that others fail would show nothing.
    pub(crate) async fn control(&self, kept: &mut Kept) -> Result<Footing, Trouble> {
        if !Way::ALL.into_iter().any(|way| self.is_open(way)) {
            return Ok(Footing::AllClosed);
        }
        let known = kept.control.clone();
        let known = known
            .filter(|control| can_be_mended(&self.parts.store.state(), control.app.no, None, None));
        if let (Some(control), Some(_)) = (known, kept.picture)
            && self.shows(&control, kept).await?.is_none()
        {
            return Ok(Footing::Works);
        }
        let control = self.mend(None, kept).await?;
        kept.picture = self.find_picture(&control, kept).await?;
        let hidden = self.shows(&control, kept).await?;
        kept.control = Some(control);
        match hidden {
            None => Ok(Footing::Works),
            Some(way) => Err(Trouble::new(way)),
        }
    }

    /// Whether a chain shows the subject in every way that is open; what was answered where it does not.
    async fn shows(&self, probe: &Probe, kept: &Kept) -> Result<Option<String>, Trouble> {
        for (way, chain) in self.open_ways(probe) {
            let Some(chain) = chain else { return Ok(Some("it has no chain".to_owned())) };
            let key = Key { app: probe.app, chain, issue: self.issue(), version: None };
            let sight = self.look(&key, kept.picture).await?;
            let program = self.program(way);
            if !program.is_some_and(|program| sight.programs.contains(&program)) {
                return Ok(Some(format!("it was answered {}", sight.told())));
            }
        }
        Ok(None)
    }

    async fn find_picture(&self, probe: &Probe, kept: &Kept) -> Result<Option<ObjectNo>, Trouble> {
        for (_, chain) in self.open_ways(probe) {
            let Some(chain) = chain else { continue };
            let key = Key { app: probe.app, chain, issue: self.issue(), version: None };
            if let Some(found) = self.picture(&key).await? {
                return Ok(Some(found));
            }
        }
        Ok(kept.picture)
    }

    fn issue(&self) -> Position {
        self.parts.store.state().issue_number()
    }

    /// A chain that worked, and is broken in the one place that the trial is about.
    pub(crate) async fn prepare(&self, trial: Trial, kept: &mut Kept) -> Result<Probe, Obstacle> {
        let now = self.parts.store.now();
        if trial.needs_members() && !self.is_open(Way::Members) {
            return Err(Obstacle::in_force("the program that shows members is closed"));
        }
        let known = kept.probes.get(&trial).cloned().filter(|probe| {
            let state = self.parts.store.state();
            can_be_mended(&state, probe.app.no, Some(trial), probe.suspension)
        });
        if let Some(probe) = known.as_ref().filter(|probe| self.is_fresh(trial, probe, now)) {
            return Ok(probe.clone());
        }
        match trial {
            Trial::Of(Condition::Unused) => return self.left_unused(kept).await,
            Trial::Of(Condition::Idle) => {
                if let Some(probe) = self.idle_grant(kept).await? {
                    return Ok(probe);
                }
            }
            Trial::Of(Condition::TokenExpiry) => return self.with_a_real_token(known, kept).await,
            Trial::Of(Condition::Lapsed | Condition::OptIn)
                if self.status(Way::Members) != LIVE =>
            {
                return self.broken_before(trial, known, kept).await;
            }
            Trial::Of(_) | Trial::OneOfMany | Trial::WithPartner => {}
        }
        let mut probe = self.mend(Some(trial), kept).await?;
        self.prove(trial, &mut probe, kept).await?;
        self.break_off(trial, &mut probe, kept).await?;
        kept.probes.insert(trial, probe.clone());
        Ok(probe)
    }

    /// Sees that a chain works, at the token endpoint too.
    async fn prove(&self, trial: Trial, probe: &mut Probe, kept: &Kept) -> Result<(), Obstacle> {
        if trial == Trial::Of(Condition::ProgramClosed) {
            return self.prove_programs(probe, kept).await;
        }
        let missing = !trial.by_grant() && self.is_open(Way::Members);
        if missing && probe.installation.is_none() {
            return Err(Obstacle::in_force(NOTHING_NEW));
        }
        let key = self.key(trial, probe)?;
        let sight = self.look(&key, kept.picture).await?;
        if sight.classes.is_empty() {
            let why = format!("the chain did not work when whole: {}", sight.told());
            return Err(Obstacle::trouble(why));
        }
        // Redeeming a code is using the grant: one that is to go idle is not asked for more.
        if trial != Trial::Of(Condition::Idle) {
            probe.issued = self.first_tokens(&key, kept).await?;
        }
        probe.seen = sight.classes.into_iter().map(str::to_owned).collect();
        probe.worked_in.extend(sight.programs);
        probe.proved = Some(key.chain);
        probe.proved_at = Some(self.parts.store.now());
        Ok(())
    }

    /// In each program that is open it must be seen to work; those that are closed by now were, or nothing is known of them.
    async fn prove_programs(&self, probe: &mut Probe, kept: &Kept) -> Result<(), Obstacle> {
        let key = self.key(Trial::Of(Condition::ProgramClosed), probe)?;
        let sight = self.look(&key, kept.picture).await?;
        for way in Way::ALL.into_iter().filter(|way| self.is_open(*way)) {
            // Where nothing new may begin, a new probe has no installation to be shown members through.
            let expected = way == Way::Me || probe.installation.is_some();
            let seen = self.program(way).is_some_and(|program| sight.programs.contains(&program));
            if expected && !seen {
                let why = format!("the chain did not work when whole: {}", sight.told());
                return Err(Obstacle::trouble(why));
            }
        }
        probe.worked_in.extend(sight.programs);
        probe.proved = Some(key.chain);
        probe.proved_at = Some(self.parts.store.now());
        Ok(())
    }

    /// Reading would be using, and time is what this probe waits for: it is made once and then left alone.
    async fn left_unused(&self, kept: &mut Kept) -> Result<Probe, Obstacle> {
        let trial = Trial::Of(Condition::Unused);
        let probe = match self.left_alone(kept).await? {
            Some(probe) => probe,
            None => self.mend(Some(trial), kept).await?,
        };
        if probe.installation.is_none() {
            return Err(Obstacle::in_force(NOTHING_NEW));
        }
        kept.probes.insert(trial, probe.clone());
        Ok(probe)
    }

    /// A chain that is whole, and a token of it that the token endpoint gave when it began: it dies of age alone.
    async fn with_a_real_token(
        &self,
        known: Option<Probe>,
        kept: &mut Kept,
    ) -> Result<Probe, Obstacle> {
        let trial = Trial::Of(Condition::TokenExpiry);
        if let Some(probe) = known.filter(|probe| probe.issued.access.is_some())
            && let Ok(key) = self.key(trial, &probe)
            && probe.proved == Some(key.chain)
        {
            let key = Key { issue: self.issue(), ..key };
            if !self.look(&key, kept.picture).await?.classes.is_empty() {
                return Ok(probe);
            }
        }
        let mut probe = self.mend(Some(trial), kept).await?;
        self.prove(trial, &mut probe, kept).await?;
        let key = self.key(trial, &probe)?;
        let young = probe.issued.access.as_deref().unwrap_or_default();
        let sight = self.look_with(young, &key).await?;
        if sight.classes.is_empty() {
            let why = format!("a token did not work while it was young: {}", sight.told());
            return Err(Obstacle::trouble(why));
        }
        kept.probes.insert(trial, probe.clone());
        Ok(probe)
    }

    /// Whether nothing of a chain but its condition can have ended by itself since it was proved.
    fn is_fresh(&self, trial: Trial, probe: &Probe, now: Timestamp) -> bool {
        match trial.condition() {
            Condition::Unused | Condition::Idle | Condition::TokenExpiry => false,
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
            | Condition::Credential
            | Condition::Review => {
                // What was broken at an installation shows nothing once its program is closed, and the other way round.
                let same = self.key(trial, probe).is_ok_and(|key| probe.proved == Some(key.chain));
                same && probe.proved_at.is_some_and(|at| now < at.plus(self.proved_for()))
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
    async fn left_alone(&self, kept: &mut Kept) -> Result<Option<Probe>, Trouble> {
        let app = self.app(Some(Trial::Of(Condition::Unused)), kept).await?;
        let state = self.parts.store.state();
        let installed = state.installed(app.no, self.parts.ground.place().group);
        let agreed = state.app(app.no).is_some_and(|found| {
            let agreements = found.agreements.iter().filter_map(|no| state.agreement(*no));
            agreements.into_iter().any(|one| one.is_standing(self.parts.store.now()))
        });
        let seen = ["member.id", "member.name", "member.picture", "member.role"];
        Ok(installed.filter(|_| agreed).map(|(installation, _)| Probe {
            installation: Some(installation),
            seen: seen.into_iter().map(str::to_owned).collect(),
            ..Probe::new(app, state.issue_number())
        }))
    }

    /// The grant that waits to be idle for too long. Agreements are made anew meanwhile, for they are not what is tried.
    async fn idle_grant(&self, kept: &mut Kept) -> Result<Option<Probe>, Obstacle> {
        let trial = Trial::Of(Condition::Idle);
        let app = self.app(Some(trial), kept).await?;
        let subject = self.parts.ground.place().subject;
        let (grant, installation, idle_at, now) = {
            let (state, now) = (self.parts.store.state(), self.parts.store.now());
            if state.rules().idle.is_none() {
                return Err(Obstacle::in_force("the policy in force ends no idle grant"));
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
        let fresh = kept.probes.get(&trial).and_then(|probe| probe.proved_at);
        let fresh = fresh.filter(|at| now < at.plus(self.proved_for()));
        if fresh.is_none() {
            self.allow_anew(app, now).await?;
        }
        let probe = Probe {
            installation,
            grant: Some(grant),
            proved_at: fresh.or(Some(now)),
            ..Probe::new(app, self.issue())
        };
        if now < idle_at {
            // It does not wait for something that has no more force.
            let sight = self.look(&self.key(trial, &probe)?, kept.picture).await?;
            if sight.classes.is_empty() {
                let why = format!("the waiting chain does not work: {}", sight.told());
                return Err(Obstacle::trouble(why));
            }
        }
        kept.probes.insert(trial, probe.clone());
        Ok(Some(probe))
    }

    /// Where nothing new may begin, what lapsed cannot stand again, and whoever opted out cannot opt in: the chain that was seen
    /// to work before is tried further, with everything made anew that time could end.
    async fn broken_before(
        &self,
        trial: Trial,
        known: Option<Probe>,
        kept: &mut Kept,
    ) -> Result<Probe, Obstacle> {
        let now = self.parts.store.now();
        let Some(mut probe) = known.filter(|probe| probe.proved.is_some()) else {
            return Err(Obstacle::in_force(NOTHING_NEW));
        };
        self.allow_anew(probe.app, now).await?;
        probe.proved_at = Some(now);
        kept.probes.insert(trial, probe.clone());
        Ok(probe)
    }

    async fn allow_anew(&self, app: App, now: Timestamp) -> Result<(), Trouble> {
        let far = now.plus(FAR);
        let allowance = probe::Allowance { agreed_until: far, certified_until: far };
        self.commit(move |state, _, env| probe::allow(state, env, app.own(), allowance)).await
    }

    /// Ways that are open, each with the chain that the control goes there through.
    fn open_ways(&self, probe: &Probe) -> Vec<(Way, Option<Chain>)> {
        let open = Way::ALL.into_iter().filter(|way| self.is_open(*way));
        let through = |way: Way| match way {
            Way::Members => (way, probe.installation.map(Chain::Installation)),
            Way::Me => (way, probe.grant.map(Chain::Grant)),
        };
        // An app that is new where nothing new may begin has no installation.
        let begins =
            |(way, chain): &(Way, Option<Chain>)| chain.is_some() || self.status(*way) == LIVE;
        open.map(through).filter(begins).collect()
    }
}
