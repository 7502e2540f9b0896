//! A community in which a marker of its own stands in every personal property: `mk07.firstq` is the first name of person 7.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use platform::import::{Updates, import_ldbc};
use platform::{GroupId, PersonId, Platform, UpstreamRequest};
use serde_json::json;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

/// People; what each of them stands for is said in [`super::cast`].
pub const PEOPLE: usize = 21;
/// Groups. All are members of the first; a few of the others.
pub const GROUPS: usize = 5;
/// The groups' only members besides everybody in the first.
pub const SMALL: usize = 6;
/// Admin of the last group, who leaves it.
pub const LEAVER: usize = 16;

const DAY_MS: i64 = 86_400_000;
const BEGINNING_MS: i64 = 1_262_304_000_000;

/// The platform's id of a person: long enough to be found in any answer.
pub fn person(i: usize) -> PersonId {
    PersonId::new(61_000_000_000_000 + i as i64 * 7_919)
}

/// The platform's id of a group.
pub fn group(g: usize) -> GroupId {
    GroupId::new(62_000_000_000_000 + g as i64 * 104_729)
}

fn post(g: usize, i: usize) -> i64 {
    63_000_000_000_000 + (g * 1_000 + i) as i64
}

fn comment(g: usize, i: usize, n: usize) -> i64 {
    64_000_000_000_000 + (g * 10_000 + i * 10 + n) as i64
}

/// The marker of a property of a person.
pub fn mark(i: usize, property: &str) -> String {
    format!("mk{i:02}.{property}q")
}

/// A day that nobody else was born on, and on which nothing else happened.
pub fn birthday(i: usize) -> String {
    format!("1911-03-{:02}", i + 1)
}

/// All markers in some bytes: `mk07.firstq`, `gk01.nameq`, and birthdays.
///
/// The dot keeps what is sealed, which is base64url, from looking like one.
pub fn markers(bytes: &[u8]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, window) in bytes.windows(5).enumerate() {
        let is_mark = matches!(window, [b'm' | b'g', b'k', a, b, b'.'] if a.is_ascii_digit() && b.is_ascii_digit());
        if is_mark {
            let rest = &bytes[at..];
            let end = rest.iter().position(|byte| *byte == b'q').unwrap_or(rest.len() - 1);
            found.insert(String::from_utf8_lossy(&rest[..=end]).into_owned());
        } else if bytes[at..].starts_with(b"1911-03-") {
            found.insert(
                String::from_utf8_lossy(&bytes[at..(at + 10).min(bytes.len())]).into_owned(),
            );
        }
    }
    found
}

/// The person and the property of a marker; nobody for one of a group.
pub fn whose(marker: &str) -> (Option<usize>, String) {
    if let Some(day) = marker.strip_prefix("1911-03-") {
        return (day.parse::<usize>().ok().map(|day| day - 1), "birthday".to_owned());
    }
    let property = marker.get(5..).unwrap_or_default().trim_end_matches('q').to_owned();
    match marker.strip_prefix("mk") {
        Some(rest) => (rest.get(..2).and_then(|two| two.parse().ok()), property),
        None => (None, property),
    }
}

/// Members of a group.
pub fn members(g: usize) -> Vec<usize> {
    match g {
        0 => (0..PEOPLE).collect(),
        4 => (0..SMALL).chain([LEAVER]).collect(),
        _ => (0..SMALL).collect(),
    }
}

/// Admins of a group at the beginning.
pub fn admins(g: usize) -> Vec<usize> {
    match g {
        0 => vec![0, 1],
        4 => vec![LEAVER],
        _ => vec![0],
    }
}

/// Makes the community in a directory where a world can wake.
pub async fn make(directory: &Path) {
    let files = tempfile::tempdir().unwrap();
    write_files(files.path());
    let platform = Platform::open(&directory.join("platform")).unwrap();
    let summary = import_ldbc(platform.store(), files.path(), Updates::Skip, |_| {}).unwrap();
    assert_eq!((summary.rejected, summary.people), (0, PEOPLE as u64), "{:?}", summary.rejections);
    for i in 0..PEOPLE {
        talk(&platform, i).await;
    }
    let made = platform::generate::Generated {
        first_person: person(0).number(),
        first_group: group(0).number(),
        people: PEOPLE as u64,
        groups: GROUPS as u64,
        ..Default::default()
    };
    std::fs::write(directory.join("made.json"), serde_json::to_vec(&made).unwrap()).unwrap();
}

/// What the files cannot say: mentions, tagged photos, drafts.
async fn talk(platform: &Platform, i: usize) {
    let at = |n: usize| person((i + n) % PEOPLE);
    let data = STANDARD.encode(format!("not really a picture: {}", mark(i, "photo")));
    let mut tags = vec![at(1)];
    if i.is_multiple_of(4) {
        tags.push(at(2));
    }
    let body = json!({
        "text": format!("@@ {}", mark(i, "second")),
        "mentions": [{ "person": at(3), "offset": 0, "length": 1 }, { "person": at(5), "offset": 1, "length": 1 }],
        "media": [{ "kind": "photo", "content_type": "image/png", "data": data, "tags": tags }],
        "state": if i % 5 == 4 { "draft" } else { "published" },
    });
    write(platform, &format!("/groups/{}/posts", group(0)), at(0), body).await;
    let body = json!({
        "text": format!("@ {}", mark(i, "third")),
        "mentions": [{ "person": at(6), "offset": 0, "length": 1 }],
        "reply_to": comment(0, (i + 1) % PEOPLE, 0).to_string(),
    });
    write(platform, &format!("/posts/{}/comments", post(0, (i + 1) % PEOPLE)), at(0), body).await;
}

async fn write(platform: &Platform, path: &str, actor: PersonId, body: serde_json::Value) {
    let answer = platform
        .upstream()
        .call(UpstreamRequest::post(path, actor, body.to_string()))
        .await
        .unwrap();
    assert_eq!(answer.status.as_u16(), 201, "{path}: {:?}", answer.body);
    // Two things that somebody wrote in one millisecond could be known by that for one person's.
    let millisecond = || std::time::UNIX_EPOCH.elapsed().unwrap().as_millis();
    let written = millisecond();
    while millisecond() == written {
        tokio::task::yield_now().await;
    }
}

/// A file of the benchmark's layout, with its header.
struct File<'a> {
    directory: &'a Path,
    name: &'static str,
    text: String,
}

impl<'a> File<'a> {
    fn new(directory: &'a Path, name: &'static str) -> Self {
        Self { directory, name, text: "header\n".to_owned() }
    }

    fn row(&mut self, columns: &[&dyn std::fmt::Display]) {
        for (place, column) in columns.iter().enumerate() {
            let bar = if place == 0 { "" } else { "|" };
            write!(self.text, "{bar}{column}").unwrap();
        }
        self.text.push('\n');
    }
}

impl Drop for File<'_> {
    fn drop(&mut self) {
        std::fs::write(self.directory.join(format!("{}_0_0.csv", self.name)), &self.text).unwrap();
    }
}

fn write_files(directory: &Path) {
    let (dynamic, fixed) = (directory.join("dynamic"), directory.join("static"));
    std::fs::create_dir_all(&dynamic).unwrap();
    std::fs::create_dir_all(&fixed).unwrap();
    write_people(&dynamic, &fixed);
    write_groups(&dynamic);
    for g in 0..GROUPS {
        write_posts(&dynamic, g);
    }
}

fn write_people(dynamic: &Path, fixed: &Path) {
    let mut people = File::new(dynamic, "person");
    let mut lives = File::new(dynamic, "person_isLocatedIn_place");
    let mut studied = File::new(dynamic, "person_studyAt_organisation");
    let mut works = File::new(dynamic, "person_workAt_organisation");
    let mut likes = File::new(dynamic, "person_hasInterest_tag");
    let mut places = File::new(fixed, "place");
    let mut organisations = File::new(fixed, "organisation");
    let mut tags = File::new(fixed, "tag");
    for i in 0..PEOPLE {
        let m = |property| mark(i, property);
        let (id, mail) = (person(i), format!("{}@example.org", mark(i, "mail")));
        let joined = BEGINNING_MS + i as i64;
        people.row(&[
            &id,
            &m("first"),
            &m("last"),
            &m("gender"),
            &birthday(i),
            &joined,
            &m("ip"),
            &m("browser"),
            &m("lang"),
            &mail,
        ]);
        places.row(&[&i, &m("city"), &"", &"city"]);
        organisations.row(&[&i, &"university", &m("study"), &""]);
        organisations.row(&[&(i + 500), &"company", &m("work"), &""]);
        tags.row(&[&i, &m("interest"), &""]);
        lives.row(&[&id, &i]);
        studied.row(&[&id, &i, &2001]);
        works.row(&[&id, &(i + 500), &2002]);
        likes.row(&[&id, &i]);
    }
    for g in 0..GROUPS {
        tags.row(&[&(900 + g), &format!("gk{g:02}.topicq"), &""]);
    }
}

fn write_groups(dynamic: &Path) {
    let mut forums = File::new(dynamic, "forum");
    let mut moderators = File::new(dynamic, "forum_hasModerator_person");
    let mut joined = File::new(dynamic, "forum_hasMember_person");
    let mut topics = File::new(dynamic, "forum_hasTag_tag");
    for g in 0..GROUPS {
        forums.row(&[&group(g), &format!("Group for gk{g:02}.nameq"), &BEGINNING_MS]);
        topics.row(&[&group(g), &(900 + g)]);
        for i in admins(g) {
            moderators.row(&[&group(g), &person(i)]);
        }
        for i in members(g).into_iter().filter(|i| !admins(g).contains(i)) {
            joined.row(&[&group(g), &person(i), &(BEGINNING_MS + DAY_MS + i as i64)]);
        }
    }
}

/// Appends: the files of posts hold all groups.
struct Appended<'a>(File<'a>);

impl<'a> Appended<'a> {
    fn new(directory: &'a Path, name: &'static str) -> Self {
        let mut file = File::new(directory, name);
        if let Ok(before) = std::fs::read_to_string(directory.join(format!("{name}_0_0.csv"))) {
            file.text = before;
        }
        Self(file)
    }
}

fn write_posts(dynamic: &Path, g: usize) {
    let mut posts = Appended::new(dynamic, "post");
    let mut stand = Appended::new(dynamic, "forum_containerOf_post");
    let mut authors = Appended::new(dynamic, "post_hasCreator_person");
    let mut comments = Appended::new(dynamic, "comment");
    let mut commented = Appended::new(dynamic, "comment_hasCreator_person");
    let mut on_posts = Appended::new(dynamic, "comment_replyOf_post");
    let mut on_comments = Appended::new(dynamic, "comment_replyOf_comment");
    let mut liked = Appended::new(dynamic, "person_likes_post");
    let mut liked_comments = Appended::new(dynamic, "person_likes_comment");
    let everybody = members(g);
    let n = everybody.len();
    let other = |place: usize, by: usize| everybody[(place + by) % n];
    for (place, i) in everybody.iter().copied().enumerate() {
        let at = BEGINNING_MS + DAY_MS * (30 + i as i64);
        let (id, text) = (post(g, i), format!("{} in gk{g:02}.wordsq", mark(i, "post")));
        posts.0.row(&[&id, &"", &at, &mark(i, "ipp"), &mark(i, "browserp"), &"", &text, &9]);
        stand.0.row(&[&group(g), &id]);
        authors.0.row(&[&id, &person(i)]);
        for by in 0..(i % 8) {
            liked.0.row(&[&person(other(place, by + 1)), &id, &(at + by as i64)]);
        }
        for (turn, by) in [(0, 1), (1, 2), (2, 4)] {
            let (id, who) = (comment(g, i, turn), other(place, by));
            let text = format!("{} {turn}", mark(who, "comment"));
            comments.0.row(&[
                &id,
                &(at + 1_000 + turn as i64),
                &mark(who, "ipc"),
                &mark(who, "browserc"),
                &text,
                &9,
            ]);
            commented.0.row(&[&id, &person(who)]);
            match turn {
                0 => on_posts.0.row(&[&id, &post(g, i)]),
                _ => on_comments.0.row(&[&id, &comment(g, i, turn - 1)]),
            }
            for more in 0..if turn == 0 { 6 } else { 1 } {
                liked_comments.0.row(&[&person(other(place, by + 1 + more)), &id, &at]);
            }
        }
    }
}
