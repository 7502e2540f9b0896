//! The token endpoint: what it gives an app of the prober's for its secret, and must not give.

use crate::Trouble;
use crate::doors::Key;
use crate::kept::{Issued, Kept};
use crate::prober::{App, Prober};
use flows::probe;
use http::{Method, StatusCode};
use model::{Chain, CredentialNo, Millis, Timestamp};
use oauth::client_auth::{SecretDigest, secret_text};
use oauth::pkce::Verifier;
use oauth::sealed::{Code, CodeBinding};
use outbound::Call;
use serde_json::Value;
use std::fmt::Write;

/// How long a code lasts that is redeemed at once.
const CODE_LIFETIME: Millis = Millis::minutes(1);

/// A secret that was just made: its text, and its digest for the log.
pub(crate) struct NewSecret {
    pub(crate) text: String,
    pub(crate) digest: [u8; 32],
}

impl Prober {
    /// A secret that nobody can guess.
    pub(crate) fn new_secret(&self) -> NewSecret {
        let random = self.parts.store.env().random("probe secret");
        NewSecret {
            text: secret_text(&random).expose().clone(),
            digest: *SecretDigest::of(&random).as_bytes(),
        }
    }

    /// Gives an app one more secret, until an instant.
    pub(crate) async fn add_secret(
        &self,
        app: App,
        until: Timestamp,
    ) -> Result<(CredentialNo, String), Trouble> {
        let NewSecret { text, digest } = self.new_secret();
        let credential = self
            .commit(move |state, _, _| probe::add_secret(state, app.own(), digest, until))
            .await?;
        Ok((credential, text))
    }

    /// Asks the token endpoint; `None` where it refuses.
    async fn asked_for(&self, query: &str, form: &str) -> Result<Option<Issued>, Trouble> {
        let url = format!("{}/oauth/token{query}", self.parts.origin);
        let call =
            Call::new(Method::POST, url).body("application/x-www-form-urlencoded", form.to_owned());
        let called = self.caller.call(call).await.map_err(Trouble::new)?;
        let body: Value = serde_json::from_slice(&called.body).unwrap_or_default();
        let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        match called.status {
            status if status.is_success() => {
                Ok(Some(Issued { access: text("access_token"), refresh: text("refresh_token") }))
            }
            // Whoever sends many wrong secrets is told to wait; a right one is never turned away.
            StatusCode::BAD_REQUEST
            | StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::TOO_MANY_REQUESTS => Ok(None),
            other => Err(Trouble::new(format!("the token endpoint answered {}", other.as_u16()))),
        }
    }

    /// Asks for tokens of a chain as its app does: an installation's for the secret, a grant's for its refresh token.
    pub(crate) async fn renewed(
        &self,
        key: &Key,
        secret: &str,
        refresh: Option<&str>,
    ) -> Result<Option<Issued>, Trouble> {
        let client = format!("client_id={}&client_secret={secret}", key.app.no);
        match (key.chain, refresh) {
            (Chain::Installation(no), _) => {
                let form = format!("grant_type=client_credentials&{client}");
                self.asked_for(&format!("?installation={no}"), &form).await
            }
            (Chain::Grant(_), Some(refresh)) => {
                let form = format!("grant_type=refresh_token&refresh_token={refresh}&{client}");
                self.asked_for("", &form).await
            }
            (Chain::Grant(_), None) => Err(Trouble::new("there is no refresh token to try")),
        }
    }

    /// The first tokens of a chain that is whole. A person is not sent through the consent page: the code that the page would
    /// send is sealed here, and redeemed like any other.
    pub(crate) async fn first_tokens(&self, key: &Key, kept: &Kept) -> Result<Issued, Trouble> {
        let secret = self.secret(key.app, kept)?;
        let found = match key.chain {
            Chain::Installation(_) => self.renewed(key, secret, None).await?,
            Chain::Grant(grant) => {
                let verifier = self.verifier()?;
                let (text, challenge) = verifier;
                let code = Code {
                    grant,
                    app: key.app.no,
                    issue: self.parts.store.state().issue_number(),
                    expires_at: self.parts.store.now().plus(CODE_LIFETIME),
                    binding: CodeBinding::new(challenge, None, &[]),
                };
                let code = self.parts.keyring.tokens().seal(&code);
                let form = format!(
                    "grant_type=authorization_code&code={}&code_verifier={text}&client_id={}&client_secret={secret}",
                    code.expose(),
                    key.app.no
                );
                self.asked_for("", &form).await?
            }
        };
        found
            .ok_or_else(|| Trouble::new("the token endpoint gave nothing to a chain that is whole"))
    }

    /// An app's secret.
    pub(crate) fn secret<'k>(&self, app: App, kept: &'k Kept) -> Result<&'k str, Trouble> {
        let found = kept.secrets.get(&app.no).map(String::as_str);
        found.ok_or_else(|| Trouble::new("the app's secret is not known any more"))
    }

    fn verifier(&self) -> Result<(String, oauth::pkce::Challenge), Trouble> {
        let mut text = String::with_capacity(64);
        for byte in self.parts.store.env().random("probe code verifier") {
            write!(text, "{byte:02x}").map_err(Trouble::new)?;
        }
        let challenge = Verifier::parse(&text).map_err(Trouble::new)?.challenge();
        Ok((text, challenge))
    }
}
