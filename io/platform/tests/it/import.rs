//! Import of the shared LDBC data.

use std::{fmt::Write as _, fs, path::Path};

use expect_test::expect;
use platform::import::{Summary, Updates, import_ldbc};

use crate::world::{Dir, World, unpack};

fn import(world: &World, dir: &Path, updates: Updates) -> Summary {
    import_ldbc(world.platform.store(), dir, updates, |_| {}).unwrap()
}

#[tokio::test]
async fn the_tiny_set_is_taken_whole() {
    let (world, data) = (World::empty(), Dir::new());
    unpack("ldbc-tiny.tar.zst", data.path());
    let mut seen = (0, 0);
    let summary = import_ldbc(world.platform.store(), data.path(), Updates::Skip, |progress| {
        assert!(progress.rows > seen.0 && progress.bytes <= progress.bytes_total);
        seen = (progress.rows, progress.bytes);
    })
    .unwrap();
    assert!(seen.0 > 20_000, "progress was shown");
    assert_eq!(summary.rejections, []);
    let counts = [
        summary.people,
        summary.forums,
        summary.groups,
        summary.memberships,
        summary.posts,
        summary.comments,
        summary.friendships,
    ];
    assert_eq!(counts, [222, 805, 17, 3_584, 5_924, 2_218, 825]);

    let person = world.json("/people/8796093022220").await;
    assert_eq!(person["name"], "Jose Alonso");
    assert_eq!(person["birthday"], "1987-09-18");
    assert_eq!(person["languages"], serde_json::json!(["es", "en"]));
    assert_eq!(person["location_ip"], "196.1.135.241");
    assert_eq!(person["created_at"], "2010-09-16T06:54:00.602Z");
    // A wall is no group; its posts have none.
    assert_eq!(world.status("/groups/274877906944").await, 404);
    let photo = world.json("/posts/343597383680").await;
    assert_eq!(photo.get("group"), None);
    assert_eq!(photo["media"][0]["id"], "343597383680");
}

#[tokio::test]
async fn the_update_streams_play_in_order() {
    let (world, data) = (World::empty(), Dir::new());
    unpack("ldbc-tiny.tar.zst", data.path());
    let summary = import(&world, data.path(), Updates::Play);
    assert_eq!(summary.rejections, []);
    assert_eq!((summary.updates, summary.people), (6_920, 250));
}

#[tokio::test]
async fn malformed_rows_are_rejected_one_by_one() {
    let (world, data) = (World::empty(), Dir::new());
    unpack("ldbc-tiny.tar.zst", data.path());
    let dynamic = data.path().join("ldbc-tiny-official/vanilla/dynamic");
    let add = |file: &str, rows: &[u8]| {
        let path = dynamic.join(file);
        let mut bytes = fs::read(&path).unwrap();
        bytes.extend_from_slice(rows);
        fs::write(&path, bytes).unwrap();
    };
    add("person_0_0.csv", b"x|A|B|male|0|0|1.1.1.1|Opera|en|\n8796093022220|A|B|male|0|0|1.1.1.1|Opera|en|\n999|A|B|male|soon|0|1.1.1.1|Opera|en|\n");
    add("person_0_0.csv", b"998|A\xff|B|male|0|0|1.1.1.1|Opera|en|\n997|A\n");
    add("forum_0_0.csv", b"5|Club of X|0\n6|Group for X|yesterday\n7|Group for X|0|more\n");
    add("forum_hasMember_person_0_0.csv", b"274877906944|424242|0\n1|150|0\n");
    add("post_0_0.csv", b"77||0|1.1.1.1|Opera|en|lost|4\n");
    add("comment_replyOf_comment_0_0.csv", b"78|79\n79|78\n");
    add("comment_hasCreator_person_0_0.csv", b"78|150\n");
    add("comment_0_0.csv", b"78|0|1.1.1.1|Opera|round|5\n");
    add("person_knows_person_0_0.csv", b"150|150|0\n4398046511192|4398046511325|0\n-1|150|0\n");
    let summary = import(&world, data.path(), Updates::Skip);
    let text = summary.rejections.iter().fold(String::new(), |mut text, rejection| {
        let _ = writeln!(text, "{}:{} {}", rejection.file, rejection.line, rejection.reason);
        text
    });
    expect![[r#"
        person_0_0.csv:224 column 1 is not an id
        person_0_0.csv:225 person `8796093022220` is there already
        person_0_0.csv:226 column 5 is not a day
        person_0_0.csv:227 column 2 is not UTF-8
        person_0_0.csv:228 column 3 is missing
        forum_0_0.csv:807 the title is none of a group, a wall or an album
        forum_0_0.csv:808 column 3 is not a time
        forum_0_0.csv:809 4 columns instead of 3
        forum_hasMember_person_0_0.csv:3586 unknown person `424242`
        forum_hasMember_person_0_0.csv:3587 unknown forum `1`
        post_0_0.csv:5926 no author is named in its file
        comment_0_0.csv:2220 its parents stand in a circle
        person_knows_person_0_0.csv:827 a person is no friend of their own
        person_knows_person_0_0.csv:828 the friendship is there already
        person_knows_person_0_0.csv:829 column 1 is not an id
    "#]]
    .assert_eq(&text);
    assert_eq!(summary.rejected, 15);
    assert_eq!(summary.rejected_by_file["person_0_0.csv"], 5);
    let counts = [summary.people, summary.forums, summary.memberships, summary.posts];
    assert_eq!(counts, [222, 805, 3_584, 5_924], "everything else is there");
}

#[test]
fn a_directory_without_data_is_an_error_that_says_so() {
    let (world, empty) = (World::empty(), Dir::new());
    let error = import_ldbc(world.platform.store(), empty.path(), Updates::Skip, |_| {});
    assert!(error.unwrap_err().to_string().contains("person_0_0.csv"));
}

#[tokio::test]
async fn the_larger_layout_is_taken_too() {
    let (world, data) = (World::empty(), Dir::new());
    unpack("ldbc-sf0.1.tar.zst", data.path());
    let summary = import(&world, data.path(), Updates::Skip);
    assert_eq!(summary.rejections, []);
    let counts = [
        summary.people,
        summary.forums,
        summary.groups,
        summary.memberships,
        summary.posts,
        summary.comments,
        summary.friendships,
    ];
    assert_eq!(counts, [1_528, 13_820, 148, 124_463, 137_705, 169_257, 14_007]);
    let person = world.json("/people/933").await;
    assert_eq!(person["birthday"], "1989-12-03");
    assert_eq!(person["languages"], serde_json::json!(["si", "en"]));
    assert_eq!(person["emails"][0], "Mahinda933@boarderzone.com");
}
