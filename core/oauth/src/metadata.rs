//! What clients read to find their way: authorization server metadata (RFC 8414) and protected resource metadata
//! (RFC 9728).

use crate::details::DETAIL_TYPES;
use crate::resource::{Issuer, ResourceUri};
use serde::Serialize;

/// Algorithms of assertions (RFC 7518); the key says which.
const SIGNING: [&str; 3] = ["ES256", "EdDSA", "RS256"];

/// Where the endpoints stand below the issuer.
pub mod paths {
    /// The authorization endpoint.
    pub const AUTHORIZE: &str = "/oauth/authorize";
    /// The token endpoint.
    pub const TOKEN: &str = "/oauth/token";
    /// The introspection endpoint.
    pub const INTROSPECT: &str = "/oauth/introspect";
    /// The revocation endpoint.
    pub const REVOKE: &str = "/oauth/revoke";
}

/// Authorization server metadata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
//= rfc8414#3.2
//# Claims with zero elements MUST be omitted from the response.
pub struct ServerMetadata {
    //= rfc9207#2.3
    //# Authorization servers supporting this specification MUST provide their issuer identifier
    //# to enable clients to validate the iss parameter effectively.
    //= rfc9207#2.3
    //# The issuer identifier included in the server's metadata value issuer MUST be identical
    //# to the iss parameter's value.
    issuer: String,
    //= rfc6749#3.1
    //# The endpoint URI MUST NOT include a fragment component.
    //= rfc8414#2
    //# authorization_endpoint URL of the authorization server's authorization endpoint
    //# [RFC6749]. This is REQUIRED unless no grant types are supported that use the
    //# authorization endpoint.
    authorization_endpoint: String,
    //= rfc6749#3.2
    //# The endpoint URI MUST NOT include a fragment component.
    //= rfc8414#2
    //# token_endpoint URL of the authorization server's token endpoint [RFC6749]. This is
    //# REQUIRED unless only the implicit grant type is supported.
    token_endpoint: String,
    introspection_endpoint: String,
    //= rfc7009#2
    //# This URL MUST conform to the rules given in [RFC6749], Section 3.1.
    //= rfc7009#2
    //# URLs for token revocation endpoints MUST be HTTPS URLs.
    revocation_endpoint: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scopes_supported: Vec<String>,
    //= rfc8414#2
    //# response_types_supported REQUIRED. JSON array containing a list of the OAuth 2.0
    //# "response_type" values that this authorization server supports.
    response_types_supported: &'static [&'static str],
    response_modes_supported: &'static [&'static str],
    grant_types_supported: &'static [&'static str],
    token_endpoint_auth_methods_supported: &'static [&'static str],
    //= rfc8414#2
    //# This metadata entry MUST be present if either of these authentication methods are
    //# specified in the "token_endpoint_auth_methods_supported" entry.
    token_endpoint_auth_signing_alg_values_supported: [&'static str; 3],
    introspection_endpoint_auth_methods_supported: &'static [&'static str],
    //= rfc8414#2
    //# This metadata entry MUST be present if either of these authentication methods are
    //# specified in the "introspection_endpoint_auth_methods_supported" entry.
    introspection_endpoint_auth_signing_alg_values_supported: [&'static str; 3],
    revocation_endpoint_auth_methods_supported: &'static [&'static str],
    //= rfc8414#2
    //# This metadata entry MUST be present if either of these authentication methods are
    //# specified in the "revocation_endpoint_auth_methods_supported" entry.
    revocation_endpoint_auth_signing_alg_values_supported: [&'static str; 3],
    //= rfc9700#2.1.1
    //# Authorization servers MUST provide a way to detect their support for PKCE.
    code_challenge_methods_supported: &'static [&'static str],
    //= rfc9207#2.3
    //# The server MUST indicate its support for the iss parameter by setting the metadata
    //# parameter authorization_response_iss_parameter_supported, defined in Section 3, to true.
    authorization_response_iss_parameter_supported: bool,
    authorization_details_types_supported: [&'static str; 2],
    request_parameter_supported: bool,
    request_uri_parameter_supported: bool,
    protected_resources: Vec<String>,
}

impl ServerMetadata {
    /// The metadata of the server with this issuer, for these class names and this API.
    #[must_use]
    pub fn new<'a>(
        issuer: &Issuer,
        resource: &ResourceUri,
        scopes: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        Self {
            //= rfc8414#3.3
            //# The "issuer" value returned MUST be identical to the authorization
            //# server's issuer identifier value into which the well-known URI string
            //# was inserted to create the URL used to retrieve the metadata.
            issuer: issuer.to_string(),
            authorization_endpoint: issuer.url(paths::AUTHORIZE),
            token_endpoint: issuer.url(paths::TOKEN),
            introspection_endpoint: issuer.url(paths::INTROSPECT),
            revocation_endpoint: issuer.url(paths::REVOKE),
            scopes_supported: scopes.into_iter().map(str::to_owned).collect(),
            response_types_supported: &["code"],
            response_modes_supported: &["query"],
            grant_types_supported: &["authorization_code", "refresh_token", "client_credentials"],
            token_endpoint_auth_signing_alg_values_supported: SIGNING,
            introspection_endpoint_auth_signing_alg_values_supported: SIGNING,
            revocation_endpoint_auth_signing_alg_values_supported: SIGNING,
            token_endpoint_auth_methods_supported: &[
                "client_secret_basic",
                "client_secret_post",
                "private_key_jwt",
                "none",
            ],
            introspection_endpoint_auth_methods_supported: &[
                "client_secret_basic",
                "client_secret_post",
                "private_key_jwt",
            ],
            revocation_endpoint_auth_methods_supported: &[
                "client_secret_basic",
                "client_secret_post",
                "private_key_jwt",
                "none",
            ],
            code_challenge_methods_supported: &["S256"],
            //= rfc9207#3
            //# Boolean parameter indicating whether the authorization server
            //# provides the iss parameter in the authorization response
            authorization_response_iss_parameter_supported: true,
            authorization_details_types_supported: DETAIL_TYPES,
            // Absent, the second would mean `true` (OpenID Connect Discovery §3).
            request_parameter_supported: false,
            request_uri_parameter_supported: false,
            protected_resources: vec![resource.to_string()],
        }
    }
}

/// Protected resource metadata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
//= rfc9728#3.2
//# Parameters with zero values MUST be omitted from the response.
pub struct ResourceMetadata {
    //= rfc9728#2
    //# REQUIRED. The protected resource's resource identifier, as defined in Section 1.2.
    //= rfc9728#3.3
    //# The resource value returned MUST be identical to the protected resource's resource
    //# identifier value into which the well-known URI path suffix was inserted to create the
    //# URL used to retrieve the metadata.
    resource: String,
    authorization_servers: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scopes_supported: Vec<String>,
    bearer_methods_supported: &'static [&'static str],
    authorization_details_types_supported: [&'static str; 2],
}

impl ResourceMetadata {
    /// The metadata of the API at this resource, whose tokens this issuer gives for these class names.
    #[must_use]
    pub fn new<'a>(
        resource: &ResourceUri,
        issuer: &Issuer,
        scopes: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        Self {
            resource: resource.to_string(),
            authorization_servers: vec![issuer.to_string()],
            scopes_supported: scopes.into_iter().map(str::to_owned).collect(),
            bearer_methods_supported: &["header"],
            authorization_details_types_supported: DETAIL_TYPES,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    //= rfc8414#3.3
    //= type=test
    //# The "issuer" value returned MUST be identical to the authorization
    //# server's issuer identifier value into which the well-known URI string
    //# was inserted to create the URL used to retrieve the metadata.
    //= rfc9207#3
    //= type=test
    //# Boolean parameter indicating whether the authorization server
    //# provides the iss parameter in the authorization response
    //= rfc6749#3.1
    //= type=test
    //# The endpoint URI MUST NOT include a fragment component.
    //= rfc6749#3.2
    //= type=test
    //# The endpoint URI MUST NOT include a fragment component.
    //= rfc7009#2
    //= type=test
    //# This URL MUST conform to the rules given in [RFC6749], Section 3.1.
    //= rfc7009#2
    //= type=test
    //# URLs for token revocation endpoints MUST be HTTPS URLs.
    //= rfc8414#2
    //= type=test
    //# authorization_endpoint URL of the authorization server's authorization endpoint
    //# [RFC6749]. This is REQUIRED unless no grant types are supported that use the
    //# authorization endpoint.
    //= rfc8414#2
    //= type=test
    //# token_endpoint URL of the authorization server's token endpoint [RFC6749]. This is
    //# REQUIRED unless only the implicit grant type is supported.
    //= rfc8414#2
    //= type=test
    //# response_types_supported REQUIRED. JSON array containing a list of the OAuth 2.0
    //# "response_type" values that this authorization server supports.
    //= rfc8414#2
    //= type=test
    //# This metadata entry MUST be present if either of these authentication methods are
    //# specified in the "token_endpoint_auth_methods_supported" entry.
    //= rfc8414#2
    //= type=test
    //# This metadata entry MUST be present if either of these authentication methods are
    //# specified in the "revocation_endpoint_auth_methods_supported" entry.
    //= rfc8414#2
    //= type=test
    //# This metadata entry MUST be present if either of these authentication methods are
    //# specified in the "introspection_endpoint_auth_methods_supported" entry.
    //= rfc9207#2.3
    //= type=test
    //# Authorization servers supporting this specification MUST provide their issuer identifier
    //# to enable clients to validate the iss parameter effectively.
    //= rfc9207#2.3
    //= type=test
    //# The server MUST indicate its support for the iss parameter by setting the metadata
    //# parameter authorization_response_iss_parameter_supported, defined in Section 3, to true.
    //= rfc9700#2.1.1
    //= type=test
    //# Authorization servers MUST provide a way to detect their support for PKCE.
    //= rfc9728#2
    //= type=test
    //# REQUIRED. The protected resource's resource identifier, as defined in Section 1.2.
    #[test]
    fn the_documents() {
        let issuer = Issuer::parse("https://id.example/a").unwrap();
        let resource = ResourceUri::parse("https://api.example/v1").unwrap();
        let server = ServerMetadata::new(&issuer, &resource, ["group.name", "post.content"]);
        expect![[r#"
            {
              "issuer": "https://id.example/a",
              "authorization_endpoint": "https://id.example/a/oauth/authorize",
              "token_endpoint": "https://id.example/a/oauth/token",
              "introspection_endpoint": "https://id.example/a/oauth/introspect",
              "revocation_endpoint": "https://id.example/a/oauth/revoke",
              "scopes_supported": [
                "group.name",
                "post.content"
              ],
              "response_types_supported": [
                "code"
              ],
              "response_modes_supported": [
                "query"
              ],
              "grant_types_supported": [
                "authorization_code",
                "refresh_token",
                "client_credentials"
              ],
              "token_endpoint_auth_methods_supported": [
                "client_secret_basic",
                "client_secret_post",
                "private_key_jwt",
                "none"
              ],
              "token_endpoint_auth_signing_alg_values_supported": [
                "ES256",
                "EdDSA",
                "RS256"
              ],
              "introspection_endpoint_auth_methods_supported": [
                "client_secret_basic",
                "client_secret_post",
                "private_key_jwt"
              ],
              "introspection_endpoint_auth_signing_alg_values_supported": [
                "ES256",
                "EdDSA",
                "RS256"
              ],
              "revocation_endpoint_auth_methods_supported": [
                "client_secret_basic",
                "client_secret_post",
                "private_key_jwt",
                "none"
              ],
              "revocation_endpoint_auth_signing_alg_values_supported": [
                "ES256",
                "EdDSA",
                "RS256"
              ],
              "code_challenge_methods_supported": [
                "S256"
              ],
              "authorization_response_iss_parameter_supported": true,
              "authorization_details_types_supported": [
                "bailment_access",
                "bailment_installation"
              ],
              "request_parameter_supported": false,
              "request_uri_parameter_supported": false,
              "protected_resources": [
                "https://api.example/v1"
              ]
            }"#]]
        .assert_eq(&serde_json::to_string_pretty(&server).unwrap());
        let api = ResourceMetadata::new(&resource, &issuer, ["group.name", "post.content"]);
        expect![[r#"
            {
              "resource": "https://api.example/v1",
              "authorization_servers": [
                "https://id.example/a"
              ],
              "scopes_supported": [
                "group.name",
                "post.content"
              ],
              "bearer_methods_supported": [
                "header"
              ],
              "authorization_details_types_supported": [
                "bailment_access",
                "bailment_installation"
              ]
            }"#]]
        .assert_eq(&serde_json::to_string_pretty(&api).unwrap());
    }

    //= rfc8414#3.2
    //= type=test
    //# Claims with zero elements MUST be omitted from the response.
    //= rfc9728#3.2
    //= type=test
    //# Parameters with zero values MUST be omitted from the response.
    #[test]
    fn a_list_of_nothing_is_left_out() {
        let issuer = Issuer::parse("https://id.example").unwrap();
        let resource = ResourceUri::parse("https://api.example/v1").unwrap();
        let server = serde_json::to_value(ServerMetadata::new(&issuer, &resource, [])).unwrap();
        let api = serde_json::to_value(ResourceMetadata::new(&resource, &issuer, [])).unwrap();
        for document in [server, api] {
            assert_eq!(document.get("scopes_supported"), None);
            let mut members = document.as_object().unwrap().values();
            assert!(members.all(|one| one.as_array().is_none_or(|list| !list.is_empty())));
        }
    }
}
