//! The prober, what it stands on, and its apps.

use crate::Trouble;
use crate::ground::Ground;
use crate::kept::Kept;
use crate::tokens::NewSecret;
use crate::trial::Trial;
use consent::State;
use flows::probe;
use keyring::Keyring;
use model::{
    AppNo, AppStatus, Condition, CredentialNo, Env, Millis, PartnerNo, PartnerStatus, Position,
    Timestamp,
};
use outbound::Caller;
use sequence::{Commit, Lookup, NameOf};
use std::collections::btree_map::Entry;
use std::sync::Arc;
use store::{Store, Urgency};
use tokio::sync::Mutex;

/// What the prober's partner is called; it is found again by this after a start.
const PARTNER: &str = "Bailment's own prober";
/// The partner of the one app that is suspended with it.
const PARTNER_SUSPENDED: &str = "Bailment's own prober, suspended";
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
    /// One round at a time. Nothing until the first: what is kept is then read.
    pub(crate) kept: Mutex<Option<Kept>>,
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

    /// The app for a trial, or the control's: the one of this name that can still be made whole, or a new one.
    pub(crate) async fn app(&self, trial: Option<Trial>, kept: &mut Kept) -> Result<App, Trouble> {
        let name = trial.map_or_else(|| CONTROL.to_owned(), |one| format!("Probe: {}", one.word()));
        let partner_name = match trial {
            Some(Trial::WithPartner) => PARTNER_SUSPENDED,
            _ => PARTNER,
        };
        let partner = self.partner(partner_name, trial)?;
        let own =
            trial.and_then(|trial| kept.probes.get(&trial)).and_then(|probe| probe.suspension);
        let known = partner.map(|no| self.known(no, &name, trial, own)).transpose()?.flatten();
        let Some(mut found) = known else {
            let NewSecret { text, digest } = self.new_secret();
            let made = self
                .commit(move |state, _, _| {
                    probe::make(state, partner, (partner_name, &name), digest)
                })
                .await?;
            kept.secrets.insert(made.app, text);
            return Ok(App { no: made.app, partner: made.partner, credential: made.credential });
        };
        if let Entry::Vacant(secret) = kept.secrets.entry(found.no) {
            // Nobody has those that it has: they end, so that it is clear which one counts.
            let old = {
                let state = self.parts.store.state();
                state.app(found.no).map(|app| app.credentials.clone()).unwrap_or_default()
            };
            let (credential, text) = self.add_secret(found, Timestamp::NEVER).await?;
            self.commit(move |state, _, _| probe::end_secrets(state, found.own(), &old)).await?;
            secret.insert(text);
            found.credential = credential;
        }
        Ok(found)
    }

    /// The prober's partner, unless somebody suspended it or let it go: then another takes its place.
    fn partner(&self, name: &str, trial: Option<Trial>) -> Result<Option<PartnerNo>, Trouble> {
        let all: Vec<PartnerNo> = {
            let state = self.parts.store.state();
            let good = state.partners().filter(|(_, one)| is_good(one.status, trial));
            good.map(|(partner, _)| partner).collect()
        };
        for partner in all {
            let found = self.parts.store.name(NameOf::Partner(partner)).map_err(Trouble::new)?;
            if found.as_deref() == Some(name) {
                return Ok(Some(partner));
            }
        }
        Ok(None)
    }

    fn known(
        &self,
        partner: PartnerNo,
        name: &str,
        trial: Option<Trial>,
        own: Option<Position>,
    ) -> Result<Option<App>, Trouble> {
        let apps: Vec<(AppNo, CredentialNo)> = {
            let state = self.parts.store.state();
            let all = state.partner(partner).map(|one| one.apps.clone()).unwrap_or_default();
            let living = |no: AppNo| {
                let app = state.app(no).filter(|_| can_be_mended(&state, no, trial, own))?;
                let lives =
                    |one: &CredentialNo| state.credential(*one).is_some_and(|found| !found.ended);
                app.credentials.iter().copied().find(lives).map(|credential| (no, credential))
            };
            all.into_iter().filter_map(living).collect()
        };
        for (no, credential) in apps {
            let found = self.parts.store.name(NameOf::App(no)).map_err(Trouble::new)?;
            if found.as_deref() == Some(name) {
                return Ok(Some(App { no, partner, credential }));
            }
        }
        Ok(None)
    }
}

/// Whether an app of the prober's is as the prober itself left it. Staff may mean it in a suspension of many, or suspend or
/// remove it by hand: that holds for it as for every app, and the prober goes on with another.
pub(crate) fn can_be_mended(
    state: &State,
    app: AppNo,
    trial: Option<Trial>,
    own: Option<Position>,
) -> bool {
    let Some(found) = state.app(app) else { return false };
    let status = match found.status {
        AppStatus::Active => true,
        AppStatus::Suspended => trial == Some(Trial::Of(Condition::Suspended)),
        AppStatus::Removed => false,
    };
    let partner = state.partner(found.partner).is_some_and(|one| is_good(one.status, trial));
    let by_others = state
        .suspensions()
        .any(|(at, one)| !one.lifted && Some(at) != own && found.is_named_by(at));
    status && partner && !by_others
}

/// Whether a partner is as the prober itself left it.
fn is_good(status: PartnerStatus, trial: Option<Trial>) -> bool {
    match status {
        PartnerStatus::Active => true,
        PartnerStatus::Suspended => trial == Some(Trial::WithPartner),
        PartnerStatus::Revoked | PartnerStatus::Surrendered => false,
    }
}
