//! A round: the control, then every trial, then the entry.

use crate::Trouble;
use crate::doors::Key;
use crate::kept::{Kept, Probe};
use crate::prepare::{Footing, Obstacle};
use crate::prober::Prober;
use crate::trial::Trial;
use consent::State;
use flows::probe::{self, Cause};
use model::{ApiVersion, AppNo, ClassMask, ClassNo, Condition, Millis, Timestamp};
use std::time::Duration;

/// Between a chain's proof and its breaking lie a few entries.
const MARGIN: Millis = Millis(500);

/// A probe that was not tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untried {
    /// Its condition.
    pub condition: Condition,
    /// Whether the state says why.
    pub cause: Cause,
    /// Why not, in words.
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
    /// What it does not show any more although the round before did, or that it shows nothing: a finding of its own.
    pub silence: Option<String>,
}

/// What a probe must not see.
enum Forbidden {
    /// Anything of the subject.
    Anything,
    /// These classes.
    Classes(Vec<String>),
    /// Anything in an API version that has ended.
    In(Vec<ApiVersion>),
    /// Any answer of a closed program.
    Closed,
    /// Anything, with the token that was given long ago.
    WithTheOldToken,
    /// A token, for a secret that is good no more.
    ATokenForDeadSecrets,
}

/// What came of one trial.
enum Came {
    /// Nothing, as it must be.
    Nothing,
    /// Something, through this app.
    Something(AppNo),
    /// It was not tried.
    Untried(Obstacle),
}

impl Prober {
    /// Tries every probe once, and enters in the log what came of it.
    ///
    /// # Errors
    /// The log takes nothing. What cannot be tried is no error: it is entered as untried.
    pub async fn round(&self) -> Result<Round, Trouble> {
        let mut kept = self.kept.lock().await;
        let kept = kept.get_or_insert_with(|| self.recalled());
        let came = self.trials(kept).await;
        let mut round = Round::default();
        let mut entered = probe::Round::default();
        for condition in Condition::ALL.iter().copied() {
            let of_this = came.iter().filter(|(trial, _)| trial.condition() == condition);
            sum_up(condition, of_this.map(|(_, came)| came), &mut round, &mut entered);
        }
        for (condition, app) in &entered.passed {
            tracing::error!(%condition, app.id = %app, "a probe got what it must not get");
        }
        let (before, left) = (kept.before.clone(), entered.left(&kept.before));
        round.silence = entered.silence(&before);
        let recorded =
            self.commit(move |_, _, env| probe::record(env, &entered, &before)).await.map(|_| ());
        if recorded.is_ok() {
            kept.before = left;
        }
        // The rest is kept either way. A round that did not get into the log is none that the next is held against.
        self.keep(kept);
        recorded.map(|()| round)
    }

    /// What an earlier process kept, or nothing.
    fn recalled(&self) -> Kept {
        let text = self.parts.ground.kept();
        text.and_then(|text| Kept::read(&text, &self.place_name())).unwrap_or_default()
    }

    fn keep(&self, kept: &Kept) {
        if let Err(why) = self.parts.ground.keep(&kept.text(&self.place_name())) {
            tracing::warn!(%why, "what the prober knows could not be kept for the next start");
        }
    }

    fn place_name(&self) -> String {
        let place = self.parts.ground.place();
        let people = [place.admin, place.deputy, place.subject].map(|one| one.to_string());
        format!("{} {}", place.group, people.join(" "))
    }

    async fn trials(&self, kept: &mut Kept) -> Vec<(Trial, Came)> {
        let footing = match self.control(kept).await {
            Ok(footing) => footing,
            Err(trouble) => {
                let why = format!("the control does not work: {trouble}");
                let obstacle = Obstacle { cause: Cause::Trouble, why };
                return Trial::all().map(|one| (one, Came::Untried(obstacle.clone()))).collect();
            }
        };
        let (mut came, mut ready) = (Vec::new(), Vec::new());
        for trial in Trial::all() {
            match self.made_ready(trial, footing, kept).await {
                Ok(probe) => ready.push((trial, probe)),
                Err(obstacle) => came.push((trial, Came::Untried(obstacle))),
            }
        }
        // What was left to end by time ends now.
        let ended = ready.iter().filter_map(|(_, probe)| probe.ends_at).max();
        let ended = ended.map_or(Timestamp(0), |at| at.plus(MARGIN));
        let wait = ended.0.saturating_sub(self.parts.store.now().0);
        tokio::time::sleep(Duration::from_millis(wait)).await;
        for (trial, probe) in ready {
            came.push((trial, self.tried(trial, &probe, kept).await));
        }
        came
    }

    async fn made_ready(
        &self,
        trial: Trial,
        footing: Footing,
        kept: &mut Kept,
    ) -> Result<Probe, Obstacle> {
        let closed = Trial::Of(Condition::ProgramClosed);
        if footing == Footing::AllClosed {
            // Chains that worked before are still tried: that all is closed is what they are about.
            let known = kept.probes.get(&closed).filter(|_| trial == closed);
            let why = "every program that shows anything of a person is closed";
            return known.cloned().ok_or_else(|| Obstacle::in_force(why));
        }
        let prepared = self.prepare(trial, kept).await;
        if prepared.as_ref().is_err_and(|obstacle| obstacle.cause == Cause::Trouble)
            && let Some(probe) = kept.probes.get_mut(&trial)
        {
            // A chain that is half mended must not count as broken in one place.
            probe.proved = None;
            probe.proved_at = None;
        }
        prepared
    }

    async fn tried(&self, trial: Trial, probe: &Probe, kept: &Kept) -> Came {
        let attempt = match self.attempt(trial, probe, kept).await {
            Ok(Some(got)) if trial.ends_tokens() && !got => {
                self.renews(trial, probe, kept).await.map(Some)
            }
            other => other,
        };
        match attempt {
            Ok(Some(true)) => Came::Something(probe.app.no),
            Ok(Some(false)) => Came::Nothing,
            Ok(None) => Came::Untried(Obstacle::in_force(waits_for(trial))),
            Err(trouble) => Came::Untried(trouble.into()),
        }
    }

    /// Whether the token endpoint gives the app a token for the broken chain.
    async fn renews(&self, trial: Trial, probe: &Probe, kept: &Kept) -> Result<bool, Trouble> {
        let (key, refresh) = (self.key(trial, probe)?, probe.issued.refresh.as_deref());
        let given = self.renewed(&key, self.secret(probe.app, kept)?, refresh).await?;
        Ok(given.is_some())
    }

    /// Tries a probe at the API: whether it got something; `None` where its time has not come.
    async fn attempt(
        &self,
        trial: Trial,
        probe: &Probe,
        kept: &Kept,
    ) -> Result<Option<bool>, Trouble> {
        let Some(forbidden) = self.forbidden(trial, probe) else { return Ok(None) };
        let key = Key {
            // Only where the cut-off itself is tried is the key an old one: other endings cut off too.
            issue: match trial.condition() {
                Condition::CutOff => probe.issue,
                _ => self.parts.store.state().issue_number(),
            },
            ..self.key(trial, probe)?
        };
        match forbidden {
            Forbidden::Anything => {
                let mut got = !self.look(&key, kept.picture).await?.classes.is_empty();
                if let Some(token) = &probe.issued.access {
                    got |= !self.look_with(token, &key).await?.classes.is_empty();
                }
                Ok(Some(got))
            }
            Forbidden::Classes(classes) => {
                let seen = self.look(&key, kept.picture).await?.classes;
                Ok(Some(classes.iter().any(|class| seen.contains(class.as_str()))))
            }
            Forbidden::In(versions) => {
                let mut got = false;
                for version in versions {
                    let key = Key { version: Some(version), ..key };
                    got |= !self.look(&key, kept.picture).await?.classes.is_empty();
                }
                Ok(Some(got))
            }
            Forbidden::Closed => self.closed(probe, &key, kept).await,
            Forbidden::WithTheOldToken => {
                let token = probe.issued.access.as_deref().unwrap_or_default();
                Ok(Some(!self.look_with(token, &key).await?.classes.is_empty()))
            }
            Forbidden::ATokenForDeadSecrets => self.for_dead_secrets(probe, &key, kept).await,
        }
    }

    /// Tries what is closed. It shows something where the chain was seen to work in one of those programs before.
    async fn closed(&self, probe: &Probe, key: &Key, kept: &Kept) -> Result<Option<bool>, Trouble> {
        let paths = self.closed_paths(probe.app);
        let mut got = false;
        for (_, path) in &paths {
            got |= self.gives(path, key).await?;
        }
        let sight = self.look(key, kept.picture).await?;
        got |= paths.iter().any(|(program, _)| sight.programs.contains(program));
        let worked = paths.iter().any(|(program, _)| probe.worked_in.contains(program));
        Ok((got || worked).then_some(got))
    }

    /// The app's own secret must do: else that others do not would show nothing.
    async fn for_dead_secrets(
        &self,
        probe: &Probe,
        key: &Key,
        kept: &Kept,
    ) -> Result<Option<bool>, Trouble> {
        let (own, refresh) = (self.secret(probe.app, kept)?, probe.issued.refresh.as_deref());
        if self.renewed(key, own, refresh).await?.is_none() {
            return Err(Trouble::new("the app's own secret does not work"));
        }
        let mut got = false;
        for secret in &probe.dead_secrets {
            got |= self.renewed(key, secret, refresh).await?.is_some();
        }
        Ok(Some(got))
    }

    /// What a probe must not see now; `None` where there is nothing yet.
    fn forbidden(&self, trial: Trial, probe: &Probe) -> Option<Forbidden> {
        let (state, now) = (self.parts.store.state(), self.parts.store.now());
        let named = |mask: ClassMask| {
            let is_in = |name: &String| {
                state.numbering().classes.get(name.as_str()).is_some_and(|no| mask.has(*no))
            };
            let classes: Vec<String> =
                probe.seen.iter().filter(|name| is_in(name)).cloned().collect();
            (!classes.is_empty()).then_some(Forbidden::Classes(classes))
        };
        match trial.condition() {
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
            Condition::ProgramClosed => Some(Forbidden::Closed),
            Condition::TokenExpiry => {
                let dies_at = self.dies_at(probe.issued.access.as_deref()?)?;
                (dies_at <= now).then_some(Forbidden::WithTheOldToken)
            }
            Condition::Credential => Some(Forbidden::ATokenForDeadSecrets),
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
}

/// One condition's trials in one line: it is tried where all of them were.
fn sum_up<'c>(
    condition: Condition,
    came: impl Iterator<Item = &'c Came>,
    round: &mut Round,
    entered: &mut probe::Round,
) {
    let (mut hole, mut obstacle) = (None, None::<&Obstacle>);
    for one in came {
        match one {
            Came::Nothing => {}
            Came::Something(app) => hole = hole.or(Some(*app)),
            Came::Untried(found) => {
                obstacle = obstacle.filter(|one| one.cause == Cause::Trouble).or(Some(found));
            }
        }
    }
    match (hole, obstacle) {
        (Some(app), _) => {
            round.passed.push(condition);
            round.tried.push(condition);
            entered.tried.push(condition);
            entered.passed.push((condition, app));
        }
        (None, None) => {
            round.tried.push(condition);
            entered.tried.push(condition);
        }
        (None, Some(Obstacle { cause, why })) => {
            entered.untried.push((condition, *cause));
            round.untried.push(Untried { condition, cause: *cause, why: why.clone() });
        }
    }
}

const fn waits_for(trial: Trial) -> &'static str {
    match trial.condition() {
        Condition::Certification => "no class that the probe reads needs a certification",
        Condition::Unused => "no class has been left unused for long enough yet",
        Condition::Idle => "the grant has not been idle for long enough yet",
        Condition::Version => "no version that has ended is kept",
        Condition::ProgramClosed => "no program that the probe ever worked in is closed",
        Condition::TokenExpiry => "the token has not run out yet",
        Condition::GrantExpiry
        | Condition::GrantEnded
        | Condition::Suspended
        | Condition::OptIn
        | Condition::Lapsed
        | Condition::Setting
        | Condition::CutOff
        | Condition::Agreement
        | Condition::Credential
        | Condition::Review => "its time has not come",
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
