//! What a person's forms do. Taking back always comes first and needs nothing else to succeed.

use super::view::blocked;
use crate::classes;
use crate::form::local_path;
use crate::page::{Answer, Halt, redirect, sentence};
use crate::parts::Console;
use crate::visitor::PersonForm;
use axum::extract::{Path, State};
use flows::person;
use ledger::SettingScope;
use model::{AppNo, ClassMask, ContextNo, GrantNo, InstallationNo};
use std::convert::Infallible;
use std::sync::Arc;
use store::Urgency;

/// Back to the page that the form stood on.
fn back(form: &PersonForm, fallback: &str, done: &str) -> axum::response::Response {
    let page = match form.fields.text("back") {
        "" => fallback,
        page => local_path(page),
    };
    let page = page.split(['?', '#']).next().unwrap_or("/");
    redirect(&format!("{page}?done={done}"))
}

fn refused(refusal: &person::Refusal) -> Halt {
    match refusal {
        person::Refusal::Unknown => Halt::NotFound,
        other => Halt::Refused(sentence(&other.to_string())),
    }
}

/// `POST /privacy/choices`: the ticked classes are allowed to an app in a group, the others not.
pub(crate) async fn choose(State(console): State<Arc<Console>>, form: PersonForm) -> Answer {
    let installation: InstallationNo = form.fields.one("installation")?;
    let (who, own) = (form.person.no, form.person.own);
    let (wanted, had) = {
        let state = console.store().state();
        let wanted = match form.fields.text("choice") {
            "nothing" => ClassMask::NONE,
            _ => classes::chosen(&state, &form.fields),
        };
        (wanted, state.opted_in(who, installation))
    };
    let (less, more) = (!wanted, wanted.without(had));
    console
        .store()
        .commit(Urgency::Ending, own, move |state, _, _| {
            person::opt_out(state, who, installation, less)
        })
        .await?
        .map_err(|refusal| refused(&refusal))?;
    if !more.is_empty() {
        console
            .store()
            .commit(Urgency::Ordinary, own, move |state, lookup, env| {
                person::opt_in(state, lookup, env.now, who, (installation, more))
            })
            .await?
            .map_err(|refusal| refused(&refusal))?;
    }
    Ok(back(&form, "/privacy", "saved"))
}

fn scope(text: &str) -> Option<SettingScope> {
    match text {
        "all" => return Some(SettingScope::AllApps),
        "groups" => return Some(SettingScope::AllGroups),
        "friends" => return Some(SettingScope::Friends),
        "beyond" => return Some(SettingScope::Beyond),
        _ => {}
    }
    let context = text.parse::<ContextNo>().ok().map(SettingScope::Context);
    context.or_else(|| text.parse::<AppNo>().ok().map(SettingScope::App))
}

/// `POST /privacy/settings`: blocks everything in a scope, lifts that, or blocks the classes that are not ticked.
pub(crate) async fn set(State(console): State<Arc<Console>>, form: PersonForm) -> Answer {
    let who = form.person.no;
    let wrong = || Halt::Bad("There is no such switch.".to_owned());
    let scope = scope(form.fields.text("scope")).ok_or_else(wrong)?;
    let (wanted, done) = match form.fields.text("choice") {
        "block" => (ClassMask::ALL, "blocked"),
        "lift" => (ClassMask::NONE, "lifted"),
        "classes" => {
            let state = console.store().state();
            let shown = classes::of_names(&state, form.fields.all("shown"));
            let kept = classes::chosen(&state, &form.fields);
            (blocked(&state, who, scope).without(shown) | shown.without(kept), "saved")
        }
        _ => return Err(wrong()),
    };
    let set = console
        .store()
        .commit(Urgency::Ending, form.person.own, move |state, _, _| {
            Ok::<_, Infallible>(person::set(state, who, scope, wanted))
        })
        .await?;
    match set {
        Ok(_) => Ok(back(&form, "/privacy", done)),
        Err(never) => match never {},
    }
}

/// `POST /privacy/grants/{grant}/withdraw`
pub(crate) async fn withdraw(
    State(console): State<Arc<Console>>,
    Path(grant): Path<String>,
    form: PersonForm,
) -> Answer {
    let grant: GrantNo = grant.parse().map_err(|_| Halt::NotFound)?;
    let who = form.person.no;
    console
        .store()
        .commit(Urgency::Ending, form.person.own, move |state, _, _| {
            person::end_grant(state, who, grant)
        })
        .await?
        .map_err(|refusal| refused(&refusal))?;
    Ok(back(&form, "/privacy", "withdrawn"))
}
