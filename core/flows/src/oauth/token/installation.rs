//! An app's own token for one installation: nobody acts, and it is never wider than what the admin allowed.

use super::issue::{Order, check_scope, covered_scope, response};
use super::{Desk, Exchanged, Refusal};
use crate::oauth::chain::standing_installation;
use crate::oauth::introspect::installation_details;
use crate::oauth::server::Target;
use crate::oauth::terms;
use model::{Chain, InstallationNo, Timestamp};
use oauth::scope::Scope;
use oauth::token::InstallationTarget;
use sequence::Commit;

/// Issues a token; nothing is appended.
pub(super) fn issue(
    desk: &Desk<'_>,
    target: &InstallationTarget,
    scope: Option<&Scope>,
) -> Result<Commit<Exchanged>, Refusal> {
    if desk.client.credential.is_none() {
        return Err(Refusal::PublicClient(desk.client.app));
    }
    let number = number(desk, target)?;
    let refusal = Refusal::Installation(number);
    let installation = standing_installation(desk.state, desk.client.app, number).ok_or(refusal)?;
    let covered = installation.classes & terms::agreed(desk.state, desk.app, desk.env.now);
    check_scope(desk, scope, covered)?;
    let order = Order {
        chain: Chain::Installation(number),
        family: None,
        ends: Timestamp::NEVER,
        scope: covered_scope(desk, covered)?,
        details: installation_details(number),
        //= rfc6749#4.4.3
        //# A refresh token SHOULD NOT be included.
        refresh: None,
    };
    Ok(Commit::nothing(Exchanged::Issued(Box::new(response(desk, order)))))
}

fn number(desk: &Desk<'_>, target: &InstallationTarget) -> Result<InstallationNo, Refusal> {
    match target {
        InstallationTarget::Installation(number) => Ok(*number),
        InstallationTarget::Resource(resource) => {
            match desk.server.target(desk.client.app, resource) {
                Some(Target::Context(context)) => {
                    let found = desk.state.installed(desk.client.app, context);
                    found.map(|(number, _)| number).ok_or(Refusal::NotInstalled)
                }
                Some(Target::Api) | None => Err(Refusal::Target),
            }
        }
    }
}
