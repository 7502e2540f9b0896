//! The prober, what it stands on, and its apps.

use crate::Trouble;
use crate::ground::Ground;
use flows::probe;
use keyring::Keyring;
use model::{
    AppNo, Condition, CredentialNo, Env, GrantNo, InstallationNo, Millis, ObjectNo, PartnerNo,
    Position, Timestamp,
};
use outbound::Caller;
use sequence::{Commit, Lookup, NameOf};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{Store, Urgency};
use tokio::sync::Mutex;

/// What the prober's partner is called; it is found again by this after a start.
const PARTNER: &str = "Bailment's own prober";
/// The chain that nothing is wrong with.
const CONTROL: &str = "Probe: control";
/// How long agreements and certifications of a probe last; they are made anew long before.
pub(crate) const FAR: Millis = Millis::days(730);

/// What the prober stands on.
pub struct Parts {
    /// Log and vault.
    pub store: Store,
    /// What seals its tokens and links.
    pub keyring: Arc<Keyring>,
    /// Where the gate answers, such as `http://127.0.0.1:8080`.
    pub origin: String,
    /// Its people and group.
    pub ground: Arc<dyn Ground>,
}

/// Tries what must fail.
pub struct Prober {
    pub(crate) parts: Parts,
    pub(crate) caller: Caller,
    /// One round at a time.
    pub(crate) kept: Mutex<Kept>,
}

/// An app of the prober's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct App {
    pub(crate) no: AppNo,
    pub(crate) partner: PartnerNo,
    pub(crate) credential: CredentialNo,
}

impl App {
    pub(crate) const fn own(self) -> (PartnerNo, AppNo) {
        (self.partner, self.no)
    }
}

/// A chain of the prober's.
#[derive(Debug, Clone)]
pub(crate) struct Probe {
    pub(crate) app: App,
    pub(crate) installation: Option<InstallationNo>,
    pub(crate) grant: Option<GrantNo>,
    /// Issue number of its tokens.
    pub(crate) issue: Position,
    /// When it was last seen to work; the chain was broken right after.
    pub(crate) proved_at: Option<Timestamp>,
    /// What was seen then.
    pub(crate) seen: Vec<&'static str>,
}

/// What the prober knows between rounds.
#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) control: Option<Probe>,
    pub(crate) probes: BTreeMap<Condition, Probe>,
    pub(crate) picture: Option<ObjectNo>,
}

impl Prober {
    /// A prober; it does nothing until [`Prober::round`].
    ///
    /// # Errors
    /// No HTTP client can be made.
    pub fn new(parts: Parts) -> Result<Self, Trouble> {
        let caller = Caller::new().map_err(Trouble::new)?;
        Ok(Self { parts, caller, kept: Mutex::default() })
    }

    /// Runs a flow.
    pub(crate) async fn commit<R, E, F>(&self, mut flow: F) -> Result<R, Trouble>
    where
        F: FnMut(&consent::State, &dyn Lookup, &Env) -> Result<Commit<R>, E> + Send + 'static,
        R: Send + 'static,
        E: std::fmt::Display + Send + 'static,
    {
        let done = self
            .parts
            .store
            .commit(Urgency::Ordinary, None, move |state, lookup, env| flow(state, lookup, env))
            .await
            .map_err(Trouble::new)?;
        done.map(|done| done.reply).map_err(Trouble::new)
    }

    /// The app for a condition, or the control's: the one of this name, or a new one.
    pub(crate) async fn app(&self, condition: Option<Condition>) -> Result<App, Trouble> {
        let name = condition.map_or_else(|| CONTROL.to_owned(), |one| format!("Probe: {one}"));
        let partner = self.partner()?;
        if let Some(found) = partner.map(|no| self.known(no, &name)).transpose()?.flatten() {
            return Ok(found);
        }
        let made = self
            .commit(move |state, _, env| probe::make(state, env, partner, (PARTNER, &name)))
            .await?;
        Ok(App { no: made.app, partner: made.partner, credential: made.credential })
    }

    fn partner(&self) -> Result<Option<PartnerNo>, Trouble> {
        let all: Vec<PartnerNo> =
            self.parts.store.state().partners().map(|(partner, _)| partner).collect();
        for partner in all {
            let name = self.parts.store.name(NameOf::Partner(partner)).map_err(Trouble::new)?;
            if name.as_deref() == Some(PARTNER) {
                return Ok(Some(partner));
            }
        }
        Ok(None)
    }

    fn known(&self, partner: PartnerNo, name: &str) -> Result<Option<App>, Trouble> {
        let apps = self
            .parts
            .store
            .state()
            .partner(partner)
            .map(|one| one.apps.clone())
            .unwrap_or_default();
        for no in apps {
            let found = self.parts.store.name(NameOf::App(no)).map_err(Trouble::new)?;
            let credential = {
                let state = self.parts.store.state();
                state.app(no).and_then(|app| app.credentials.first().copied())
            };
            if let (Some(found), Some(credential)) = (found, credential)
                && found == name
            {
                return Ok(Some(App { no, partner, credential }));
            }
        }
        Ok(None)
    }
}
