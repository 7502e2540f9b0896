//! Apps: registering them, their redirect URIs, credentials and status.

use super::details::{AppDetails, Edit, category, edition, kept};
use super::partner::is_final;
use super::{Act, Refusal, ending_because, may, name, reinstating_because};
use crate::Said;
use crate::oauth::client::may_be_answered_unencrypted;
use consent::State;
use ledger::{AppChanged, AppMade, AppStatusChanged, CredentialEnded, CredentialMade, Event};
use model::{AppNo, AppStatus, ClassMask, CredentialNo, Env, PartnerNo, PartnerStatus, Timestamp};
use oauth::assertion::Jwk;
use oauth::redirect::RedirectUri;
use sequence::{Commit, Lookup, NameOf, VaultWrite};

/// Redirect URIs of one app.
const REDIRECTS_MAX: usize = 20;

/// An app to be registered.
#[derive(Debug, Clone)]
pub struct NewApp {
    /// Whose.
    pub partner: PartnerNo,
    /// What people see.
    pub name: String,
    /// A public client has no secret.
    pub public: bool,
    /// Redirect URIs, matched exactly.
    pub redirects: Vec<String>,
    /// What of it may be seen beyond its testers from the start; all classes: it needs no review.
    pub reviewed: ClassMask,
}

/// What an app says about itself; nothing: as before, or not known yet.
#[derive(Debug, Clone, Default)]
pub struct AppSays {
    /// Purpose, privacy policy, sub-processors.
    pub details: Option<AppDetails>,
    /// Category, a word of the platform's own.
    pub category: Option<String>,
}

/// An app as far as it matters where it may be answered.
struct Answered {
    public: bool,
    reviewed: ClassMask,
}

fn redirects(list: &[String], app: &Answered) -> Result<Vec<String>, Refusal> {
    let invalid = |problem: String| Refusal::Invalid { field: "redirect_uris", problem };
    if list.len() > REDIRECTS_MAX {
        return Err(invalid(format!("has more than {REDIRECTS_MAX} entries")));
    }
    for text in list {
        let shown: String = text.chars().take(80).collect();
        let Ok(uri) = RedirectUri::parse(text) else {
            return Err(invalid(format!(
                "has `{shown}`, which is no https or loopback URI without fragment"
            )));
        };
        // The authorization endpoint asks again: what is reviewed later ends what stands here.
        if uri.is_unencrypted() && !may_be_answered_unencrypted(app.public, app.reviewed) {
            return Err(invalid(format!(
                "has `{shown}`, which is not encrypted: for public clients, and for others before anything of them is reviewed"
            )));
        }
    }
    Ok(list.to_vec())
}

/// Registers an app of which no more is known yet.
///
/// # Errors
/// As [`register_app`].
pub fn make_app(
    state: &State,
    env: &Env,
    said: &Said,
    new: &NewApp,
) -> Result<Commit<AppNo>, Refusal> {
    register_app(state, env, said, new, &AppSays::default())
}

/// Registers an app. Confidential ones need a credential next.
///
/// # Errors
/// The actor may not, the partner is unknown or not active, or a value not what it must be.
pub fn register_app(
    state: &State,
    env: &Env,
    said: &Said,
    new: &NewApp,
    says: &AppSays,
) -> Result<Commit<AppNo>, Refusal> {
    may(state, said.by, Act::Register)?;
    let partner = state.partner(new.partner).ok_or(Refusal::Unknown("partner"))?;
    if partner.status != PartnerStatus::Active {
        return Err(Refusal::Conflict(format!("the partner is {}", partner.status)));
    }
    let text = name("name", &new.name)?;
    let answered = Answered { public: new.public, reviewed: new.reviewed };
    let redirects = redirects(&new.redirects, &answered)?;
    let category = says.category.as_deref().map(category).transpose()?;
    let app = state.next_app();
    let details = says.details.as_ref().map(AppDetails::text).transpose()?;
    let details = details.map(|text| kept(env, NameOf::App(app), text));
    let (why, notes) = said.split(env);
    let event = AppMade {
        app,
        partner: new.partner,
        public: new.public,
        redirects,
        why,
        details: details.as_ref().map(|(digest, _)| *digest),
        category,
        // Only where something is left to review does the log say so.
        reviewed: Some(new.reviewed).filter(|reviewed| *reviewed != ClassMask::ALL),
    };
    let mut commit = Commit::event(Event::AppMade(event), app);
    commit.writes.extend(notes);
    commit.writes.extend(details.map(|(_, write)| write));
    Ok(commit.with(VaultWrite::Name { of: NameOf::App(app), text }))
}

/// Changes what an app says about itself.
///
/// # Errors
/// The actor may not, the app is unknown, a value not what it must be, or it says something else by now than what was seen.
pub fn change_app(
    state: &State,
    lookup: &dyn Lookup,
    env: &Env,
    said: &Said,
    edit: &Edit<AppNo, AppSays>,
) -> Result<Commit<()>, Refusal> {
    may(state, said.by, Act::Register)?;
    let (app, says) = (edit.of, &edit.says);
    let found = state.app(app).ok_or(Refusal::Unknown("app"))?;
    let category = says.category.as_deref().map(category).transpose()?;
    let details = says.details.as_ref().map(AppDetails::text).transpose()?;
    edit.check(&edition(lookup.details(NameOf::App(app)), &found.category))?;
    let details = details.map(|text| kept(env, NameOf::App(app), text));
    if details.is_none() && category.as_ref().is_none_or(|word| *word == found.category) {
        return Ok(Commit::nothing(()));
    }
    let (why, notes) = said.split(env);
    let digest = details.as_ref().map(|(digest, _)| *digest);
    let redirects = found.redirects.clone();
    let event = AppChanged { app, redirects, why, details: digest, category };
    let mut commit = Commit::event(Event::AppChanged(event), ());
    commit.writes.extend(notes);
    commit.writes.extend(details.map(|(_, write)| write));
    Ok(commit)
}

/// Replaces an app's redirect URIs.
///
/// # Errors
/// The app is unknown, or a URI cannot be one, or not one of such an app's.
pub fn change_redirects(
    state: &State,
    env: &Env,
    said: &Said,
    app: AppNo,
    list: &[String],
) -> Result<Commit<()>, Refusal> {
    may(state, said.by, Act::Register)?;
    let found = state.app(app).ok_or(Refusal::Unknown("app"))?;
    let redirects =
        redirects(list, &Answered { public: found.public, reviewed: found.reviewed() })?;
    let (why, notes) = said.split(env);
    let event = AppChanged { app, redirects, why, details: None, category: None };
    let mut commit = Commit::event(Event::AppChanged(event), ());
    commit.writes.extend(notes);
    Ok(commit)
}

/// Changes an app's status. Removed is final, and so is what its partner's status ended.
///
/// # Errors
/// The app is unknown, its end final, or no reason is named.
pub fn set_app_status(
    state: &State,
    env: &Env,
    said: &Said,
    app: AppNo,
    status: AppStatus,
) -> Result<Commit<()>, Refusal> {
    may(state, said.by, Act::Respond)?;
    let found = state.app(app).ok_or(Refusal::Unknown("app"))?;
    if found.status == status {
        return Ok(Commit::nothing(()));
    }
    if found.status == AppStatus::Removed {
        return Err(Refusal::Conflict(
            "the app is removed, which is final: register it anew".to_owned(),
        ));
    }
    if status == AppStatus::Active {
        let partner = state.partner(found.partner).map(|partner| partner.status);
        if let Some(partner) = partner.filter(|status| is_final(*status)) {
            return Err(Refusal::Conflict(format!(
                "the app's partner is {partner}, which is final: nothing brings the app back"
            )));
        }
        reinstating_because(said)?;
    } else {
        ending_because(said)?;
    }
    let (why, notes) = said.split(env);
    let mut commit =
        Commit::event(Event::AppStatusChanged(AppStatusChanged { app, status, why }), ());
    commit.writes.extend(notes);
    Ok(commit)
}

/// Gives an app a credential. The secret is made by the caller and shown once; the log holds its digest.
///
/// # Errors
/// The app is unknown, removed, or a public client.
pub fn make_credential(
    state: &State,
    env: &Env,
    said: &Said,
    app: AppNo,
    digest: [u8; 32],
    expires_at: Timestamp,
) -> Result<Commit<CredentialNo>, Refusal> {
    may(state, said.by, Act::Register)?;
    if state.app(app).is_some_and(|found| found.public) {
        let problem = "a public client cannot keep a secret: its partner proves who it is by a key";
        return Err(Refusal::Conflict(problem.to_owned()));
    }
    credential(state, env, said, (app, digest), expires_at)
}

fn credential(
    state: &State,
    env: &Env,
    said: &Said,
    (app, digest): (AppNo, [u8; 32]),
    expires_at: Timestamp,
) -> Result<Commit<CredentialNo>, Refusal> {
    may(state, said.by, Act::Register)?;
    let found = state.app(app).ok_or(Refusal::Unknown("app"))?;
    if found.status == AppStatus::Removed {
        return Err(Refusal::Conflict("the app is removed".to_owned()));
    }
    if expires_at <= env.now {
        return Err(Refusal::Invalid {
            field: "expires_at",
            problem: "must be in the future".to_owned(),
        });
    }
    let credential = state.next_credential();
    let (why, notes) = said.split(env);
    let event = CredentialMade { credential, app, digest, expires_at, why, key: None };
    let mut commit = Commit::event(Event::CredentialMade(event), credential);
    commit.writes.extend(notes);
    Ok(commit)
}

/// Gives an app a key that its assertions are signed with (`private_key_jwt`). The old one goes on until it ends, so that
/// a client changes over without a gap. A public client's key is its partner's own, kept where the partner signs statements and
/// asks what staff say: no token is given for it.
///
/// # Errors
/// The app is unknown or removed, or the key cannot be one or is the app's already.
pub fn make_key(
    state: &State,
    env: &Env,
    said: &Said,
    app: AppNo,
    key: &[u8],
    expires_at: Timestamp,
) -> Result<Commit<CredentialNo>, Refusal> {
    let invalid = |problem: String| Refusal::Invalid { field: "jwk", problem };
    let key = Jwk::parse(key).map_err(|error| invalid(error.to_string()))?;
    let digest = key.thumbprint();
    let numbers = state.app(app).map(|app| app.credentials.as_slice()).unwrap_or_default();
    let mut own = numbers.iter().filter_map(|no| state.credential(*no));
    if own.any(|one| one.key.is_some() && one.digest == digest) {
        return Err(Refusal::Conflict("the app has, or had, this very key".to_owned()));
    }
    let mut commit = credential(state, env, said, (app, digest), expires_at)?;
    for event in &mut commit.events {
        if let Event::CredentialMade(event) = event {
            event.key = Some(key.canonical());
        }
    }
    Ok(commit)
}

/// Ends a credential; tokens that it asked for are dead with it.
///
/// # Errors
/// There is no such credential.
pub fn end_credential(
    state: &State,
    env: &Env,
    said: &Said,
    credential: CredentialNo,
) -> Result<Commit<()>, Refusal> {
    may(state, said.by, Act::Respond)?;
    let found = state.credential(credential).ok_or(Refusal::Unknown("credential"))?;
    if found.ended {
        return Ok(Commit::nothing(()));
    }
    let (why, notes) = said.split(env);
    let event = CredentialEnded { credential, app: found.app, why };
    let mut commit = Commit::event(Event::CredentialEnded(event), ());
    commit.writes.extend(notes);
    Ok(commit)
}
