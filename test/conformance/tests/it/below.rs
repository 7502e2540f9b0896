//! What stands below something is decided with it: an ending on a post is an ending for its comments, also while the
//! upstream is asked for them.

use crate::gates::gate_over;
use conformance::{InProcess, Options, World};
use ledger::SettingScope;
use model::{ClassMask, IdentifierKind, ObjectKind, PersonNo};
use oauth::pairwise::PairwiseKey;
use outbound::{Answering, Asked, Upstream};
use parking_lot::Mutex;
use platform::PostId;
use serde_json::{Value, json};
use std::pin::Pin;
use std::sync::Arc;

type Ending = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The platform, where something ends between the making of a list of comments and its arrival.
struct Meanwhile {
    inner: Arc<InProcess>,
    ending: Mutex<Option<Ending>>,
}

impl Upstream for Meanwhile {
    fn ask(&self, asked: Asked) -> Answering<'_> {
        Box::pin(async move {
            let is_comments = asked.path.contains("/comments");
            let content = self.inner.ask(asked).await;
            let ending = self.ending.lock().take_if(|_| is_comments);
            if let Some(ending) = ending {
                ending.await;
            }
            content
        })
    }
}

/// A post with a comment whose authors are somebody else, with the post's author.
async fn commented_post(world: &Arc<World>) -> (String, PersonNo) {
    for place in 0..6 {
        let group = world.group(place);
        let posts = raw(world, &format!("/groups/{group}/posts?limit=100")).await;
        for post in posts["items"].as_array().cloned().unwrap_or_default() {
            let (id, author) = (post["id"].as_str().unwrap(), post["author"]["id"].clone());
            let comments = raw(world, &format!("/posts/{id}/comments?limit=100")).await;
            let comments = comments["items"].as_array().cloned().unwrap_or_default();
            let author = author.as_str().unwrap();
            if !comments.is_empty()
                && !json!(comments).to_string().contains(&json!(author).to_string())
            {
                return (id.to_owned(), world.person(author.parse().unwrap()));
            }
        }
    }
    panic!("the community has such a post");
}

async fn raw(world: &World, path: &str) -> Value {
    let content = world.upstream.ask(Asked::get(path.to_owned())).await.unwrap();
    serde_json::from_slice(&content.body).unwrap()
}

/// Asks for the comments of a post while `ending` happens, and again when it has.
async fn comments_while(
    end: impl FnOnce(Arc<World>, PersonNo, PostId) -> Ending,
) -> (Arc<World>, Vec<(u16, String)>) {
    let world = Arc::new(World::start(Options::default()).await);
    let app = world.app("Grouply").await;
    let (post, author) = commented_post(&world).await;
    let group = raw(&world, &format!("/posts/{post}")).await["group"]["id"].clone();
    let installation = world.install(app, group.as_str().unwrap().parse().unwrap()).await;
    let token = world.installation_token(app, installation);
    let ending = end(Arc::clone(&world), author, post.parse().unwrap());
    let upstream =
        Meanwhile { inner: Arc::clone(&world.upstream), ending: Mutex::new(Some(ending)) };
    let number = world.store.object_number(ObjectKind::Post, &post, &mut Vec::new()).unwrap();
    let key = PairwiseKey::derive(world.keyring.pairwise(), app.no);
    let id = key.seal(IdentifierKind::Post, number.0);
    // The id becomes one of this app's by being shown to it.
    let name = world.group_name(app, group.as_str().unwrap().parse().unwrap());
    assert_eq!(world.get(&format!("/v1/groups/{name}/posts?limit=100"), &token).await.status, 200);
    let path = format!("/v1/posts/{id}/comments");
    let before = world.get(&path, &token).await;
    assert!(before.status == 200 && before.text().contains("\"text\""), "{}", before.text());
    let origin = gate_over(&world, Arc::new(upstream)).await;
    let mut answers = Vec::new();
    for _ in 0..2 {
        let answer = world.client.get(format!("{origin}{path}")).bearer_auth(&token).send().await;
        let answer = answer.unwrap();
        answers.push((answer.status().as_u16(), answer.text().await.unwrap()));
    }
    (world, answers)
}

#[tokio::test(flavor = "multi_thread")]
async fn comments_do_not_leave_when_their_posts_author_refuses_while_they_are_asked_for() {
    let (_world, answers) = comments_while(|world, author, _| {
        Box::pin(async move {
            world.set(author, SettingScope::AllApps, ClassMask::ALL).await;
        })
    })
    .await;
    for (status, body) in answers {
        assert_eq!(status, 404, "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn comments_do_not_leave_when_their_post_is_deleted_while_they_are_asked_for() {
    let (_world, answers) = comments_while(|world, _, post| {
        Box::pin(async move {
            world.platform.delete_post(post).await.unwrap();
        })
    })
    .await;
    for (status, body) in answers {
        assert_eq!(status, 404, "{body}");
    }
}
