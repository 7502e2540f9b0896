//! Invariant 9: whatever a person did to be withheld, a partner cannot tell which.
//!
//! One world, one person in one state after the other, everything else as it was: every answer must be the same in every byte
//! of body and headers, but for position, request, date and what is sealed anew in each answer.

use super::cast::{Cast, Key};
use super::community;
use super::crawl::{Crawl, Raw};
use crate::gates::gate_over;
use bytes::Bytes;
use ledger::{Fact, SettingScope};
use model::{ClassMask, IdentifierKind};
use outbound::{Answering, Asked, Upstream};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The person whose state changes.
const SOMEBODY: usize = 7;

/// Everything that an app can see, as bytes, by what was asked.
type Seen = BTreeMap<String, String>;

/// An answer without what differs from one answer to the next.
fn settled(raw: &Raw, origin: &str) -> String {
    let mut text = format!("{}\n", raw.status);
    for (name, value) in &raw.headers {
        if !matches!(name.as_str(), "date" | "request-id" | "bailment-position") {
            text.push_str(&format!("{name}: {value}\n"));
        }
    }
    let body = String::from_utf8_lossy(&raw.body).into_owned();
    text + &without_sealed(&without_sealed(&body, &format!("\"{origin}/v1/media/")), "\"next\":\"")
}

/// The text with what follows each prefix, up to the quote, replaced by its length.
fn without_sealed(text: &str, prefix: &str) -> String {
    let mut parts = text.split(prefix);
    let mut settled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (sealed, rest) = part.split_once('"').unwrap_or((part, ""));
        settled.push_str(&format!("{prefix}sealed in {}\"{rest}", sealed.len()));
    }
    settled
}

async fn pages(crawl: &Crawl<'_>, key: &Key, path: &str, seen: &mut Seen) {
    let (mut cursor, mut page) = (String::new(), 0);
    loop {
        let raw = crawl.get(key, &format!("{path}{cursor}")).await;
        seen.insert(
            format!("{} {path} page {page}", key.label),
            settled(&raw, &crawl.cast.world.origin),
        );
        let Some(next) = raw.json()["next"].as_str().map(str::to_owned) else { return };
        (cursor, page) = (format!("&cursor={next}"), page + 1);
    }
}

/// Reads everything that two apps of both kinds can read of the first group.
async fn everything(crawl: &Crawl<'_>, posts: &[String], links: &[String]) -> Seen {
    let mut seen = Seen::new();
    let group = community::group(0).to_string();
    for key in &crawl.cast.keys {
        let id = crawl.pairwise(key, IdentifierKind::Group, &group);
        for path in [
            format!("/groups/{id}?"),
            format!("/groups/{id}?fields=admins"),
            format!("/groups/{id}/posts?limit=100"),
            format!("/groups/{id}/posts?limit=4"),
            format!("/groups/{id}/posts?fields=author,mentions,reactions"),
            format!("/groups/{id}/members?limit=100"),
            format!("/groups/{id}/members?limit=2"),
        ] {
            pages(crawl, key, &path, &mut seen).await;
        }
        for post in posts {
            let id = crawl.pairwise(key, IdentifierKind::Post, post);
            pages(crawl, key, &format!("/posts/{id}?"), &mut seen).await;
            pages(crawl, key, &format!("/posts/{id}/comments?limit=2"), &mut seen).await;
        }
    }
    for link in links {
        seen.insert(link.clone(), settled(&crawl.link(link).await, &crawl.cast.world.origin));
    }
    seen
}

fn same(one: &Seen, other: &Seen, state: &str) {
    assert_eq!(
        one.keys().collect::<Vec<_>>(),
        other.keys().collect::<Vec<_>>(),
        "{state}: other pages"
    );
    for (asked, answer) in one {
        assert_eq!(other.get(asked), Some(answer), "{state}: {asked} tells it");
    }
}

/// The platform with one person under an id that nobody ever told the gate of.
struct Stranger(Arc<conformance::InProcess>);

impl Upstream for Stranger {
    fn ask(&self, asked: Asked) -> Answering<'_> {
        Box::pin(async move {
            let mut content = self.0.ask(asked).await?;
            if content.content_type == "application/json" {
                let known = format!("\"{}\"", community::person(SOMEBODY));
                let text =
                    String::from_utf8_lossy(&content.body).replace(&known, "\"69999999999999\"");
                content.body = Bytes::from(text);
            }
            Ok(content)
        })
    }
}

fn links(seen: &Raw, origin: &str) -> Vec<String> {
    let body = String::from_utf8_lossy(&seen.body).into_owned();
    let prefix = format!("{origin}/v1/media/");
    body.split('"').filter(|text| text.starts_with(&prefix)).map(str::to_owned).collect()
}

/// Identity alone, or everything.
async fn settings(
    crawl: &Crawl<'_>,
    (posts, given): (&[String], &[String]),
    blocked: ClassMask,
    base: &mut Option<Seen>,
) {
    let cast = crawl.cast;
    let person = cast.person(SOMEBODY);
    let here = cast.context(0);
    for scope in [
        SettingScope::AllApps,
        SettingScope::Context(here),
        SettingScope::App(cast.chief.no),
        SettingScope::AllGroups,
    ] {
        cast.world.set(person, scope, blocked).await;
        let seen = everything(crawl, posts, given).await;
        same(base.get_or_insert_with(|| seen.clone()), &seen, &format!("{scope:?}"));
        cast.world.set(person, scope, ClassMask::NONE).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_cannot_tell_why_a_person_is_withheld() {
    let mut cast = Cast::unasked().await;
    let installation = cast.installation;
    for i in [0, 2, 3, 6, 8] {
        cast.opt_in(i, installation, &[]).await;
    }
    cast.opt_in(9, installation, &["member.id"]).await;
    cast.granted("person, full", cast.chief, 2, &[0]).await;
    let crawl = Crawl::new(&cast);
    let somebody = cast.person(SOMEBODY);
    let group = community::group(0).to_string();
    let posts = crawl.upstream_list(&format!("/groups/{group}/posts")).await;
    let posts: Vec<String> =
        posts.iter().filter_map(|post| post["id"].as_str()).map(str::to_owned).collect();
    let key = cast.key("installation");
    let id = crawl.pairwise(key, IdentifierKind::Group, &group);
    // While they allowed everything, the app got links.
    cast.opt_in(SOMEBODY, installation, &[]).await;
    let before = crawl.get(key, &format!("/groups/{id}/posts?limit=100")).await;
    let given = links(&before, &cast.world.origin);
    let open = everything(&crawl, &posts, &given).await;
    cast.world.opt_out(somebody, installation).await;

    let closed = everything(&crawl, &posts, &given).await;
    assert_ne!(open, closed, "an opt-in shows");
    let asked_again = everything(&crawl, &posts, &given).await;
    same(&closed, &asked_again, "nothing happened");
    let identity = cast.classes(&[
        "member.id",
        "member.name",
        "member.picture",
        "member.role",
        "post.mentions",
        "post.tags",
        "reaction.person",
    ]);
    let mut base = Some(closed);
    cast.world.set(somebody, SettingScope::AllApps, identity).await;
    same(
        base.as_ref().unwrap(),
        &everything(&crawl, &posts, &given).await,
        "never asked, and a setting",
    );
    cast.world.set(somebody, SettingScope::AllApps, ClassMask::NONE).await;
    cast.opt_in(SOMEBODY, installation, &[]).await;
    settings(&crawl, (&posts, &given), identity, &mut base).await;
    // Where even what they wrote is withheld, it looks as if it had never been there.
    let mut gone = None;
    settings(&crawl, (&posts, &given), ClassMask::ALL, &mut gone).await;
    let (closed, gone) = (base.unwrap(), gone.unwrap());
    let missing = crawl.pairwise(key, IdentifierKind::Group, &group);
    let nowhere = settled(&crawl.get(key, &format!("/posts/{missing}")).await, &cast.world.origin);
    for post in &posts {
        let path = format!(
            "installation /posts/{}? page 0",
            crawl.pairwise(key, IdentifierKind::Post, post)
        );
        let (before, after) = (closed.get(&path).unwrap(), gone.get(&path).unwrap());
        let is_theirs =
            community::markers(before.as_bytes()).contains(&community::mark(SOMEBODY, "post"));
        assert_eq!(is_theirs && *after == nowhere, is_theirs, "{path}: {after}");
    }
    let context = cast.context(0);
    cast.facts(1, vec![Fact::MemberGone(somebody, context)]).await;
    same(&closed, &everything(&crawl, &posts, &given).await, "left");
    cast.facts(2, vec![Fact::Member(somebody, context)]).await;
    same(&closed, &everything(&crawl, &posts, &given).await, "left and rejoined");
    let mut beside = Crawl::new(&cast);
    beside.origin =
        gate_over(&cast.world, Arc::new(Stranger(Arc::clone(&cast.world.upstream)))).await;
    same(&gone, &everything(&beside, &posts, &given).await, "unknown");
    cast.facts(3, vec![Fact::PersonGone(somebody)]).await;
    same(&gone, &everything(&crawl, &posts, &given).await, "erased");
}
