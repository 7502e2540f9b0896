//! Reports on what apps hold beside what they used, to be acknowledged by their partners.

use super::said::Ending;
use super::table::{get, post};
use super::usage;
use crate::api::Api;
use crate::conduct::{self, ReportView};
use crate::input::Asked;
use crate::reply::{self, Answer};
use crate::table::Operation;
use crate::view::Page;
use consent::State;
use edge::Problem;
use flows::staff::Act;
use model::{AppNo, Env, Position};
use sequence::Lookup;
use store::Urgency;

/// The table of what is here.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        get("/apps/{app}/reports", ("list-reports", "Lists reports on what an app holds."), list)
            .paged()
            .gives::<Page<ReportView>>(200),
        post(
            "/apps/{app}/reports",
            ("issue-report", "Issues one now: the partner acknowledges it, or is restricted."),
            issue,
        )
        .asks(Act::Review)
        .takes::<Ending>()
        .gives::<ReportView>(201)
        .refuses(&[409]),
        post(
            "/apps/{app}/reports/{report}/acknowledge",
            ("note-acknowledgement", "Notes that the partner acknowledged one, on its word."),
            acknowledge,
        )
        .asks(Act::Review)
        .takes::<Ending>()
        .refuses(&[409]),
    ]
}

/// A page of an app's reports, for staff and for the partner itself.
pub(crate) fn page(api: &Api, app: AppNo, asked: &Asked) -> Result<Page<ReportView>, Problem> {
    let (limit, below) = (asked.limit()?, asked.query::<Position>("after")?);
    let mut items = conduct::reports(api, app, below.unwrap_or(Position(u64::MAX)), limit + 1)?;
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(ReportView::number);
    Ok(Page { items, next })
}

fn known(api: &Api, app: AppNo) -> Result<(), Problem> {
    let known = api.store().state().app(app).is_some();
    let unknown = || Problem::new(404, "not-found", "there is no app of this number");
    if known { Ok(()) } else { Err(unknown()) }
}

async fn list(api: Api, asked: Asked) -> Answer {
    let app: AppNo = asked.number("app")?;
    known(&api, app)?;
    reply::ok(&page(&api, app, &asked)?)
}

async fn issue(api: Api, asked: Asked) -> Answer {
    let app: AppNo = asked.number("app")?;
    let said = asked.json::<Ending>()?.because.said(asked.staff()?)?;
    let document = usage::document_of(&api, app).await?;
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::staff::issue_report(state, env, &said, app, &document)
    };
    let done = api.commit(&asked, Urgency::Ordinary, flow).await?;
    let newest = conduct::reports(&api, app, Position(u64::MAX), 1)?.pop();
    let unknown = || Problem::new(404, "not-found", "there is no such report");
    reply::made(done.position, &newest.ok_or_else(unknown)?)
}

async fn acknowledge(api: Api, asked: Asked) -> Answer {
    let (app, report): (AppNo, Position) =
        (asked.number("app")?, Position(asked.number("report")?));
    let said = asked.json::<Ending>()?.because.said(asked.staff()?)?;
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::staff::acknowledge_report(state, env, &said, app, report)
    };
    let done = api.commit(&asked, Urgency::Ordinary, flow).await?;
    reply::done(done.position)
}
