//! What an admin sees and decides for their groups.

mod groups;
mod installations;

use crate::access::Access;
use crate::table::Operation;
use crate::view::Page;
use groups::{AppOffer, GroupView};
use http::Method;
use installations::{Enable, Enabled, Keep};

/// The table.
pub(crate) fn operations() -> Vec<Operation> {
    let person = Access::Person;
    vec![
        Operation::new(
            Method::GET,
            "/groups",
            ("list-groups", "Lists the groups that I am an admin of, with the apps in them."),
            person,
            groups::list,
        )
        .gives::<Page<GroupView>>(200),
        Operation::new(
            Method::GET,
            "/apps",
            ("list-apps", "Lists apps that can be enabled, with what each needs and wants."),
            person,
            groups::apps,
        )
        .paged()
        .gives::<Page<AppOffer>>(200),
        Operation::new(
            Method::POST,
            "/installations",
            ("enable-app", "Enables an app in several groups at once, in all of them or none."),
            person,
            installations::enable,
        )
        .takes::<Enable>()
        .gives::<Enabled>(201)
        .refuses(&[404, 409]),
        Operation::new(
            Method::POST,
            "/installations/{installation}/confirm",
            ("confirm-app", "Stands behind an app in a group; where it lapsed, it stands again."),
            person,
            installations::confirm,
        )
        .refuses(&[409, 422]),
        Operation::new(
            Method::PATCH,
            "/installations/{installation}",
            ("narrow-app", "Takes classes away from an app in a group."),
            person,
            installations::narrow,
        )
        .takes::<Keep>(),
        Operation::new(
            Method::DELETE,
            "/installations/{installation}",
            ("disable-app", "Disables an app in a group, for good."),
            person,
            installations::disable,
        ),
    ]
}
