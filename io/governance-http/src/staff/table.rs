//! The table of the staff API.

use super::agreements::{self, AgreementView, AgreementWish, CertificationView, CertificationWish};
use super::apps::{self, AppSaid, AppView, AppWish, MadeCredential, NewCredential, Redirects};
use super::documents::{self, Adopted, Entries, InForce, NewDocument, Preview};
use super::findings::{self, RoundView};
use super::identities::{self, IdentityView, LookUp};
use super::log::{self, Counts, Explained, NoteView};
use super::members::{self, NewAccount, NewRole, NewStaff, StaffView};
use super::partners::{self, NewPartner, PartnerSaid, PartnerView};
use super::programs::{self, NewCutOff, NewStage, ProgramView};
use super::said::{Ending, NewStatus};
use super::suspensions::{
    self, Confirmation, NewSuspension, ProposalView, Selected, SuspensionPreview, SuspensionView,
};
use super::timeline::{self, TimelineView};
use super::usage::{self, AdviceView, UsageView};
use super::versions::{self, NewAnnouncement, VersionView};
use crate::access::Access;
use crate::api::Api;
use crate::input::Asked;
use crate::reply::Answer;
use crate::sign_in::{self, SessionView, SignIn};
use crate::table::Operation;
use crate::view::Page;
use flows::staff::Act;
use http::Method;
use std::future::Future;
use store::SessionOf;

/// Real catalogs have some hundred schemas.
pub(super) const DOCUMENT_BYTES_MAX: usize = 8 * 1024 * 1024;

pub(super) fn get<F, R>(
    path: &'static str,
    named: (&'static str, &'static str),
    run: F,
) -> Operation
where
    F: Fn(Api, Asked) -> R + Send + Sync + 'static,
    R: Future<Output = Answer> + Send + 'static,
{
    Operation::new(Method::GET, path, named, Access::Staff, run)
}

pub(super) fn post<F, R>(
    path: &'static str,
    named: (&'static str, &'static str),
    run: F,
) -> Operation
where
    F: Fn(Api, Asked) -> R + Send + Sync + 'static,
    R: Future<Output = Answer> + Send + 'static,
{
    Operation::new(Method::POST, path, named, Access::Staff, run)
}

pub(super) fn put<F, R>(
    path: &'static str,
    named: (&'static str, &'static str),
    run: F,
) -> Operation
where
    F: Fn(Api, Asked) -> R + Send + Sync + 'static,
    R: Future<Output = Answer> + Send + 'static,
{
    Operation::new(Method::PUT, path, named, Access::Staff, run)
}

/// The table.
pub(crate) fn operations() -> Vec<Operation> {
    [
        session(),
        parties(),
        apps(),
        agreements(),
        documents(),
        programs(),
        members(),
        suspensions(),
        reading(),
        use_of(),
        super::audit::operations(),
        super::cases::operations(),
        super::previews::operations(),
        super::reports::operations(),
        super::review::operations(),
    ]
    .concat()
}

fn session() -> Vec<Operation> {
    let path = "/session";
    let named = ("staff-sign-in", "Signs staff in.");
    vec![
        Operation::new(Method::POST, path, named, Access::Open, |api, asked| {
            sign_in::begin(api, asked, SessionOf::Staff)
        })
        .takes::<SignIn>()
        .gives::<SessionView>(200)
        .refuses(&[401, 429]),
        get(path, ("show-staff-session", "Says who is signed in."), sign_in::show)
            .gives::<SessionView>(200)
            .refuses(&[404]),
        Operation::new(
            Method::DELETE,
            path,
            ("staff-sign-out", "Signs staff out."),
            Access::Staff,
            |api, asked| sign_in::end(api, asked, SessionOf::Staff),
        )
        .refuses(&[404]),
    ]
}

fn parties() -> Vec<Operation> {
    vec![
        get("/partners", ("list-partners", "Lists partners."), partners::list)
            .paged()
            .gives::<Page<PartnerView>>(200),
        post("/partners", ("make-partner", "Registers a partner."), partners::make)
            .takes::<NewPartner>()
            .gives::<PartnerView>(201),
        get("/partners/{partner}", ("show-partner", "Shows a partner."), partners::show)
            .gives::<PartnerView>(200),
        put(
            "/partners/{partner}/details",
            ("set-partner-details", "Replaces what a partner says about itself."),
            partners::set_details,
        )
        .takes::<PartnerSaid>()
        .refuses(&[409]),
        post(
            "/partners/{partner}/status",
            ("set-partner-status", "Suspends, reinstates, revokes, or notes a surrender."),
            partners::set_status,
        )
        .takes::<NewStatus>()
        .refuses(&[409]),
    ]
}

fn apps() -> Vec<Operation> {
    vec![
        get("/apps", ("staff-list-apps", "Lists apps."), apps::list)
            .paged()
            .query("partner", "Only this partner's.")
            .gives::<Page<AppView>>(200),
        post("/apps", ("make-app", "Registers an app."), apps::make)
            .takes::<AppWish>()
            .gives::<AppView>(201)
            .refuses(&[404, 409]),
        get("/apps/{app}", ("show-app", "Shows an app."), apps::show).gives::<AppView>(200),
        put(
            "/apps/{app}/redirects",
            ("set-redirects", "Replaces redirect URIs."),
            apps::set_redirects,
        )
        .takes::<Redirects>(),
        put(
            "/apps/{app}/details",
            ("set-app-details", "Replaces what an app says about itself."),
            apps::set_details,
        )
        .takes::<AppSaid>()
        .refuses(&[409]),
        post(
            "/apps/{app}/status",
            ("set-app-status", "Suspends, reinstates or removes an app."),
            apps::set_status,
        )
        .takes::<NewStatus>()
        .refuses(&[409]),
        post(
            "/apps/{app}/credentials",
            (
                "make-credential",
                "Gives an app a secret, shown this once; or takes the public key (`jwk`) of one that signs.",
            ),
            apps::make_credential,
        )
        .takes::<NewCredential>()
        .gives::<MadeCredential>(201)
        .refuses(&[409]),
        post(
            "/credentials/{credential}/end",
            ("end-credential", "Ends a credential, and the tokens that it asked for."),
            apps::end_credential,
        )
        .takes::<Ending>(),
    ]
}

fn agreements() -> Vec<Operation> {
    vec![
        get("/agreements", ("list-agreements", "Lists agreements."), agreements::list)
            .paged()
            .query("app", "Only this app's.")
            .gives::<Page<AgreementView>>(200),
        post("/agreements", ("make-agreement", "Makes an agreement."), agreements::make)
            .takes::<AgreementWish>()
            .gives::<AgreementView>(201)
            .refuses(&[404]),
        get("/agreements/{agreement}", ("show-agreement", "Shows an agreement."), agreements::show)
            .gives::<AgreementView>(200),
        post("/agreements/{agreement}/end", ("end-agreement", "Ends one early."), agreements::end)
            .takes::<Ending>(),
        get(
            "/certifications",
            ("list-certifications", "Lists certifications."),
            agreements::certifications,
        )
        .paged()
        .query("app", "Only this app's.")
        .gives::<Page<CertificationView>>(200),
        post("/certifications", ("certify", "Enters a certification."), agreements::certify)
            .takes::<CertificationWish>()
            .gives::<CertificationView>(201)
            .refuses(&[404]),
        post(
            "/certifications/{certification}/end",
            ("end-certification", "Withdraws a certification."),
            agreements::end_certification,
        )
        .takes::<Ending>(),
    ]
}

fn suspensions() -> Vec<Operation> {
    vec![
        get("/suspensions", ("list-suspensions", "Suspensions of many apps."), suspensions::list)
            .gives::<Page<SuspensionView>>(200),
        post(
            "/suspensions/preview",
            ("preview-suspension", "Counts what suspending a selection would reach."),
            suspensions::preview,
        )
        .takes::<Selected>()
        .gives::<SuspensionPreview>(200),
        post(
            "/suspensions",
            (
                "propose-suspension",
                "Proposes to suspend a selection; the operator alone may do it at once.",
            ),
            suspensions::propose,
        )
        .takes::<NewSuspension>()
        .gives::<ProposalView>(201)
        .refuses(&[409]),
        get(
            "/suspensions/proposals",
            ("list-proposals", "What waits for a second person."),
            suspensions::proposals,
        )
        .gives::<Page<ProposalView>>(200),
        get(
            "/suspensions/proposals/{proposal}",
            ("show-proposal", "A proposal, and what it would reach now."),
            suspensions::proposal,
        )
        .gives::<ProposalView>(200)
        .refuses(&[422]),
        Operation::new(
            Method::DELETE,
            "/suspensions/proposals/{proposal}",
            ("withdraw-proposal", "Takes a proposal back."),
            Access::Staff,
            suspensions::withdraw,
        ),
        post(
            "/suspensions/proposals/{proposal}/confirm",
            ("confirm-proposal", "Confirms what somebody else proposed: it holds at once."),
            suspensions::confirm,
        )
        .takes::<Confirmation>()
        .gives::<SuspensionView>(201)
        .refuses(&[409]),
        post(
            "/suspensions/{suspension}/lift",
            ("lift-suspension", "Reinstates exactly the apps of a suspension."),
            suspensions::lift,
        )
        .takes::<Ending>(),
    ]
}

fn documents() -> Vec<Operation> {
    let adopt =
        |operation: Operation| operation.takes::<NewDocument>().body_bytes_max(DOCUMENT_BYTES_MAX);
    vec![
        get("/catalogs", ("list-catalogs", "Lists activations."), documents::catalogs)
            .paged()
            .gives::<Entries>(200),
        get(
            "/catalogs/current",
            ("show-catalog", "The one in force."),
            documents::catalog_in_force,
        )
        .gives::<InForce>(200)
        .refuses(&[404]),
        adopt(post("/catalogs", ("adopt-catalog", "Adopts a catalog."), documents::adopt_catalog))
            .gives::<Adopted>(200),
        adopt(post(
            "/catalogs/preview",
            ("try-catalog", "Tells a catalog's mistakes and adopts nothing."),
            documents::try_catalog,
        ))
        .gives::<Preview>(200),
        get("/policies", ("list-policies", "Lists activations."), documents::policies)
            .paged()
            .gives::<Entries>(200),
        get("/policies/current", ("show-policy", "The one in force."), documents::policy_in_force)
            .gives::<InForce>(200)
            .refuses(&[404]),
        adopt(post("/policies", ("adopt-policy", "Adopts a policy."), documents::adopt_policy))
            .gives::<Adopted>(200)
            .refuses(&[409]),
        adopt(post(
            "/policies/preview",
            ("try-policy", "Tells a policy's mistakes and adopts nothing."),
            documents::try_policy,
        ))
        .gives::<Preview>(200)
        .refuses(&[409]),
    ]
}

fn programs() -> Vec<Operation> {
    vec![
        get("/programs", ("list-programs", "Lists programs."), programs::list)
            .gives::<Page<ProgramView>>(200),
        get("/programs/{program}", ("show-program", "Shows a program."), programs::show)
            .gives::<ProgramView>(200),
        post(
            "/programs/{program}/status",
            (
                "set-program-status",
                "Opens, restricts or closes a program, or begins an experiment with its end and cap.",
            ),
            programs::set_status,
        )
        .takes::<NewStage>()
        .refuses(&[409]),
        post(
            "/programs/{program}/exceptions/{app}/end",
            ("end-exception", "Ends early that an app goes on in a closed program."),
            programs::end_exception,
        )
        .takes::<Ending>(),
        get("/versions", ("list-versions", "Lists API versions."), versions::list)
            .gives::<Page<VersionView>>(200),
        post(
            "/versions/{version}",
            ("announce-version", "Announces that a version is deprecated, or when it ends."),
            versions::announce,
        )
        .takes::<NewAnnouncement>()
        .gives::<VersionView>(200)
        .refuses(&[409]),
        get("/findings", ("list-findings", "Lists what controls noticed."), findings::findings)
            .paged()
            .gives::<Entries>(200),
        get("/probes", ("list-probes", "Lists rounds of the prober."), findings::probes)
            .paged()
            .gives::<Entries>(200),
        post("/probes", ("run-probes", "Runs the prober once, now."), findings::run)
            .gives::<RoundView>(200)
            .refuses(&[409]),
        post("/cut-offs", ("cut-off", "Kills every token of a subject."), programs::cut_off)
            .takes::<NewCutOff>()
            .refuses(&[404]),
    ]
}

fn members() -> Vec<Operation> {
    vec![
        get("/staff", ("list-staff", "Lists staff."), members::list)
            .paged()
            .gives::<Page<StaffView>>(200),
        post(
            "/identities",
            ("look-up-identity", "Tells who a person is, once it is in the log that you asked."),
            identities::look_up,
        )
        .takes::<LookUp>()
        .gives::<IdentityView>(201)
        .refuses(&[404]),
        post("/staff", ("make-staff", "Makes somebody staff."), members::make)
            .takes::<NewStaff>()
            .gives::<StaffView>(201),
        put("/staff/{staff}/role", ("set-role", "Says what somebody may do."), members::set_role)
            .takes::<NewRole>(),
        post("/staff/{staff}/end", ("end-staff", "Ends somebody's being staff."), members::end)
            .takes::<Ending>(),
        put("/staff/{staff}/account", ("set-account", "Sets a login."), members::set_account)
            .takes::<NewAccount>()
            .refuses(&[409]),
    ]
}

fn use_of() -> Vec<Operation> {
    vec![
        get(
            "/apps/{app}/usage",
            ("show-usage", "Shows what an app holds beside what it used in 7, 28 and 90 days."),
            usage::show,
        )
        .gives::<UsageView>(200),
        get(
            "/apps/{app}/advice",
            ("show-advice", "Proposes the smallest agreement that covers what an app really used."),
            usage::advice,
        )
        .gives::<AdviceView>(200),
        get(
            "/partners/{partner}/timeline",
            ("show-timeline", "Shows when each class was available to a partner, used or not."),
            timeline::show,
        )
        .gives::<TimelineView>(200),
    ]
}

fn reading() -> Vec<Operation> {
    vec![
        get("/log", ("read-log", "Reads entries of the log."), log::entries)
            .asks(Act::ReadLog)
            .query("from", "Position of the first.")
            .query("limit", "Entries, 1 to 100; 25 unless said.")
            .gives::<Entries>(200),
        get("/notes/{digest}", ("read-note", "Reads the note behind a digest."), log::note)
            .asks(Act::ReadLog)
            .gives::<NoteView>(200),
        get("/state", ("count-state", "Counts what stands."), log::counts).gives::<Counts>(200),
        get(
            "/explain",
            ("staff-explain", "Explains a disclosure, or what an app would receive of a person."),
            log::explained,
        )
        .asks(Act::ReadLog)
        .query("position", "Of a disclosure; with `person`, everything below it counts.")
        .query("node", "Only this node of the disclosure.")
        .query("person", "Number of a person.")
        .query("installation", "With `person`: an app in a group.")
        .query("grant", "With `person`: an app that somebody authorized.")
        .query("group", "With `grant`: in this group.")
        .gives::<Explained>(200)
        .refuses(&[404]),
    ]
}
