//! Agreements and certifications.

use super::said::{Because, Ending};
use crate::api::{Api, unreadable};
use crate::input::{Asked, id, instant, invalid};
use crate::names;
use crate::reply::{self, Answer};
use crate::turns::Turn;
use crate::view::{self, Page};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use catalog::Numbering;
use consent::{Certification, State};
use edge::Problem;
use flows::partner::SigningKeys;
use flows::staff::{NewAgreement, NewCertification, Terms};
use ledger::{Event, Retention};
use model::limits::PAGE_ITEMS_MAX;
use model::{AgreementNo, AppNo, CertificationNo, Env, PurposeNo};
use sequence::Lookup;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use store::{General, Urgency};
use utoipa::ToSchema;

/// An agreement.
#[derive(Serialize, ToSchema)]
pub(crate) struct AgreementView {
    agreement: String,
    app: String,
    program: String,
    classes: Vec<String>,
    /// The feature does not work without these.
    required: Vec<String>,
    purposes: Vec<String>,
    from: Option<String>,
    until: Option<String>,
    /// Ended early.
    ended: bool,
    /// Holds now.
    standing: bool,
    /// How long the partner may keep what it received.
    retention: Vec<Kept>,
    /// By when the partner must have anonymised it.
    anonymise_by: Option<String>,
    /// The rest of what was agreed; left out in lists of staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    terms: Option<TermsView>,
}

/// How long classes may be kept.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kept {
    classes: Vec<String>,
    /// Days from the disclosure on.
    days: u32,
}

/// What was agreed beyond classes, purposes and terms of time.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TermsView {
    /// In plain words.
    text: Option<String>,
    /// Who else the partner gives what it receives to, by name.
    #[serde(default)]
    sub_processors: Vec<String>,
}

/// A certification.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CertificationView {
    certification: String,
    app: String,
    classes: Vec<String>,
    purpose: String,
    from: Option<String>,
    until: Option<String>,
    /// Withdrawn.
    ended: bool,
    /// Whether the partner signed it. If not, staff entered it, and it carries no signature of the partner's.
    signed: bool,
    /// The key that the partner signed with; absent where nothing was signed, or the statement is not kept any more, and beyond
    /// the newest 100 of an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_with: Option<SignedWith>,
    /// SHA-256 of what the partner signed, as the log has it; absent where nothing was signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    statement: Option<String>,
}

/// A key of an app's.
#[derive(Debug, Serialize, ToSchema)]
struct SignedWith {
    credential: String,
    /// Of the key (RFC 7638).
    thumbprint: String,
}

/// An agreement to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AgreementWish {
    app: String,
    /// Name in the catalog.
    program: String,
    classes: Vec<String>,
    #[serde(default)]
    required: Vec<String>,
    /// Names in the catalog.
    purposes: Vec<String>,
    /// First instant; now, unless said.
    from: Option<String>,
    /// End, exclusive.
    until: String,
    /// How long the partner may keep what it receives; not said of a class: as its purpose needs it.
    #[serde(default)]
    retention: Vec<Kept>,
    /// By when the partner must have anonymised what it received.
    anonymise_by: Option<String>,
    terms: Option<TermsView>,
    #[serde(default)]
    because: Because,
}

impl AgreementWish {
    /// Whether it says when it begins.
    pub(super) const fn says_from(&self) -> bool {
        self.from.is_some()
    }
}

/// A certification to be entered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CertificationWish {
    app: String,
    classes: Vec<String>,
    /// Name in the catalog.
    purpose: String,
    /// First instant; now, unless said.
    from: Option<String>,
    /// End, exclusive; as the policy says, unless said: a year, where it does not.
    until: Option<String>,
    #[serde(default)]
    because: Because,
}

fn line(state: &State, no: AgreementNo, now: model::Timestamp) -> Option<AgreementView> {
    let (found, names) = (state.agreement(no)?, state.numbering());
    Some(AgreementView {
        agreement: no.to_string(),
        app: found.app.to_string(),
        program: view::program(names, found.program),
        classes: view::classes(names, found.classes),
        required: view::classes(names, found.required),
        purposes: found.purposes.iter().map(|no| view::purpose(names, *no)).collect(),
        from: view::instant(found.from),
        until: view::instant(found.until),
        ended: found.ended,
        standing: found.is_standing(now),
        retention: found
            .retention
            .iter()
            .map(|one| Kept { classes: view::classes(names, one.classes), days: one.days })
            .collect(),
        anonymise_by: found.anonymise_by.and_then(view::instant),
        terms: None,
    })
}

/// An agreement with its terms.
pub(crate) fn agreement(
    api: &Api,
    no: AgreementNo,
    now: model::Timestamp,
) -> Result<Option<AgreementView>, Problem> {
    let found = {
        let state = api.store().state();
        line(&state, no, now).zip(state.agreement(no).map(|one| one.app))
    };
    let Some((mut view, app)) = found else { return Ok(None) };
    let apps = BTreeSet::from([app]);
    let events = api.store().register_events(&BTreeSet::new(), &apps, General::Not);
    let digest = events.map_err(unreadable)?.into_iter().find_map(|one| match one.event {
        Event::AgreementMade(made) if made.agreement == no => made.terms,
        _ => None,
    });
    if let Some(digest) = digest {
        let text = api.store().note(&digest).map_err(unreadable)?;
        view.terms = text.and_then(|text| serde_json::from_str(&text).ok());
    }
    Ok(Some(view))
}

/// Keys of apps, each app's copied once.
#[derive(Default)]
struct Signers(BTreeMap<AppNo, SigningKeys>);

impl Signers {
    /// With which key a certification is signed. Neither the vault is read nor a signature looked at with the state held: nobody
    /// decides meanwhile.
    fn of(&mut self, api: &Api, found: &Certification) -> Result<Option<SignedWith>, Problem> {
        let Some(digest) = found.statement else { return Ok(None) };
        let Some(jws) = api.store().note(&digest).map_err(unreadable)? else { return Ok(None) };
        let keys = self.0.entry(found.app);
        let keys = keys.or_insert_with(|| SigningKeys::of(&api.store().state(), found.app));
        Ok(keys.signer(found, &jws).map(|key| SignedWith {
            credential: key.credential.to_string(),
            thumbprint: URL_SAFE_NO_PAD.encode(key.thumbprint),
        }))
    }
}

fn certification(
    names: &Numbering,
    (no, found): (CertificationNo, &Certification),
    signed_with: Option<SignedWith>,
) -> CertificationView {
    CertificationView {
        certification: no.to_string(),
        app: found.app.to_string(),
        classes: view::classes(names, found.classes),
        purpose: view::purpose(names, found.purpose),
        from: view::instant(found.from),
        until: view::instant(found.until),
        ended: found.ended,
        signed: found.statement.is_some(),
        signed_with,
        statement: found.statement.map(|digest| view::hex(&digest)),
    }
}

/// These certifications, and whose word each is. Signatures are looked at, and statements read: off the threads that serve, and
/// for the newest of them, as many as a page has. The turn, if it takes one, is held as long.
pub(crate) async fn certified(
    api: &Api,
    numbers: Vec<CertificationNo>,
    turn: Option<Turn>,
) -> Result<Vec<CertificationView>, Problem> {
    let busy = |_| Problem::new(503, "log-unavailable", "nothing can be read at present");
    let api = api.clone();
    let read = move || {
        let _turn = turn;
        let oldest = oldest_looked_at(&numbers);
        let mut signers = Signers::default();
        let mut views = Vec::new();
        for no in numbers {
            let found = api.store().state().certification(no).cloned();
            let Some(found) = found else { continue };
            let looked_at = oldest.is_none_or(|oldest| oldest <= no);
            let signed_with = if looked_at { signers.of(&api, &found)? } else { None };
            let state = api.store().state();
            views.push(certification(state.numbering(), (no, &found), signed_with));
        }
        Ok(views)
    };
    tokio::task::spawn_blocking(read).await.map_err(busy)?
}

/// The oldest certification whose signature is looked at; none: all are.
fn oldest_looked_at(numbers: &[CertificationNo]) -> Option<CertificationNo> {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len().checked_sub(PAGE_ITEMS_MAX)?).copied()
}

/// One that was made just now.
pub(crate) async fn newly_certified(
    api: &Api,
    no: CertificationNo,
) -> Result<CertificationView, Problem> {
    certified(api, vec![no], None).await?.pop().ok_or_else(|| unknown("certification"))
}

fn unknown(what: &str) -> Problem {
    Problem::new(404, "not-found", format!("there is no {what} of this number"))
}

pub(super) async fn list(api: Api, asked: Asked) -> Answer {
    let (limit, after) = (asked.limit()?, asked.query::<AgreementNo>("after")?);
    let of = asked.query::<AppNo>("app")?;
    let now = api.store().now();
    let state = api.store().state();
    let wanted = state
        .agreements()
        .filter(|(no, one)| after.is_none_or(|at| *no > at) && of.is_none_or(|of| one.app == of));
    let numbers: Vec<AgreementNo> = wanted.map(|(no, _)| no).take(limit + 1).collect();
    let next = numbers.get(limit).and(numbers.get(limit.saturating_sub(1)));
    let items = numbers.iter().take(limit).filter_map(|no| line(&state, *no, now)).collect();
    reply::ok(&Page { items, next: next.map(ToString::to_string) })
}

pub(super) async fn show(api: Api, asked: Asked) -> Answer {
    let no: AgreementNo = asked.number("agreement")?;
    let now = api.store().now();
    let found = agreement(&api, no, now)?.ok_or_else(|| unknown("agreement"))?;
    reply::ok(&found)
}

fn purpose(state: &State, name: &str) -> Result<PurposeNo, Problem> {
    let found = state.numbering().purposes.get(name).copied();
    found.ok_or_else(|| invalid("purpose", "is no purpose of the catalog"))
}

/// The agreement that somebody wishes for.
pub(super) fn wanted(api: &Api, wish: &AgreementWish) -> Result<NewAgreement, Problem> {
    let state = api.store().state();
    let names = state.numbering();
    Ok(NewAgreement {
        app: id("app", &wish.app)?,
        program: state
            .program_named(&wish.program)
            .ok_or_else(|| invalid("program", "is no program of the catalog"))?,
        classes: names::classes(names, "classes", &wish.classes)?,
        required: names::classes(names, "required", &wish.required)?,
        purposes: wish
            .purposes
            .iter()
            .map(|name| purpose(&state, name))
            .collect::<Result<_, _>>()?,
        from: from(api, wish.from.as_deref())?,
        until: instant("until", &wish.until)?,
        terms: terms(names, wish)?,
    })
}

fn terms(names: &Numbering, wish: &AgreementWish) -> Result<Terms, Problem> {
    let kept = |one: &Kept| {
        let classes = names::classes(names, "retention", &one.classes)?;
        Ok(Retention { classes, days: one.days })
    };
    let by = wish.anonymise_by.as_deref();
    Ok(Terms {
        retention: wish.retention.iter().map(kept).collect::<Result<_, Problem>>()?,
        anonymise_by: by.map(|text| instant("anonymise_by", text)).transpose()?,
        text: wish.terms.as_ref().and_then(|terms| serde_json::to_string(terms).ok()),
    })
}

pub(super) async fn make(api: Api, asked: Asked) -> Answer {
    let wish: AgreementWish = asked.json()?;
    let said = wish.because.clone().said(asked.staff()?)?;
    let new = wanted(&api, &wish)?;
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::staff::make_agreement(state, env, &said, &new)
    };
    let done = api.commit(&asked, Urgency::Ordinary, flow).await?;
    let made = agreement(&api, done.reply, done.time)?;
    reply::made(done.position, &made.ok_or_else(|| unknown("agreement"))?)
}

fn from(api: &Api, text: Option<&str>) -> Result<model::Timestamp, Problem> {
    text.map_or_else(|| Ok(api.store().now()), |text| instant("from", text))
}

pub(super) async fn end(api: Api, asked: Asked) -> Answer {
    let no: AgreementNo = asked.number("agreement")?;
    let said = asked.json::<Ending>()?.because.said(asked.staff()?)?;
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::staff::end_agreement(state, env, &said, no)
    };
    let done = api.commit(&asked, Urgency::Ending, flow).await?;
    reply::done(done.position)
}

pub(super) async fn certifications(api: Api, asked: Asked) -> Answer {
    let (limit, after) = (asked.limit()?, asked.query::<CertificationNo>("after")?);
    let of = asked.query::<AppNo>("app")?;
    let mut numbers: Vec<CertificationNo> = {
        let state = api.store().state();
        let apps = state.apps().filter(|(no, _)| of.is_none_or(|of| *no == of));
        apps.flat_map(|(_, app)| app.certifications.iter().copied()).collect()
    };
    numbers.retain(|no| after.is_none_or(|at| *no > at));
    numbers.sort_unstable();
    let next = numbers.get(limit).and(numbers.get(limit.saturating_sub(1)));
    let next = next.map(ToString::to_string);
    numbers.truncate(limit);
    reply::ok(&Page { items: certified(&api, numbers, None).await?, next })
}

pub(super) async fn certify(api: Api, asked: Asked) -> Answer {
    let wish: CertificationWish = asked.json()?;
    let from = from(&api, wish.from.as_deref())?;
    let until = wish.until.as_deref().map(|text| instant("until", text)).transpose()?;
    let said = wish.because.clone().said(asked.staff()?)?;
    let new = {
        let state = api.store().state();
        NewCertification {
            app: id("app", &wish.app)?,
            classes: names::classes(state.numbering(), "classes", &wish.classes)?,
            purpose: purpose(&state, &wish.purpose)?,
            from,
            until: until.unwrap_or_else(|| flows::staff::certified_until(&state, from)),
        }
    };
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::staff::certify(state, env, &said, &new)
    };
    let done = api.commit(&asked, Urgency::Ordinary, flow).await?;
    reply::made(done.position, &newly_certified(&api, done.reply).await?)
}

pub(super) async fn end_certification(api: Api, asked: Asked) -> Answer {
    let no: CertificationNo = asked.number("certification")?;
    let said = asked.json::<Ending>()?.because.said(asked.staff()?)?;
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::staff::end_certification(state, env, &said, no)
    };
    let done = api.commit(&asked, Urgency::Ending, flow).await?;
    reply::done(done.position)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_of_the_newest_are_looked_at() {
        let oldest = |count: u32| {
            // Apps come one after the other, and the newest need not come last.
            let numbers: Vec<_> = (1..=count).rev().map(CertificationNo).collect();
            oldest_looked_at(&numbers).map(|no| no.0)
        };
        assert_eq!((oldest(0), oldest(99), oldest(100)), (None, None, Some(1)));
        assert_eq!(oldest(250), Some(151));
    }
}
