//! Bad input over real sockets: the standard's error, never a 500, never a hang, and nothing in the log but counts.

mod lies;
mod pipe;
mod requests;

use conformance::{Options, World};
use gateway_http::{Mismatches, Refusals};
use model::Secret;
use oauth::resource::{Issuer, ResourceUri};
use outbound::Asking;
use std::net::SocketAddr;
use std::sync::Arc;

pub const FACTS_SECRET: &str = "the platform's own secret";

/// All the JSON surfaces of a world at one address, with counts of their own.
pub struct Surfaces {
    pub address: SocketAddr,
    pub refusals: Arc<Refusals>,
    pub mismatches: Arc<Mismatches>,
}

impl Surfaces {
    pub async fn of(world: &World, upstream: Asking) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let origin = format!("http://{address}");
        let issuer = Issuer::parse(&origin).unwrap();
        let resource = ResourceUri::parse(&format!("{origin}/v1")).unwrap();
        let refusals = Arc::new(Refusals::default());
        let mismatches = Arc::new(Mismatches::default());
        let gate = gateway_http::router(gateway_http::Parts {
            store: world.store.clone(),
            keyring: Arc::clone(&world.keyring),
            upstream: Arc::clone(&upstream),
            issuer: issuer.clone(),
            resource: resource.clone(),
            refusals: Arc::clone(&refusals),
            mismatches: Arc::clone(&mismatches),
        });
        let server = oauth_http::AuthorizationServer {
            issuer: issuer.clone(),
            resource,
            keyring: Arc::clone(&world.keyring),
        };
        let governance = governance_http::router(governance_http::Parts {
            store: world.store.clone(),
            facts: Arc::new(governance_http::facts::Intake::new(world.store.clone())),
            keyring: Arc::clone(&world.keyring),
            issuer,
            upstream,
            transport: edge::session::Transport::LoopbackHttp,
            facts_secret: Secret::new(FACTS_SECRET.to_owned()),
            prober: None,
            operator_token: None,
        });
        let router = gate.merge(oauth_http::router(world.store.clone(), server)).merge(governance);
        tokio::spawn(edge::serve::serve(listener, router, std::future::pending()));
        Self { address, refusals, mismatches }
    }
}

fn seed() -> u64 {
    let given = std::env::var("BAILMENT_SEED").ok().and_then(|text| text.parse().ok());
    let seed = given.unwrap_or_else(|| u64::from(std::process::id()));
    println!("BAILMENT_SEED={seed}");
    seed
}

async fn world(seed: u64) -> World {
    World::start(Options { seed, people: 60, ..Options::default() }).await
}
