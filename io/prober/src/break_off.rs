//! Making a chain whole, and breaking it in one place.

use crate::Trouble;
use crate::doors::Way;
use crate::kept::{Kept, Probe};
use crate::prober::{App, FAR, Prober};
use crate::trial::Trial;
use flows::probe::{self, Allowance, Reviewed};
use ledger::SettingScope;
use model::{
    AppStatus, ClassMask, Condition, GrantNo, InstallationNo, Millis, PartnerStatus, Position,
    ProgramStatus, Timestamp,
};

/// How long what ends by time is left before it ends: until the next instant that counts.
pub(crate) const SOON: Millis = Millis(700);
/// The same for a secret, which must first be seen to work.
const SECRET_SOON: Millis = Millis(2_000);

impl Prober {
    /// Makes the chain for a trial, or the control's, whole again, with everything made anew that time could end.
    pub(crate) async fn mend(
        &self,
        trial: Option<Trial>,
        kept: &mut Kept,
    ) -> Result<Probe, Trouble> {
        let app = self.app(trial, kept).await?;
        let before = trial.and_then(|trial| kept.probes.get(&trial));
        let before = before.filter(|probe| probe.app.no == app.no);
        let worked_in = before.map(|probe| probe.worked_in.clone()).unwrap_or_default();
        let suspension = before.and_then(|probe| probe.suspension);
        self.undo(trial, app, suspension).await?;
        let far = self.parts.store.now().plus(FAR);
        self.allow(app, Allowance { agreed_until: far, certified_until: far }).await?;
        let installation = self.install(app, trial).await?;
        let subject = self.parts.ground.place().subject;
        if let Some(installation) = installation.filter(|_| self.is_open(Way::Members)) {
            self.commit(move |state, lookup, env| {
                let classes = (installation, ClassMask::ALL);
                flows::person::opt_in(state, lookup, env.now, subject, classes)
            })
            .await?;
        }
        let grant = Some(self.grant(app, far).await?);
        Ok(Probe {
            installation,
            grant,
            worked_in,
            ..Probe::new(app, self.parts.store.state().issue_number())
        })
    }

    /// Takes back what broke the chain last time, where that does not end by being made anew.
    async fn undo(
        &self,
        trial: Option<Trial>,
        app: App,
        suspension: Option<Position>,
    ) -> Result<(), Trouble> {
        if let Some(suspension) = suspension {
            self.commit(move |state, _, _| probe::lift(state, app.own(), suspension)).await?;
        }
        match trial {
            Some(Trial::WithPartner) => self.set_partner(app, PartnerStatus::Active).await,
            Some(Trial::Of(Condition::Suspended)) => {
                let status = AppStatus::Active;
                self.commit(move |state, _, _| probe::set_status(state, app.own(), status)).await
            }
            Some(Trial::Of(Condition::Review)) => {
                let all = Reviewed::Everything;
                self.commit(move |state, _, _| probe::review(state, app.own(), all)).await
            }
            Some(Trial::Of(Condition::Setting)) => self.set(app, ClassMask::NONE).await,
            _ => Ok(()),
        }
    }

    async fn allow(&self, app: App, allowance: Allowance) -> Result<(), Trouble> {
        self.commit(move |state, _, env| probe::allow(state, env, app.own(), allowance)).await
    }

    async fn grant(&self, app: App, until: Timestamp) -> Result<GrantNo, Trouble> {
        let place = self.parts.ground.place();
        self.commit(move |state, _, _| {
            probe::grant(state, app.own(), place.subject, &[place.group], until)
        })
        .await
    }

    async fn set(&self, app: App, blocked: ClassMask) -> Result<(), Trouble> {
        let subject = self.parts.ground.place().subject;
        self.commit(move |state, _, _| {
            let scope = SettingScope::App(app.no);
            let commit = flows::person::set(state, subject, scope, blocked);
            Ok::<_, Trouble>(sequence::Commit { reply: (), ..commit })
        })
        .await
    }

    /// Enables the app, by the deputy where they are to step down again, else by the admin. Where nothing new may begin, what
    /// stands still stands; `None` where nothing does.
    async fn install(
        &self,
        app: App,
        trial: Option<Trial>,
    ) -> Result<Option<InstallationNo>, Trouble> {
        let place = self.parts.ground.place();
        let lapses = trial == Some(Trial::Of(Condition::Lapsed));
        if self.status(Way::Members) != Some(ProgramStatus::Live) {
            let state = self.parts.store.state();
            let installed = state.installed(app.no, place.group);
            return Ok(installed.filter(|(_, one)| state.is_standing(one)).map(|(no, _)| no));
        }
        let by = match lapses {
            true => {
                self.parts.ground.appoint().await.map_err(Trouble::new)?;
                place.deputy
            }
            false => place.admin,
        };
        let made = self
            .commit(move |state, _, env| {
                flows::admin::enable(state, env.now, by, app.no, &[place.group], ClassMask::ALL)
            })
            .await?;
        Ok(made.first().copied())
    }

    /// Breaks the chain in the one place that the trial is about. What only time can break stays whole.
    pub(crate) async fn break_off(
        &self,
        trial: Trial,
        probe: &mut Probe,
        kept: &Kept,
    ) -> Result<(), Trouble> {
        let (app, now) = (probe.app, self.parts.store.now());
        let (soon, far) = (now.plus(SOON), now.plus(FAR));
        let subject = self.parts.ground.place().subject;
        match trial {
            Trial::OneOfMany => return self.suspend_as_one_of_many(probe).await,
            Trial::WithPartner => return self.set_partner(app, PartnerStatus::Suspended).await,
            Trial::Of(_) => {}
        }
        match trial.condition() {
            Condition::GrantExpiry => {
                self.grant(app, soon).await?;
                probe.ends_at = Some(soon);
                Ok(())
            }
            Condition::GrantEnded => {
                let grant = probe.grant.ok_or_else(|| Trouble::new("there is no grant"))?;
                self.commit(move |state, _, _| flows::person::end_grant(state, subject, grant))
                    .await
                    .map(|_| ())
            }
            Condition::Suspended => {
                let status = AppStatus::Suspended;
                self.commit(move |state, _, _| probe::set_status(state, app.own(), status)).await
            }
            Condition::OptIn => {
                let installation =
                    probe.installation.ok_or_else(|| Trouble::new("there is no installation"))?;
                self.commit(move |state, _, _| {
                    flows::person::opt_out(state, subject, installation, ClassMask::ALL)
                })
                .await
                .map(|_| ())
            }
            Condition::Lapsed => self.parts.ground.dismiss().await.map_err(Trouble::new),
            Condition::Certification => {
                probe.ends_at = Some(soon);
                self.allow(app, Allowance { agreed_until: far, certified_until: soon }).await
            }
            Condition::Setting => self.set(app, ClassMask::ALL).await,
            Condition::CutOff => {
                self.commit(move |state, _, _| probe::cut_off(state, app.own())).await
            }
            Condition::Agreement => {
                probe.ends_at = Some(soon);
                self.allow(app, Allowance { agreed_until: soon, certified_until: far }).await
            }
            Condition::Review => {
                let nothing = Reviewed::Nothing;
                self.commit(move |state, _, _| probe::review(state, app.own(), nothing)).await
            }
            Condition::Credential => self.end_secrets(probe, kept).await,
            Condition::ProgramClosed
            | Condition::Idle
            | Condition::Version
            | Condition::Unused
            | Condition::TokenExpiry => Ok(()),
        }
    }

    async fn set_partner(&self, app: App, status: PartnerStatus) -> Result<(), Trouble> {
        self.commit(move |state, _, _| probe::set_partner_status(state, app.own(), status)).await
    }

    async fn suspend_as_one_of_many(&self, probe: &mut Probe) -> Result<(), Trouble> {
        let app = probe.app;
        self.commit(move |state, _, _| probe::suspend_as_one_of_many(state, app.own())).await?;
        let state = self.parts.store.state();
        let named = |at: &Position| state.app(app.no).is_some_and(|one| one.is_named_by(*at));
        let standing = state.suspensions().filter(|(_, one)| !one.lifted && one.apps == 1);
        probe.suspension = standing.map(|(at, _)| at).filter(named).last();
        Ok(())
    }

    /// Two more secrets, both seen to work: one is ended, the other runs out.
    async fn end_secrets(&self, probe: &mut Probe, kept: &Kept) -> Result<(), Trouble> {
        let app = probe.app;
        let key = self.key(Trial::Of(Condition::Credential), probe)?;
        let refresh = probe.issued.refresh.clone();
        let until = self.parts.store.now().plus(SECRET_SOON);
        let (ended, first) = self.add_secret(app, Timestamp::NEVER).await?;
        let (_, second) = self.add_secret(app, until).await?;
        for secret in [&first, &second, self.secret(app, kept)?] {
            if self.renewed(&key, secret, refresh.as_deref()).await?.is_none() {
                return Err(Trouble::new("a secret did not work while it was good"));
            }
        }
        self.commit(move |state, _, _| probe::end_secrets(state, app.own(), &[ended])).await?;
        probe.ends_at = Some(until);
        probe.dead_secrets = vec![first, second, self.new_secret().text];
        Ok(())
    }
}
