//! Token introspection (RFC 7662): only for clients with a secret, about their own tokens.

use crate::answer::Answer;
use crate::client_auth::ClientAuth;
use crate::details::AuthorizationDetail;
use crate::resource::Issuer;
use crate::scope::Scope;
use crate::token::{TokenError, form, presented};
use model::{AppNo, Secret, Timestamp};
use serde::Serialize;

/// An introspection request. That the secret is right and the token the client's own, `flows` sees to.
#[derive(Clone)]
pub struct IntrospectRequest {
    /// Who asks, with a secret.
    pub client: ClientAuth,
    /// The token as presented.
    pub token: Secret<String>,
}

impl IntrospectRequest {
    /// Reads a request from the form body and the `Authorization` header. `token_type_hint` is not needed: our
    /// tokens say of what kind they are.
    ///
    /// # Errors
    /// [`TokenError`]; its `answer` is what the client gets.
    pub fn parse(body: &str, authorization: Option<&str>) -> Result<Self, TokenError> {
        let form = form(body)?;
        let client = ClientAuth::parse(&form, authorization)?;
        //= rfc7662#2.1
        //# To prevent token scanning attacks, the endpoint MUST also require
        //# some form of authorization to access this endpoint
        //= rfc7662#4
        //# To prevent this, the authorization server MUST require authentication of protected
        //# resources that need to access the introspection endpoint
        if let ClientAuth::Public { .. } = client {
            return Err(TokenError::Client);
        }
        //= rfc7662#2.1
        //# token REQUIRED. The string value of the token.
        let token = presented(&form, "token")?.ok_or(TokenError::Missing("token"))?;
        Ok(Self { client, token })
    }
}

/// What is told about a token.
pub enum Introspection {
    /// Nothing: dead, unknown, malformed or another client's.
    Inactive,
    /// It lives.
    Active(ActiveToken),
}

/// A living token: its own terms, and no person. The member `sub` is left out, which RFC 7662 allows: under which id an app
/// knows a person, only an answer of the gate tells.
pub struct ActiveToken {
    /// Whether it is sent as a bearer token or redeemed.
    pub kind: ActiveKind,
    /// The app that it was issued to.
    pub app: AppNo,
    /// The classes that it can ask for.
    pub scope: Scope,
    /// What it can ask for, in detail.
    pub details: Vec<AuthorizationDetail>,
    /// The instant from which on it is dead.
    pub expires_at: Option<Timestamp>,
}

/// The kind of a living token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActiveKind {
    /// An access token.
    Access,
    /// A refresh token.
    Refresh,
}

impl Introspection {
    /// The answer.
    #[must_use]
    pub fn answer(&self, issuer: &Issuer) -> Answer {
        #[derive(Serialize)]
        struct Inactive {
            active: bool,
        }
        #[derive(Serialize)]
        struct Active<'a> {
            active: bool,
            #[serde(skip_serializing_if = "String::is_empty")]
            scope: String,
            client_id: String,
            #[serde(skip_serializing_if = "Option::is_none")]
            token_type: Option<&'static str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            exp: Option<u64>,
            iss: &'a str,
            #[serde(skip_serializing_if = "<[_]>::is_empty")]
            authorization_details: &'a [AuthorizationDetail],
        }
        match self {
            //= rfc7662#2.2
            //# If the introspection call is properly authorized but the token is not
            //# active, does not exist on this server, or the protected resource is
            //# not allowed to introspect this particular token, then the
            //# authorization server MUST return an introspection response with the
            //# "active" field set to "false".
            //= rfc7662#2.2
            //# Note that to avoid disclosing too much of the authorization server's state to a
            //# third party, the authorization server SHOULD NOT include any additional
            //# information about an inactive token, including why the token is inactive.
            //= rfc7662#4
            //# To avoid disclosing the internal state of the authorization server, an
            //# introspection response for an inactive token SHOULD NOT contain any additional
            //# claims beyond the required "active" claim (with its value set to "false").
            Self::Inactive => Answer::json(200, &Inactive { active: false }),
            Self::Active(token) => Answer::json(
                200,
                &Active {
                    //= rfc7662#2.2
                    //# active REQUIRED. Boolean indicator of whether or not the presented token
                    //# is currently active.
                    active: true,
                    scope: token.scope.to_string(),
                    client_id: token.app.to_string(),
                    token_type: match token.kind {
                        ActiveKind::Access => Some("Bearer"),
                        ActiveKind::Refresh => None,
                    },
                    exp: token.expires_at.map(Timestamp::seconds),
                    iss: issuer.as_str(),
                    authorization_details: &token.details,
                },
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    //= rfc7662#2.1
    //= type=test
    //# To prevent token scanning attacks, the endpoint MUST also require
    //# some form of authorization to access this endpoint
    //= rfc7662#2.1
    //= type=test
    //# token REQUIRED. The string value of the token.
    //= rfc7662#2.1
    //= type=test
    //# If the server is unable to locate the token using the given hint, it MUST extend its
    //# search across all of its supported token types.
    //= rfc7662#4
    //= type=test
    //# To prevent this, the authorization server MUST require authentication of protected
    //# resources that need to access the introspection endpoint
    #[test]
    fn only_a_client_with_a_secret_may_ask() {
        let error = |body| IntrospectRequest::parse(body, None).err();
        assert_eq!(error("token=x&client_id=app_7"), Some(TokenError::Client));
        assert_eq!(error("token=x"), Some(TokenError::ClientMissing));
        assert_eq!(error("client_id=app_7&client_secret=s"), Some(TokenError::Missing("token")));
        assert_eq!(error("token=x&client_id=app_7&client_secret=s&token_type_hint=saml"), None);
    }

    //= rfc7662#2.2
    //= type=test
    //# authorization server MUST return an introspection response with the
    //# "active" field set to "false".
    //= rfc7662#2.2
    //= type=test
    //# active REQUIRED. Boolean indicator of whether or not the presented token is currently
    //# active.
    //= rfc7662#2.2
    //= type=test
    //# Note that to avoid disclosing too much of the authorization server's state to a third
    //# party, the authorization server SHOULD NOT include any additional information about an
    //# inactive token, including why the token is inactive.
    #[test]
    fn a_dead_token_is_inactive_and_a_living_one_described() {
        let issuer = Issuer::parse("https://id.example").unwrap();
        expect![[r#"{"active":false}"#]].assert_eq(&Introspection::Inactive.answer(&issuer).body);
        let active = Introspection::Active(ActiveToken {
            kind: ActiveKind::Access,
            app: AppNo(7),
            scope: "post.content".parse().unwrap(),
            details: Vec::new(),
            expires_at: Some(Timestamp(1_700_000_000_999)),
        });
        expect![[r#"{"active":true,"scope":"post.content","client_id":"app_7","token_type":"Bearer","exp":1700000000,"iss":"https://id.example"}"#]]
            .assert_eq(&active.answer(&issuer).body);
    }
}
