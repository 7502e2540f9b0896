//! The generator: the same from the same seed, and believable.

use platform::{
    Platform,
    generate::{Generated, Seed, Size, generate},
};

use crate::world::{Dir, World};

fn make(seed: u64, people: usize) -> (Generated, Vec<(String, i64)>) {
    let dir = Dir::new();
    let platform = Platform::open(dir.path()).unwrap();
    let made = generate(platform.store(), Seed(seed), Size::of(people)).unwrap();
    drop(platform);
    let db = rusqlite::Connection::open(dir.path().join("platform.db")).unwrap();
    let rows = ["post", "comment"].map(|table| {
        let sql = format!("SELECT text, created_at FROM {table} ORDER BY id");
        let mut statement = db.prepare(&sql).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect::<Vec<(String, i64)>>()
    });
    (made, rows.concat())
}

#[test]
fn a_seed_makes_one_community() {
    let (one, two, other) = (make(7, 150), make(7, 150), make(8, 150));
    assert_eq!(one, two);
    assert_ne!(one.1, other.1);
}

#[tokio::test]
async fn two_thousand_people_are_a_community() {
    let world = World::empty();
    let made = generate(world.platform.store(), Seed(42), Size::of(2_000)).unwrap();
    assert_eq!((made.people, made.groups), (2_000, 250));
    assert!(made.memberships > 8_000, "{made:?}");
    assert!(made.friendships > 6_000, "{made:?}");
    assert!(made.posts > 5_000 && made.comments > 5_000, "{made:?}");
    assert!(made.mentions > 500 && made.media > 500 && made.tags > 300, "{made:?}");
    let posts = world.all(&format!("/groups/{}/posts", made.first_group), 100).await;
    let kinds = |kind: &str| posts.iter().any(|post| post["media"][0]["kind"] == kind);
    assert!(kinds("photo") && kinds("video"));
    assert!(posts.iter().any(|post| post["state"] == "draft"));
    for post in &posts {
        for mention in post["mentions"].as_array().unwrap() {
            let text: Vec<char> = post["text"].as_str().unwrap().chars().collect();
            let start = mention["offset"].as_u64().unwrap() as usize;
            let length = mention["length"].as_u64().unwrap() as usize;
            let named: String = text[start..start + length].iter().collect();
            assert_eq!(named, mention["person"]["name"].as_str().unwrap());
        }
    }
}
