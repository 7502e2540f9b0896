//! Enabling one app in several groups: app, classes and groups, a look at it all, and yes.

use super::{own_groups, refused};
use crate::classes::{self, ClassLine};
use crate::form::Fields;
use crate::names;
use crate::page::{Answer, Halt, page, page_with, redirect};
use crate::parts::Console;
use crate::shell::Shell;
use crate::visitor::{Person, PersonForm, Query};
use askama::Template;
use axum::extract::State;
use flows::admin;
use http::StatusCode;
use model::{AppNo, ClassMask, ContextNo};
use sequence::StoreError;
use std::sync::Arc;
use store::{Failure, Store, Urgency};

/// Apps on a page.
const PAGE: usize = 50;
/// Apps looked at under one lock.
const STEP: usize = 1_000;

/// An app that can be enabled.
pub(crate) struct OfferLine {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) partner: String,
    pub(crate) classes: String,
}

/// A group to enable it in.
pub(crate) struct TargetLine {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) checked: bool,
    /// Where the app is there already.
    pub(crate) note: &'static str,
}

#[derive(Template)]
#[template(path = "enable_app.html")]
pub(crate) struct ChoosePage {
    pub(crate) shell: Shell,
    /// There are more apps than these, or were before they were searched.
    pub(crate) searches: bool,
    pub(crate) q: String,
    pub(crate) offers: Vec<OfferLine>,
    /// The next page; empty on the last.
    pub(crate) next: String,
}

#[derive(Template)]
#[template(path = "enable.html")]
pub(crate) struct EnablePage {
    pub(crate) shell: Shell,
    pub(crate) wrong: &'static str,
    pub(crate) app: String,
    pub(crate) name: String,
    pub(crate) partner: String,
    pub(crate) required: Vec<ClassLine>,
    pub(crate) optional: Vec<ClassLine>,
    pub(crate) groups: Vec<TargetLine>,
}

#[derive(Template)]
#[template(path = "enable_preview.html")]
pub(crate) struct PreviewPage {
    pub(crate) shell: Shell,
    pub(crate) app: String,
    pub(crate) name: String,
    pub(crate) partner: String,
    pub(crate) back: String,
    pub(crate) classes: Vec<ClassLine>,
    pub(crate) groups: Vec<TargetLine>,
}

/// `GET /groups/enable`: without an app the apps, with one the choice, with `step=preview` a look at it.
pub(crate) async fn choose(
    State(console): State<Arc<Console>>,
    Query(query): Query,
    person: Person,
) -> Answer {
    if query.text("app").is_empty() {
        return apps(&console, &person, &query).await;
    }
    let app: AppNo = query.one("app")?;
    if query.text("step") == "preview" {
        preview(&console, &person, app, &query).await
    } else {
        form(&console, &person, app, &query, "").await
    }
}

/// Looks through apps beyond one of them for those that can be enabled and, where words are given, have them in their names;
/// at most so many. Long on a large platform; the state is given back now and then.
fn offered(
    store: &Store,
    words: &[String],
    after: Option<AppNo>,
    most: usize,
) -> Result<Vec<(AppNo, String)>, StoreError> {
    let candidates: Vec<AppNo> = if words.is_empty() {
        let end = store.state().next_app().0;
        (after.map_or(0, |no| no.0.saturating_add(1))..end).map(AppNo).collect()
    } else {
        store.apps_named(words, after)?
    };
    let (now, mut found) = (store.now(), Vec::new());
    for some in candidates.chunks(STEP) {
        let state = store.state();
        for no in some {
            let Ok(offer) = admin::offer(&state, *no, now) else { continue };
            found.push((*no, classes::titles(&state, offer.classes)));
            if found.len() == most {
                return Ok(found);
            }
        }
    }
    Ok(found)
}

async fn apps(console: &Console, person: &Person, query: &Fields) -> Answer {
    let shell = person.shell(console, "Enable an app", "/groups").await;
    let q: String = query.text("q").chars().take(100).collect();
    let words: Vec<String> = q.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let after: Option<AppNo> = query.parsed("after")?.into_iter().next();
    let store = console.store().clone();
    let looking = tokio::task::spawn_blocking(move || offered(&store, &words, after, PAGE + 1));
    let stopped = |_| Halt::Store(Failure::Unavailable("looking was stopped".to_owned()));
    let mut found = looking.await.map_err(stopped)??;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let last = found.last().filter(|_| more).map(|(no, _)| no.to_string());
    let next = last.map_or_else(String::new, |last| {
        let fields = [("q", q.as_str()), ("after", last.as_str())];
        format!("/groups/enable?{}", crate::form::query(fields))
    });
    let store = console.store();
    let line = |(no, classes): (AppNo, String)| OfferLine {
        id: no.to_string(),
        name: names::app(store, no),
        partner: names::partner_of(store, no),
        classes,
    };
    let mut offers: Vec<OfferLine> = found.into_iter().map(line).collect();
    offers.sort_by_cached_key(|offer| offer.name.to_lowercase());
    let searches = more || after.is_some() || !q.is_empty();
    Ok(page(&ChoosePage { shell, searches, q, offers, next }))
}

async fn targets(
    console: &Console,
    person: &Person,
    app: AppNo,
    picked: &[ContextNo],
) -> Result<Vec<TargetLine>, Halt> {
    let own = own_groups(console, person.no)?;
    let names = names::groups_of(console, person.no).await;
    let sorted = names.sorted(console.store(), own);
    let state = console.store().state();
    let note = |context| match state.installed(app, context) {
        Some((_, one)) if one.backers().contains(&person.no) => "You stand behind it here already.",
        Some((_, one)) if state.is_standing(one) => {
            "Enabled already: you would stand behind it too. What it may see there stays as it is."
        }
        Some(_) => "Lapsed: it would stand again, with what you allow of what it had before.",
        None => "",
    };
    let line = |(name, context): (String, ContextNo)| TargetLine {
        id: context.to_string(),
        name,
        checked: picked.contains(&context),
        note: note(context),
    };
    Ok(sorted.into_iter().map(line).collect())
}

async fn form(
    console: &Console,
    person: &Person,
    app: AppNo,
    fields: &Fields,
    wrong: &'static str,
) -> Answer {
    let store = console.store();
    let name = names::app(store, app);
    let shell = person.shell(console, &format!("Enable {name}"), "/groups").await;
    let (required, optional) = {
        let state = store.state();
        let offer = admin::offer(&state, app, store.now()).map_err(|one| refused(&one))?;
        let ticked = classes::chosen(&state, fields);
        let free = offer.classes.without(offer.required);
        let optional = classes::lines_of_app(&state, app, free, ticked);
        (classes::lines_of_app(&state, app, offer.required, ClassMask::ALL), optional)
    };
    let groups = targets(console, person, app, &fields.parsed("group")?).await?;
    let page = EnablePage {
        shell,
        wrong,
        app: app.to_string(),
        name,
        partner: names::partner_of(store, app),
        required,
        optional,
        groups,
    };
    let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(page_with(status, &page, None))
}

async fn preview(console: &Console, person: &Person, app: AppNo, fields: &Fields) -> Answer {
    let picked: Vec<ContextNo> = fields.parsed("group")?;
    if picked.is_empty() {
        return form(console, person, app, fields, "Choose at least one group.").await;
    }
    let store = console.store();
    let classes = {
        let state = store.state();
        let offer = admin::offer(&state, app, store.now()).map_err(|one| refused(&one))?;
        let chosen = (classes::chosen(&state, fields) & offer.classes) | offer.required;
        classes::lines_of_app(&state, app, chosen, chosen)
    };
    if classes.is_empty() {
        return form(console, person, app, fields, "Choose at least one kind of data.").await;
    }
    let mut groups = targets(console, person, app, &picked).await?;
    groups.retain(|group| group.checked);
    let name = names::app(store, app);
    let shell = person.shell(console, &format!("Enable {name}?"), "/groups").await;
    let id = app.to_string();
    let fields = classes.iter().map(|class| ("class", class.name.as_str()));
    let fields = fields.chain(groups.iter().map(|group| ("group", group.id.as_str())));
    let query = crate::form::query([("app", id.as_str())].into_iter().chain(fields));
    let back = format!("/groups/enable?{query}");
    let partner = names::partner_of(store, app);
    Ok(page(&PreviewPage { shell, app: id, name, partner, back, classes, groups }))
}

/// `POST /groups/enable`
pub(crate) async fn enable(State(console): State<Arc<Console>>, form: PersonForm) -> Answer {
    let app: AppNo = form.fields.one("app")?;
    let contexts: Vec<ContextNo> = form.fields.parsed("group")?;
    let classes = classes::chosen(&console.store().state(), &form.fields);
    let who = form.person.no;
    console
        .store()
        .commit(Urgency::Ordinary, form.person.own, move |state, _, env| {
            admin::enable(state, env.now, who, app, &contexts, classes)
        })
        .await?
        .map_err(|refusal| refused(&refusal))?;
    Ok(redirect("/groups?done=enabled"))
}
