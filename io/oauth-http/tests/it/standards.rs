//! What standards ask of the answers themselves.

use crate::world::World;
use axum::body::Body;
use http::{Request, header};
use http_body_util::BodyExt;
use serde_json::Value;

//= rfc8414#3.2
//= type=test
//# A successful response MUST use the 200 OK HTTP status code and return a JSON object using
//# the "application/json" content type that contains a set of claims as its members that are a
//# subset of the metadata values defined in Section 2.
//= rfc9728#3.2
//= type=test
//# A successful response MUST use the 200 OK HTTP status code and return a JSON object using
//# the application/json content type that contains a set of metadata parameters as its members
//# that are a subset of the metadata parameters defined in Section 2.
#[tokio::test(flavor = "multi_thread")]
async fn the_documents_are_json() {
    let world = World::new().await;
    for path in
        ["/.well-known/oauth-authorization-server", "/.well-known/oauth-protected-resource/v1"]
    {
        let response = world.send(Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let document: Value = serde_json::from_slice(&bytes).unwrap();
        assert!(document.is_object());
        let response = world.send(Request::post(path).body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), 405);
    }
}
