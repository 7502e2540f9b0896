//! What the prober knows between rounds, and how it is kept between starts: in the words of JSON, secrets and tokens included.

use crate::prober::App;
use crate::trial::Trial;
use flows::probe::Before;
use model::{
    AppNo, Chain, Condition, CredentialNo, GrantNo, InstallationNo, ObjectNo, PartnerNo, Position,
    ProgramNo, Timestamp,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Tokens that the token endpoint gave while the chain was whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Issued {
    pub(crate) access: Option<String>,
    pub(crate) refresh: Option<String>,
}

/// A chain of the prober's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Probe {
    pub(crate) app: App,
    pub(crate) installation: Option<InstallationNo>,
    pub(crate) grant: Option<GrantNo>,
    /// Issue number of its tokens.
    pub(crate) issue: Position,
    /// Through what it was seen to work.
    pub(crate) proved: Option<Chain>,
    /// When it was last seen to work; the chain was broken right after.
    pub(crate) proved_at: Option<Timestamp>,
    /// When what was left to end by time ends.
    pub(crate) ends_at: Option<Timestamp>,
    /// What was seen then.
    pub(crate) seen: BTreeSet<String>,
    /// Programs in which it was ever seen to work.
    pub(crate) worked_in: BTreeSet<ProgramNo>,
    /// What it was given while it was whole.
    pub(crate) issued: Issued,
    /// Secrets that worked once and must not any more.
    pub(crate) dead_secrets: Vec<String>,
    /// The suspension of many that it was put into.
    pub(crate) suspension: Option<Position>,
}

/// What the prober knows between rounds.
#[derive(Default, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) control: Option<Probe>,
    pub(crate) probes: BTreeMap<Trial, Probe>,
    pub(crate) picture: Option<ObjectNo>,
    /// Secrets of its apps.
    pub(crate) secrets: BTreeMap<AppNo, String>,
    /// What the last round came to.
    pub(crate) before: Before,
}

impl Kept {
    /// The text to be kept. `place` names the people and group that it is about.
    pub(crate) fn text(&self, place: &str) -> String {
        let probes =
            self.probes.iter().map(|(trial, probe)| (trial.word().to_owned(), probe.json()));
        let secrets = self.secrets.iter().map(|(app, secret)| json!([app.0, secret]));
        let troubled = self.before.in_trouble.iter().map(|one| one.word());
        json!({
            "place": place,
            "control": self.control.as_ref().map(Probe::json),
            "probes": probes.collect::<serde_json::Map<_, _>>(),
            "picture": self.picture.map(|object| object.0),
            "secrets": secrets.collect::<Vec<_>>(),
            "tried_nothing": self.before.tried_nothing,
            "in_trouble": troubled.collect::<Vec<_>>(),
        })
        .to_string()
    }

    /// Reads what [`Kept::text`] wrote. `None` for other text, or about another place: the prober then begins anew.
    pub(crate) fn read(text: &str, place: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        if value.get("place")?.as_str()? != place {
            return None;
        }
        let mut kept = Self {
            control: value.get("control").and_then(Probe::read),
            picture: number(&value, "picture").map(ObjectNo),
            ..Self::default()
        };
        for (word, probe) in value.get("probes")?.as_object()? {
            if let (Some(trial), Some(probe)) = (Trial::from_word(word), Probe::read(probe)) {
                kept.probes.insert(trial, probe);
            }
        }
        for pair in value.get("secrets")?.as_array()? {
            let app = pair.get(0).and_then(Value::as_u64).and_then(|no| u32::try_from(no).ok());
            let secret = pair.get(1).and_then(Value::as_str);
            if let (Some(app), Some(secret)) = (app, secret) {
                kept.secrets.insert(AppNo(app), secret.to_owned());
            }
        }
        kept.before.tried_nothing = value.get("tried_nothing")?.as_bool()?;
        let troubled = words(&value, "in_trouble");
        kept.before.in_trouble =
            troubled.iter().filter_map(|word| Condition::from_word(word)).collect();
        Some(kept)
    }
}

impl Probe {
    /// A chain of which nothing is known yet but its app.
    pub(crate) const fn new(app: App, issue: Position) -> Self {
        Self {
            app,
            installation: None,
            grant: None,
            issue,
            proved: None,
            proved_at: None,
            ends_at: None,
            seen: BTreeSet::new(),
            worked_in: BTreeSet::new(),
            issued: Issued { access: None, refresh: None },
            dead_secrets: Vec::new(),
            suspension: None,
        }
    }

    fn json(&self) -> Value {
        let programs = self.worked_in.iter().map(|program| program.0);
        json!({
            "app": self.app.no.0, "partner": self.app.partner.0, "credential": self.app.credential.0,
            "installation": self.installation.map(|no| no.0), "grant": self.grant.map(|no| no.0),
            "issue": self.issue.0, "proved": self.proved.map(proof), "proved_at": self.proved_at.map(|at| at.0),
            "ends_at": self.ends_at.map(|at| at.0),
            "seen": self.seen, "worked_in": programs.collect::<Vec<_>>(),
            "access": self.issued.access, "refresh": self.issued.refresh,
            "dead_secrets": self.dead_secrets, "suspension": self.suspension.map(|at| at.0),
        })
    }

    fn read(value: &Value) -> Option<Self> {
        let short = |name: &str| number(value, name).and_then(|no| u32::try_from(no).ok());
        let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let programs = value.get("worked_in")?.as_array()?.iter();
        Some(Self {
            app: App {
                no: AppNo(short("app")?),
                partner: PartnerNo(short("partner")?),
                credential: CredentialNo(short("credential")?),
            },
            installation: short("installation").map(InstallationNo),
            grant: short("grant").map(GrantNo),
            issue: Position(number(value, "issue")?),
            proved: value.get("proved").and_then(proved),
            proved_at: number(value, "proved_at").map(Timestamp),
            ends_at: number(value, "ends_at").map(Timestamp),
            seen: words(value, "seen").into_iter().collect(),
            worked_in: programs
                .filter_map(|no| no.as_u64()?.try_into().ok().map(ProgramNo))
                .collect(),
            issued: Issued { access: text("access"), refresh: text("refresh") },
            dead_secrets: words(value, "dead_secrets"),
            suspension: number(value, "suspension").map(Position),
        })
    }
}

fn proof(chain: Chain) -> Value {
    match chain {
        Chain::Grant(no) => json!(["grant", no.0]),
        Chain::Installation(no) => json!(["installation", no.0]),
    }
}

fn proved(value: &Value) -> Option<Chain> {
    let no = value.get(1).and_then(Value::as_u64).and_then(|no| u32::try_from(no).ok())?;
    match value.get(0)?.as_str()? {
        "grant" => Some(Chain::Grant(GrantNo(no))),
        "installation" => Some(Chain::Installation(InstallationNo(no))),
        _ => None,
    }
}

fn number(value: &Value, name: &str) -> Option<u64> {
    value.get(name)?.as_u64()
}

fn words(value: &Value, name: &str) -> Vec<String> {
    let list = value.get(name).and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again_and_only_about_the_same_place() {
        let app = App { no: AppNo(7), partner: PartnerNo(2), credential: CredentialNo(9) };
        let probe = Probe {
            app,
            installation: Some(InstallationNo(3)),
            grant: None,
            issue: Position(40),
            proved: Some(Chain::Installation(InstallationNo(3))),
            proved_at: Some(Timestamp(5)),
            ends_at: None,
            seen: ["member.name".to_owned()].into(),
            worked_in: [ProgramNo(1)].into(),
            issued: Issued { access: Some("bla_x".to_owned()), refresh: None },
            dead_secrets: vec!["bls_y".to_owned()],
            suspension: Some(Position(41)),
        };
        let before = Before { tried_nothing: true, in_trouble: [Condition::Idle].into() };
        let kept = Kept {
            control: Some(probe.clone()),
            probes: [(Trial::OneOfMany, probe.clone()), (Trial::Of(Condition::Idle), probe)].into(),
            picture: Some(ObjectNo(11)),
            secrets: [(AppNo(7), "bls_z".to_owned())].into(),
            before,
        };
        let text = kept.text("here");
        assert!(Kept::read(&text, "here").is_some_and(|again| again == kept));
        assert!(Kept::read(&text, "elsewhere").is_none());
        assert!(Kept::read("{}", "here").is_none());
    }
}
