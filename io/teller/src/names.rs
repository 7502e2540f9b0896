//! Names behind the numbers of notices, looked up when they are shown: who was erased is no name any more.

use model::{AppNo, ClassMask, ContextNo, CredentialNo, PartnerNo, ProgramNo};
use outbound::{Asked, Asking};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sequence::{NameOf, StoreError};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use store::{ExternalKind, QueuedNotice, Store};
use tokio::task::JoinSet;

/// A platform that is slow to tell a name holds nobody up.
const NAMES_TIME_MAX: Duration = Duration::from_millis(1_500);
/// Groups whose names are asked for at a time; the rest stay without.
const GROUPS_MAX: usize = 200;
const NAME_CHARS_MAX: usize = 120;

/// Names by number.
#[derive(Debug, Clone, Default)]
pub struct Names {
    pub(crate) apps: BTreeMap<AppNo, String>,
    pub(crate) partners: BTreeMap<PartnerNo, String>,
    pub(crate) credentials: BTreeMap<CredentialNo, String>,
    pub(crate) programs: BTreeMap<ProgramNo, String>,
    pub(crate) contexts: BTreeMap<ContextNo, String>,
    pub(crate) classes: BTreeMap<u8, String>,
    /// Apps to their partners, for texts that name one by the other.
    pub(crate) partner_of: BTreeMap<AppNo, PartnerNo>,
}

/// A name as it may stand in a text: one line, no marks that turn what follows around. Apps are named by their partners.
pub(crate) fn clean(name: &str) -> String {
    let plain = name.chars().filter(|c| {
        !c.is_control() && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    });
    plain.take(NAME_CHARS_MAX).collect::<String>().trim().to_owned()
}

impl Names {
    /// The names in these notices; groups' as far as the platform tells them in time.
    ///
    /// # Errors
    /// The vault cannot be read.
    pub async fn of(
        store: &Store,
        upstream: &Asking,
        notices: &[QueuedNotice],
    ) -> Result<Self, StoreError> {
        let mut names = Self::of_vault(store, notices)?;
        let contexts = notices.iter().filter_map(|one| one.details.context);
        names.groups(store, upstream, contexts).await?;
        Ok(names)
    }

    fn of_vault(store: &Store, notices: &[QueuedNotice]) -> Result<Self, StoreError> {
        let mut names = Self::default();
        let mut classes = ClassMask::NONE;
        {
            let state = store.state();
            for details in notices.iter().map(|one| &one.details) {
                classes = classes | details.classes.unwrap_or_default();
                if let Some((no, app)) = details.app.and_then(|no| Some((no, state.app(no)?))) {
                    names.partner_of.insert(no, app.partner);
                }
                if let Some(no) = details.program
                    && let Some(program) = state.program(no)
                {
                    let programs = state.catalog().map(|catalog| catalog.programs.as_slice());
                    let known = programs.unwrap_or_default().iter().find(|one| one.number == no);
                    let title = known.map_or(&program.name, |one| &one.title);
                    names.programs.insert(no, clean(title));
                }
            }
            let known = state.catalog().into_iter().flat_map(|catalog| &catalog.classes);
            for class in known.filter(|class| classes.has(class.number)) {
                names.classes.insert(class.number.number(), clean(&class.title));
            }
        }
        let name = |of| Ok::<_, StoreError>(store.name(of)?.map(|name| clean(&name)));
        for details in notices.iter().map(|one| &one.details) {
            if let Some(no) = details.app {
                names.apps.extend(name(NameOf::App(no))?.map(|name| (no, name)));
            }
            let partner =
                details.partner.or(details.app.and_then(|app| names.partner_of.get(&app).copied()));
            if let Some(no) = partner {
                names.partners.extend(name(NameOf::Partner(no))?.map(|name| (no, name)));
            }
            if let Some(no) = details.credential {
                names.credentials.extend(name(NameOf::Credential(no))?.map(|name| (no, name)));
            }
        }
        Ok(names)
    }

    async fn groups(
        &mut self,
        store: &Store,
        upstream: &Asking,
        contexts: impl IntoIterator<Item = ContextNo>,
    ) -> Result<(), StoreError> {
        let mut asking: JoinSet<Option<(ContextNo, String)>> = JoinSet::new();
        let mut wanted: Vec<ContextNo> = contexts.into_iter().collect();
        wanted.sort_unstable();
        wanted.dedup();
        for no in wanted.into_iter().take(GROUPS_MAX) {
            if let Some(name) = store.name(NameOf::Context(no))? {
                self.contexts.insert(no, clean(&name));
            }
            let Some(id) = store.external(ExternalKind::Context, no.0.into())? else { continue };
            let upstream = Arc::clone(upstream);
            asking.spawn(async move {
                let path = format!("/groups/{}", utf8_percent_encode(&id, NON_ALPHANUMERIC));
                let content = upstream.ask(Asked::get(path)).await.ok()?;
                let body: serde_json::Value = serde_json::from_slice(&content.body).ok()?;
                let name = body.get("name").and_then(serde_json::Value::as_str).map(clean)?;
                (content.status.is_success() && !name.is_empty()).then_some((no, name))
            });
        }
        let collect = async {
            while let Some(told) = asking.join_next().await {
                self.contexts.extend(told.ok().flatten());
            }
        };
        // Names are a courtesy: without the platform the notice is there all the same.
        let _ = tokio::time::timeout(NAMES_TIME_MAX, collect).await;
        Ok(())
    }

    pub(crate) fn class_list(&self, mask: ClassMask) -> Vec<&str> {
        let titles = mask.iter().filter_map(|class| self.classes.get(&class.number()));
        titles.map(String::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn a_name_is_one_line_that_turns_nothing_around() {
        assert_eq!(clean(" Meadow\r\nBcc: x \u{202e}Planner "), "MeadowBcc: x Planner");
        assert_eq!(clean(&"x".repeat(500)).len(), 120);
    }
}
