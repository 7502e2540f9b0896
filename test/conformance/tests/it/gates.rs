//! A further gate over a world's store and keys, with another way to the platform.

use conformance::World;
use gateway_http::{Parts, Refusals};
use oauth::resource::{Issuer, ResourceUri};
use outbound::Asking;
use std::sync::Arc;

/// Serves the same gate once more, and says where. Its links lead to the world's own gate.
pub async fn gate_over(world: &World, upstream: Asking) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let parts = Parts {
        store: world.store.clone(),
        keyring: Arc::clone(&world.keyring),
        upstream,
        issuer: Issuer::parse(&world.origin).unwrap(),
        resource: ResourceUri::parse(&format!("{}/v1", world.origin)).unwrap(),
        refusals: Arc::new(Refusals::default()),
        mismatches: Arc::default(),
    };
    let router = gateway_http::router(parts);
    tokio::spawn(edge::serve::serve_before(listener, router, None, std::future::pending()));
    origin
}
