//! A disk that is full for real, and endings as they are asked for over HTTP: what they write before their entry finds
//! room too.

use super::full::{Ballast, in_own_mounts, mount, options, until};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use conformance::{App, FACTS_SECRET, Options, PASSWORD, Surfaces, World};
use model::{Millis, SourceNo};
use oauth::assertion::{ASSERTION_TYPE, Jwk};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A world on a small file system, and the directory that fills up.
struct Tight {
    world: World,
    gate: PathBuf,
    ballast: Option<Ballast>,
    _directory: TempDir,
}

impl Tight {
    async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let gate = directory.path().join("gate");
        mount(&gate);
        let options = Options { surfaces: Surfaces::Whole, ..options() };
        let world = World::at(directory.path(), options).await;
        Self { world, gate, ballast: None, _directory: directory }
    }

    /// Nothing is left but the reserve.
    fn fill(&mut self) {
        assert!(self.reserve().exists(), "it is there to be given up");
        self.ballast = Some(Ballast::fill(&self.gate));
    }

    /// The reserve was needed; then there is room again.
    async fn lift(&mut self, what: &str) {
        assert!(!self.reserve().exists(), "{what}: there was room without the reserve");
        self.ballast.take().unwrap().lift();
        until("the reserve is taken again", || self.world.store.ready().is_ok()).await;
    }

    fn reserve(&self) -> PathBuf {
        Path::join(&self.gate, "reserve")
    }
}

/// Somebody of the staff, signed in.
struct SignedIn {
    cookie: String,
    csrf: String,
}

impl SignedIn {
    async fn of(world: &World, login: &'static str) -> Self {
        world.staff(login, login).await;
        let url = format!("{}/staff/v1/session", world.origin);
        let body = json!({"login": login, "password": PASSWORD});
        let response = world.client.post(url).json(&body).send().await.unwrap();
        assert_eq!(response.status(), 200);
        let cookie = response.headers()["set-cookie"].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let body: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
        Self { cookie, csrf: body["csrf"].as_str().unwrap().to_owned() }
    }

    async fn post(&self, world: &World, path: &str, body: &Value) -> (u16, Value) {
        let request = world.client.post(format!("{}/staff/v1{path}", world.origin));
        let request = request.header("cookie", &self.cookie).header("x-csrf-token", &self.csrf);
        let response = request.json(body).send().await.unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mass_suspension_is_proposed_and_confirmed_on_a_full_disk() {
    if !super::alone::is_inside() {
        return in_own_mounts(
            "endings::http::a_mass_suspension_is_proposed_and_confirmed_on_a_full_disk",
        );
    }
    let mut tight = Tight::start().await;
    let (one, other) = (tight.world.app("Grouply").await, tight.world.app("Other").await);
    let first = SignedIn::of(&tight.world, "first").await;
    let second = SignedIn::of(&tight.world, "second").await;
    let because = json!({"reason": "data-taken-improperly", "severity": "high", "note": "case 7"});
    let wish = |app: App| json!({"select": [format!("apps:{}", app.no)], "because": because});

    // Proposed while there was room, confirmed when there is none.
    let (status, made) = first.post(&tight.world, "/suspensions", &wish(one)).await;
    assert_eq!(status, 201, "{made}");
    tight.fill();
    let confirm = |made: &Value| format!("/suspensions/proposals/{}/confirm", made["proposal"]);
    let result = json!({"result": made["result"]});
    let (status, told) = second.post(&tight.world, &confirm(&made), &result).await;
    assert_eq!(status, 201, "{told}");
    assert!(is_suspended(&tight.world, one));
    tight.lift("a confirmation").await;

    // And proposed when there is none.
    tight.fill();
    let (status, made) = first.post(&tight.world, "/suspensions", &wish(other)).await;
    assert_eq!(status, 201, "{made}");
    assert!(!tight.reserve().exists(), "there was room without the reserve");
    let result = json!({"result": made["result"]});
    let (status, told) = second.post(&tight.world, &confirm(&made), &result).await;
    assert_eq!(status, 201, "{told}");
    assert!(is_suspended(&tight.world, other));
}

fn is_suspended(world: &World, app: App) -> bool {
    let state = world.store.state();
    state.app(app.no).is_some_and(|app| state.is_suspended(app))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_signs_revokes_its_token_on_a_full_disk() {
    if !super::alone::is_inside() {
        return in_own_mounts(
            "endings::http::a_client_that_signs_revokes_its_token_on_a_full_disk",
        );
    }
    let mut tight = Tight::start().await;
    let (app, group) = (tight.world.app("Grouply").await, tight.world.group(0));
    let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    let jwk = Jwk::Ed25519(pair.public_key().as_ref().try_into().unwrap()).canonical();
    let until = tight.world.store.now().plus(Millis::days(30));
    tight
        .world
        .commit(move |s, _, env| {
            flows::staff::make_key(s, env, &super::said(), app.no, &jwk, until)
        })
        .await;
    let installation = tight.world.install(app, group).await;
    let token = tight.world.installation_token(app, installation);
    let id = tight.world.group_name(app, group);
    let path = format!("/v1/groups/{id}/posts?limit=1");
    assert_eq!(tight.world.get(&path, &token).await.status, 200);

    tight.fill();
    // An exchange is no ending: its proof is not used up in the room that is kept for them.
    until_refused(&tight.world).await;
    let asked = |jti| assertion(&tight.world, app, &pair, jti);
    let form = [("grant_type", "client_credentials"), ("installation", "ins_1")];
    assert_eq!(post(&tight.world, "/oauth/token", &form, &asked("a")).await, 503);
    assert!(tight.reserve().exists(), "only endings get it");
    let form = [("token", token.as_str())];
    assert_eq!(post(&tight.world, "/oauth/revoke", &form, &asked("b")).await, 200);
    assert_eq!(tight.world.get(&path, &token).await.status, 401);
    assert_eq!(post(&tight.world, "/oauth/revoke", &form, &asked("b")).await, 401, "used up");
    tight.lift("a revocation").await;
}

/// Until the store has seen that the disk is full.
async fn until_refused(world: &World) {
    until("the store sees that it is full", || world.store.ready().is_err()).await;
}

async fn post(world: &World, path: &str, form: &[(&str, &str)], assertion: &str) -> u16 {
    let mut form = form.to_vec();
    form.extend([("client_assertion_type", ASSERTION_TYPE), ("client_assertion", assertion)]);
    // None of these values needs escaping but the URN's colons, which may stand as they are.
    let body: Vec<String> = form.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let request = world.client.post(format!("{}{path}", world.origin));
    let request =
        request.header("content-type", "application/x-www-form-urlencoded").body(body.join("&"));
    request.send().await.unwrap().status().as_u16()
}

fn assertion(world: &World, app: App, pair: &Ed25519KeyPair, jti: &str) -> String {
    let (exp, client) = (world.store.now().0 / 1_000 + 60, app.no.to_string());
    let claims = json!({"iss": client, "sub": client, "aud": world.origin, "exp": exp, "jti": jti});
    let part = |text: String| URL_SAFE_NO_PAD.encode(text);
    let signed =
        format!("{}.{}", part(json!({"alg": "EdDSA"}).to_string()), part(claims.to_string()));
    let signature = URL_SAFE_NO_PAD.encode(pair.sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

#[tokio::test(flavor = "multi_thread")]
async fn facts_that_end_something_are_taken_in_with_somebody_new_on_a_full_disk() {
    if !super::alone::is_inside() {
        return in_own_mounts(
            "endings::http::facts_that_end_something_are_taken_in_with_somebody_new_on_a_full_disk",
        );
    }
    let mut tight = Tight::start().await;
    let world = &tight.world;
    let group = world.group(0);
    let (admin, context) = (world.admin(group), world.context(group));
    let members = world.store.members(context).unwrap();
    let mut others = members.into_iter().filter(|one| *one != admin);
    let (leaver, gone) = (others.next().unwrap(), others.next().unwrap());
    let (leaver_id, gone_id) =
        (world.person_id(leaver).to_string(), world.person_id(gone).to_string());

    tight.fill();
    until_refused(&tight.world).await;
    // Beginnings alone wait for room.
    let (status, told) = tell(&tight.world, &[json!({"kind": "person", "person": "900001"})]).await;
    assert_eq!(status, 503, "{told}");
    assert!(tight.reserve().exists(), "only endings get it");
    let mut facts = Vec::new();
    // More new people than fit into a page that the vault has already.
    facts.extend((0..500).map(|n| json!({"kind": "person", "person": format!("9{n:05}")})));
    facts.push(json!({"kind": "member-gone", "person": leaver_id, "group": group.to_string()}));
    facts.push(json!({"kind": "person-gone", "person": gone_id}));
    let (status, told) = tell(&tight.world, &facts).await;
    assert_eq!(status, 200, "{told}");
    assert!(!tight.world.store.is_member(leaver, context).unwrap());
    assert!(!tight.world.store.state().is_person(gone));
    assert_eq!(tight.world.store.person_number(&gone_id).unwrap(), None, "erased");
    assert!(tight.world.store.person_number("900001").unwrap().is_some());
    tight.lift("a batch of facts").await;
}

/// As the platform tells them, numbered after the last.
async fn tell(world: &World, facts: &[Value]) -> (u16, Value) {
    let after = world.store.state().source_up_to(SourceNo(1));
    let numbered = facts.iter().zip(after + 1..).map(|(fact, sequence)| {
        let mut fact = fact.clone();
        fact["sequence"] = sequence.into();
        fact["at"] = 1.into();
        fact
    });
    let body = json!({
        "source": "platform", "mode": "changes", "after": after, "facts": numbered.collect::<Vec<_>>(),
    });
    let request = world.client.post(format!("{}/facts/v1/batches", world.origin));
    let response = request.bearer_auth(FACTS_SECRET).json(&body).send().await.unwrap();
    let status = response.status().as_u16();
    (status, serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default())
}
