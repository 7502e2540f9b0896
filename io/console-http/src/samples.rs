//! Every page with made-up content: what it looks like, kept as files that a reviewer reads and a browser shows.

use crate::authorize::{ConsentPage, GroupLine, LengthLine};
use crate::classes::ClassLine;
use crate::groups::{
    ChoosePage, DisablePage, EnablePage, GroupCard, GroupsPage, InstalledLine, ManagePage,
    OfferLine, PreviewPage as EnablePreview, TargetLine,
};
use crate::home::{HomePage, WelcomePage};
use crate::inbox::{MessageLine, MessagesPage};
use crate::page::ErrorPage;
use crate::privacy::{
    AppLine, AppPage, Bar, ExceptionLine, GrantLine, GroupChoice, GroupSwitch, HistoryLine,
    HistoryPage, PrivacyPage, RecipientsPage, SeenApp, SeenLine, SeenPage, WaySwitch,
};
use crate::shell::{Role, Shell};
use crate::sign_in::SignInPage;
use crate::staff::{
    ActLink, ActPage, Affected, Cell, Choice, DashboardPage, DetailPage, FieldLine, Figure,
    FormPage, Input, ListPage, LogLine, LogPage, Row, SecretPage, Section, TimelinePage, UsagePage,
    WatchedPage,
};
use askama::Template;

mod rules;
mod weighty;

/// Paths of assets change with their content; a sample must not.
fn fixed(mut shell: Shell) -> Shell {
    (shell.style, shell.icon) = ("/assets/console.css".to_owned(), "/assets/icon.svg".to_owned());
    shell
}

fn person(title: &str, here: &str) -> Shell {
    fixed(Shell::person(title, here, "Ada Marlowe".to_owned(), "token", Role::Admin))
}

fn staff(title: &str, here: &str) -> Shell {
    fixed(Shell::staff(title, here, "Sam Okafor".to_owned(), "token"))
}

fn text(text: &str) -> String {
    text.to_owned()
}

fn class(name: &str, title: &str, words: &str, checked: bool) -> ClassLine {
    ClassLine {
        name: text(name),
        title: text(title),
        text: text(words),
        checked,
        sensitive: false,
        by_opt_in: false,
    }
}

fn content(checked: bool) -> Vec<ClassLine> {
    vec![
        class(
            "post.content",
            "What people write in posts",
            "The text of posts in the group, when each was written and its state.",
            checked,
        ),
        class(
            "post.media",
            "Photos and videos in posts",
            "Photos and videos that people share in the group.",
            checked,
        ),
    ]
}

fn needed() -> Vec<ClassLine> {
    vec![class(
        "group.name",
        "Group names",
        "The names of the groups that an admin enabled the app in.",
        true,
    )]
}

/// The same as an admin reads them.
fn for_admins() -> Vec<ClassLine> {
    let name = class(
        "member.name",
        "Names of people in a group",
        "The names of members beside what they write.",
        false,
    );
    let mut lines = content(false);
    lines.push(ClassLine { by_opt_in: true, ..name });
    lines
}

fn identity() -> Vec<ClassLine> {
    let name = class(
        "member.name",
        "Names of people in a group",
        "The names of members beside what they write and in the list of members.",
        true,
    );
    let health = ClassLine {
        sensitive: true,
        ..class("member.health", "Health", "What you say about your health.", false)
    };
    vec![
        name,
        class(
            "member.picture",
            "Pictures of people in a group",
            "The profile pictures of members.",
            false,
        ),
        health,
    ]
}

fn grants() -> Vec<GrantLine> {
    vec![GrantLine {
        id: text("grt_3"),
        app: text("Meadow Planner"),
        partner: text("Blue Harbour Ltd"),
        classes: text("Your name, Your groups, Write posts"),
        groups: text("2 groups"),
        until: text("21 November 2027"),
    }]
}

fn group(id: &str, name: &str, checked: bool) -> GroupLine {
    GroupLine { id: text(id), name: text(name), checked }
}

fn target(id: &str, name: &str, checked: bool, note: &'static str) -> TargetLine {
    TargetLine { id: text(id), name: text(name), checked, note }
}

fn consent() -> ConsentPage {
    let length = |days: u64, words: &str| LengthLine {
        value: days.to_string(),
        text: text(words),
        selected: days == 365,
    };
    ConsentPage {
        shell: person("An app asks for access", "").alone(),
        action: text("/oauth/authorize?client_id=app_1"),
        wrong: String::new(),
        app: text("Meadow Planner"),
        partner: text("Blue Harbour Ltd"),
        host: text("planner.example"),
        purposes: vec![text("Managing groups")],
        required: needed(),
        optional: for_admins(),
        once: identity(),
        groups: vec![
            group("ctx_1", "Allotment gardeners", true),
            group("ctx_2", "Chess on Thursdays", false),
        ],
        installable: vec![group("ctx_2", "Chess on Thursdays", false)],
        installed: text("Group names, What people write in posts, Names of people in a group"),
        by_opt_in: text("Names of people in a group"),
        lengths: vec![length(30, "30 days"), length(365, "1 year"), length(730, "2 years")],
        before: text("3 March 2027"),
        seen: "5e".repeat(32),
    }
}

fn home() -> HomePage {
    HomePage {
        shell: person("Overview", "/"),
        who: text("Ada Marlowe"),
        grants: grants(),
        apps: 3,
        groups: 7,
        seen: 1,
        missing: String::new(),
        all_blocked: false,
        is_admin: true,
        enabled: 2,
        lapsed: 1,
    }
}

fn privacy() -> PrivacyPage {
    let app = |id: &str, name: &str, by_you: &str, blocked| AppLine {
        id: text(id),
        name: text(name),
        partner: text("Blue Harbour Ltd"),
        groups: text("2 of your groups"),
        by_admin: text("What people write in posts, Photos and videos in posts"),
        by_you: text(by_you),
        blocked,
    };
    let group = |id: &str, name: &str, apps: &str, blocked| GroupSwitch {
        id: text(id),
        name: text(name),
        apps: text(apps),
        blocked,
    };
    PrivacyPage {
        shell: person("Privacy", "/privacy").noticing(Some("saved")),
        all_blocked: false,
        ways: WaySwitch::all(|scope| scope == ledger::SettingScope::Beyond),
        grants: grants(),
        apps: vec![
            app("app_1", "Meadow Planner", "Names of people in a group", false),
            app("app_2", "Poll & Vote", "nothing", true),
        ],
        groups: vec![
            group("ctx_1", "Allotment gardeners", "2 apps", false),
            group("ctx_2", "Chess on Thursdays", "no app", true),
        ],
    }
}

fn privacy_app() -> AppPage {
    let group = |id: &str, name: &str, stands, any_chosen| GroupChoice {
        installation: text(id),
        name: text(name),
        stands,
        blocked: false,
        classes: identity(),
        any_chosen,
    };
    AppPage {
        shell: person("Meadow Planner", "/privacy"),
        id: text("app_1"),
        name: text("Meadow Planner"),
        partner: text("Blue Harbour Ltd"),
        active: true,
        all_blocked: false,
        blocked: false,
        by_admin: content(true),
        groups: vec![
            group("ins_1", "Allotment gardeners", true, true),
            group("ins_2", "Chess on Thursdays", false, false),
        ],
        grants: Vec::new(),
        exceptions: vec![ExceptionLine {
            program: text("Personalization"),
            until: text("1 March 2027"),
            by: "the platform's staff",
            because: text("it moves its people to the new program"),
        }],
    }
}

fn seen() -> SeenPage {
    let bar =
        |day: u64, height| Bar { x: day * 10, y: 56 - height, height, title: format!("day {day}") };
    let line = |day: &str, times| SeenLine {
        day: text(day),
        group: text("Allotment gardeners"),
        classes: text("What people write in posts, Names of people in a group"),
        times,
    };
    let days = [
        (2, 20),
        (3, 34),
        (4, 8),
        (9, 12),
        (10, 40),
        (11, 56),
        (12, 30),
        (17, 4),
        (22, 16),
        (23, 44),
        (24, 22),
        (28, 10),
        (29, 18),
    ];
    SeenPage {
        shell: person("Seen by", "/privacy/seen"),
        apps: vec![SeenApp {
            id: text("app_1"),
            name: text("Meadow Planner"),
            partner: text("Blue Harbour Ltd"),
            summary: text("What people write in posts, Names of people in a group"),
            bars: days.into_iter().map(|(day, height)| bar(day, height)).collect(),
            picture: text("In the last 30 days: 41 times, on 13 days, at most 7 times on one day"),
            lines: vec![line("21 November 2026", 3), line("20 November 2026", 12)],
        }],
        missing: String::new(),
        from: text("23 October 2026"),
        to: text("21 November 2026"),
        cut: false,
    }
}

fn groups() -> GroupsPage {
    let app = |id: &str, name: &str, status, tone, backers: &str| InstalledLine {
        id: text(id),
        app: text(name),
        partner: text("Blue Harbour Ltd"),
        status,
        tone,
        classes: text("Group names, What people write in posts"),
        backers: text(backers),
        ended: status == "Disabled",
    };
    GroupsPage {
        shell: person("Apps in my groups", "/groups"),
        groups: vec![
            GroupCard {
                id: text("ctx_1"),
                name: text("Allotment gardeners"),
                apps: vec![
                    app("ins_1", "Meadow Planner", "Standing", "good", "you, Bo Lindqvist"),
                    app("ins_2", "Poll & Vote", "Lapsed", "warn", "nobody"),
                ],
                ended: vec![app("ins_0", "Old Tool", "Disabled", "off", "nobody")],
            },
            GroupCard {
                id: text("ctx_2"),
                name: text("Chess on Thursdays"),
                apps: Vec::new(),
                ended: Vec::new(),
            },
        ],
    }
}

fn choices(labels: &[&str]) -> Vec<Choice> {
    let choice = |label: &&str| Choice { value: text(label), label: text(label), chosen: false };
    labels.iter().map(choice).collect()
}

fn app_row(id: &str, name: &str, status: &str, tone: &'static str) -> Row {
    Row {
        href: format!("/staff/apps/{id}"),
        title: text(name),
        cells: vec![
            Cell::plain("Id", id),
            Cell::plain("Partner", "Blue Harbour Ltd"),
            Cell::status(status, tone),
            Cell::plain("Client", "confidential"),
        ],
    }
}

fn columns() -> Vec<&'static str> {
    vec!["App", "Id", "Partner", "Status", "Client"]
}

fn list() -> ListPage {
    ListPage {
        shell: staff("Apps", "/staff/apps").noticing(Some("done")),
        intro: "Software products of partners, each an OAuth client.",
        path: "/staff/apps",
        make: ("/staff/apps/new", "Register an app"),
        searches: true,
        q: String::new(),
        columns: columns(),
        rows: vec![
            app_row("app_1", "Meadow Planner", "active", "good"),
            app_row("app_2", "Poll & Vote", "suspended", "warn"),
            app_row("app_3", "Old Tool", "removed", "bad"),
        ],
        total: text("3 in all"),
        previous: String::new(),
        next: text("/staff/apps?q=&page=2"),
    }
}

fn detail() -> DetailPage {
    let section = |id, title, make: &str, rows: Vec<Row>| Section {
        id,
        title,
        columns: columns(),
        rows,
        make: (text(make), if make.is_empty() { "" } else { "Register an app" }),
    };
    DetailPage {
        shell: staff("Blue Harbour Ltd", "/staff/partners"),
        back: ("/staff/partners", "Partners"),
        status: text("active"),
        tone: "good",
        facts: vec![
            ("Id", text("ptn_1")),
            ("Apps", text("2")),
            ("Redirect URIs", text("https://planner.example/oauth/back")),
        ],
        acts: vec![
            ActLink {
                href: text("/staff/act"),
                label: "Suspend…",
                text: "No app of it receives anything; people and admins can still end what they gave.",
            },
            ActLink {
                href: text("/staff/act"),
                label: "Cut off tokens…",
                text: "Every token of its apps is dead; they have to ask for new ones.",
            },
        ],
        sections: vec![
            section(
                "apps",
                "Apps",
                "/staff/apps/new",
                vec![app_row("app_1", "Meadow Planner", "active", "good")],
            ),
            section("none", "Certifications", "", Vec::new()),
        ],
    }
}

fn form() -> FormPage {
    let field = |name, label, input, labels: &[&str]| FieldLine {
        name,
        label,
        hint: "",
        input,
        id: text(name),
        value: String::new(),
        choices: choices(labels),
        wrong: String::new(),
        another: "",
    };
    FormPage {
        shell: staff("Make an agreement", "/staff/agreements").narrow(),
        back: (text("/staff/agreements"), "Agreements"),
        wrong: text("Until must be after from."),
        intro: String::new(),
        action: text("/staff/agreements/new"),
        fields: vec![
            FieldLine {
                another: "/staff/agreements/new",
                ..field("app", "App", Input::Fixed, &["Meadow Planner (Blue Harbour Ltd), app_1"])
            },
            field("program", "Program", Input::Select, &["Groups"]),
            FieldLine { hint: "What people read.", ..field("name", "Name", Input::Text, &[]) },
            field(
                "class",
                "What it covers",
                Input::Checks,
                &["Group names", "What people write in posts"],
            ),
            field("redirects", "Redirect URIs", Input::Lines, &[]),
            FieldLine { value: text("2026-11-21"), ..field("from", "From", Input::Date, &[]) },
        ],
        rows: None,
        reasons: Vec::new(),
        severities: Vec::new(),
        note: Some(String::new()),
        submit: "Make an agreement",
        is_ending: false,
    }
}

fn act() -> ActPage {
    ActPage {
        shell: staff("Suspend Blue Harbour Ltd?", "/staff/partners").narrow(),
        wrong: text("Choose a reason."),
        text: "It holds on the next request. Nothing is given any more, until it is reinstated; withdrawing and deleting still work.",
        affected: vec![
            Affected { number: text("2"), text: "apps" },
            Affected { number: text("118"), text: "installations that stand" },
            Affected { number: text("4,302"), text: "grants of people" },
        ],
        what: text("partner-status"),
        on: text("ptn_1"),
        to: text("suspended"),
        choices: Vec::new(),
        reasons: choices(&["Data was taken improperly", "Malware"]),
        severities: choices(&["Low", "Medium", "High"]),
        note: String::new(),
        submit: "Suspend",
        needs_reason: true,
        is_ending: true,
        back: text("/staff/partners/ptn_1"),
    }
}

fn dashboard() -> DashboardPage {
    let figure =
        |number: &str, what| Figure { number: text(number), text: what, href: "/staff/apps" };
    DashboardPage {
        shell: staff("Dashboard", "/staff"),
        trouble: String::new(),
        figures: vec![
            figure("12", "active partners"),
            figure("31", "apps that may receive data"),
            figure("2", "apps suspended"),
            figure("1,840", "installations standing"),
            figure("9", "installations lapsed"),
            figure("60,211", "grants of people"),
        ],
        policy: text("Names and pictures only of members who opted in"),
        entries: text("912,004"),
    }
}

fn log() -> LogPage {
    let line = |position, what: &str, details: &str, by: &str, note: &str| LogLine {
        position,
        at: text("21 Nov 2026, 14:05"),
        what: text(what),
        app: text("Meadow Planner"),
        details: text(details),
        by: text(by),
        alone: false,
        note: text(note),
    };
    LogPage {
        shell: staff("Log", "/staff/log"),
        lines: vec![
            line(912_003, "app status changed", "", "Sam Okafor", "Breach of terms: third warning"),
            line(
                912_002,
                "disclosure",
                "listGroupPosts, 25 records, 11 people, 0 withheld",
                "",
                "",
            ),
            line(912_001, "opt in", "Names of people in a group", "person per_81", ""),
        ],
        newer: String::new(),
        older: text("/staff/log?below=912001"),
    }
}

fn sign_in() -> SignInPage {
    SignInPage {
        shell: fixed(Shell::plain("Sign in")),
        action: "/sign-in",
        token: text("token"),
        return_to: text("/"),
        login: text("ada"),
        failed: true,
        leads_to_app: false,
    }
}

fn enable() -> EnablePage {
    EnablePage {
        shell: person("Enable Meadow Planner", "/groups"),
        wrong: "Choose at least one group.",
        app: text("app_1"),
        name: text("Meadow Planner"),
        partner: text("Blue Harbour Ltd"),
        required: needed(),
        optional: for_admins(),
        groups: vec![
            target("ctx_1", "Allotment gardeners", false, "You stand behind it here already."),
            target("ctx_2", "Chess on Thursdays", true, ""),
        ],
    }
}

fn enable_preview() -> EnablePreview {
    EnablePreview {
        shell: person("Enable Meadow Planner?", "/groups"),
        app: text("app_1"),
        name: text("Meadow Planner"),
        partner: text("Blue Harbour Ltd"),
        back: text("/groups/enable?app=app_1"),
        classes: content(true),
        groups: vec![target("ctx_2", "Chess on Thursdays", true, "")],
    }
}

fn manage() -> ManagePage {
    ManagePage {
        shell: person("Meadow Planner in Allotment gardeners", "/groups"),
        id: text("ins_1"),
        app: text("Meadow Planner"),
        partner: text("Blue Harbour Ltd"),
        group: text("Allotment gardeners"),
        status: "Lapsed",
        tone: "warn",
        ended: false,
        backs: false,
        backers: 0,
        classes: content(true),
    }
}

fn messages() -> MessagesPage {
    let message = |id: u32, subject: &str, body: &str, is_new| MessageLine {
        id: format!("ntc_{id}"),
        at: text("21 Nov 2026, 14:05"),
        subject: text(subject),
        paragraphs: body.split("\n\n").map(text).collect(),
        is_new,
        is_urgent: is_new,
        link: is_new.then(|| (text("/groups/apps/ins_1"), "Look at it")),
    };
    MessagesPage {
        shell: person("Messages", "/messages").with_new(1),
        language: "en",
        lines: vec![
            message(
                7,
                "Meadow Planner lost its access to Allotment gardeners",
                "The last admin who stood behind Meadow Planner is no admin any more.\n\nIf you do nothing, it stays without access.",
                true,
            ),
            message(
                3,
                "Meadow Planner was enabled in Chess",
                "It may see there: Group names.",
                false,
            ),
        ],
        unread: 1,
        path: "/messages",
        newest: text("ntc_7"),
        older: text("/messages?before=ntc_3"),
    }
}

fn choose() -> ChoosePage {
    let offer = OfferLine {
        id: text("app_1"),
        name: text("Meadow Planner"),
        partner: text("Blue Harbour Ltd"),
        classes: text("Group names, What people write in posts"),
    };
    ChoosePage {
        shell: person("Enable an app", "/groups"),
        searches: true,
        q: text("meadow"),
        offers: vec![offer],
        next: text("/groups/enable?q=meadow&after=app_1"),
    }
}

fn history() -> HistoryPage {
    let line = |words: &str| HistoryLine { at: text("21 Nov 2026, 14:05"), text: text(words) };
    let lines = vec![
        line("You allowed Meadow Planner in Allotment gardeners: Names of people in a group."),
        line("You blocked all apps."),
    ];
    let missing = text(
        "Entries since 21 Nov 2026, 14:05 UTC are being read in again; this list may be incomplete until then.",
    );
    HistoryPage { shell: person("History", "/privacy/history"), lines, missing }
}

fn samples() -> Vec<(&'static str, String)> {
    let error = ErrorPage {
        shell: fixed(Shell::plain("Page not found")),
        text: text("There is no such page, or not for you."),
        advice: String::new(),
    };
    let disable = DisablePage {
        shell: person("Disable Meadow Planner?", "/groups").narrow(),
        id: text("ins_1"),
        app: text("Meadow Planner"),
        group: text("Allotment gardeners"),
        people: 14,
    };
    let secret = SecretPage {
        shell: staff("The secret, this once", "/staff/apps").narrow(),
        client: text("app_1"),
        secret: text("bls_an-example-and-no-secret"),
        until: text("21 November 2027"),
        back: text("/staff/apps/app_1"),
    };
    fn html(page: &impl Template) -> String {
        page.render().unwrap()
    }
    vec![
        ("welcome", html(&WelcomePage { shell: fixed(Shell::plain("Your data, your say")) })),
        ("sign_in", html(&sign_in())),
        ("home", html(&home())),
        ("authorize", html(&consent())),
        ("privacy", html(&privacy())),
        ("privacy_app", html(&privacy_app())),
        ("seen", html(&seen())),
        ("history", html(&history())),
        ("messages", html(&messages())),
        ("groups", html(&groups())),
        ("enable_app", html(&choose())),
        ("enable", html(&enable())),
        ("enable_preview", html(&enable_preview())),
        ("manage", html(&manage())),
        ("disable", html(&disable)),
        ("error", html(&error)),
        ("staff_dashboard", html(&dashboard())),
        ("staff_list", html(&list())),
        ("staff_detail", html(&detail())),
        ("staff_form", html(&form())),
        ("staff_details", html(&weighty::details())),
        ("staff_choose", html(&weighty::choose())),
        ("staff_act", html(&act())),
        ("staff_log", html(&log())),
        ("staff_policy", html(&rules::policy())),
        ("staff_policy_preview", html(&rules::policy_preview())),
        ("staff_watched", html(&rules::watched())),
        ("staff_watched_none", html(&WatchedPage { watched: None, ..rules::watched() })),
        ("staff_secret", html(&secret)),
        ("staff_suspensions", html(&weighty::suspensions())),
        ("staff_suspension", html(&weighty::suspension())),
        ("staff_suspension_confirm", html(&weighty::proposal(true))),
        ("staff_suspension_own", html(&weighty::proposal(false))),
        ("staff_close", html(&weighty::close())),
        ("staff_case", html(&weighty::case())),
        ("staff_decide", html(&weighty::decide())),
        ("staff_usage", html(&UsagePage::sample(staff("Use of Meadow Planner", "/staff/apps")))),
        ("staff_timeline", html(&TimelinePage::sample(staff("Timelines", "/staff/partners")))),
        ("recipients", html(&RecipientsPage::sample(person("Recipients", "/privacy/recipients")))),
    ]
}

#[test]
fn every_page_looks_as_it_did() {
    for (name, html) in samples() {
        let path = format!("{}/samples/{name}.html", env!("CARGO_MANIFEST_DIR"));
        expect_test::expect_file![path].assert_eq(&html);
    }
}

/// What a screen reader and a keyboard need on every page.
#[test]
fn every_page_has_landmarks_one_heading_and_labelled_fields() {
    for (name, html) in samples() {
        assert_eq!(html.matches("<h1").count(), 1, "{name}: one main heading");
        assert_eq!(html.matches("<main id=\"main\"").count(), 1, "{name}: one main landmark");
        assert!(html.contains("href=\"#main\""), "{name}: a link past the navigation");
        let fields = html.split("<").filter(|tag| {
            let typed = ["input ", "select ", "textarea "].iter().any(|kind| tag.starts_with(kind));
            let silent = ["type=\"hidden\"", "type=\"checkbox\"", "type=\"radio\"", "aria-hidden"];
            typed && !silent.iter().any(|kind| tag.contains(kind))
        });
        for field in fields {
            let id = field.split("id=\"").nth(1).and_then(|rest| rest.split('"').next());
            let id = id.unwrap_or_else(|| panic!("{name}: a field without id: {field}"));
            assert!(html.contains(&format!("for=\"{id}\"")), "{name}: no label for {id}");
        }
        let ids: Vec<&str> =
            html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let distinct: std::collections::BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), distinct.len(), "{name}: an id stands twice");
        assert!(
            !html.contains("style=") && !html.contains("<script"),
            "{name}: the policy forbids it"
        );
    }
}
