//! "Not through friends" (M7), over HTTP: a platform whose records say who is a friend of the acting person, classes that need
//! just that, and people who may end it: both of them by ending the friendship, and each by a setting, which beats everything.

use crate::gates::gate_over;
use conformance::{
    App, FACTS_SECRET, InProcess, OPERATOR_TOKEN, Options, PASSWORD, Surfaces, World,
};
use model::{PersonNo, SourceNo};
use outbound::{Answering, Asked, Content, Upstream};
use parking_lot::Mutex;
use platform::PersonId;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Arc;

/// Friends outside groups, for the feature that somebody uses.
const PEOPLE: &str = "/v1/me/people";
/// The same for what goes beyond it.
const AUDIENCE: &str = "/v1/me/audience";
const CITY: &str = "Kirkwall";

/// The built-in catalog with two lists of people whom the acting person knows. Of those the record calls friends, names,
/// cities and pictures may leave.
fn catalog() -> String {
    let mut document: Value = serde_json::from_str(platform::CATALOG_JSON).unwrap();
    for (class, title) in [
        ("friend.name", "Names of friends"),
        ("friend.city", "Where they live"),
        ("friend.picture", "Pictures of friends"),
    ] {
        document["x-data-classes"][class] = json!({"title": title, "text": "Of your friends.", "sensitivity": 1, "needs": ["friend"]});
    }
    document["x-purposes"]["advertising"] = json!({"title": "Advertising", "beyond": true});
    for (path, name, purpose) in
        [("/me/people", "listPeople", "sign-in"), ("/me/audience", "listAudience", "advertising")]
    {
        let mut operation = document["paths"]["/me/groups"]["get"].clone();
        operation["operationId"] = name.into();
        operation["x-purpose"] = purpose.into();
        operation["x-upstream"] = "/people/{actor}/acquaintances".into();
        operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"] =
            "#/components/schemas/AcquaintanceList".into();
        document["paths"][path]["get"] = operation;
    }
    let mut list = document["components"]["schemas"]["MyGroupList"].clone();
    list["properties"]["items"]["items"]["$ref"] = "#/components/schemas/Acquaintance".into();
    document["components"]["schemas"]["AcquaintanceList"] = list;
    document["components"]["schemas"]["Acquaintance"] = json!({
        "type": "object", "x-about": "id", "x-data-class": "friend.name",
        "x-record": {"kind": "person", "id": "id", "friend": "is_friend"},
        "properties": {
            "id": {"type": "string", "x-data-class": "friend.name", "x-identifier": "person"},
            "name": {"type": "string", "x-data-class": "friend.name"},
            "city": {"type": "string", "x-data-class": "friend.city"},
            "picture": {"type": "string", "x-data-class": "friend.picture", "x-media": true},
            "is_friend": {"type": "boolean"},
        },
    });
    document.to_string()
}

type Happening = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The platform, which knows whom somebody knows and who of them is a friend.
struct Acquainted {
    inner: Arc<InProcess>,
    known: Vec<PersonId>,
    friends: Mutex<BTreeSet<[PersonId; 2]>>,
    /// Somebody who is tagged in every picture.
    tagged: Mutex<Option<PersonId>>,
    /// Happens between the making of the next list and its arrival.
    meanwhile: Mutex<Option<Happening>>,
}

fn pair(one: PersonId, other: PersonId) -> [PersonId; 2] {
    [one.min(other), one.max(other)]
}

impl Acquainted {
    async fn list(&self, whose: PersonId) -> Value {
        let mut items = Vec::new();
        for who in self.known.iter().filter(|who| **who != whose) {
            let told = self.inner.ask(Asked::get(format!("/people/{who}"))).await.unwrap();
            let profile: Value = serde_json::from_slice(&told.body).unwrap();
            let is_friend = self.friends.lock().contains(&pair(whose, *who));
            items.push(json!({
                "id": profile["id"], "name": profile["name"], "picture": profile["picture"],
                "city": CITY, "is_friend": is_friend,
            }));
        }
        json!({ "items": items })
    }
}

impl Acquainted {
    /// What the platform says of a picture: with it, whether everyone that it is of is a friend.
    async fn media(&self, asked: Asked) -> Content {
        let actor: Option<PersonId> = asked.actor.as_ref().map(|id| id.parse().unwrap());
        let mut content = self.inner.ask(asked).await.unwrap();
        let mut facts: Value = serde_json::from_slice(&content.body).unwrap();
        if let Some(who) = *self.tagged.lock() {
            facts["tags"] = json!([{"person": {"id": who.to_string()}}]);
        }
        let tags = facts["tags"].as_array().into_iter().flatten();
        let of = tags.map(|tag| &tag["person"]).chain([&facts["owner"]]);
        let of: Option<Vec<PersonId>> =
            of.map(|person| person["id"].as_str().map(|id| id.parse().unwrap())).collect();
        let friends = self.friends.lock();
        let are_friends = actor.zip(of).is_some_and(|(one, of)| {
            of.into_iter().all(|other| friends.contains(&pair(one, other)))
        });
        facts["friend"] = are_friends.into();
        content.body = facts.to_string().into();
        content
    }
}

impl Upstream for Acquainted {
    fn ask(&self, asked: Asked) -> Answering<'_> {
        Box::pin(async move {
            if asked.path.starts_with("/media/") && !asked.path.ends_with("/content") {
                return Ok(self.media(asked).await);
            }
            let path = asked.path.split('?').next().unwrap_or_default();
            let whose = path.strip_prefix("/people/");
            let Some(whose) = whose.and_then(|path| path.strip_suffix("/acquaintances")) else {
                return self.inner.ask(asked).await;
            };
            let list = self.list(whose.parse().unwrap()).await;
            let happening = self.meanwhile.lock().take();
            if let Some(happening) = happening {
                happening.await;
            }
            Ok(Content {
                status: http::StatusCode::OK,
                content_type: "application/json".to_owned(),
                body: list.to_string().into(),
            })
        })
    }
}

/// Ann, whose friend Bob is or is not, and Cy, whom both know.
struct Scene {
    world: Arc<World>,
    platform: Arc<Acquainted>,
    origin: String,
    app: App,
    ann: PersonNo,
    bob: PersonNo,
    /// Ann's.
    token: String,
    /// Bob's session at Bailment: cookie and token for changes.
    session: (String, String),
}

/// What an app got.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    status: u16,
    body: Value,
    withheld: Option<String>,
}

impl Seen {
    /// Names and cities, by name.
    fn of(&self) -> Vec<(&str, &str)> {
        let items = self.body["items"].as_array().map(Vec::as_slice).unwrap_or_default();
        assert!(items.iter().all(|item| item["id"].is_string() && item["name"].is_string()));
        items
            .iter()
            .map(|item| (item["name"].as_str().unwrap(), item["city"].as_str().unwrap_or_default()))
            .collect()
    }
}

impl Scene {
    async fn start() -> Self {
        let options = Options { surfaces: Surfaces::Whole, ..Options::default() };
        let world = Arc::new(World::start(options).await);
        world.adopt(catalog()).await;
        let group = world.group(0);
        let (context, admin) = (world.context(group), world.admin(group));
        let mut members = world.store.members(context).unwrap();
        members.retain(|one| *one != admin);
        let [ann, bob, cy] = members[..3] else { panic!("the group has members") };
        let known = [ann, bob, cy].map(|person| world.person_id(person)).to_vec();
        let platform = Arc::new(Acquainted {
            inner: Arc::clone(&world.upstream),
            known,
            friends: Mutex::default(),
            tagged: Mutex::default(),
            meanwhile: Mutex::default(),
        });
        let origin = gate_over(&world, Arc::clone(&platform) as _).await;
        let app = world.app("Grouply").await;
        let (_, token) = world.grant(app, ann, &[context]).await;
        world.account(bob, "bob", PASSWORD).await;
        let session = sign_in(&world, "bob").await;
        Self { world, platform, origin, app, ann, bob, token, session }
    }

    fn ids(&self) -> [PersonId; 2] {
        [self.world.person_id(self.ann), self.world.person_id(self.bob)]
    }

    /// As the platform does it: its records say so from now on, and it tells.
    async fn befriend(&self) {
        let [ann, bob] = self.ids();
        self.platform.friends.lock().insert(pair(ann, bob));
        tell(&self.world, "friend", [ann, bob]).await;
    }

    fn unfriending(&self) -> impl Future<Output = ()> + Send + 'static {
        let (world, platform, [ann, bob]) =
            (Arc::clone(&self.world), Arc::clone(&self.platform), self.ids());
        async move {
            platform.friends.lock().remove(&pair(ann, bob));
            tell(&world, "friend-gone", [ann, bob]).await;
        }
    }

    /// An app asks; what it gets, and where that stands in the log.
    async fn asks(&self, path: &str, token: &str) -> (Seen, u64) {
        let request = self.world.client.get(format!("{}{path}", self.origin)).bearer_auth(token);
        let answer = request.send().await.unwrap();
        let header =
            |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let (status, withheld) = (answer.status().as_u16(), header("bailment-withheld"));
        let position = header("bailment-position").map(|text| text.parse().unwrap());
        let text = answer.text().await.unwrap();
        for word in ["setting", "friend-", "not-friend", "is_friend"] {
            let told = withheld.iter().any(|header| header.contains(word));
            assert!(!told && !text.contains(word), "a partner hears `person`: {withheld:?} {text}");
        }
        let body = serde_json::from_str(&text).unwrap();
        (Seen { status, body, withheld }, position.unwrap_or_default())
    }

    /// What Ann's app sees of Bob: whether his name, whether his city. Of Cy, who is no friend of hers, it never sees anything.
    async fn sees(&self, path: &str) -> (bool, bool, Option<String>) {
        let (seen, _) = self.asks(path, &self.token).await;
        assert_eq!(seen.status, 200, "{seen:?}");
        let bob = name(&self.world, self.bob).await;
        let of = seen.of();
        assert!(of.iter().all(|(name, _)| *name == bob), "{seen:?}");
        (!of.is_empty(), of.iter().any(|(_, city)| *city == CITY), seen.withheld.clone())
    }

    /// Why staff find that Ann's app sees or does not see a class of Bob, in its next answer; and that this is what the log
    /// says when it is decided again.
    async fn why(&self, path: &str, class: &str) -> String {
        let (_, position) = self.asks(path, &self.token).await;
        let url = format!("{}/staff/v1/explain?position={position}", self.world.origin);
        let answer = self.world.client.get(url).bearer_auth(OPERATOR_TOKEN).send().await.unwrap();
        let told: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        assert_eq!(told["recomputed"], json!(true), "{told}");
        let all = told["explanations"].as_array().unwrap();
        let of: Vec<&Value> = all.iter().filter(|one| one["class"] == json!(class)).collect();
        let [bob, cy] = of[..] else { panic!("two people are decided on: {told}") };
        assert_eq!(cy["reason"], json!("not-friend"), "{told}");
        let reason = bob["reason"].as_str().unwrap_or("released").to_owned();
        assert_eq!(bob["outcome"] == json!("released"), reason == "released", "{told}");
        reason
    }

    /// Bob changes a setting over the API of people.
    async fn bob_sets(&self, setting: &str, body: &Value) {
        let url = format!("{}/me/v1/settings/{setting}", self.world.origin);
        let (cookie, csrf) = &self.session;
        let request = self.world.client.request(Method::PUT, url).header("cookie", cookie);
        let answer = request.header("x-csrf-token", csrf).json(body).send().await.unwrap();
        let status = answer.status();
        assert!(status.is_success(), "{setting}: {status} {}", answer.text().await.unwrap());
    }
}

async fn sign_in(world: &World, login: &str) -> (String, String) {
    let url = format!("{}/me/v1/session", world.origin);
    let body = json!({"login": login, "password": PASSWORD});
    let answer = world.client.post(url).json(&body).send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.status());
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let body: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    (cookie, body["csrf"].as_str().unwrap().to_owned())
}

/// Tells a fact over the API of the platform, numbered after the last.
async fn tell(world: &World, kind: &str, [person, other]: [PersonId; 2]) {
    let after = world.store.state().source_up_to(SourceNo(1));
    let fact = json!({"sequence": after + 1, "at": 1, "kind": kind,
        "person": person.to_string(), "other": other.to_string()});
    let body = json!({"source": "platform", "mode": "changes", "after": after, "facts": [fact]});
    let url = format!("{}/facts/v1/batches", world.origin);
    let request = world.client.post(url).bearer_auth(FACTS_SECRET).json(&body);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200, "{}", answer.text().await.unwrap());
}

async fn name(world: &World, person: PersonNo) -> String {
    let path = format!("/people/{}", world.person_id(person));
    let told = world.upstream.ask(Asked::get(path)).await.unwrap();
    let profile: Value = serde_json::from_slice(&told.body).unwrap();
    profile["name"].as_str().unwrap().to_owned()
}

const BOTH: (bool, bool, Option<String>) = (true, true, None);
/// A record that is dropped whole leaves no trace.
const NEITHER: (bool, bool, Option<String>) = (false, false, None);

fn name_alone() -> (bool, bool, Option<String>) {
    (true, false, Some("friend.city;reason=person".to_owned()))
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_a_friend_is_seen_through_the_friendship_until_its_end_is_told() {
    let scene = Scene::start().await;
    assert_eq!(scene.sees(PEOPLE).await, NEITHER);
    assert_eq!(scene.why(PEOPLE, "friend.name").await, "not-friend");
    scene.befriend().await;
    assert_eq!(scene.sees(PEOPLE).await, BOTH);
    assert_eq!(scene.why(PEOPLE, "friend.name").await, "released");
    // It is the acting person's friendship: through the token of whoever has none, nobody is seen.
    let cy = scene.platform.known[2];
    let (_, token) = scene.world.grant(scene.app, scene.world.person(cy), &[]).await;
    let (seen, _) = scene.asks(PEOPLE, &token).await;
    assert_eq!((seen.status, seen.of().len()), (200, 0), "{seen:?}");
    scene.unfriending().await;
    assert_eq!(scene.sees(PEOPLE).await, NEITHER);
    assert_eq!(scene.why(PEOPLE, "friend.name").await, "not-friend");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_friends_picture_is_fetched_through_the_friendship_alone() {
    let scene = Scene::start().await;
    scene.befriend().await;
    let (seen, _) = scene.asks(PEOPLE, &scene.token).await;
    let link = seen.body["items"][0]["picture"].as_str().unwrap().to_owned();
    let link = link.replacen(&scene.world.origin, &scene.origin, 1);
    let fetched = async || scene.world.get_link(&link).await.status;
    assert_eq!(fetched().await, 200);
    let some = |blocked: bool| json!({"blocked": blocked, "classes": ["friend.picture"]});
    scene.bob_sets("friends", &some(true)).await;
    assert_eq!(fetched().await, 404);
    let (seen, _) = scene.asks(PEOPLE, &scene.token).await;
    assert_eq!(seen.withheld.as_deref(), Some("friend.picture;reason=person"));
    scene.bob_sets("friends", &some(false)).await;
    assert_eq!(fetched().await, 200);
    // It is of everyone in it: a stranger who is tagged beside a friend is nobody's way to be seen.
    let cy = scene.platform.known[2];
    *scene.platform.tagged.lock() = Some(cy);
    assert_eq!(fetched().await, 404);
    scene.platform.friends.lock().insert(pair(scene.ids()[0], cy));
    assert_eq!(fetched().await, 200, "a friend, too");
    *scene.platform.tagged.lock() = None;
    scene.unfriending().await;
    assert_eq!(fetched().await, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_friends_that_was_made_before_the_end_of_a_friendship_does_not_leave_after_it() {
    let scene = Scene::start().await;
    scene.befriend().await;
    assert_eq!(scene.sees(PEOPLE).await, BOTH);
    *scene.platform.meanwhile.lock() = Some(Box::pin(scene.unfriending()));
    assert_eq!(scene.sees(PEOPLE).await, NEITHER);
    assert!(scene.platform.meanwhile.lock().is_none(), "it ended meanwhile");
}

#[tokio::test(flavor = "multi_thread")]
async fn not_through_friends_holds_from_the_next_request_on_for_all_classes_or_some() {
    let scene = Scene::start().await;
    let strangers = scene.asks(PEOPLE, &scene.token).await.0;
    scene.befriend().await;
    assert_eq!(scene.sees(PEOPLE).await, BOTH);
    let some = json!({"blocked": true, "classes": ["friend.city"]});
    scene.bob_sets("friends", &some).await;
    assert_eq!(scene.sees(PEOPLE).await, name_alone());
    assert_eq!(scene.why(PEOPLE, "friend.name").await, "released");
    assert_eq!(scene.why(PEOPLE, "friend.city").await, "setting-friends");
    scene.bob_sets("friends", &json!({"blocked": true})).await;
    assert_eq!(scene.sees(PEOPLE).await, NEITHER);
    assert_eq!(scene.why(PEOPLE, "friend.name").await, "setting-friends");
    // Whoever is no friend, and whoever does not want to be seen through one, look alike.
    assert_eq!(scene.asks(PEOPLE, &scene.token).await.0, strangers);
    scene.bob_sets("friends", &json!({"blocked": false})).await;
    assert_eq!(scene.sees(PEOPLE).await, BOTH);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_a_friend_refuses_loses_them_and_another_does_not() {
    let scene = Scene::start().await;
    scene.befriend().await;
    let other = scene.world.app("Other").await;
    let (_, other_token) = scene.world.grant(other, scene.ann, &[]).await;
    let setting = format!("apps/{}", scene.app.no);
    let other_sees = async || {
        let (seen, _) = scene.asks(PEOPLE, &other_token).await;
        seen.of().iter().any(|(_, city)| *city == CITY)
    };
    assert!(scene.sees(PEOPLE).await == BOTH && other_sees().await);
    scene.bob_sets(&setting, &json!({"blocked": true, "classes": ["friend.city"]})).await;
    assert_eq!(scene.sees(PEOPLE).await, name_alone());
    assert_eq!(scene.why(PEOPLE, "friend.city").await, "setting-app");
    scene.bob_sets(&setting, &json!({"blocked": true})).await;
    assert_eq!(scene.sees(PEOPLE).await, NEITHER);
    assert_eq!(scene.why(PEOPLE, "friend.name").await, "setting-app");
    assert!(other_sees().await, "it was about one app");
    scene.bob_sets("all-apps", &json!({"blocked": true})).await;
    assert!(!other_sees().await, "and this about all");
    assert_eq!(scene.why(PEOPLE, "friend.name").await, "setting-all-apps");
}

#[tokio::test(flavor = "multi_thread")]
async fn not_through_friends_beats_everything_and_is_about_friends_alone() {
    let scene = Scene::start().await;
    let world = &scene.world;
    let group = world.group(0);
    scene.bob_sets("friends", &json!({"blocked": true})).await;
    // Whatever he and others allow, before and after.
    let installation = world.install(scene.app, group).await;
    world.opt_in(scene.bob, installation).await;
    let (_, own) = world.grant(scene.app, scene.bob, &[world.context(group)]).await;
    scene.befriend().await;
    assert_eq!(scene.sees(PEOPLE).await, NEITHER);
    assert_eq!(scene.why(PEOPLE, "friend.name").await, "setting-friends");
    // What he allowed is none of it: in the group, and through himself.
    let bob = name(world, scene.bob).await;
    let members = format!("/v1/groups/{}/members?limit=100", world.group_name(scene.app, group));
    let (seen, _) = scene.asks(&members, &scene.token).await;
    assert!(seen.body.to_string().contains(&bob), "{seen:?}");
    let (seen, _) = scene.asks("/v1/me", &own).await;
    assert_eq!(seen.body["name"], json!(bob));
    scene.bob_sets("friends", &json!({"blocked": false})).await;
    assert_eq!(scene.sees(PEOPLE).await, BOTH);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_friends_browser_that_sends_the_privacy_signal_ends_what_goes_beyond_the_feature() {
    let scene = Scene::start().await;
    scene.befriend().await;
    assert!(scene.sees(PEOPLE).await == BOTH && scene.sees(AUDIENCE).await == BOTH);
    let request = scene.world.client.get(format!("{}/", scene.world.origin));
    let request = request.header("cookie", &scene.session.0).header("sec-gpc", "1");
    assert_eq!(request.send().await.unwrap().status().as_u16(), 200);
    assert_eq!(scene.sees(AUDIENCE).await, NEITHER);
    assert_eq!(scene.why(AUDIENCE, "friend.name").await, "setting-beyond");
    assert_eq!(scene.sees(PEOPLE).await, BOTH);
    // His own word counts more, and his setting for friends more than both.
    scene.bob_sets("beyond", &json!({"blocked": false})).await;
    assert_eq!(scene.sees(AUDIENCE).await, BOTH);
    scene.bob_sets("friends", &json!({"blocked": true})).await;
    assert_eq!(scene.sees(AUDIENCE).await, NEITHER);
    assert_eq!(scene.why(AUDIENCE, "friend.name").await, "setting-friends");
}
