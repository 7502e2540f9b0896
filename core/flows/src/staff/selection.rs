//! Which apps are meant: by partner, category, program, class, status, finding, or by name.

use super::Refusal;
use consent::{App, State};
use ledger::AppList;
use model::{AppNo, AppStatus, ClassNo, PartnerNo, Position, ProgramNo, Timestamp};
use std::collections::BTreeSet;
use std::fmt;

/// Parts of one selection.
const PARTS_MAX: usize = 20;
/// Apps that the entry names one by one; more are counted there, and listed in the event itself anyway.
const SPELT_MAX: usize = 20;

/// One part of a selection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// `partner:ptn_3`
    Partner(PartnerNo),
    /// `category:quiz`
    Category(String),
    /// `program:groups`: apps with an agreement for it that has not ended.
    Program(ProgramNo, String),
    /// `class:member.name`: apps with an agreement for it that has not ended.
    Class(ClassNo, String),
    /// `status:active`: by what holds, the partner's status and suspensions of many included.
    Status(AppStatus),
    /// `finding:4711`: the app that a finding is about.
    Finding(Position, AppNo),
    /// `apps:app_1,app_2`
    Apps(BTreeSet<AppNo>),
}

/// Apps for which every part holds. Apps that are removed, or whose partner is over for good, are in none: nothing is left to take
/// from them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection(Vec<Part>);

fn invalid(problem: impl Into<String>) -> Refusal {
    Refusal::Invalid { field: "select", problem: problem.into() }
}

impl Selection {
    /// Reads the parts. `finding` says which app a finding in the log is about.
    ///
    /// # Errors
    /// A part is none, or names what there is not.
    pub fn parse<'t>(
        state: &State,
        texts: impl IntoIterator<Item = &'t str>,
        finding: impl Fn(Position) -> Option<AppNo>,
    ) -> Result<Self, Refusal> {
        let parts = texts.into_iter().map(|text| Part::parse(state, text, &finding));
        let parts = parts.collect::<Result<Vec<_>, _>>()?;
        if parts.is_empty() || parts.len() > PARTS_MAX {
            return Err(invalid("needs 1 to 20 parts such as `partner:ptn_3` or `category:quiz`"));
        }
        Ok(Self(parts))
    }

    /// The apps that it means now.
    #[must_use]
    pub fn apps(&self, state: &State, now: Timestamp) -> AppList {
        // A list is short where a scan is long: the first that names apps is what the others are asked of.
        let named = self.0.iter().find_map(|part| match part {
            Part::Apps(apps) => Some(apps.iter().copied().collect::<Vec<_>>()),
            Part::Finding(_, app) => Some(vec![*app]),
            Part::Partner(no) => state.partner(*no).map(|one| one.apps.clone()),
            Part::Category(_) | Part::Program(..) | Part::Class(..) | Part::Status(_) => None,
        });
        let is_meant = |(no, app): &(AppNo, &App)| {
            state.status_of(app) != AppStatus::Removed
                && self.0.iter().all(|part| part.holds(state, now, *no, app))
        };
        let found = match named {
            Some(named) => named
                .into_iter()
                .filter_map(|no| state.app(no).map(|app| (no, app)))
                .filter(is_meant)
                .map(|(no, _)| no)
                .collect(),
            None => state.apps().filter(is_meant).map(|(no, _)| no).collect(),
        };
        AppList::new(found)
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.0.iter().enumerate() {
            if index > 0 {
                write!(f, " & ")?;
            }
            write!(f, "{part}")?;
        }
        Ok(())
    }
}

impl Part {
    fn parse(
        state: &State,
        text: &str,
        finding: &impl Fn(Position) -> Option<AppNo>,
    ) -> Result<Self, Refusal> {
        let shown: String = text.chars().take(60).collect();
        let wrong = |what: &str| invalid(format!("has `{shown}`: {what}"));
        let (kind, value) =
            text.trim().split_once(':').ok_or_else(|| wrong("a part is `kind:value`"))?;
        match kind {
            "partner" => {
                let no: PartnerNo =
                    value.parse().map_err(|_| wrong("that is no partner's number"))?;
                state.partner(no).ok_or_else(|| wrong("there is no such partner"))?;
                Ok(Self::Partner(no))
            }
            "category" => Ok(Self::Category(super::details::category(value)?)),
            "program" => {
                let no = value.parse().ok().or_else(|| state.program_named(value));
                let no = no.ok_or_else(|| wrong("there is no such program"))?;
                let name = state.program(no).map(|program| program.name.clone());
                Ok(Self::Program(no, name.ok_or_else(|| wrong("there is no such program"))?))
            }
            "class" => {
                let no = state.numbering().classes.get(value).copied();
                Ok(Self::Class(
                    no.ok_or_else(|| wrong("there is no such class"))?,
                    value.to_owned(),
                ))
            }
            "status" => match AppStatus::from_word(value) {
                Some(status @ (AppStatus::Active | AppStatus::Suspended)) => {
                    Ok(Self::Status(status))
                }
                Some(AppStatus::Removed) | None => Err(wrong("it is `active` or `suspended`")),
            },
            "finding" => {
                let at = value.parse().map(Position).map_err(|_| wrong("that is no position"))?;
                let app =
                    finding(at).ok_or_else(|| wrong("no finding about an app stands there"))?;
                Ok(Self::Finding(at, app))
            }
            "apps" => {
                let words = value.split([',', ' ', '\n', '\r', '\t']).filter(|one| !one.is_empty());
                let apps = words.map(|word| {
                    let no: AppNo = word.parse().map_err(|_| {
                        let word: String = word.chars().take(40).collect();
                        invalid(format!("has `{word}`, which is no app's number"))
                    })?;
                    state
                        .app(no)
                        .map(|_| no)
                        .ok_or_else(|| invalid(format!("has `{no}`, which there is not")))
                });
                let apps = apps.collect::<Result<BTreeSet<_>, _>>()?;
                if apps.is_empty() {
                    return Err(wrong("it names no app"));
                }
                Ok(Self::Apps(apps))
            }
            _ => Err(wrong(
                "it begins with partner, category, program, class, status, finding or apps",
            )),
        }
    }

    fn holds(&self, state: &State, now: Timestamp, no: AppNo, app: &App) -> bool {
        let agreed = |covers: &dyn Fn(&consent::Agreement) -> bool| {
            let all = app.agreements.iter().filter_map(|no| state.agreement(*no));
            all.filter(|one| !one.ended && now < one.until).any(covers)
        };
        match self {
            Self::Partner(partner) => app.partner == *partner,
            Self::Category(word) => app.category == *word,
            Self::Program(program, _) => agreed(&|one| one.program == *program),
            Self::Class(class, _) => agreed(&|one| one.classes.has(*class)),
            Self::Status(status) => state.status_of(app) == *status,
            Self::Finding(_, about) => no == *about,
            Self::Apps(apps) => apps.contains(&no),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Partner(no) => write!(f, "partner:{no}"),
            Self::Category(word) => write!(f, "category:{word}"),
            Self::Program(_, name) => write!(f, "program:{name}"),
            Self::Class(_, name) => write!(f, "class:{name}"),
            Self::Status(status) => write!(f, "status:{status}"),
            Self::Finding(at, _) => write!(f, "finding:{}", at.0),
            Self::Apps(apps) if apps.len() > SPELT_MAX => {
                write!(f, "apps:({} of them)", apps.len())
            }
            Self::Apps(apps) => {
                let words: Vec<String> = apps.iter().map(ToString::to_string).collect();
                write!(f, "apps:{}", words.join(","))
            }
        }
    }
}
