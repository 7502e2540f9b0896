//! The authorization endpoint's page: what an app asks for, and the person's yes or no.

use crate::classes::{self, ClassLine};
use crate::dates;
use crate::form::{Fields, query};
use crate::names::{self, Groups};
use crate::page::{Answer, Halt, page_with, redirect, sentence};
use crate::parts::{Console, origin_of};
use crate::shell::{Role, Shell};
use crate::visitor::{Person, PersonForm};
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use flows::oauth::authorize::{
    Asked, Choice, Consent, GiveRefusal, Refused, Seen, YesRefusal, check, deny, read, say_yes,
    show,
};
use http::StatusCode;
use model::{ClassMask, ContextNo, Millis, PersonNo};
use oauth::authorize::{AuthorizeRequest, Prompt};
use oauth::redirect::RedirectUri;
use std::sync::Arc;
use store::Urgency;

/// Lengths of time to choose from, in days, besides the default and the longest.
const DAYS_OFFERED: [u64; 4] = [7, 30, 90, 365];

/// A group on the page.
pub(crate) struct GroupLine {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) checked: bool,
}

/// A length of time on the page.
pub(crate) struct LengthLine {
    pub(crate) value: String,
    pub(crate) text: String,
    pub(crate) selected: bool,
}

#[derive(Template)]
#[template(path = "authorize.html")]
pub(crate) struct ConsentPage {
    pub(crate) shell: Shell,
    pub(crate) action: String,
    pub(crate) wrong: String,
    pub(crate) app: String,
    pub(crate) partner: String,
    pub(crate) host: String,
    pub(crate) purposes: Vec<String>,
    pub(crate) required: Vec<ClassLine>,
    pub(crate) optional: Vec<ClassLine>,
    /// Those that can be allowed for one time.
    pub(crate) once: Vec<ClassLine>,
    pub(crate) groups: Vec<GroupLine>,
    pub(crate) installable: Vec<GroupLine>,
    pub(crate) installed: String,
    pub(crate) by_opt_in: String,
    pub(crate) lengths: Vec<LengthLine>,
    pub(crate) before: String,
    /// Digest of what this page says is asked for; a yes to another page is none.
    pub(crate) seen: String,
}

/// `GET /oauth/authorize`
pub(crate) async fn ask(
    State(console): State<Arc<Console>>,
    RawQuery(query): RawQuery,
    person: Result<Person, Halt>,
) -> Response {
    let query = query.unwrap_or_default();
    asking(&console, &query, person).await.unwrap_or_else(Halt::into_response)
}

async fn asking(console: &Console, raw: &str, person: Result<Person, Halt>) -> Answer {
    // A request that nobody could say yes to is answered before anybody has to sign in.
    let who = person.as_ref().ok().map(|person| person.no);
    let asked = match understood(console, raw, who) {
        Ok((_, asked)) => asked,
        Err(answer) => return Ok(refused(answer)),
    };
    //= rfc6749#3.1
    //# The authorization server MUST first verify the identity of the resource owner.
    let person = person?;
    if let Some(rest) = without_login(raw, asked.prompt) {
        // Signing in again is asked for once: the address to come back to does not ask any more.
        let back = format!("/oauth/authorize?{rest}");
        return Ok(redirect(&format!("/sign-in?{}", query([("return_to", back.as_str())]))));
    }
    consent_page(console, raw, &asked, &person, &Fields::default(), None).await
}

/// Reads and checks a request; `Err` is what the browser gets instead of a page to decide on.
fn understood(
    console: &Console,
    raw: &str,
    person: Option<PersonNo>,
) -> Result<(AuthorizeRequest, Asked), Refused> {
    let (store, now) = (console.store(), console.store().now());
    let state = store.state();
    let found = read(raw, &state).and_then(|request| {
        check(&request, person, &console.server(), &state, now).map(|asked| (request, asked))
    });
    drop(state);
    found.map_err(|refusal| refusal.answer(&console.parts.issuer))
}

fn refused(answer: Refused) -> Response {
    match answer {
        Refused::Page(text) => Halt::Bad(sentence(&text)).into_response(),
        Refused::Redirect(url) => redirect(&url),
    }
}

/// The query without its wish for a new sign-in, if it has one.
fn without_login(raw: &str, prompt: Prompt) -> Option<String> {
    let keep = match prompt {
        Prompt::Login => None,
        Prompt::LoginAndConsent => Some("consent"),
        Prompt::AsNeeded | Prompt::Nothing | Prompt::Consent => return None,
    };
    let pairs = form_urlencoded::parse(raw.as_bytes()).filter(|(key, _)| key != "prompt");
    let mut rest = form_urlencoded::Serializer::new(String::new());
    rest.extend_pairs(pairs);
    rest.extend_pairs(keep.map(|prompt| ("prompt", prompt)));
    Some(rest.finish())
}

/// Where the page's form may lead, as a source of `form-action`.
fn leads_to(redirect: &RedirectUri) -> String {
    match redirect.as_str().split_once("://") {
        Some(("http" | "https", _)) => origin_of(redirect.as_str()).to_owned(),
        _ => format!("{}:", redirect.host()),
    }
}

/// `before` are the fields of a decision that could not be, `wrong` says why.
async fn consent_page(
    console: &Console,
    raw: &str,
    asked: &Asked,
    person: &Person,
    before: &Fields,
    wrong: Option<String>,
) -> Answer {
    let store = console.store();
    let memberships = store.memberships(person.no)?;
    let groups = names::groups_of(console, person.no).await;
    let who = names::own_name(console, person.no).await;
    let shell =
        Shell::person("An app asks for access", "", who, &person.session.csrf, Role::Member);
    let (shown, page) = {
        let state = store.state();
        let shown = show(asked, person.no, &memberships, &state, store.now());
        // Nothing optional is ticked beforehand: what a person did not touch, they did not choose. What they granted before
        // is their own choice, and stays ticked.
        let ticked = match (&wrong, &shown.standing) {
            (Some(_), _) => classes::chosen(&state, before),
            (None, Some(standing)) => standing.classes,
            (None, None) => ClassMask::NONE,
        };
        let purposes = state.catalog().into_iter().flat_map(|catalog| &catalog.purposes);
        let purposes = purposes.filter(|one| shown.purposes.contains(&one.number));
        let page = ConsentPage {
            shell: shell.alone(),
            action: format!("/oauth/authorize?{raw}"),
            wrong: wrong.unwrap_or_default(),
            app: String::new(),
            partner: String::new(),
            host: shown.host.clone(),
            purposes: purposes.map(|one| one.title.clone()).collect(),
            required: classes::lines_of_app(&state, shown.app, shown.required, ClassMask::ALL),
            optional: classes::lines_of_app(&state, shown.app, shown.optional, ticked),
            once: classes::lines_of_app(
                &state,
                shown.app,
                shown.once,
                classes::of_names(&state, before.all("once")),
            ),
            groups: Vec::new(),
            installable: Vec::new(),
            installed: classes::titles(&state, shown.installed_classes),
            by_opt_in: own_say(&state, &shown),
            lengths: lengths(&state, &shown, before.text("days")),
            before: String::new(),
            seen: Seen::of(asked, &state, store.now()).to_string(),
        };
        (shown, page)
    };
    let (picked, install) = (before.parsed("group")?, before.parsed("install")?);
    // A person who decided already sees what they decided, also where they unticked something.
    let picked = (!page.wrong.is_empty()).then_some(picked);
    let page = ConsentPage {
        app: names::app(store, shown.app),
        partner: names::partner_of(store, shown.app),
        groups: group_lines(&shown, console, &groups, picked.as_deref()),
        installable: install_lines(&shown, console, &groups, &install),
        before: shown.standing.as_ref().map(|one| dates::day(one.expires_at)).unwrap_or_default(),
        ..page
    };
    let status =
        if page.wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(page_with(status, &page, Some(&leads_to(&asked.redirect))))
}

/// What of an enabled app's classes each member decides for themselves; empty if nothing.
fn own_say(state: &consent::State, shown: &Consent) -> String {
    let mask = shown.installed_classes & classes::by_opt_in(state, shown.app);
    if mask.is_empty() { String::new() } else { classes::titles(state, mask) }
}

fn group_lines(
    shown: &Consent,
    console: &Console,
    groups: &Groups,
    picked: Option<&[ContextNo]>,
) -> Vec<GroupLine> {
    let sorted = groups.sorted(console.store(), shown.contexts.iter().map(|one| one.context));
    let line = |(name, context): (String, ContextNo)| {
        let one = shown.contexts.iter().find(|one| one.context == context);
        let checked = match picked {
            Some(picked) => picked.contains(&context),
            None => one.is_some_and(|one| one.named || one.granted),
        };
        GroupLine { id: context.to_string(), name, checked }
    };
    sorted.into_iter().map(line).collect()
}

fn install_lines(
    shown: &Consent,
    console: &Console,
    groups: &Groups,
    picked: &[ContextNo],
) -> Vec<GroupLine> {
    let sorted = groups.sorted(console.store(), shown.installable.iter().copied());
    let line = |(name, context): (String, ContextNo)| GroupLine {
        id: context.to_string(),
        name,
        checked: picked.contains(&context),
    };
    sorted.into_iter().map(line).collect()
}

/// The choice to leave it at what is usual for each class.
const AS_USUAL: &str = "usual";

/// What can be chosen, with what was chosen before, or the usual length. Where some classes usually have less than the grant,
/// that is the first choice, and says so.
fn lengths(state: &consent::State, shown: &Consent, chosen: &str) -> Vec<LengthLine> {
    let (usual, longest) = (dates::days(shown.duration_default), dates::days(shown.duration_max));
    let mut days: Vec<u64> = DAYS_OFFERED.into_iter().filter(|days| *days < longest).collect();
    days.extend([usual, longest]);
    days.sort_unstable();
    days.dedup();
    let first = first_length(state, shown);
    let chosen = chosen.parse().ok().filter(|chosen| days.contains(chosen));
    let chosen = chosen.or_else(|| first.is_none().then_some(usual));
    let first = first.map(|text| LengthLine {
        value: AS_USUAL.to_owned(),
        text,
        selected: chosen.is_none(),
    });
    let line = |days: u64| LengthLine {
        value: days.to_string(),
        text: dates::length(days),
        selected: Some(days) == chosen,
    };
    first.into_iter().chain(days.into_iter().map(line)).collect()
}

/// How long it usually is, where that is not the same for all classes.
fn first_length(state: &consent::State, shown: &Consent) -> Option<String> {
    let each = shown.class_defaults.iter().map(|(length, of)| {
        format!("; {}: {}", classes::titles(state, *of), dates::length(dates::days(*length)))
    });
    let each: String = each.collect();
    let usual = dates::length(dates::days(shown.duration_default));
    (!each.is_empty()).then(|| format!("As usual: {usual}{each}"))
}

/// How long the person chose; none: as usual.
fn chosen_length(fields: &Fields) -> Result<Option<Millis>, Halt> {
    match fields.text("days") {
        AS_USUAL => Ok(None),
        _ => Ok(Some(Millis::days(fields.one("days")?))),
    }
}

/// `POST /oauth/authorize`
pub(crate) async fn decide(
    State(console): State<Arc<Console>>,
    RawQuery(raw): RawQuery,
    form: PersonForm,
) -> Answer {
    let raw = raw.unwrap_or_default();
    //= rfc6749#10.12
    //# The authorization server MUST implement CSRF protection for its authorization endpoint
    //# and ensure that a malicious client cannot obtain authorization without the awareness and
    //# explicit consent of the resource owner.
    let PersonForm { person, fields } = form;
    let (request, asked) = match understood(&console, &raw, Some(person.no)) {
        Ok(found) => found,
        Err(answer) => return Ok(refused(answer)),
    };
    match fields.text("decision") {
        "allow" => {}
        "refuse" => return Ok(refused(deny(&asked, &console.parts.issuer))),
        _ => return Err(Halt::Bad("Choose to allow or to refuse.".to_owned())),
    }
    let duration = chosen_length(&fields)?;
    let once = classes::of_names(&console.store().state(), fields.all("once"));
    let choice = Choice {
        person: person.no,
        // What is allowed only once is allowed, whether or not it is ticked above, too.
        classes: classes::chosen(&console.store().state(), &fields) | once,
        contexts: fields.parsed("group")?,
        install: fields.parsed("install")?,
        duration,
        once,
    };
    let seen: Option<Seen> = fields.text("seen").parse().ok();
    let desk = Arc::clone(&console);
    let done = console
        .store()
        .commit(Urgency::Ordinary, person.own, move |state, lookup, env| {
            say_yes(&request, (seen, &choice), &desk.server(), state, lookup, env)
        })
        .await?;
    match done {
        Ok(done) => Ok(redirect(done.reply.expose())),
        Err(YesRefusal::Given(GiveRefusal::Request(refusal))) => {
            Ok(refused(refusal.answer(&console.parts.issuer)))
        }
        Err(again @ (YesRefusal::Changed | YesRefusal::Given(GiveRefusal::Choice(_)))) => {
            // Asked for anew: it may have changed under the lock, after this request was first read.
            let asked = match understood(&console, &raw, Some(person.no)) {
                Ok((_, asked)) => asked,
                Err(answer) => return Ok(refused(answer)),
            };
            let text = Some(sentence(&again.to_string()));
            consent_page(&console, &raw, &asked, &person, &fields, text).await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_sign_in_is_asked_for_once() {
        assert_eq!(
            without_login("a=1&prompt=login&b=%2F", Prompt::Login).as_deref(),
            Some("a=1&b=%2F")
        );
        let both = without_login("prompt=login+consent&a=1", Prompt::LoginAndConsent);
        assert_eq!(both.as_deref(), Some("a=1&prompt=consent"));
        assert_eq!(without_login("a=1", Prompt::AsNeeded), None);
    }

    #[test]
    fn the_form_may_lead_to_the_app_and_nowhere_else() {
        let check = |uri: &str| leads_to(&RedirectUri::parse(uri).unwrap());
        assert_eq!(check("https://app.example/back?x=1"), "https://app.example");
        assert_eq!(check("http://127.0.0.1:7000/back"), "http://127.0.0.1:7000");
        assert_eq!(check("com.example.app:/back"), "com.example.app:");
    }
}
