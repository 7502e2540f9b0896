//! Registering partners and apps, making agreements, certifications and credentials.

use super::act::said;
use super::choose::{self, ChosenFor};
use super::forms::{
    attempt, blame, blank, checks, choice, field, hinted, lines, or, select, shown,
};
use super::view::{Choice, FieldLine, FormPage, Input};
use crate::classes;
use crate::dates;
use crate::form::Fields;
use crate::names;
use crate::page::{Answer, Halt, page, redirect};
use crate::parts::Console;
use crate::shell::Shell;
use crate::visitor::{Query, Staff, StaffForm};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use flows::Said;
use flows::staff::{self as flow, NewAgreement, NewApp, NewCertification, Refusal};
use model::{AppNo, ClassMask, Env, Millis, PartnerNo, StaffRole, Timestamp};
use oauth::client_auth::{SecretDigest, secret_text};
use sequence::Commit;
use std::sync::Arc;
use store::Urgency;

/// How long an agreement or certification lasts unless somebody says otherwise.
const USUAL: Millis = Millis::days(365);

#[derive(Template)]
#[template(path = "staff_secret.html")]
pub(crate) struct SecretPage {
    pub(crate) shell: Shell,
    pub(crate) client: String,
    pub(crate) secret: String,
    pub(crate) until: String,
    pub(crate) back: String,
}

/// What is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Member,
    Partner,
    App,
    Agreement,
    Certification,
    Credential(AppNo),
    Key(AppNo),
    Redirects(AppNo),
}

impl Kind {
    const fn place(self) -> &'static str {
        match self {
            Self::Member => "/staff/members",
            Self::Partner => "/staff/partners",
            Self::App
            | Self::Certification
            | Self::Credential(_)
            | Self::Key(_)
            | Self::Redirects(_) => "/staff/apps",
            Self::Agreement => "/staff/agreements",
        }
    }

    const fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Member => ("Make somebody staff", "/staff/members/new", "Staff"),
            Self::Partner => ("Register a partner", "/staff/partners/new", "Partners"),
            Self::App => ("Register an app", NEW_APP, "Apps"),
            Self::Agreement => ("Make an agreement", "/staff/agreements/new", "Agreements"),
            Self::Certification => ("Enter a certification", "/staff/certifications/new", "Apps"),
            Self::Credential(_) => ("Make a credential", "/staff/credentials/new", "App"),
            Self::Key(_) => ("Add a public key", "/staff/keys/new", "App"),
            Self::Redirects(_) => ("Change redirect URIs", "/staff/redirects", "App"),
        }
    }

    /// What comes of it, where the title does not say so.
    const fn intro(self) -> &'static str {
        match self {
            Self::Certification => {
                "A certification is the partner’s signed statement, which it sends itself over its API. What you enter here is shown to everybody as entered by staff, without the partner’s signature."
            }
            Self::Key(_) => {
                "The app signs with the private half, which stays with its partner. Keys that stand go on until they end, so that a client changes over without a gap."
            }
            Self::Member
            | Self::Partner
            | Self::App
            | Self::Agreement
            | Self::Credential(_)
            | Self::Redirects(_) => "",
        }
    }

    /// Where the form has what a flow names.
    fn id_here(field: &'static str) -> String {
        match field {
            "redirect_uris" => "redirects",
            "classes" => "class",
            "purposes" => "purpose",
            "expires_at" => "until",
            other => other,
        }
        .to_owned()
    }

    fn fields(self, console: &Console, given: &Fields) -> Vec<FieldLine> {
        let store = console.store();
        let (from, until) = (dates::iso(store.now()), dates::iso(store.now().plus(USUAL)));
        let window = || {
            let from = field("from", "From", Input::Date, or(given.text("from"), &from));
            let until =
                field("until", "Until, exclusive", Input::Date, or(given.text("until"), &until));
            [from, until]
        };
        match self {
            Self::Member => vec![
                field("name", "Name", Input::Text, given.text("name")),
                select("role", "Role", roles(or(given.text("role"), "viewer"))),
            ],
            Self::Partner => vec![field("name", "Legal name", Input::Text, given.text("name"))],
            Self::App => vec![
                chosen_partner(console, given),
                hinted(
                    "What people read on the consent page.",
                    field("name", "Name", Input::Text, given.text("name")),
                ),
                select("kind", "Kind of client", client_kinds(given.text("kind"))),
                select("review", "Review", review_kinds(given.text("review"))),
                hinted(
                    "One a line, compared exactly.",
                    field("redirects", "Redirect URIs", Input::Lines, given.text("redirects")),
                ),
            ],
            Self::Agreement => {
                let mut list = vec![
                    chosen_app(console, given, AGREEMENT.form),
                    select("program", "Program", programs(console, given.text("program"))),
                    checks("class", "What it covers", class_choices(console, given, "class")),
                    checks(
                        "required",
                        "Of these, what the app does not work without",
                        class_choices(console, given, "required"),
                    ),
                    checks("purpose", "For what", purposes(console, given)),
                ];
                list.extend(window());
                list.extend(super::terms::fields(given));
                list
            }
            Self::Certification => {
                let mut list = vec![
                    chosen_app(console, given, CERTIFICATION.form),
                    checks("class", "Classes", class_choices(console, given, "class")),
                    select("purpose", "For what", purposes(console, given)),
                ];
                list.extend(window());
                list
            }
            Self::Redirects(app) => {
                vec![only_app(console, app), redirect_lines(console, app, given)]
            }
            Self::Key(app) => vec![
                only_app(console, app),
                hinted(
                    "As JSON (RFC 7517), such as {\"kty\": \"OKP\", \"crv\": \"Ed25519\", \"x\": \"…\"}. ES256, EdDSA or RS256; the public half alone.",
                    field("jwk", "Public key", Input::Lines, given.text("jwk")),
                ),
                field("until", "Until, exclusive", Input::Date, or(given.text("until"), &until)),
            ],
            Self::Credential(app) => vec![
                only_app(console, app),
                field("until", "Until, exclusive", Input::Date, or(given.text("until"), &until)),
            ],
        }
    }
}

fn only_app(console: &Console, app: AppNo) -> FieldLine {
    let store = console.store();
    let label = format!("{} ({}), {app}", names::app(store, app), names::partner_of(store, app));
    let only = Choice { value: app.to_string(), label, chosen: true };
    FieldLine { choices: vec![only], ..field("app", "App", Input::Fixed, "") }
}

/// The app that was chosen before the form; a large platform has too many to list them in it.
fn chosen_app(console: &Console, given: &Fields, choosing: &'static str) -> FieldLine {
    match given.text("app").parse() {
        Ok(app) => FieldLine { another: choosing, ..only_app(console, app) },
        Err(_) => FieldLine { another: choosing, ..field("app", "App", Input::Fixed, "") },
    }
}

/// Redirect URIs as they were typed, or as they stand.
fn redirect_lines(console: &Console, app: AppNo, given: &Fields) -> FieldLine {
    let standing = console.store().state().app(app).map(|app| app.redirects.join("\n"));
    let value = match given.text("redirects") {
        "" => standing.unwrap_or_default(),
        typed => typed.to_owned(),
    };
    hinted(
        "One a line, compared exactly.",
        field("redirects", "Redirect URIs", Input::Lines, &value),
    )
}

/// The partner that was chosen before the form.
fn chosen_partner(console: &Console, given: &Fields) -> FieldLine {
    let choice = |no: PartnerNo| Choice {
        value: no.to_string(),
        label: format!("{} ({no})", names::partner(console.store(), no)),
        chosen: true,
    };
    let choices = given.text("partner").parse().ok().map(choice).into_iter().collect();
    FieldLine { choices, another: NEW_APP, ..field("partner", "Partner", Input::Fixed, "") }
}

fn roles(chosen: &str) -> Vec<Choice> {
    let choice = |role: &StaffRole| Choice {
        value: role.word().to_owned(),
        label: format!("{role}: {}", super::members::meaning(*role)),
        chosen: role.word() == chosen,
    };
    StaffRole::ALL.iter().map(choice).collect()
}

fn client_kinds(chosen: &str) -> Vec<Choice> {
    vec![
        choice("confidential", "Confidential: runs on a server and keeps a secret", chosen),
        choice("public", "Public: runs on people's devices and keeps none", chosen),
    ]
}

fn review_kinds(chosen: &str) -> Vec<Choice> {
    vec![
        choice("none", "Still to come: until then it sees its testers and sandboxes alone", chosen),
        choice("all", "Done: it may see whatever its agreements cover", chosen),
    ]
}

fn programs(console: &Console, chosen: &str) -> Vec<Choice> {
    let state = console.store().state();
    let all = state.catalog().into_iter().flat_map(|catalog| &catalog.programs);
    let choice = |one: &catalog::Program| {
        let value = one.number.to_string();
        Choice { label: one.title.clone(), chosen: value == chosen, value }
    };
    all.map(choice).collect()
}

fn purposes(console: &Console, given: &Fields) -> Vec<Choice> {
    let state = console.store().state();
    let all = state.catalog().into_iter().flat_map(|catalog| &catalog.purposes);
    let choice = |one: &catalog::Purpose| {
        let value = one.number.to_string();
        let chosen = given.all("purpose").any(|given| given == value);
        Choice { label: one.title.clone(), chosen, value }
    };
    all.map(choice).collect()
}

fn class_choices(console: &Console, given: &Fields, name: &str) -> Vec<Choice> {
    let state = console.store().state();
    let ticked = classes::of_names(&state, given.all(name));
    as_choices(classes::lines(&state, ClassMask::ALL, ticked))
}

pub(super) fn as_choices(lines: Vec<classes::ClassLine>) -> Vec<Choice> {
    let choice = |line: classes::ClassLine| Choice {
        label: format!("{} ({})", line.title, line.name),
        value: line.name,
        chosen: line.checked,
    };
    lines.into_iter().map(choice).collect()
}

fn form_page(console: &Console, staff: &Staff, kind: Kind, given: &Fields) -> FormPage {
    let (title, action, back) = kind.words();
    let place = match kind {
        Kind::Credential(app) | Kind::Key(app) | Kind::Redirects(app) => {
            format!("/staff/apps/{app}")
        }
        _ => kind.place().to_owned(),
    };
    FormPage {
        intro: kind.intro().to_owned(),
        fields: kind.fields(console, given),
        note: Some(given.text("note").to_owned()),
        submit: title,
        ..blank(console, staff, (title, kind.place()), (place, back), action.to_owned())
    }
}

fn show(console: &Console, staff: &Staff, kind: Kind, given: &Fields, wrong: String) -> Response {
    shown(&FormPage { wrong, ..form_page(console, staff, kind, given) })
}

macro_rules! forms {
    ($($(#[$doc:meta])* $name:ident => $kind:expr;)+) => {$(
        $(#[$doc])*
        pub(crate) async fn $name(
            State(console): State<Arc<Console>>,
            Query(query): Query,
            staff: Staff,
        ) -> Answer {
            Ok(show(&console, &staff, $kind, &query, String::new()))
        }
    )+};
}

forms! {
    /// `GET /staff/members/new`
    new_member => Kind::Member;
    /// `GET /staff/partners/new`
    new_partner => Kind::Partner;
}

const AGREEMENT: ChosenFor = ChosenFor {
    title: "Make an agreement",
    form: "/staff/agreements/new",
    here: "/staff/agreements",
};
const CERTIFICATION: ChosenFor = ChosenFor {
    title: "Enter a certification",
    form: "/staff/certifications/new",
    here: "/staff/apps",
};

const NEW_APP: &str = "/staff/apps/new";

/// `GET /staff/apps/new`: without a partner the partners, with one the form.
pub(crate) async fn new_app(
    State(console): State<Arc<Console>>,
    Query(query): Query,
    staff: Staff,
) -> Answer {
    if query.text("partner").is_empty() {
        return choose::partner(&console, &staff, &query, NEW_APP).await;
    }
    let no: PartnerNo = query.text("partner").parse().map_err(|_| Halt::NotFound)?;
    console.store().state().partner(no).map(|_| ()).ok_or(Halt::NotFound)?;
    Ok(show(&console, &staff, Kind::App, &query, String::new()))
}

/// `GET /staff/agreements/new`: without an app the apps, with one the form.
pub(crate) async fn new_agreement(
    State(console): State<Arc<Console>>,
    Query(query): Query,
    staff: Staff,
) -> Answer {
    of_app(&console, &staff, &query, (Kind::Agreement, AGREEMENT)).await
}

/// `GET /staff/certifications/new`: the same.
pub(crate) async fn new_certification(
    State(console): State<Arc<Console>>,
    Query(query): Query,
    staff: Staff,
) -> Answer {
    of_app(&console, &staff, &query, (Kind::Certification, CERTIFICATION)).await
}

async fn of_app(
    console: &Console,
    staff: &Staff,
    query: &Fields,
    (kind, wanted): (Kind, ChosenFor),
) -> Answer {
    if query.text("app").is_empty() {
        return choose::app(console, staff, query, wanted).await;
    }
    known(console, query.text("app"))?;
    Ok(show(console, staff, kind, query, String::new()))
}

fn known(console: &Console, app: &str) -> Result<AppNo, Halt> {
    let no: AppNo = app.parse().map_err(|_| Halt::NotFound)?;
    console.store().state().app(no).map(|_| no).ok_or(Halt::NotFound)
}

/// `GET /staff/apps/{app}/credentials/new`
pub(crate) async fn new_credential(
    State(console): State<Arc<Console>>,
    Path(app): Path<String>,
    Query(query): Query,
    staff: Staff,
) -> Answer {
    let app = known(&console, &app)?;
    Ok(show(&console, &staff, Kind::Credential(app), &query, String::new()))
}

/// `GET /staff/apps/{app}/redirects`
pub(crate) async fn new_redirects(
    State(console): State<Arc<Console>>,
    Path(app): Path<String>,
    staff: Staff,
) -> Answer {
    let app = known(&console, &app)?;
    Ok(show(&console, &staff, Kind::Redirects(app), &Fields::default(), String::new()))
}

/// `POST /staff/redirects`
pub(crate) async fn change_redirects(
    State(console): State<Arc<Console>>,
    form: StaffForm,
) -> Answer {
    let app: AppNo = form.fields.one("app")?;
    let list = lines(form.fields.text("redirects"));
    let made = run(&console, &form, Kind::Redirects(app), move |state, env, said| {
        flow::change_redirects(state, env, said, app, &list)
    });
    Ok(match made.await? {
        Ok(()) => redirect(&format!("/staff/apps/{app}?done=done")),
        Err(again) => again,
    })
}

/// `GET /staff/apps/{app}/keys/new`
pub(crate) async fn new_key(
    State(console): State<Arc<Console>>,
    Path(app): Path<String>,
    staff: Staff,
) -> Answer {
    let app = known(&console, &app)?;
    Ok(show(&console, &staff, Kind::Key(app), &Fields::default(), String::new()))
}

/// `POST /staff/keys/new`
pub(crate) async fn make_key(State(console): State<Arc<Console>>, form: StaffForm) -> Answer {
    let app: AppNo = form.fields.one("app")?;
    let until = date(&form.fields, "until")?;
    let key = form.fields.text("jwk").to_owned();
    let made = run(&console, &form, Kind::Key(app), move |state, env, said| {
        flow::make_key(state, env, said, app, key.as_bytes(), until)
    });
    Ok(match made.await? {
        Ok(_) => redirect(&format!("/staff/apps/{app}?done=made")),
        Err(again) => again,
    })
}

/// Runs a flow; a refusal shows the form again with what was typed, and says beside the field what is wrong with it.
async fn run<R: Send + 'static>(
    console: &Console,
    form: &StaffForm,
    kind: Kind,
    flow: impl Fn(&consent::State, &Env, &Said) -> Result<Commit<R>, Refusal> + Send + 'static,
) -> Result<Result<R, Response>, Halt> {
    let said =
        said(&form.staff, &form.fields, false).unwrap_or_else(|_| Said::by(form.staff.actor()));
    let done = attempt(console, form, (Urgency::Ordinary, said), flow).await?;
    Ok(done.map_err(|refusal| {
        let mut page = form_page(console, &form.staff, kind, &form.fields);
        blame(&mut page, &refusal, Kind::id_here);
        shown(&page)
    }))
}

/// `POST /staff/members/new`
pub(crate) async fn make_member(State(console): State<Arc<Console>>, form: StaffForm) -> Answer {
    let name = form.fields.text("name").to_owned();
    let role = StaffRole::from_word(form.fields.text("role"))
        .ok_or_else(|| Halt::Bad("There is no such role.".to_owned()))?;
    let made = run(&console, &form, Kind::Member, move |state, env, said| {
        flow::make_staff(state, env, said, &name, role)
    });
    Ok(match made.await? {
        Ok(_) => redirect("/staff/members?done=made"),
        Err(again) => again,
    })
}

/// `POST /staff/partners/new`
pub(crate) async fn make_partner(State(console): State<Arc<Console>>, form: StaffForm) -> Answer {
    let name = form.fields.text("name").to_owned();
    let made = run(&console, &form, Kind::Partner, move |state, env, said| {
        flow::make_partner(state, env, said, &name)
    });
    Ok(match made.await? {
        Ok(no) => redirect(&format!("/staff/partners/{no}?done=made")),
        Err(again) => again,
    })
}

/// `POST /staff/apps/new`
pub(crate) async fn make_app(State(console): State<Arc<Console>>, form: StaffForm) -> Answer {
    let new = NewApp {
        partner: form.fields.one("partner")?,
        name: form.fields.text("name").to_owned(),
        public: form.fields.text("kind") == "public",
        redirects: lines(form.fields.text("redirects")),
        reviewed: match form.fields.text("review") {
            "all" => ClassMask::ALL,
            _ => ClassMask::NONE,
        },
    };
    let made = run(&console, &form, Kind::App, move |state, env, said| {
        flow::make_app(state, env, said, &new)
    });
    Ok(match made.await? {
        Ok(no) => redirect(&format!("/staff/apps/{no}?done=made")),
        Err(again) => again,
    })
}

fn date(fields: &Fields, name: &str) -> Result<Timestamp, Halt> {
    dates::parse(fields.text(name))
        .ok_or_else(|| Halt::Bad(format!("The field `{name}` must be a date such as 2026-11-21.")))
}

/// `POST /staff/agreements/new`
pub(crate) async fn make_agreement(State(console): State<Arc<Console>>, form: StaffForm) -> Answer {
    let masks = |name: &str| classes::of_names(&console.store().state(), form.fields.all(name));
    let read = super::terms::read(&console.store().state(), &form.fields);
    let terms = match read {
        Ok(terms) => terms,
        Err(wrong) => {
            return Ok(show(&console, &form.staff, Kind::Agreement, &form.fields, wrong));
        }
    };
    let new = NewAgreement {
        terms,
        app: form.fields.one("app")?,
        program: form.fields.one("program")?,
        classes: masks("class"),
        required: masks("required"),
        purposes: form.fields.parsed("purpose")?,
        from: date(&form.fields, "from")?,
        until: date(&form.fields, "until")?,
    };
    let made = run(&console, &form, Kind::Agreement, move |state, env, said| {
        flow::make_agreement(state, env, said, &new)
    });
    Ok(match made.await? {
        Ok(no) => redirect(&format!("/staff/agreements/{no}?done=made")),
        Err(again) => again,
    })
}

/// `POST /staff/certifications/new`
pub(crate) async fn make_certification(
    State(console): State<Arc<Console>>,
    form: StaffForm,
) -> Answer {
    let new = NewCertification {
        app: form.fields.one("app")?,
        classes: classes::chosen(&console.store().state(), &form.fields),
        purpose: form.fields.one("purpose")?,
        from: date(&form.fields, "from")?,
        until: date(&form.fields, "until")?,
    };
    let app = new.app;
    let made = run(&console, &form, Kind::Certification, move |state, env, said| {
        flow::certify(state, env, said, &new)
    });
    Ok(match made.await? {
        Ok(_) => redirect(&format!("/staff/apps/{app}?done=made")),
        Err(again) => again,
    })
}

/// `POST /staff/credentials/new`: answers with the secret itself, for it is shown this once and kept nowhere.
pub(crate) async fn make_credential(
    State(console): State<Arc<Console>>,
    form: StaffForm,
) -> Answer {
    let app: AppNo = form.fields.one("app")?;
    let until = date(&form.fields, "until")?;
    let random = console.store().env().random("client secret");
    let digest = *SecretDigest::of(&random).as_bytes();
    let made = run(&console, &form, Kind::Credential(app), move |state, env, said| {
        flow::make_credential(state, env, said, app, digest, until)
    });
    match made.await? {
        Err(again) => Ok(again),
        Ok(_) => Ok(page(&SecretPage {
            shell: form.staff.shell(&console, "The secret, this once", "/staff/apps").narrow(),
            client: app.to_string(),
            secret: secret_text(&random).expose().clone(),
            until: dates::day(until),
            back: format!("/staff/apps/{app}"),
        })),
    }
}
