//! Apps, their redirect URIs and credentials.

use super::details::AppDetails;
use super::review::Reviewed;
use super::said::{Because, Ending, NewStatus, status};
use crate::api::{Api, unreadable};
use crate::input::{Asked, id, instant};
use crate::reply::{self, Answer};
use crate::view::{self, Page};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use consent::State;
use edge::Problem;
use flows::staff::{AppSays, Edit, NewApp, edition};
use model::{AppNo, AppStatus, CredentialNo, Env, Millis, PartnerNo, Timestamp};
use oauth::client_auth::{SecretDigest, secret_text};
use sequence::{Lookup, NameOf};
use serde::{Deserialize, Serialize};
use store::Urgency;
use utoipa::ToSchema;

/// A credential lives a year unless said.
const CREDENTIAL_LIFETIME: Millis = Millis::days(365);

/// An app.
#[derive(Serialize, ToSchema)]
pub(super) struct AppView {
    app: String,
    name: Option<String>,
    partner: String,
    /// Its own status alone: `active`, `suspended` or `removed`. What counts is `standing`.
    status: &'static str,
    /// The status that holds: the partner's and suspensions of many included.
    standing: &'static str,
    /// A word of the platform's own.
    #[serde(skip_serializing_if = "String::is_empty")]
    category: String,
    /// What it says about itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<AppDetails>,
    /// Tells what it says about itself from what it said before and will say later: a change can name it.
    edition: String,
    /// A public client has no secret.
    public: bool,
    redirect_uris: Vec<String>,
    credentials: Vec<CredentialView>,
    agreements: Vec<String>,
    certifications: Vec<String>,
}

/// A credential, without its secret.
#[derive(Serialize, ToSchema)]
struct CredentialView {
    credential: String,
    /// `client_secret` or `private_key_jwt`.
    method: &'static str,
    expires_at: Option<String>,
    ended: bool,
}

/// An app to be registered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AppWish {
    partner: String,
    /// What people see.
    name: String,
    /// A public client has no secret.
    #[serde(default)]
    public: bool,
    /// Matched exactly.
    redirect_uris: Vec<String>,
    /// What of it may be seen beyond its testers from the start: `all`, `none`, or names of classes. `none`, unless said.
    #[serde(default)]
    reviewed: Reviewed,
    /// A word of the platform's own: small letters, digits, hyphens.
    category: Option<String>,
    /// What it says about itself.
    details: Option<AppDetails>,
    #[serde(default)]
    because: Because,
}

/// What an app says about itself from now on; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AppSaid {
    category: Option<String>,
    details: Option<AppDetails>,
    /// The `edition` that was read: refused if it says something else by now. Absent: this replaces whatever stands there.
    edition: Option<String>,
    #[serde(default)]
    because: Because,
}

/// Redirect URIs from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Redirects {
    redirect_uris: Vec<String>,
    #[serde(default)]
    because: Because,
}

/// A credential to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewCredential {
    /// A year from now, unless said.
    expires_at: Option<String>,
    /// Public key (RFC 7517) of a client that signs assertions (`private_key_jwt`); a secret is made without one.
    #[schema(value_type = Option<Object>)]
    jwk: Option<serde_json::Value>,
    #[serde(default)]
    because: Because,
}

/// A credential that was just made.
#[derive(Serialize, ToSchema)]
pub(super) struct MadeCredential {
    credential: String,
    /// The OAuth client id.
    client_id: String,
    /// Shown this once; none where a key was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
    /// Thumbprint (RFC 7638) of the key that was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    thumbprint: Option<String>,
    expires_at: Option<String>,
}

fn view(api: &Api, no: AppNo) -> Result<AppView, Problem> {
    let name = api.store().name(NameOf::App(no)).map_err(unreadable)?;
    let digest = api.store().details_digest(NameOf::App(no)).map_err(unreadable)?;
    let details = digest.map(|digest| api.store().details_of(&digest)).transpose();
    let details = details.map_err(unreadable)?.flatten();
    let details = details.and_then(|text| AppDetails::of(&text));
    let state = api.store().state();
    let found = state
        .app(no)
        .ok_or_else(|| Problem::new(404, "not-found", "there is no app of this number"))?;
    let credentials = found.credentials.iter().filter_map(|no| {
        state.credential(*no).map(|one| CredentialView {
            credential: no.to_string(),
            method: if one.key.is_some() { "private_key_jwt" } else { "client_secret" },
            expires_at: view::instant(one.expires_at),
            ended: one.ended,
        })
    });
    Ok(AppView {
        app: no.to_string(),
        name,
        partner: found.partner.to_string(),
        status: found.status.word(),
        standing: state.status_of(found).word(),
        category: found.category.clone(),
        details,
        edition: edition(digest, &found.category),
        public: found.public,
        redirect_uris: found.redirects.clone(),
        credentials: credentials.collect(),
        agreements: found.agreements.iter().map(ToString::to_string).collect(),
        certifications: found.certifications.iter().map(ToString::to_string).collect(),
    })
}

pub(super) async fn list(api: Api, asked: Asked) -> Answer {
    let (limit, after) = (asked.limit()?, asked.query::<AppNo>("after")?);
    let of = asked.query::<PartnerNo>("partner")?;
    let numbers: Vec<AppNo> = {
        let state = api.store().state();
        let wanted = state.apps().filter(|(no, app)| {
            after.is_none_or(|at| *no > at) && of.is_none_or(|of| app.partner == of)
        });
        wanted.map(|(no, _)| no).take(limit + 1).collect()
    };
    let next = numbers.get(limit).and(numbers.get(limit.saturating_sub(1)));
    let items =
        numbers.iter().take(limit).map(|no| view(&api, *no)).collect::<Result<Vec<_>, _>>()?;
    reply::ok(&Page { items, next: next.map(ToString::to_string) })
}

pub(super) async fn show(api: Api, asked: Asked) -> Answer {
    reply::ok(&view(&api, asked.number("app")?)?)
}

pub(super) async fn make(api: Api, asked: Asked) -> Answer {
    let wish: AppWish = asked.json()?;
    let said = wish.because.said(asked.staff()?)?;
    let says = AppSays { category: wish.category, details: wish.details.map(AppDetails::read) };
    let new = NewApp {
        partner: id("partner", &wish.partner)?,
        name: wish.name,
        public: wish.public,
        redirects: wish.redirect_uris,
        reviewed: wish.reviewed.mask(&api)?,
    };
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::staff::register_app(state, env, &said, &new, &says)
    };
    let done = api.commit(&asked, Urgency::Ordinary, flow).await?;
    reply::made(done.position, &view(&api, done.reply)?)
}

pub(super) async fn set_redirects(api: Api, asked: Asked) -> Answer {
    let no: AppNo = asked.number("app")?;
    let wish: Redirects = asked.json()?;
    let said = wish.because.said(asked.staff()?)?;
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::staff::change_redirects(state, env, &said, no, &wish.redirect_uris)
    };
    let done = api.commit(&asked, Urgency::Ordinary, flow).await?;
    reply::done(done.position)
}

pub(super) async fn set_details(api: Api, asked: Asked) -> Answer {
    let no: AppNo = asked.number("app")?;
    let AppSaid { category, details, edition: seen, because } = asked.json()?;
    let said = because.said(asked.staff()?)?;
    let says = AppSays { category, details: details.map(AppDetails::read) };
    let edit = Edit { of: no, says, seen };
    let flow = move |state: &State, lookup: &dyn Lookup, env: &Env| {
        flows::staff::change_app(state, lookup, env, &said, &edit)
    };
    let done = api.commit(&asked, Urgency::Ordinary, flow).await?;
    reply::done(done.position)
}

pub(super) async fn set_status(api: Api, asked: Asked) -> Answer {
    let no: AppNo = asked.number("app")?;
    let wish: NewStatus = asked.json()?;
    let said = wish.because.said(asked.staff()?)?;
    let to = status(&wish.status, AppStatus::from_word)?;
    let urgency = if to == AppStatus::Active { Urgency::Ordinary } else { Urgency::Ending };
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::staff::set_app_status(state, env, &said, no, to)
    };
    let done = api.commit(&asked, urgency, flow).await?;
    reply::done(done.position)
}

pub(super) async fn make_credential(api: Api, asked: Asked) -> Answer {
    let no: AppNo = asked.number("app")?;
    let wish: NewCredential = asked.json()?;
    let said = wish.because.said(asked.staff()?)?;
    let until = wish.expires_at.map(|text| instant("expires_at", &text)).transpose()?;
    let until = until.unwrap_or_else(|| api.store().now().plus(CREDENTIAL_LIFETIME));
    if let Some(jwk) = wish.jwk {
        return make_key(api, asked, (no, jwk, until), said).await;
    }
    // Made here and not in the flow: only its digest may come near the log.
    let random = api.store().env().random("client secret");
    let digest = *SecretDigest::of(&random).as_bytes();
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::staff::make_credential(state, env, &said, no, digest, until)
    };
    let done = api.commit(&asked, Urgency::Ordinary, flow).await?;
    let made = MadeCredential {
        credential: done.reply.to_string(),
        client_id: no.to_string(),
        client_secret: Some(secret_text(&random).expose().clone()),
        thumbprint: None,
        expires_at: view::instant(until),
    };
    reply::made(done.position, &made)
}

async fn make_key(
    api: Api,
    asked: Asked,
    (no, jwk, until): (AppNo, serde_json::Value, Timestamp),
    said: flows::Said,
) -> Answer {
    let key = jwk.to_string();
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::staff::make_key(state, env, &said, no, key.as_bytes(), until)
    };
    let done = api.commit(&asked, Urgency::Ordinary, flow).await?;
    let digest = api.store().state().credential(done.reply).map(|one| one.digest);
    let made = MadeCredential {
        credential: done.reply.to_string(),
        client_id: no.to_string(),
        client_secret: None,
        thumbprint: digest.map(|digest| URL_SAFE_NO_PAD.encode(digest)),
        expires_at: view::instant(until),
    };
    reply::made(done.position, &made)
}

pub(super) async fn end_credential(api: Api, asked: Asked) -> Answer {
    let no: CredentialNo = asked.number("credential")?;
    let said = asked.json::<Ending>()?.because.said(asked.staff()?)?;
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::staff::end_credential(state, env, &said, no)
    };
    let done = api.commit(&asked, Urgency::Ending, flow).await?;
    reply::done(done.position)
}
