//! What partners and apps say about themselves: forms that show it and change it.

use super::act::said;
use super::forms::{attempt_with, blame, blank, choice, field, hinted, problem, select, shown};
use super::view::{FieldLine, FieldRow, FieldRows, FormPage, Input};
use crate::form::Fields;
use crate::names;
use crate::page::{Answer, Halt, page_with, redirect};
use crate::parts::Console;
use crate::visitor::{Staff, StaffForm};
use axum::extract::{Path, State};
use axum::response::Response;
use flows::Said;
use flows::staff::{
    self as flow, AppDetails, AppSays, Contact, Edit, PartnerDetails, PartnerRole, Refusal,
    SubProcessor,
};
use http::StatusCode;
use model::{AppNo, PartnerNo};
use sequence::{NameOf, StoreError};
use std::sync::Arc;
use store::Urgency;

/// Rows that stand empty beneath those that are filled in.
const SPARE: usize = 2;
/// Rows that a form has at most: flows take no more contacts or sub-processors.
const ROWS_MAX: usize = 20;

/// The hidden field that holds the edition that was shown.
const SEEN: &str = "seen";

const CONTACT: [&str; 3] = ["contact_about", "contact_name", "contact_email"];
const OTHER: [&str; 3] = ["sub_name", "sub_country", "sub_service"];

/// What was typed into rows of three, without those left empty.
fn typed(given: &Fields, names: [&'static str; 3]) -> Vec<[String; 3]> {
    let columns = names.map(|name| given.all(name).map(str::trim).collect::<Vec<_>>());
    let rows = columns.iter().map(Vec::len).max().unwrap_or(0);
    let cell = |column: &Vec<&str>, row: usize| (*column.get(row).unwrap_or(&"")).to_owned();
    let all = (0..rows).map(|row| columns.each_ref().map(|column| cell(column, row)));
    all.filter(|row| row.iter().any(|cell| !cell.is_empty())).collect()
}

/// The rows of a form: those that are filled in, and some more.
fn rows(
    given: &Fields,
    (title, hint, one): (&'static str, &'static str, &'static str),
    cells: [(&'static str, &'static str, Input); 3],
) -> FieldRows {
    let typed = typed(given, cells.map(|(name, ..)| name));
    let count = typed.len().saturating_add(SPARE).min(ROWS_MAX).max(typed.len());
    let row = |at: usize| {
        let values = typed.get(at).cloned().unwrap_or_default();
        let cell = |((name, label, input), value): ((_, _, _), String)| FieldLine {
            id: in_row(name, at),
            ..field(name, label, input, &value)
        };
        let fields = cells.into_iter().zip(values).map(cell).collect();
        FieldRow { legend: format!("{one} {}", at + 1), fields }
    };
    FieldRows { title, hint, rows: (0..count).map(row).collect() }
}

/// The id of a field that stands in several rows.
fn in_row(name: &str, at: usize) -> String {
    format!("{name}-{}", at + 1)
}

/// What is wrong, and beside which field it is to stand.
type Mistake = (String, String);

/// What is wrong with one value, told alone so that one mistake does not hide the next.
fn mistake(id: String, told: Result<String, Refusal>) -> Option<Mistake> {
    match told {
        Err(Refusal::Invalid { problem: text, .. }) => Some((id, problem(&text))),
        // Of details nothing else is refused before they are entered.
        Ok(_) | Err(_) => None,
    }
}

/// What was said when the form was opened, so that nobody undoes what they did not see.
fn seen_field(given: &Fields) -> FieldLine {
    field(SEEN, "", Input::Hidden, given.text(SEEN))
}

/// What is said of one thing, and what it is called.
type Line = (&'static str, String);

/// The form again: somebody else changed what it says since it was opened. What was typed stays; saved once more it stands.
fn edited(mut page: FormPage, before: &[Line], (now, lines): (String, Vec<Line>)) -> Response {
    let changed = lines.into_iter().filter(|line| !before.contains(line));
    let changed = changed.map(|(label, text)| match text.as_str() {
        "" => format!("{label}: nothing"),
        text => format!("{label}: {text}"),
    });
    let changed = changed.collect::<Vec<_>>().join("; ");
    page.wrong = format!(
        "Nothing was changed: somebody else changed this since you opened it. It says now: {changed}. \
         Your text is below; save it once more if it is to replace that."
    );
    for field in page.fields.iter_mut().filter(|field| field.name == SEEN) {
        field.value.clone_from(&now);
    }
    page_with(StatusCode::CONFLICT, &page, None)
}

/// What an edition says.
fn text_of(console: &Console, edition: &str) -> Result<Option<String>, StoreError> {
    let digest = flow::details_in_edition(edition);
    Ok(digest.map(|digest| console.store().details_of(&digest)).transpose()?.flatten())
}

fn partner_lines(details: Option<PartnerDetails>) -> Vec<Line> {
    let Some(details) = details else { return Vec::new() };
    let contacts = details.contacts.iter();
    let contacts = contacts.map(|one| format!("{}: {}, {}", one.about, one.name, one.email));
    vec![
        ("Legal entity", details.legal_entity),
        ("Country", details.country),
        ("Acts as", details.role.word().to_owned()),
        ("Contacts", contacts.collect::<Vec<_>>().join(", ")),
    ]
}

fn app_lines(details: Option<AppDetails>, edition: &str) -> Vec<Line> {
    let category = edition.split_once('.').map_or("", |(_, category)| category);
    let mut lines = vec![("Category", category.to_owned())];
    if let Some(details) = details {
        let others = details.sub_processors.iter();
        let others = others.map(|one| format!("{}, {}: {}", one.name, one.country, one.service));
        lines.push(("Purpose", details.purpose));
        lines.push(("Privacy policy", details.privacy_policy));
        lines.push(("Sub-processors", others.collect::<Vec<_>>().join(", ")));
    }
    lines
}

fn partner_told(details: Option<PartnerDetails>, name: &str, edition: String) -> Fields {
    let Some(details) = details else {
        return Fields::of_pairs([("legal_entity", name.to_owned()), (SEEN, edition)]);
    };
    let mut pairs = vec![
        (SEEN, edition),
        ("legal_entity", details.legal_entity),
        ("country", details.country),
        ("role", details.role.word().to_owned()),
    ];
    for one in details.contacts {
        pairs.extend(CONTACT.into_iter().zip([one.about, one.name, one.email]));
    }
    Fields::of_list(pairs)
}

fn partner_form(console: &Console, staff: &Staff, no: PartnerNo, given: &Fields) -> FormPage {
    let name = names::partner(console.store(), no);
    let place = format!("/staff/partners/{no}");
    let roles = vec![
        choice("", "Choose", given.text("role")),
        choice("controller", "Controller: it decides what the data is for", given.text("role")),
        choice("processor", "Processor: it acts on somebody else’s behalf", given.text("role")),
    ];
    let here = (format!("Details of {name}"), "/staff/partners");
    FormPage {
        intro: "What the partner says about itself. It decides nothing; what stood here before stays in the log as a digest."
            .to_owned(),
        fields: vec![
            hinted(
                "As it is registered: name, form, number, seat.",
                field("legal_entity", "Legal entity", Input::Text, given.text("legal_entity")),
            ),
            hinted(
                "Two capital letters (ISO 3166-1), such as DE.",
                field("country", "Country", Input::Text, given.text("country")),
            ),
            select("role", "Acts as", roles),
            seen_field(given),
        ],
        rows: Some(rows(
            given,
            (
                "Contacts",
                "Whom to ask, and what for: privacy, security, support. Letters go to the one for privacy, or else to the first. A row left empty is dropped; once these are saved there is room for more.",
                "Contact",
            ),
            [
                ("contact_about", "What for", Input::MaybeText),
                ("contact_name", "Name or office", Input::MaybeText),
                ("contact_email", "E-mail address", Input::MaybeEmail),
            ],
        )),
        note: Some(given.text("note").to_owned()),
        submit: "Save",
        ..blank(console, staff, (&here.0, here.1), (place.clone(), "Partner"), format!("{place}/details"))
    }
}

fn partner_typed(given: &Fields) -> PartnerDetails {
    let contacts = typed(given, CONTACT).into_iter();
    PartnerDetails {
        legal_entity: given.text("legal_entity").to_owned(),
        contacts: contacts.map(|[about, name, email]| Contact { about, name, email }).collect(),
        country: given.text("country").to_owned(),
        role: PartnerRole::from_word(given.text("role")).unwrap_or(PartnerRole::Controller),
    }
}

/// Every value that is not what it must be: each is judged alone, among others that are sound.
fn partner_mistakes(given: &Fields, told: &PartnerDetails) -> Vec<Mistake> {
    let sound = || PartnerDetails {
        legal_entity: "-".to_owned(),
        contacts: Vec::new(),
        country: "DE".to_owned(),
        role: told.role,
    };
    let calm = |about: &str, name: &str, email: &str| {
        let [about, name, email] = [about, name, email].map(str::to_owned);
        PartnerDetails { contacts: vec![Contact { about, name, email }], ..sound() }.text()
    };
    let entity = PartnerDetails { legal_entity: told.legal_entity.clone(), ..sound() };
    let country = PartnerDetails { country: told.country.clone(), ..sound() };
    let mut list = vec![
        mistake("legal_entity".to_owned(), entity.text()),
        mistake("country".to_owned(), country.text()),
    ];
    if PartnerRole::from_word(given.text("role")).is_none() {
        list.push(Some(("role".to_owned(), "Must be one of the two.".to_owned())));
    }
    for (at, one) in told.contacts.iter().enumerate() {
        let [about, name, email] = CONTACT.map(|name| in_row(name, at));
        list.push(mistake(about, calm(&one.about, "-", "a@b.c")));
        list.push(mistake(name, calm("-", &one.name, "a@b.c")));
        list.push(mistake(email, calm("-", "-", &one.email)));
    }
    list.into_iter().flatten().collect()
}

/// Where the form has what a flow names.
fn id_here(field: &str) -> String {
    field.to_owned()
}

fn with(mut page: FormPage, mistakes: Vec<Mistake>) -> FormPage {
    for (id, text) in mistakes {
        page.blame(&id, text);
    }
    page
}

/// Who says so, and the note beside it.
fn spoken(form: &StaffForm) -> Said {
    said(&form.staff, &form.fields, false).unwrap_or_else(|_| Said::by(form.staff.actor()))
}

fn known_partner(console: &Console, partner: &str) -> Result<PartnerNo, Halt> {
    let no: PartnerNo = partner.parse().map_err(|_| Halt::NotFound)?;
    console.store().state().partner(no).map(|_| no).ok_or(Halt::NotFound)
}

fn known_app(console: &Console, app: &str) -> Result<AppNo, Halt> {
    let no: AppNo = app.parse().map_err(|_| Halt::NotFound)?;
    console.store().state().app(no).map(|_| no).ok_or(Halt::NotFound)
}

/// `GET /staff/partners/{partner}/details`
pub(crate) async fn partner(
    State(console): State<Arc<Console>>,
    Path(partner): Path<String>,
    staff: Staff,
) -> Answer {
    let no = known_partner(&console, &partner)?;
    let (edition, details) = partner_now(&console, no)?;
    let told = partner_told(details, &names::partner(console.store(), no), edition);
    Ok(shown(&partner_form(&console, &staff, no, &told)))
}

/// `POST /staff/partners/{partner}/details`
pub(crate) async fn change_partner(
    State(console): State<Arc<Console>>,
    Path(partner): Path<String>,
    form: StaffForm,
) -> Answer {
    let no = known_partner(&console, &partner)?;
    let told = partner_typed(&form.fields);
    let page = || partner_form(&console, &form.staff, no, &form.fields);
    let mistakes = partner_mistakes(&form.fields, &told);
    if !mistakes.is_empty() {
        return Ok(shown(&with(page(), mistakes)));
    }
    let seen = form.fields.text(SEEN).to_owned();
    let edit = Edit { of: no, says: told, seen: Some(seen.clone()) };
    let wish = (Urgency::Ordinary, spoken(&form));
    let done = attempt_with(&console, &form, wish, move |state, lookup, env, said| {
        flow::change_partner(state, lookup, env, said, &edit)
    });
    Ok(match done.await? {
        Ok(()) => redirect(&format!("/staff/partners/{no}?done=done")),
        Err(Refusal::Edited) => {
            let before = text_of(&console, &seen)?.and_then(|text| PartnerDetails::read(&text));
            let (now, details) = partner_now(&console, no)?;
            edited(page(), &partner_lines(before), (now, partner_lines(details)))
        }
        Err(refusal) => {
            let mut page = page();
            blame(&mut page, &refusal, id_here);
            shown(&page)
        }
    })
}

fn app_told(details: Option<AppDetails>, category: String, edition: String) -> Fields {
    let mut pairs = vec![("category", category), (SEEN, edition)];
    if let Some(details) = details {
        pairs.push(("purpose", details.purpose));
        pairs.push(("privacy_policy", details.privacy_policy));
        for one in details.sub_processors {
            pairs.extend(OTHER.into_iter().zip([one.name, one.country, one.service]));
        }
    }
    Fields::of_list(pairs)
}

fn app_form(console: &Console, staff: &Staff, no: AppNo, given: &Fields) -> FormPage {
    let name = names::app(console.store(), no);
    let place = format!("/staff/apps/{no}");
    let here = (format!("Details of {name}"), "/staff/apps");
    FormPage {
        intro: "What its partner says about the app. It decides nothing; redirect URIs and keys have forms of their own."
            .to_owned(),
        fields: vec![
            hinted(
                "In the partner’s words. Up to 2,000 characters.",
                field("purpose", "Purpose", Input::Prose, given.text("purpose")),
            ),
            hinted(
                "A word of the platform’s own, such as quiz: small letters, digits, hyphens. Empty: none yet.",
                field("category", "Category", Input::MaybeText, given.text("category")),
            ),
            hinted(
                "An https address.",
                field("privacy_policy", "Privacy policy", Input::Url, given.text("privacy_policy")),
            ),
            seen_field(given),
        ],
        rows: Some(rows(
            given,
            (
                "Sub-processors",
                "Who else gets to process what the app receives. Country: two capital letters. A row left empty is dropped; once these are saved there is room for more.",
                "Sub-processor",
            ),
            [
                ("sub_name", "Legal name", Input::MaybeText),
                ("sub_country", "Country", Input::MaybeText),
                ("sub_service", "What for", Input::MaybeText),
            ],
        )),
        note: Some(given.text("note").to_owned()),
        submit: "Save",
        ..blank(console, staff, (&here.0, here.1), (place.clone(), "App"), format!("{place}/details"))
    }
}

fn app_typed(given: &Fields) -> AppDetails {
    let others = typed(given, OTHER).into_iter();
    let other = |[name, country, service]: [String; 3]| SubProcessor { name, country, service };
    AppDetails {
        purpose: given.text("purpose").replace("\r\n", "\n"),
        privacy_policy: given.text("privacy_policy").to_owned(),
        sub_processors: others.map(other).collect(),
    }
}

/// Every value that is not what it must be: each is judged alone, among others that are sound.
fn app_mistakes(told: &AppDetails) -> Vec<Mistake> {
    let sound = || AppDetails {
        purpose: "-".to_owned(),
        privacy_policy: "https://a.example".to_owned(),
        sub_processors: Vec::new(),
    };
    let calm = |name: &str, country: &str, service: &str| {
        let [name, country, service] = [name, country, service].map(str::to_owned);
        let sub_processors = vec![SubProcessor { name, country, service }];
        AppDetails { sub_processors, ..sound() }.text()
    };
    let purpose = AppDetails { purpose: told.purpose.clone(), ..sound() };
    let policy = AppDetails { privacy_policy: told.privacy_policy.clone(), ..sound() };
    let mut list = vec![
        mistake("purpose".to_owned(), purpose.text()),
        mistake("privacy_policy".to_owned(), policy.text()),
    ];
    for (at, one) in told.sub_processors.iter().enumerate() {
        let [name, country, service] = OTHER.map(|name| in_row(name, at));
        list.push(mistake(name, calm(&one.name, "DE", "-")));
        list.push(mistake(country, calm("-", &one.country, "-")));
        list.push(mistake(service, calm("-", "DE", &one.service)));
    }
    list.into_iter().flatten().collect()
}

fn category_of(console: &Console, no: AppNo) -> String {
    console.store().state().app(no).map(|app| app.category.clone()).unwrap_or_default()
}

/// What a partner says about itself now, and which edition that is.
fn partner_now(
    console: &Console,
    no: PartnerNo,
) -> Result<(String, Option<PartnerDetails>), StoreError> {
    let edition = flow::edition(console.store().details_digest(NameOf::Partner(no))?, "");
    let details = text_of(console, &edition)?.and_then(|text| PartnerDetails::read(&text));
    Ok((edition, details))
}

/// The same of an app, with its category.
fn app_now(console: &Console, no: AppNo) -> Result<(String, Option<AppDetails>), StoreError> {
    let category = category_of(console, no);
    let edition = flow::edition(console.store().details_digest(NameOf::App(no))?, &category);
    let details = text_of(console, &edition)?.and_then(|text| AppDetails::read(&text));
    Ok((edition, details))
}

/// `GET /staff/apps/{app}/details`
pub(crate) async fn app(
    State(console): State<Arc<Console>>,
    Path(app): Path<String>,
    staff: Staff,
) -> Answer {
    let no = known_app(&console, &app)?;
    let (edition, details) = app_now(&console, no)?;
    let category = edition.split_once('.').map_or("", |(_, category)| category).to_owned();
    let told = app_told(details, category, edition);
    Ok(shown(&app_form(&console, &staff, no, &told)))
}

/// `POST /staff/apps/{app}/details`
pub(crate) async fn change_app(
    State(console): State<Arc<Console>>,
    Path(app): Path<String>,
    form: StaffForm,
) -> Answer {
    let no = known_app(&console, &app)?;
    let told = app_typed(&form.fields);
    let page = || app_form(&console, &form.staff, no, &form.fields);
    let mistakes = app_mistakes(&told);
    if !mistakes.is_empty() {
        return Ok(shown(&with(page(), mistakes)));
    }
    // An app that has no category yet can go on without; one that has it cannot lose it.
    let category = form.fields.text("category").to_owned();
    let category = (category != category_of(&console, no)).then_some(category);
    let seen = form.fields.text(SEEN).to_owned();
    let says = AppSays { category, details: Some(told) };
    let edit = Edit { of: no, says, seen: Some(seen.clone()) };
    let wish = (Urgency::Ordinary, spoken(&form));
    let done = attempt_with(&console, &form, wish, move |state, lookup, env, said| {
        flow::change_app(state, lookup, env, said, &edit)
    });
    Ok(match done.await? {
        Ok(()) => redirect(&format!("/staff/apps/{no}?done=done")),
        Err(Refusal::Edited) => {
            let before = text_of(&console, &seen)?.and_then(|text| AppDetails::read(&text));
            let (now, details) = app_now(&console, no)?;
            let lines = app_lines(details, &now);
            edited(page(), &app_lines(before, &seen), (now, lines))
        }
        Err(refusal) => {
            let mut page = page();
            blame(&mut page, &refusal, id_here);
            shown(&page)
        }
    })
}
