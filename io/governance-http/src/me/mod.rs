//! What a person sees and decides for themselves.

mod choices;
mod history;
mod receipt;
mod recipients;
mod reports;
mod visibility;

use crate::access::Access;
use crate::sign_in::{self, SessionView, SignIn};
use crate::table::Operation;
use choices::{Choice, OptedIn, Switch};
use history::{EventView, OwnPage, Reasons, SeenView};
use http::Method;
use receipt::ConsentReceipt;
use recipients::Recipients;
use store::SessionOf;
use visibility::Visibility;

/// The table.
pub(crate) fn operations() -> Vec<Operation> {
    let mut all = session();
    all.extend(reading());
    all.extend(choosing());
    all.extend(reports::operations());
    all
}

fn session() -> Vec<Operation> {
    let path = "/session";
    vec![
        Operation::new(Method::POST, path, ("sign-in", "Signs in."), Access::Open, |api, asked| {
            sign_in::begin(api, asked, SessionOf::People)
        })
        .takes::<SignIn>()
        .gives::<SessionView>(200)
        .refuses(&[401, 429]),
        Operation::new(
            Method::GET,
            path,
            ("show-session", "Says who is signed in, and the token for changes."),
            Access::Person,
            sign_in::show,
        )
        .gives::<SessionView>(200),
        Operation::new(
            Method::DELETE,
            path,
            ("sign-out", "Signs out."),
            Access::Person,
            |a, asked| sign_in::end(a, asked, SessionOf::People),
        ),
    ]
}

fn reading() -> Vec<Operation> {
    vec![
        Operation::new(
            Method::GET,
            "/visibility",
            ("show-visibility", "Lists who can see something of me, what, and through what."),
            Access::Person,
            visibility::show,
        )
        .gives::<Visibility>(200),
        Operation::new(
            Method::GET,
            "/seen",
            ("list-seen", "Lists which app saw which classes about me, and when, from the log."),
            Access::Person,
            history::seen,
        )
        .paged()
        .gives::<OwnPage<SeenView>>(200),
        Operation::new(
            Method::GET,
            "/events",
            ("list-events", "Lists what was decided by me or about me, newest first."),
            Access::Person,
            history::events,
        )
        .paged()
        .gives::<OwnPage<EventView>>(200),
        Operation::new(
            Method::GET,
            "/why",
            (
                "explain",
                "Explains, class by class, why an app receives something of me or does not.",
            ),
            Access::Person,
            history::why,
        )
        .query("installation", "An app in a group.")
        .query("grant", "An app that I authorized.")
        .query("group", "With `grant`: in this group.")
        .gives::<Reasons>(200)
        .refuses(&[404]),
        Operation::new(
            Method::GET,
            "/recipients",
            ("list-recipients", "Lists every app: may read, did read, and what ended."),
            Access::Person,
            recipients::list,
        )
        .gives::<Recipients>(200),
        Operation::new(
            Method::GET,
            "/receipts/{receipt}",
            ("show-receipt", "The receipt of a grant or of an opt-in (ISO/IEC TS 27560, JSON-LD)."),
            Access::Person,
            receipt::show,
        )
        .gives_as::<ConsentReceipt>(200, receipt::MEDIA_TYPE),
    ]
}

fn choosing() -> Vec<Operation> {
    let person = Access::Person;
    let switch = |path, id, run: fn(_, _) -> _| {
        Operation::new(Method::PUT, path, id, person, run).takes::<Switch>()
    };
    vec![
        Operation::new(
            Method::POST,
            "/opt-ins",
            ("opt-in", "Allows an app in a group classes about me."),
            person,
            choices::opt_in,
        )
        .takes::<Choice>()
        .gives::<OptedIn>(200)
        .refuses(&[404, 409]),
        Operation::new(
            Method::POST,
            "/opt-outs",
            ("opt-out", "Takes that back, for some classes or all."),
            person,
            choices::opt_out,
        )
        .takes::<Choice>()
        .gives::<OptedIn>(200)
        .refuses(&[404]),
        switch(
            "/settings/all-apps",
            ("set-all-apps", "Blocks all apps, or lifts that."),
            |api, asked| Box::pin(choices::all_apps(api, asked)) as choices::Answering,
        ),
        switch(
            "/settings/all-groups",
            ("set-all-groups", "Blocks all apps in every group, or lifts that."),
            |api, asked| Box::pin(choices::all_groups(api, asked)) as choices::Answering,
        ),
        switch(
            "/settings/friends",
            ("set-friends", "Blocks all apps of other people outside groups, or lifts that."),
            |api, asked| Box::pin(choices::friends(api, asked)) as choices::Answering,
        ),
        switch(
            "/settings/beyond",
            ("set-beyond", "Blocks all apps for what goes beyond the feature used, or lifts that."),
            |api, asked| Box::pin(choices::beyond(api, asked)) as choices::Answering,
        ),
        switch(
            "/settings/groups/{group}",
            ("set-group", "Blocks all apps in one group, or lifts that."),
            |api, asked| Box::pin(choices::group(api, asked)) as choices::Answering,
        ),
        switch(
            "/settings/apps/{app}",
            ("set-app", "Blocks one app everywhere, or lifts that."),
            |api, asked| Box::pin(choices::app(api, asked)) as choices::Answering,
        ),
        Operation::new(
            Method::DELETE,
            "/grants/{grant}",
            ("end-grant", "Withdraws an app's authorization."),
            person,
            choices::end_grant,
        ),
    ]
}
