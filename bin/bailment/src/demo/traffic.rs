//! Partners at work: ordinary clients that read, get refused, and come back.

use super::cast::Working;
use crate::cli::Result;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use std::time::Duration;

/// Between two requests of one app.
const PAUSE_MS: std::ops::Range<u64> = 300..1_200;

/// A person's app writes in one of so many turns.
const WRITES_ONE_IN: u32 = 20;

/// Reads until the task is ended.
pub(crate) async fn run(mut app: Working, seed: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    loop {
        if let Err(error) = turn(&mut app, &mut rng).await {
            tracing::debug!(%error, app = %app.app.client_id, "a partner's request failed");
        }
        tokio::time::sleep(Duration::from_millis(rng.random_range(PAUSE_MS))).await;
    }
}

async fn turn(app: &mut Working, rng: &mut ChaCha8Rng) -> Result<()> {
    let token = match pick(&app.installations, rng) {
        // While the admin sleeps: the app for itself.
        Some((installation, _)) => app.app.installation_token(installation).await?.access,
        None => app.tokens.access.clone(),
    };
    let groups = match pick(&app.installations, rng) {
        Some((_, group)) => vec![group.clone()],
        None => pick(&own_groups(app, &token).await?, rng).cloned().into_iter().collect(),
    };
    for group in groups {
        let page = app.app.read(&format!("/groups/{group}/posts?limit=10"), &token).await?;
        if page.status == 401 {
            if let Some(refresh) = app.tokens.refresh.clone() {
                app.tokens = app.app.refresh(&refresh).await?;
            }
            return Ok(());
        }
        let answer: Value = serde_json::from_slice(&page.body)?;
        let posts = answer.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        if let Some(post) = pick(&posts, rng) {
            follow(app, post, &token).await?;
        }
        if app.installations.is_empty() && rng.random_range(0..WRITES_ONE_IN) == 0 {
            let text = "Posted from my phone, with Pocket Groups.";
            app.app
                .write(&format!("/groups/{group}/posts"), &token, &json!({ "text": text }))
                .await?;
        }
    }
    Ok(())
}

/// A public client knows groups from its own person's list.
async fn own_groups(app: &Working, token: &str) -> Result<Vec<String>> {
    let called = app.app.read("/me/groups?limit=10", token).await?;
    let answer: Value = serde_json::from_slice(&called.body)?;
    let items = answer.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
    let id = |one: &Value| {
        one.pointer("/group/id").or_else(|| one.get("id"))?.as_str().map(str::to_owned)
    };
    Ok(items.iter().filter_map(id).collect())
}

async fn follow(app: &Working, post: &Value, token: &str) -> Result<()> {
    if let Some(id) = post.get("id").and_then(Value::as_str) {
        app.app.read(&format!("/posts/{id}/comments?limit=5"), token).await?;
    }
    if let Some(photo) = post.pointer("/media/0/url").and_then(Value::as_str) {
        app.app.read(photo, token).await?;
    }
    Ok(())
}

fn pick<'a, T>(list: &'a [T], rng: &mut ChaCha8Rng) -> Option<&'a T> {
    list.get(rng.random_range(0..list.len().max(1)))
}
