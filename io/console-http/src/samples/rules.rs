//! Pages on the rules: the policy in force, another one looked at, a change that is watched.

use super::{choices, staff, text};
use crate::staff::{
    ChangeLine, EffectLine, Foreseen, PolicyPage, PreviewPage, RuleLine, WatchedChange, WatchedPage,
};

pub(super) fn policy() -> PolicyPage {
    let rule = |class: &str, needs: &str| RuleLine {
        program: text("Groups"),
        class: text(class),
        needs: text(needs),
        withheld: needs.starts_with("withheld"),
    };
    PolicyPage {
        shell: staff("Policy", "/staff/policies"),
        name: text("groups-2018-04-04"),
        title: text("Names and pictures only of members who opted in"),
        since: text("entry 7"),
        rules: vec![
            rule(
                "What people write in posts",
                "an admin enabled the app in the group; it is published",
            ),
            rule(
                "Names of people in a group",
                "an admin enabled the app in the group; everyone it is about allowed it",
            ),
            rule("Group descriptions", "withheld from everybody"),
        ],
        mistakes: vec![text("/programs/nope: the catalog has no such program")],
        watched: Some(WatchedChange {
            name: text("groups-2018-07"),
            title: text("No pictures"),
            since: 71,
            is_policy: true,
            over: String::new(),
            foreseen: foreseen(
                "It would have withheld something from 12 of 3,402 answers since 1 November 2026.",
            ),
        }),
        document: text("{\"policy\": \"x\"}"),
    }
}

pub(super) fn watched() -> WatchedPage {
    let over = "It is over since entry 90 (2 November 2026, 12:00 UTC), which really changed what it is about. Nothing after that is counted.";
    let change = WatchedChange {
        name: String::new(),
        title: text("the end of agreement agr_3"),
        since: 80,
        is_policy: false,
        over: text(over),
        foreseen: foreseen(
            "It would have withheld something from 12 of 3,402 answers since 1 November 2026.",
        ),
    };
    WatchedPage { shell: staff("What is watched", "/staff/policies"), watched: Some(change) }
}

fn foreseen(sentence: &str) -> Foreseen {
    let line = |name: &str, people: &str| EffectLine {
        name: text(name),
        lost: text("12"),
        gained: text("0"),
        people: text(people),
    };
    Foreseen {
        sentences: vec![text(sentence), text("3 apps are affected.")],
        running: true,
        classes: vec![line("Names of people in a group", "9")],
        apps: vec![line("Birthday Quiz", "")],
    }
}

pub(super) fn policy_preview() -> PreviewPage {
    PreviewPage {
        shell: staff("Put this policy in force?", "/staff/policies"),
        wrong: String::new(),
        name: text("groups-2018-04-04"),
        title: text("Names and pictures only of members who opted in"),
        changes: vec![ChangeLine {
            program: text("Groups"),
            class: text("Names of people in a group"),
            before: text("an admin enabled the app in the group"),
            after: text("an admin enabled the app in the group; everyone it is about allowed it"),
        }],
        foreseen: foreseen(
            "Of 3,402 answers of the last 30 days that would be given again today, 12 would lose something and 0 would carry more.",
        ),
        document: text("{\"policy\": \"groups-2018-04-04\"}"),
        reasons: choices(&["Breach of terms"]),
        note: String::new(),
    }
}
