//! Cut-offs: issue numbers at or below which tokens are dead.

use crate::history::History;
use consent::Request;
use ledger::{CutOffSubject, Event};
use model::Chain;

impl History<'_> {
    /// The token that the request came with is dead, whatever its grant or installation says.
    pub(crate) fn is_cut_off(self, request: &Request) -> bool {
        let credential_gone = request
            .credential
            .is_some_and(|credential| !self.credential_stands(credential, request.app));
        let lapsed = match request.chain {
            Chain::Grant(_) => None,
            Chain::Installation(number) => self.lapsed_at(number),
        };
        credential_gone
            || lapsed.is_some_and(|position| request.issue <= position)
            || self.0.iter().any(|(position, _, event)| match event {
                Event::CutOff(cut) => {
                    request.issue <= *position && self.concerns(cut.subject, request)
                }
                _ => false,
            })
    }

    fn concerns(self, subject: CutOffSubject, request: &Request) -> bool {
        let (installation, grant) = match request.chain {
            Chain::Grant(grant) => (None, Some(grant)),
            Chain::Installation(installation) => (Some(installation), None),
        };
        let person = grant.and_then(|number| self.grant(number)).map(|grant| grant.person);
        let context = installation
            .and_then(|number| self.installation(number))
            .map(|installation| installation.context);
        match subject {
            CutOffSubject::Platform => true,
            CutOffSubject::Key(key) => key == request.key,
            CutOffSubject::Partner(partner) => self.partner_of(request.app) == Some(partner),
            CutOffSubject::App(app) => app == request.app,
            CutOffSubject::Installation(number) => installation == Some(number),
            CutOffSubject::Context(number) => context == Some(number),
            CutOffSubject::Person(number) => person == Some(number),
            CutOffSubject::PersonApp(number, app) => person == Some(number) && app == request.app,
            CutOffSubject::Grant(number) => grant == Some(number),
            CutOffSubject::Credential(number) => request.credential == Some(number),
        }
    }
}
