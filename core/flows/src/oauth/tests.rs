//! The rules of these flows, a sentence each; then random histories against an obvious model.

use super::access;
use super::authorize::{self, Choice, GiveRefusal, Refused, Wrong};
use super::testing::*;
use super::token::Refusal;
use super::{installations, introspect, revoke};
use ledger::{
    AppStatusChanged, CutOff, CutOffSubject, Event, Fact, GrantEnded, PartnerStatusChanged,
    ProgramStatusChanged,
};
use model::{
    AppNo, AppStatus, Chain, CredentialNo, GrantNo, InstallationNo, Millis, PartnerNo,
    PartnerStatus, ProgramStatus, Reason, Secret, Timestamp, limits,
};
use oauth::client_auth::SecretDigest;
use oauth::introspect::{IntrospectRequest, Introspection};
use oauth::revoke::RevokeRequest;
use oauth::token::TokenResponse;

mod existing;
mod expiry;
mod given;
mod histories;
mod standards;
mod tokens;
mod unencrypted;

fn end_grant(world: &mut World, grant: GrantNo, app: AppNo) {
    world.happen(Event::GrantEnded(GrantEnded { grant, app, why: why() }));
}

fn cut_off(world: &mut World, subject: CutOffSubject) {
    world.happen(Event::CutOff(CutOff { subject, why: why() }));
}

/// The app is enabled in the group by its admin.
fn install(world: &mut World, app: AppNo) -> InstallationNo {
    let classes = world.classes("group.name post.content");
    let commit =
        crate::admin::enable(&world.state, world.now, ADA, app, &[GROUP], classes).unwrap();
    world.commit(commit)[0]
}

fn revoked(world: &mut World, app: AppNo, token: &str) {
    let request = RevokeRequest::parse(&format!("{}&token={token}", World::client(app)), None);
    let commit =
        revoke::revoke(&request.ok().unwrap(), &world.server(), &world.state, world.now).unwrap();
    world.commit(commit);
}

fn is_active(world: &World, token: &str) -> bool {
    let body = format!("{}&token={token}", World::client(CONFIDENTIAL));
    let request = IntrospectRequest::parse(&body, None).ok().unwrap();
    match introspect::introspect(&request, &world.server(), &world.state, world.now).unwrap() {
        Introspection::Active(_) => true,
        Introspection::Inactive => false,
    }
}
