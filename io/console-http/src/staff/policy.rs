//! The policy in force, and adopting another one: first what would change, then yes.

use super::act::{reason_text, said};
use super::foreseen::{self, Foreseen, WatchedChange};
use super::forms::run;
use super::view::Choice;
use crate::page::{Answer, Halt, page, page_with, redirect, sentence};
use crate::parts::Console;
use crate::shell::Shell;
use crate::visitor::{Query, Staff, StaffForm};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use catalog::Catalog;
use consent::{Policy, PolicyMistake};
use flows::Said;
use flows::staff::{self as flow, NewAudit, Refusal};
use http::StatusCode;
use model::{EndingReason, Need};
use std::sync::Arc;
use store::Urgency;

/// A class in a program.
pub(crate) struct RuleLine {
    pub(crate) program: String,
    pub(crate) class: String,
    pub(crate) needs: String,
    pub(crate) withheld: bool,
}

/// A class whose conditions would change.
pub(crate) struct ChangeLine {
    pub(crate) program: String,
    pub(crate) class: String,
    pub(crate) before: String,
    pub(crate) after: String,
}

#[derive(Template)]
#[template(path = "staff_policy.html")]
pub(crate) struct PolicyPage {
    pub(crate) shell: Shell,
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) since: String,
    pub(crate) rules: Vec<RuleLine>,
    pub(crate) mistakes: Vec<String>,
    pub(crate) watched: Option<WatchedChange>,
    pub(crate) document: String,
}

#[derive(Template)]
#[template(path = "staff_policy_preview.html")]
pub(crate) struct PreviewPage {
    pub(crate) shell: Shell,
    pub(crate) wrong: String,
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) changes: Vec<ChangeLine>,
    pub(crate) foreseen: Foreseen,
    pub(crate) document: String,
    pub(crate) reasons: Vec<Choice>,
    pub(crate) note: String,
}

const fn need_text(need: Need) -> &'static str {
    match need {
        Need::Installation => "an admin enabled the app in the group",
        Need::Certification => "the partner certified its purpose",
        Need::Published => "it is published",
        Need::OptIn => "everyone it is about allowed it",
        Need::OwnData => "it is about the person who uses the app",
        Need::Friend => "it is about a friend of the person who uses the app",
        Need::Participant => "the person who uses the app takes part",
    }
}

fn needs_text(needs: Option<&[Need]>) -> String {
    match needs {
        None => "withheld from everybody".to_owned(),
        Some([]) => "agreement and authorization alone".to_owned(),
        Some(needs) => needs.iter().map(|need| need_text(*need)).collect::<Vec<_>>().join("; "),
    }
}

fn rules(catalog: &Catalog, policy: &Policy) -> Vec<RuleLine> {
    let line = |program: &catalog::Program, class: &catalog::Class| {
        let needs = policy.needs(catalog, program.number, class.number);
        RuleLine {
            program: program.title.clone(),
            class: class.title.clone(),
            needs: needs_text(needs.as_deref()),
            withheld: needs.is_none(),
        }
    };
    let programs = catalog.programs.iter();
    programs
        .flat_map(|program| catalog.classes.iter().map(move |class| line(program, class)))
        .collect()
}

fn changes(catalog: &Catalog, before: Option<&Policy>, after: &Policy) -> Vec<ChangeLine> {
    let after = rules(catalog, after);
    let before = before.map(|before| rules(catalog, before));
    let line = |(index, after): (usize, RuleLine)| {
        let before = match &before {
            None => "withheld: there is no policy".to_owned(),
            Some(rules) => rules.get(index).map(|rule| rule.needs.clone()).unwrap_or_default(),
        };
        let RuleLine { program, class, needs: after, .. } = after;
        ChangeLine { program, class, before, after }
    };
    let all = after.into_iter().enumerate().map(line);
    all.filter(|change| change.before != change.after).collect()
}

async fn show(
    console: &Console,
    staff: &Staff,
    document: String,
    mistakes: Vec<String>,
    done: &str,
) -> Response {
    let status =
        if mistakes.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shell = staff.shell(console, "Policy", "/staff/policies").noticing(Some(done));
    let watched = foreseen::of_watched(console).await.filter(|one| one.is_policy);
    let state = console.store().state();
    let (name, title, rules) = match (state.catalog(), state.policy()) {
        (Some(catalog), Some(policy)) => {
            (policy.name().to_owned(), policy.title().to_owned(), rules(catalog, policy))
        }
        _ => (String::new(), String::new(), Vec::new()),
    };
    let since = state.policy_at().map(|at| format!("entry {}", at.0)).unwrap_or_default();
    drop(state);
    let shown = PolicyPage { shell, name, title, since, rules, mistakes, watched, document };
    page_with(status, &shown, None)
}

/// `GET /staff/policies`
pub(crate) async fn policy(
    State(console): State<Arc<Console>>,
    Query(query): Query,
    staff: Staff,
) -> Answer {
    Ok(show(&console, &staff, String::new(), Vec::new(), query.text("done")).await)
}

fn told(list: Vec<PolicyMistake>) -> Vec<String> {
    list.into_iter().map(|one| format!("{}: {}", or_root(&one.pointer), one.problem)).collect()
}

fn or_root(pointer: &str) -> &str {
    if pointer.is_empty() { "the document" } else { pointer }
}

/// `POST /staff/policies/preview`
pub(crate) async fn preview(State(console): State<Arc<Console>>, form: StaffForm) -> Answer {
    look(&console, &form, String::new()).await
}

async fn look(console: &Console, form: &StaffForm, wrong: String) -> Answer {
    let document = form.fields.text("document").to_owned();
    let again =
        async |mistakes| Ok(show(console, &form.staff, document.clone(), mistakes, "").await);
    let policy = match Policy::parse(document.as_bytes()) {
        Ok(policy) => policy,
        Err(mistakes) => return again(told(mistakes)).await,
    };
    let (unknown, changes) = {
        let state = console.store().state();
        let Some(catalog) = state.catalog() else {
            return Err(Halt::Refused("There is no catalog yet: activate one first.".to_owned()));
        };
        let in_force = state.policy().map(AsRef::as_ref);
        (policy.mistakes_against(catalog), changes(catalog, in_force, &policy))
    };
    if !unknown.is_empty() {
        return again(told(unknown)).await;
    }
    let tried = Said::by(form.staff.actor());
    let foreseen = foreseen::of_policy(console, &tried, document.as_bytes()).await;
    let reasons = EndingReason::ALL.iter().map(|one| Choice {
        value: one.word().to_owned(),
        label: reason_text(*one),
        chosen: one.word() == form.fields.text("reason"),
    });
    Ok(page(&PreviewPage {
        shell: form.staff.shell(console, "Put this policy in force?", "/staff/policies"),
        wrong,
        name: policy.name().to_owned(),
        title: policy.title().to_owned(),
        changes,
        foreseen,
        document,
        reasons: reasons.collect(),
        note: form.fields.text("note").to_owned(),
    }))
}

/// `POST /staff/policies/activate`
pub(crate) async fn activate(State(console): State<Arc<Console>>, form: StaffForm) -> Answer {
    let said = match said(&form.staff, &form.fields, false) {
        Ok(said) => said,
        Err(missing) => return look(&console, &form, missing.to_owned()).await,
    };
    let document = form.fields.text("document").to_owned();
    let done = console
        .store()
        .commit(Urgency::Ending, form.staff.own, move |state, _, env| {
            flow::activate_policy(state, env, &said, document.as_bytes())
        })
        .await?;
    match done {
        Ok(_) => Ok(redirect("/staff/policies?done=policy")),
        Err(Refusal::Document(list)) => {
            let told = list.iter().map(|(at, text)| format!("{}: {text}", or_root(at))).collect();
            Ok(show(&console, &form.staff, form.fields.text("document").to_owned(), told, "").await)
        }
        Err(refusal) => Err(Halt::Refused(sentence(&refusal.to_string()))),
    }
}

/// `POST /staff/policies/audit`
pub(crate) async fn watch(State(console): State<Arc<Console>>, form: StaffForm) -> Answer {
    let said = match said(&form.staff, &form.fields, false) {
        Ok(said) => said,
        Err(missing) => return look(&console, &form, missing.to_owned()).await,
    };
    let new = NewAudit::Policy(form.fields.text("document").as_bytes().to_vec());
    let done = run(&console, &form, (Urgency::Ordinary, said), move |state, env, said| {
        flow::audit_change(state, env, said, &new)
    });
    match done.await? {
        Ok(()) => Ok(redirect("/staff/policies?done=watched")),
        Err(wrong) => look(&console, &form, wrong).await,
    }
}
