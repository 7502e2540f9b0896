//! Cut-offs: whether a token is dead by its issue number.

use crate::state::State;
use model::{AppNo, Chain, CredentialNo, Position};

impl State {
    /// Whether a token is dead by a cut-off or by its credential's end: whether its issue number is at or below a
    /// cut-off of any of its subjects. `credential` is none for what no credential asked for (public clients, codes).
    #[must_use]
    pub fn is_cut_off(
        &self,
        app_no: AppNo,
        credential: Option<CredentialNo>,
        chain: Chain,
        issue: Position,
        key: u8,
    ) -> bool {
        let registry = &self.registry;
        let app = registry.apps.get(&app_no);
        let partner = app.and_then(|app| registry.partners.get(&app.partner));
        let asked_by = credential.and_then(|no| registry.credentials.get(&no));
        let mut cuts = [
            registry.cut_offs.platform,
            registry.cut_offs.keys.get(&key).copied(),
            app.and_then(|app| app.cut_off),
            partner.and_then(|partner| partner.cut_off),
            asked_by.and_then(|credential| credential.cut_off),
            None,
            None,
            None,
        ];
        let own = match chain {
            Chain::Grant(no) => {
                let grant = registry.grant(no);
                let person = grant.and_then(|grant| self.people.state(grant.person));
                let in_app =
                    person.and_then(|p| p.cut_off_apps.iter().find(|(app, _)| *app == app_no));
                [
                    grant.and_then(|grant| grant.cut_off),
                    person.and_then(|p| p.cut_off),
                    in_app.map(|(_, at)| *at),
                ]
            }
            Chain::Installation(no) => {
                let installation = registry.installation(no);
                let context = installation.and_then(|i| registry.cut_offs.contexts.get(&i.context));
                [installation.and_then(|i| i.cut_off), context.copied(), None]
            }
        };
        if let Some(last) = cuts.last_chunk_mut() {
            *last = own;
        }
        let ended =
            credential.is_some() && asked_by.is_none_or(|one| one.ended || one.app != app_no);
        ended || cuts.iter().flatten().any(|cut| issue <= *cut)
    }
}
