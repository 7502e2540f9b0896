//! Token revocation (RFC 7009).

use crate::answer::Answer;
use crate::client_auth::ClientAuth;
use crate::sealed::StringKind;
use crate::token::{TokenError, form, presented};
use model::Secret;
use serde::Serialize;

/// A revocation request. That the client is who it says and the token its own, `flows` sees to.
#[derive(Clone)]
pub struct RevokeRequest {
    /// Who asks; a public client too may end what is its own.
    pub client: ClientAuth,
    /// The token as presented.
    pub token: Secret<String>,
}

impl RevokeRequest {
    /// Reads a request from the form body and the `Authorization` header.
    ///
    /// # Errors
    /// [`TokenError`]; [`TokenError::TokenType`] for strings of ours that are no tokens.
    pub fn parse(body: &str, authorization: Option<&str>) -> Result<Self, TokenError> {
        let form = form(body)?;
        let client = ClientAuth::parse(&form, authorization)?;
        //= rfc7009#2.1
        //# token REQUIRED. The token that the client wants to get revoked.
        let token = presented(&form, "token")?.ok_or(TokenError::Missing("token"))?;
        // `token_type_hint` is not read: our tokens say of what kind they are, and RFC 7009 §2.2 wants a wrong
        // hint ignored.
        //= rfc7009#2.1
        //# If the server is unable to locate the token using the given hint, it MUST extend its
        //# search across all of its supported token types.
        //= rfc7009#2.2
        //# An invalid token type hint value is ignored by the authorization server and does not
        //# influence the revocation response.
        match StringKind::of(token.expose()) {
            None | Some(StringKind::Access | StringKind::Refresh) => Ok(Self { client, token }),
            Some(
                StringKind::Code
                | StringKind::MediaLink
                | StringKind::Cursor
                | StringKind::ClientSecret,
            ) => Err(TokenError::TokenType),
        }
    }
}

/// The answer to every revocation by a known client, whatever the token was.
#[must_use]
pub fn done() -> Answer {
    #[derive(Serialize)]
    struct Empty {}
    //= rfc7009#2.2
    //# The authorization server responds with HTTP status code 200 if the
    //# token has been revoked successfully or if the client submitted an
    //# invalid token.
    Answer::json(200, &Empty {})
}

#[cfg(test)]
mod tests {
    use super::*;

    //= rfc7009#2.1
    //= type=test
    //# token REQUIRED. The token that the client wants to get revoked.
    //= rfc7009#2.1
    //= type=test
    //# If the server is unable to locate the token using the given hint, it MUST extend its
    //# search across all of its supported token types.
    //= rfc7009#2.2
    //= type=test
    //# An invalid token type hint value is ignored by the authorization server and does not
    //# influence the revocation response.
    #[test]
    fn tokens_can_be_revoked_and_other_strings_not() {
        let error = |token: &str| {
            RevokeRequest::parse(&format!("client_id=app_7&token={token}&token_type_hint=x"), None)
                .err()
        };
        for good in ["bla_x", "blr_x", "whatever"] {
            assert_eq!(error(good), None);
        }
        for wrong in ["blc_x", "blm_x", "blk_x", "bls_x"] {
            assert_eq!(error(wrong), Some(TokenError::TokenType));
        }
        assert_eq!(error(""), Some(TokenError::Missing("token")));
        assert_eq!(TokenError::TokenType.code(), "unsupported_token_type");
    }

    //= rfc7009#2.2
    //= type=test
    //# The authorization server responds with HTTP status code 200 if the
    //# token has been revoked successfully or if the client submitted an
    //# invalid token.
    #[test]
    fn the_answer_is_an_empty_object() {
        let answer = done();
        assert_eq!((answer.status, answer.body.as_str()), (200, "{}"));
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
}
