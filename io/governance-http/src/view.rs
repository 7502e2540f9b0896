//! Core types as JSON, shared by the three APIs and the command line.

use catalog::Numbering;
use consent::State;
pub use flows::hex::{hex, unhex};
use model::{ClassMask, ClassNo, OperationNo, ProgramNo, PurposeNo, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// An instant as RFC 3339 in UTC with milliseconds; none for the end of time.
#[must_use]
pub fn instant(at: Timestamp) -> Option<String> {
    let at = jiff::Timestamp::from_millisecond(i64::try_from(at.0).ok()?).ok()?;
    Some(format!("{at:.3}"))
}

fn named<N: PartialEq + Copy>(names: &BTreeMap<String, N>, no: N) -> Option<String> {
    names.iter().find(|(_, known)| **known == no).map(|(name, _)| name.clone())
}

/// Name of a class.
#[must_use]
pub fn class(names: &Numbering, no: ClassNo) -> String {
    named(&names.classes, no).unwrap_or_else(|| format!("class-{}", no.number()))
}

/// Names of the classes of a mask, in the order of their numbers.
#[must_use]
pub fn classes(names: &Numbering, mask: ClassMask) -> Vec<String> {
    // A setting blocks classes that do not exist yet, too; those have no name.
    let known: ClassMask = names.classes.values().copied().collect();
    (mask & known).iter().map(|no| class(names, no)).collect()
}

/// Name of an operation.
#[must_use]
pub fn operation(names: &Numbering, no: OperationNo) -> String {
    named(&names.operations, no).unwrap_or_else(|| no.to_string())
}

/// Name of a purpose.
#[must_use]
pub fn purpose(names: &Numbering, no: PurposeNo) -> String {
    named(&names.purposes, no).unwrap_or_else(|| no.to_string())
}

/// Name of a program.
#[must_use]
pub fn program(names: &Numbering, no: ProgramNo) -> String {
    named(&names.programs, no).unwrap_or_else(|| no.to_string())
}

/// A class as people read it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ClassView {
    /// Name in scopes and documents.
    pub name: String,
    /// One line.
    pub title: String,
    /// Plain words.
    pub text: String,
    /// 0 public to 3 special category.
    pub sensitivity: u8,
    /// The app does not work without it.
    pub required: bool,
}

/// Classes of a mask as people read them; those that the catalog in force has not are left out.
#[must_use]
pub fn class_views(state: &State, mask: ClassMask, required: ClassMask) -> Vec<ClassView> {
    let classes = state.catalog().into_iter().flat_map(|catalog| &catalog.classes);
    classes
        .filter(|class| mask.has(class.number))
        .map(|class| ClassView {
            name: class.name.clone(),
            title: class.title.clone(),
            text: class.text.clone(),
            sensitivity: class.sensitivity,
            required: required.has(class.number),
        })
        .collect()
}

/// An app as people and admins see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AppRef {
    /// Its number.
    pub app: String,
    /// Its name.
    pub name: Option<String>,
    /// Name of the partner that runs it.
    pub partner: Option<String>,
    /// `active`, `suspended` or `removed`; the partner's status counts too.
    pub status: String,
}

/// A group as its members see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GroupRef {
    /// Its number.
    pub group: String,
    /// The platform's own id.
    pub platform_id: Option<String>,
    /// Its name, if the platform told it just now.
    pub name: Option<String>,
}

/// A page of something.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Page<T: ToSchema> {
    /// The items.
    pub items: Vec<T>,
    /// What to send as `after` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Where an installation is in its life: it ends with the app and with its partner, too.
#[must_use]
pub fn installation_status(state: &State, installation: &consent::Installation) -> &'static str {
    if installation.ended || state.is_over(installation.app) {
        "ended"
    } else if state.is_standing(installation) {
        "standing"
    } else {
        "lapsed"
    }
}

/// One link of the chain that allowed a class, or the reason that stopped it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Explanation {
    /// Index of the node in the answer.
    pub node: usize,
    /// Which class.
    pub class: String,
    /// `released`, `withheld` or `not-shown`.
    pub outcome: &'static str,
    /// The chain, for what was released.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub basis: Vec<String>,
    /// The first link that failed, for what was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Who reads an explanation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// Staff, who know people by their numbers.
    Staff,
    /// The person whom it is about: other people are counted, not named.
    Oneself,
}

/// An explanation as JSON.
#[must_use]
pub fn explanation(
    state: &consent::State,
    explained: &consent::Explained,
    reader: Reader,
) -> Explanation {
    use consent::Why;
    let (outcome, basis, reason) = match &explained.why {
        Why::Released(chain) => {
            ("released", chain.iter().map(|one| link(state, one, reader)).collect(), None)
        }
        Why::Withheld(reason) => ("withheld", Vec::new(), Some(reason.to_string())),
        Why::NotShown(reason) => ("not-shown", Vec::new(), reason.map(|r| r.to_string())),
    };
    Explanation {
        node: explained.node,
        class: class(state.numbering(), explained.class),
        outcome,
        basis,
        reason,
    }
}

fn link(state: &consent::State, link: &consent::Link, reader: Reader) -> String {
    use consent::Link;
    let people = |people: &[model::PersonNo]| {
        people.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    let backed = |backers: &[model::PersonNo]| match (reader, backers.len()) {
        (Reader::Staff, _) => people(backers),
        (Reader::Oneself, 1) => "an admin".to_owned(),
        (Reader::Oneself, many) => format!("{many} admins"),
    };
    match link {
        Link::Policy(at) => format!("policy {at}"),
        Link::Agreement(no) => format!("agreement {no}"),
        Link::Certification(no) => {
            let signed = state.certification(*no).is_some_and(|one| one.statement.is_some());
            let by = if signed {
                "signed by the partner"
            } else {
                "entered by staff without a signature of the partner's"
            };
            format!("certification {no}, {by}")
        }
        Link::Installation(no, backers) => {
            format!("installation {no}, backed by {}", backed(backers))
        }
        Link::Grant(no) => format!("grant {no}"),
        Link::Published => "published".to_owned(),
        Link::OptIn(_) if reader == Reader::Oneself => "own opt-in".to_owned(),
        Link::OptIn(who) => format!("opt-in of {}", people(who)),
        Link::OwnData => "own data".to_owned(),
    }
}
