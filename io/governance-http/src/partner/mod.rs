//! What a partner reads and does about its own apps, with a credential of one of them, whatever their status.

mod admit;
mod apps;
mod cases;
mod certifications;
mod usage;

pub(crate) use admit::admit;
pub(crate) use usage::written_of;

use crate::access::Access;
use crate::api::Api;
use crate::conduct::{CaseView, ReportView};
use crate::input::Asked;
use crate::reply::Answer;
use crate::staff::agreements::{AgreementView, CertificationView};
use crate::staff::usage::AdviceView;
use crate::table::Operation;
use crate::view::Page;
use apps::OwnApp;
use cases::NewAppeal;
use certifications::SignedStatement;
use edge::Problem;
use http::Method;
use model::{AppNo, PartnerNo};
use std::future::Future;
use usage::OwnUsage;

fn get<F, R>(path: &'static str, named: (&'static str, &'static str), run: F) -> Operation
where
    F: Fn(Api, Asked) -> R + Send + Sync + 'static,
    R: Future<Output = Answer> + Send + 'static,
{
    Operation::new(Method::GET, path, named, Access::Partner, run)
}

fn post<F, R>(path: &'static str, named: (&'static str, &'static str), run: F) -> Operation
where
    F: Fn(Api, Asked) -> R + Send + Sync + 'static,
    R: Future<Output = Answer> + Send + 'static,
{
    Operation::new(Method::POST, path, named, Access::Partner, run)
}

/// The table.
pub(crate) fn operations() -> Vec<Operation> {
    vec![
        get(
            "/apps",
            ("list-own-apps", "Lists the partner's apps, with why one is suspended."),
            apps::list,
        )
        .paged()
        .gives::<Page<OwnApp>>(200),
        get("/apps/{app}", ("show-own-app", "Shows an app, with why it is suspended."), apps::show)
            .gives::<OwnApp>(200),
        get(
            "/apps/{app}/usage",
            ("show-own-usage", "Shows what an app holds beside what it used; nobody is counted."),
            usage::show,
        )
        .gives::<OwnUsage>(200),
        get(
            "/apps/{app}/advice",
            ("show-own-advice", "Proposes the smallest agreement that covers real use."),
            usage::advice,
        )
        .gives::<AdviceView>(200),
        get(
            "/apps/{app}/agreements",
            ("list-own-agreements", "Lists an app's agreements."),
            apps::agreements,
        )
        .gives::<Page<AgreementView>>(200),
        get(
            "/apps/{app}/reports",
            ("list-own-reports", "Lists reports on what an app holds."),
            apps::reports,
        )
        .paged()
        .gives::<Page<ReportView>>(200),
        post(
            "/apps/{app}/reports/{report}/acknowledge",
            ("acknowledge-report", "Acknowledges the report that waits, and all before it."),
            apps::acknowledge,
        )
        .refuses(&[409]),
        get(
            "/apps/{app}/certifications",
            ("list-own-certifications", "Lists an app's certifications."),
            certifications::list,
        )
        .paged()
        .gives::<Page<CertificationView>>(200),
        post(
            "/apps/{app}/certifications",
            ("submit-statement", "Certifies a purpose for a class by a signed statement (JWS)."),
            certifications::submit,
        )
        .takes::<SignedStatement>()
        .gives::<CertificationView>(201)
        .refuses(&[409]),
        get("/cases", ("list-own-cases", "Lists cases about the partner's apps."), cases::list)
            .gives::<Page<CaseView>>(200),
        get("/cases/{case}", ("show-own-case", "Shows a case as far as it is shown."), cases::show)
            .gives::<CaseView>(200),
        post(
            "/cases/{case}/appeal",
            ("appeal", "Appeals, once, against a decision."),
            cases::appeal,
        )
        .takes::<NewAppeal>()
        .gives::<CaseView>(200)
        .refuses(&[409]),
    ]
}

/// The app that a path names, if it is the partner's; another's is not there.
fn own(api: &Api, asked: &Asked) -> Result<(PartnerNo, AppNo), Problem> {
    let (partner, app) = (asked.partner()?, asked.number::<AppNo>("app")?);
    let is_own = api.store().state().app(app).is_some_and(|found| found.partner == partner);
    let unknown = || Problem::new(404, "not-found", "you have no app of this number");
    if is_own { Ok((partner, app)) } else { Err(unknown()) }
}
