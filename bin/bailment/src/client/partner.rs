//! A partner's app: an ordinary OAuth client with discovery, PKCE and client authentication (RFC 6749, 7636, 8414, 9207).

use super::browser::{Browser, form, text};
use crate::cli::Result;
use crate::wire::unguessable;
use anyhow::{Context, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::{Method, header};
use outbound::{Call, Called, Caller};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use url::Url;

/// An app at its partner's.
#[derive(Clone)]
pub(crate) struct Partner {
    caller: Caller,
    issuer: String,
    metadata: Value,
    pub(crate) client_id: String,
    client_secret: Option<String>,
    redirect_uri: String,
}

/// What the token endpoint gave.
#[derive(Clone)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: Option<String>,
}

/// What a person picks on the consent page.
pub(crate) struct Pick<'a> {
    pub(crate) login: &'a str,
    pub(crate) password: &'a str,
    /// Names of groups that the person uses the app in.
    pub(crate) groups: &'a [String],
    /// Names of groups that the person, their admin, enables the app in.
    pub(crate) install: &'a [String],
}

impl Partner {
    /// Reads the server's metadata, as any client does.
    ///
    /// # Errors
    /// There is none, or it is somebody else's.
    pub(crate) async fn discover(
        issuer: &str,
        client_id: &str,
        client_secret: Option<String>,
        redirect_uri: &str,
    ) -> Result<Self> {
        let caller = Caller::new()?;
        let url = format!("{issuer}/.well-known/oauth-authorization-server");
        let called = caller.call(Call::new(Method::GET, url)).await?;
        let metadata: Value = serde_json::from_slice(&called.body)?;
        let named = metadata.get("issuer").and_then(Value::as_str);
        ensure!(named == Some(issuer), "the metadata names another issuer");
        let (issuer, client_id, redirect_uri) =
            (issuer.to_owned(), client_id.to_owned(), redirect_uri.to_owned());
        Ok(Self { caller, issuer, metadata, client_id, client_secret, redirect_uri })
    }

    fn endpoint(&self, name: &str) -> Result<&str> {
        self.metadata
            .get(name)
            .and_then(Value::as_str)
            .with_context(|| format!("no `{name}` in the metadata"))
    }

    /// Sends a person through the consent page and redeems the code that comes back.
    ///
    /// # Errors
    /// Whatever goes wrong on the way, in the server's words.
    pub(crate) async fn authorize(&self, scope: &str, pick: &Pick<'_>) -> Result<Tokens> {
        let (verifier, state) = (unguessable()?, unguessable()?);
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
        let mut url = Url::parse(self.endpoint("authorization_endpoint")?)?;
        url.query_pairs_mut().extend_pairs([
            ("response_type", "code"),
            ("client_id", &self.client_id),
            ("redirect_uri", &self.redirect_uri),
            ("scope", scope),
            ("state", &state),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        let mut browser = Browser::new(&self.issuer)?;
        let (page, _) = browser.sign_in(url.as_str(), pick.login, pick.password).await?;
        let asked = form(&text(&page), "/oauth/authorize")
            .with_context(|| format!("the consent page was answered with {}", page.status))?;
        let chosen = |control: &&super::browser::Control| match (
            control.kind.as_str(),
            control.name.as_str(),
        ) {
            ("hidden" | "select", _) => true,
            (_, "class") => true,
            (_, "group") => pick.groups.contains(&control.label),
            (_, "install") => {
                pick.install.iter().any(|name| control.label.ends_with(&format!(" in {name}")))
            }
            _ => control.checked,
        };
        let mut pairs: Vec<(String, String)> = asked
            .controls
            .iter()
            .filter(chosen)
            .map(|c| (c.name.clone(), c.value.clone()))
            .collect();
        pairs.push(("decision".to_owned(), "allow".to_owned()));
        let (answer, next) = browser.submit(&asked.action, &pairs).await?;
        let Some(back) = next else {
            bail!("the consent page was answered with {}", answer.status);
        };
        self.redeem(&back, &state, &verifier).await
    }

    async fn redeem(&self, back: &Url, state: &str, verifier: &str) -> Result<Tokens> {
        ensure!(back.as_str().starts_with(&self.redirect_uri), "the code went elsewhere");
        let answer: BTreeMap<_, _> = back.query_pairs().into_owned().collect();
        if let Some(error) = answer.get("error") {
            bail!(
                "authorization was refused: {error} {}",
                answer.get("error_description").map_or("", |d| d)
            );
        }
        let of = |name: &str| answer.get(name).map(String::as_str);
        ensure!(of("state") == Some(state), "the answer belongs to another request");
        ensure!(of("iss") == Some(&self.issuer), "the answer is another server's");
        let code = of("code").context("no code came back")?;
        let pairs = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.redirect_uri),
            ("code_verifier", verifier),
        ];
        self.token(&pairs).await
    }

    /// A token of an installation: the app for itself, while the admin sleeps.
    ///
    /// # Errors
    /// The installation does not stand, for example.
    pub(crate) async fn installation_token(&self, installation: &str) -> Result<Tokens> {
        let details = serde_json::json!([
            { "type": "bailment_installation", "installation": installation }
        ]);
        let details = details.to_string();
        self.token(&[("grant_type", "client_credentials"), ("authorization_details", &details)])
            .await
    }

    /// New tokens for an old refresh token.
    ///
    /// # Errors
    /// The family ended.
    pub(crate) async fn refresh(&self, refresh: &str) -> Result<Tokens> {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", refresh)]).await
    }

    async fn token(&self, pairs: &[(&str, &str)]) -> Result<Tokens> {
        let own = self.client_secret.is_none().then_some(("client_id", self.client_id.as_str()));
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .extend_pairs(own)
            .finish();
        let call = Call::new(Method::POST, self.endpoint("token_endpoint")?)
            .body("application/x-www-form-urlencoded", body);
        let called = self.caller.call(self.proven(call)).await?;
        let answer: Value = serde_json::from_slice(&called.body)
            .with_context(|| format!("the token endpoint answered with {}", called.status))?;
        let of = |name: &str| answer.get(name).and_then(Value::as_str).map(str::to_owned);
        match of("access_token") {
            Some(access) => Ok(Tokens { access, refresh: of("refresh_token") }),
            None => bail!(
                "{}: {}",
                of("error").unwrap_or_else(|| called.status.to_string()),
                of("error_description").unwrap_or_default()
            ),
        }
    }

    fn proven(&self, call: Call) -> Call {
        match &self.client_secret {
            None => call,
            Some(secret) => {
                let pair = STANDARD.encode(format!("{}:{secret}", self.client_id));
                call.header(header::AUTHORIZATION, format!("Basic {pair}"))
            }
        }
    }

    /// The app's installations: number, group, status.
    ///
    /// # Errors
    /// The server refuses.
    pub(crate) async fn installations(&self) -> Result<Vec<(String, String, String)>> {
        let call = Call::new(Method::GET, format!("{}/oauth/installations", self.issuer));
        let called = self.caller.call(self.proven(call)).await?;
        let answer: Value = serde_json::from_slice(&called.body)?;
        let list =
            answer.get("installations").or_else(|| answer.get("items")).and_then(Value::as_array);
        let list = list.with_context(|| format!("installations were answered with {answer}"))?;
        let text = |one: &Value, name: &str| {
            one.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        Ok(list
            .iter()
            .map(|one| (text(one, "id"), text(one, "group"), text(one, "status")))
            .collect())
    }

    /// Reads from the API, or from a media link.
    ///
    /// # Errors
    /// No answer. A refusal is an answer.
    pub(crate) async fn read(&self, path_or_url: &str, token: &str) -> Result<Called> {
        let url = if path_or_url.starts_with('/') {
            format!("{}/v1{path_or_url}", self.issuer)
        } else {
            path_or_url.to_owned()
        };
        Ok(self.caller.call(Call::new(Method::GET, url).bearer(token)).await?)
    }

    /// Reads from the API under a dated version, if one is named.
    ///
    /// # Errors
    /// No answer. A refusal is an answer.
    pub(crate) async fn read_as(
        &self,
        path: &str,
        token: &str,
        version: Option<&str>,
    ) -> Result<Called> {
        let url = format!("{}/v1{path}", self.issuer);
        let mut call = Call::new(Method::GET, url).bearer(token);
        if let Some(version) = version {
            call = call.header(http::HeaderName::from_static("bailment-version"), version);
        }
        Ok(self.caller.call(call).await?)
    }

    /// Asks the API for partners about the app itself; the answer.
    ///
    /// # Errors
    /// The refusal in words.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value> {
        let mut call = Call::new(method, format!("{}/partner/v1{path}", self.issuer));
        if let Some(body) = body {
            call = call.body("application/json", serde_json::to_vec(body)?);
        }
        let called = self.caller.call(self.proven(call)).await?;
        let answer: Value = serde_json::from_slice(&called.body).unwrap_or_default();
        ensure!(called.status.is_success(), "{path} was answered with {}: {answer}", called.status);
        Ok(answer)
    }

    /// Writes to the API.
    ///
    /// # Errors
    /// No answer. A refusal is an answer.
    pub(crate) async fn write(&self, path: &str, token: &str, body: &Value) -> Result<Called> {
        let call = Call::new(Method::POST, format!("{}/v1{path}", self.issuer)).bearer(token);
        let key = http::HeaderName::from_static("idempotency-key");
        let call =
            call.body("application/json", serde_json::to_vec(body)?).header(key, unguessable()?);
        Ok(self.caller.call(call).await?)
    }
}
