//! What a change would do: a policy in numbers of the last 30 days, or any in those of the time for which it was watched.

use super::agreements::program_title;
use super::view::grouped;
use crate::dates;
use crate::names;
use crate::parts::Console;
use flows::Said;
use flows::staff as flow;
use ledger::AuditedChange;
use model::ClassNo;
use preview::{Effects, Report};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use store::{PreviewFailure, PreviewStage, Watched};

/// A page does not wait longer for numbers; whoever wants them looks again.
const WAIT_MAX: Duration = Duration::from_secs(2);
/// How often it looks meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Apps named on the page.
const APPS_MAX: usize = 20;

/// A class or an app, and in how many answers it would lose and gain.
pub(crate) struct EffectLine {
    pub(crate) name: String,
    pub(crate) lost: String,
    pub(crate) gained: String,
    pub(crate) people: String,
}

/// What would be different.
#[derive(Default)]
pub(crate) struct Foreseen {
    /// In sentences; the first one says most.
    pub(crate) sentences: Vec<String>,
    /// Not counted to the end yet.
    pub(crate) running: bool,
    pub(crate) classes: Vec<EffectLine>,
    pub(crate) apps: Vec<EffectLine>,
}

impl Foreseen {
    fn said(sentence: impl Into<String>) -> Self {
        Self { sentences: vec![sentence.into()], ..Self::default() }
    }

    fn with(mut self, console: &Console, effects: &Effects) -> Self {
        let titles: BTreeMap<ClassNo, String> = {
            let state = console.store().state();
            let classes = state.catalog().into_iter().flat_map(|catalog| &catalog.classes);
            classes.map(|class| (class.number, class.title.clone())).collect()
        };
        let classes = effects.classes.iter().map(|(no, of)| EffectLine {
            name: titles.get(no).cloned().unwrap_or_else(|| format!("class {}", no.number())),
            lost: grouped(of.lost.disclosures),
            gained: grouped(of.gained.disclosures),
            people: grouped(of.people_losing + of.people_gaining),
        });
        self.classes = classes.collect();
        let apps = effects.apps.most.iter().take(APPS_MAX).map(|(no, of)| EffectLine {
            name: names::app(console.store(), *no),
            lost: grouped(of.lost.disclosures),
            gained: grouped(of.gained.disclosures),
            people: String::new(),
        });
        self.apps = apps.collect();
        self
    }
}

/// What putting a policy in force would do, as far as it is counted by now.
pub(crate) async fn of_policy(console: &Console, said: &Said, document: &[u8]) -> Foreseen {
    let store = console.store();
    let env = store.env();
    let events = match flow::activate_policy(&store.state(), &env, said, document) {
        Ok(commit) => commit.events,
        Err(_) => return Foreseen::said("Your role may not have counted what it would do."),
    };
    let number = match store.begin_preview(events) {
        Ok(number) => number,
        Err(failure @ (PreviewFailure::Busy | PreviewFailure::Change(_))) => {
            return Foreseen::said(format!("What it would do is not counted: {failure}."));
        }
        Err(PreviewFailure::Store(error)) => {
            tracing::error!(%error, "a preview cannot be begun");
            return Foreseen::said("What it would do cannot be counted now.");
        }
    };
    let mut waited = Duration::ZERO;
    loop {
        match store.preview_stage(number) {
            Some(PreviewStage::Running { .. }) if waited < WAIT_MAX => {}
            Some(PreviewStage::Running { done, of }) => {
                let percent = (done * 100).checked_div(of).unwrap_or(0);
                let text = format!("It is still counted what it would do: {percent} % done.");
                return Foreseen { running: true, ..Foreseen::said(text) };
            }
            Some(PreviewStage::Done(report)) => {
                return Foreseen { sentences: sentences(&report), ..Foreseen::default() }
                    .with(console, &report.effects);
            }
            Some(PreviewStage::Failed(error)) => {
                tracing::error!(error, "a preview failed");
                return Foreseen::said("What it would do could not be counted.");
            }
            None => return Foreseen::said("What it would do is forgotten; look again."),
        }
        tokio::time::sleep(LOOK_EVERY).await;
        waited += LOOK_EVERY;
    }
}

fn sentences(report: &Report) -> Vec<String> {
    let counts = &report.disclosures;
    let mut all = vec![format!(
        "Of {} answers of the last 30 days that would be given again today, {} would lose something and {} would carry more.",
        grouped(counts.compared),
        grouped(counts.losing),
        grouped(counts.gaining)
    )];
    let mut more = |count: u64, text: &str| {
        if count > 0 {
            all.push(format!("{} {text}", grouped(count)));
        }
    };
    more(counts.cut, "would not be given at all any more.");
    more(counts.opened, "that are refused today would be given.");
    more(counts.ended, "others came through an app's access that has ended since.");
    more(counts.refused, "others would be refused today, with it or without it.");
    more(counts.unreadable, "others have no content in the log any more.");
    let effects = &report.effects;
    more(effects.apps.all, "apps are affected.");
    more(effects.contexts.all, "groups or conversations are affected.");
    more(effects.people.all, "people are affected.");
    let reach = &report.reach;
    more(reach.installations.losing + reach.grants.losing, "accesses of apps could read less.");
    more(
        reach.installations.losing_unused + reach.grants.losing_unused,
        "of these were not used in the last 30 days.",
    );
    more(reach.installations.gaining + reach.grants.gaining, "accesses of apps could read more.");
    all
}

/// The change that is watched.
pub(crate) struct WatchedChange {
    pub(crate) title: String,
    /// The entry that says that it is watched.
    pub(crate) since: u64,
    /// Name of a document; empty for what is none.
    pub(crate) name: String,
    pub(crate) is_policy: bool,
    /// Why nothing more is counted; empty while it is.
    pub(crate) over: String,
    pub(crate) foreseen: Foreseen,
}

/// What the watched change would have done so far; none where none is watched.
pub(crate) async fn of_watched(console: &Console) -> Option<WatchedChange> {
    let (since, change) = {
        let state = console.store().state();
        let (since, change) = state.audited()?;
        (since, Arc::clone(change))
    };
    let store = console.store().clone();
    let watched = tokio::task::spawn_blocking(move || store.watched()).await.ok()?;
    let (since, change, over, foreseen) = match watched {
        Ok(watched) => {
            let watched = watched?;
            let over = watched.over.map(|(at, time)| {
                format!(
                    "It is over since entry {} ({}), which really changed what it is about. Nothing after that is counted.",
                    at.0,
                    dates::minute(time)
                )
            });
            let foreseen =
                Foreseen { sentences: watched_sentences(&watched), ..Foreseen::default() };
            let foreseen = foreseen.with(console, &watched.effects);
            (watched.since, watched.change, over.unwrap_or_default(), foreseen)
        }
        Err(error) => {
            tracing::error!(%error, "the log cannot be read for the watched change");
            let said = Foreseen::said("What it would have done cannot be told now.");
            (since, change, String::new(), said)
        }
    };
    let (title, name) = named(console, &change);
    let is_policy = matches!(*change, AuditedChange::Policy(_));
    Some(WatchedChange { title, since: since.0, name, is_policy, over, foreseen })
}

/// What a change is called, and the name of its document.
fn named(console: &Console, change: &AuditedChange) -> (String, String) {
    let plain = |title: String| (title, String::new());
    match change {
        AuditedChange::Policy(audited) => match consent::Policy::parse(&audited.document) {
            Ok(policy) => (policy.title().to_owned(), policy.name().to_owned()),
            Err(_) => plain("a policy".to_owned()),
        },
        AuditedChange::Catalog(audited) => {
            let document = catalog::Document::parse(&audited.document).ok();
            let compiled = document.and_then(|document| {
                let names = document.new_names(&catalog::Numbering::default()).ok()?;
                document.compile(&names).ok()
            });
            let version = compiled.map(|compiled| compiled.version.to_string());
            ("another catalog".to_owned(), version.unwrap_or_default())
        }
        AuditedChange::Agreement(audited) => {
            let app = names::app(console.store(), audited.app);
            plain(match audited.replaces {
                Some(replaced) => format!("other terms for {app} in place of agreement {replaced}"),
                None => format!("another agreement for {app}"),
            })
        }
        AuditedChange::AgreementEnd(no) => plain(format!("the end of agreement {no}")),
        AuditedChange::Program(audited) => {
            let program = program_title(console.store(), audited.program);
            plain(format!("{program}, {}", audited.status))
        }
    }
}

fn watched_sentences(watched: &Watched) -> Vec<String> {
    let mut sentences = vec![format!(
        "It would have withheld something from {} of {} answers since {}.",
        grouped(watched.withholding),
        grouped(watched.disclosures),
        dates::minute(watched.since_at)
    )];
    for (count, text) in [
        (watched.cut, "of them would not have been given at all."),
        (watched.widening, "would have carried more."),
        (watched.unreadable, "have no content in the log any more."),
    ] {
        if count > 0 {
            sentences.push(format!("{} {text}", grouped(count)));
        }
    }
    sentences
}
