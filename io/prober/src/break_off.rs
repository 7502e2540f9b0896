//! Making a chain whole, and breaking it in one place.

use crate::Trouble;
use crate::doors::Key;
use crate::prober::{App, FAR, Probe, Prober};
use flows::probe::{self, Allowance, Reviewed};
use ledger::SettingScope;
use model::{AppStatus, Chain, ClassMask, Condition, GrantNo, InstallationNo, Millis, Timestamp};

/// How long what ends by time is left before it ends: until the next instant that counts.
pub(crate) const SOON: Millis = Millis(700);

/// Which chain the probe for a condition goes through.
pub(crate) const fn by_grant(condition: Condition) -> bool {
    match condition {
        Condition::GrantExpiry
        | Condition::ProgramClosed
        | Condition::GrantEnded
        | Condition::Idle => true,
        Condition::Suspended
        | Condition::OptIn
        | Condition::Lapsed
        | Condition::Certification
        | Condition::Version
        | Condition::Setting
        | Condition::CutOff
        | Condition::Agreement
        | Condition::Unused
        | Condition::Review => false,
    }
}

impl Probe {
    /// The key to its doors, in the API version in force.
    pub(crate) fn key(&self, condition: Option<Condition>) -> Result<Key, Trouble> {
        let grant = self.grant.map(Chain::Grant);
        let installation = self.installation.map(Chain::Installation);
        let chain = if condition.is_some_and(by_grant) { grant } else { installation };
        let chain = chain.ok_or_else(|| Trouble::new("the probe has no chain"))?;
        Ok(Key { app: self.app, chain, issue: self.issue, version: None })
    }
}

impl Prober {
    /// Makes the chain for a condition, or the control's, whole again, with everything made anew that time could end.
    pub(crate) async fn mend(&self, condition: Option<Condition>) -> Result<Probe, Trouble> {
        let app = self.app(condition).await?;
        let subject = self.parts.ground.place().subject;
        if condition == Some(Condition::Suspended) {
            self.commit(move |state, _, _| probe::set_status(state, app.own(), AppStatus::Active))
                .await?;
        }
        if condition == Some(Condition::Review) {
            self.commit(move |state, _, _| probe::review(state, app.own(), Reviewed::Everything))
                .await?;
        }
        if condition == Some(Condition::Setting) {
            self.set(app, ClassMask::NONE).await?;
        }
        let far = self.parts.store.now().plus(FAR);
        self.allow(app, Allowance { agreed_until: far, certified_until: far }).await?;
        let installation = self.install(app, condition).await?;
        self.commit(move |state, lookup, env| {
            let classes = (installation, ClassMask::ALL);
            flows::person::opt_in(state, lookup, env.now, subject, classes)
        })
        .await?;
        let grant = match condition.is_some_and(by_grant) {
            true => Some(self.grant(app, far).await?),
            false => None,
        };
        Ok(Probe {
            app,
            installation: Some(installation),
            grant,
            issue: self.parts.store.state().issue_number(),
            proved_at: None,
            seen: Vec::new(),
        })
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

    /// Enables the app, by the deputy where they are to step down again, else by the admin.
    async fn install(
        &self,
        app: App,
        condition: Option<Condition>,
    ) -> Result<InstallationNo, Trouble> {
        let place = self.parts.ground.place();
        let by = match condition {
            Some(Condition::Lapsed) => {
                self.parts.ground.appoint().await.map_err(Trouble::new)?;
                place.deputy
            }
            _ => place.admin,
        };
        let made = self
            .commit(move |state, _, env| {
                flows::admin::enable(state, env.now, by, app.no, &[place.group], ClassMask::ALL)
            })
            .await?;
        made.first().copied().ok_or_else(|| Trouble::new("the app could not be enabled"))
    }

    /// Breaks the chain in the one place that the condition is about. What only time can break stays whole.
    pub(crate) async fn break_off(
        &self,
        condition: Condition,
        probe: &Probe,
    ) -> Result<(), Trouble> {
        let (app, now) = (probe.app, self.parts.store.now());
        let (soon, far) = (now.plus(SOON), now.plus(FAR));
        let subject = self.parts.ground.place().subject;
        match condition {
            Condition::GrantExpiry => self.grant(app, soon).await.map(|_| ()),
            Condition::GrantEnded => {
                let grant = probe.grant.ok_or_else(|| Trouble::new("there is no grant"))?;
                self.commit(move |state, _, _| flows::person::end_grant(state, subject, grant))
                    .await
                    .map(|_| ())
            }
            Condition::Suspended => {
                self.commit(move |state, _, _| {
                    probe::set_status(state, app.own(), AppStatus::Suspended)
                })
                .await
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
                self.allow(app, Allowance { agreed_until: far, certified_until: soon }).await
            }
            Condition::Setting => self.set(app, ClassMask::ALL).await,
            Condition::CutOff => {
                self.commit(move |state, _, _| probe::cut_off(state, app.own())).await
            }
            Condition::Agreement => {
                self.allow(app, Allowance { agreed_until: soon, certified_until: far }).await
            }
            Condition::Review => {
                self.commit(move |state, _, _| probe::review(state, app.own(), Reviewed::Nothing))
                    .await
            }
            Condition::ProgramClosed | Condition::Idle | Condition::Version | Condition::Unused => {
                Ok(())
            }
        }
    }
}
