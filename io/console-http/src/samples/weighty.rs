//! Pages on which staff decide about many, or for good.

use super::{app_row, choices, columns, staff, text};
use crate::staff::{
    ActLink, Affected, Cell, ClosePage, DetailPage, ExceptionRow, FieldLine, FieldRow, FieldRows,
    FormPage, Input, ListPage, Row, Section, SuspensionPage, SuspensionsPage,
};

fn affected(apps: &str) -> Vec<Affected> {
    vec![
        Affected { number: text(apps), text: "apps" },
        Affected { number: text("1,204"), text: "installations in groups" },
        Affected { number: text("60,211"), text: "grants of people" },
        Affected { number: text("58,930"), text: "different people" },
    ]
}

fn row(href: &str, title: &str, cells: Vec<Cell>) -> Row {
    Row { href: text(href), title: text(title), cells }
}

/// The list of suspensions of many apps, with a selection that could not be read.
pub(super) fn suspensions() -> SuspensionsPage {
    let done = |lifted: bool, by: Cell| {
        vec![
            if lifted { Cell::status("lifted", "off") } else { Cell::status("suspended", "warn") },
            Cell::plain("Apps", "312"),
            Cell::plain("When", "21 Nov 2026, 14:05"),
            Cell::plain("By", "Sam Okafor"),
            by,
        ]
    };
    let alone = Cell { label: "Confirmed by", text: text("nobody: broke the glass"), tone: "bad" };
    SuspensionsPage {
        shell: staff("Suspensions", "/staff/suspensions").noticing(Some("proposed")),
        wrong: text("Select has category: a part is kind:value."),
        select: text("category"),
        proposals: vec![row(
            "/staff/suspensions/4",
            "category:quiz & status:active",
            vec![
                Cell::plain("By", "Rosa Lind"),
                Cell::plain("Apps then", "312"),
                Cell::plain("People then", "58,930"),
                Cell::plain("Until", "22 Nov 2026, 14:05"),
            ],
        )],
        suspensions: vec![
            row(
                "/staff/act?do=lift-suspension&on=pos_4711",
                "category:quiz & status:active",
                done(false, Cell::plain("Confirmed by", "Rosa Lind")),
            ),
            row("", "apps:app_1,app_2", done(true, alone)),
        ],
    }
}

/// A preview of one's own.
pub(super) fn suspension() -> SuspensionPage {
    let of = |name: &str, apps: &str| {
        row("/staff/partners/ptn_1", name, vec![Cell::plain("Apps", text(apps))])
    };
    SuspensionPage {
        shell: staff("Suspend many apps?", "/staff/suspensions").narrow(),
        wrong: text("Choose a reason."),
        selection: text("category:quiz & status:active"),
        story: String::new(),
        affected: affected("312"),
        partners: vec![of("Blue Harbour Ltd", "40"), of("Green & Sons", "12")],
        select: text("category:quiz\nstatus:active"),
        reasons: choices(&["Data was taken improperly", "Malware"]),
        severities: choices(&["Low", "Medium", "High"]),
        note: String::new(),
        proposal: String::new(),
        result: String::new(),
        can_confirm: false,
    }
}

/// Somebody else's proposal, to be confirmed; or one's own.
pub(super) fn proposal(can_confirm: bool) -> SuspensionPage {
    SuspensionPage {
        shell: staff("Confirm a suspension?", "/staff/suspensions").narrow(),
        wrong: String::new(),
        story: text(
            "Proposed by Rosa Lind: Malware. See case 7. It meant 310 apps then, and means others now.",
        ),
        select: String::new(),
        reasons: Vec::new(),
        severities: Vec::new(),
        proposal: text("4"),
        result: "5e".repeat(32),
        can_confirm,
        ..suspension()
    }
}

/// A program about to be closed, with an exception that lacks its end.
pub(super) fn close() -> ClosePage {
    ClosePage {
        shell: staff("Close Groups?", "/staff/programs").narrow(),
        wrong: text("Exception 1: choose an end in the future."),
        program: text("prg_1"),
        name: text("Groups"),
        affected: affected("31"),
        exceptions: vec![
            ExceptionRow {
                app: text("app_3"),
                until: String::new(),
                reason: text("It moves its people to the new program."),
            },
            ExceptionRow::default(),
        ],
        reasons: choices(&["Data was taken improperly", "Breach of terms"]),
        severities: choices(&["Low", "Medium", "High"]),
        note: String::new(),
    }
}

/// A case with its notes and what people reported.
pub(super) fn case() -> DetailPage {
    let step = |what: &str, by: &str, reason: &str, note: &str, readers: &str| {
        let cells = vec![
            Cell::plain("When", "21 Nov 2026, 14:05"),
            Cell::plain("By", by),
            Cell::plain("Reason", reason),
            Cell::plain("Note", note),
            Cell::plain("Read by", readers),
        ];
        row("", what, cells)
    };
    let report = vec![
        Cell::plain("When", "20 Nov 2026, 09:30"),
        Cell::plain("Reason", "Malware"),
        Cell::plain("What they wrote", "It asks for my phone book, and then my friends get mail."),
    ];
    let section =
        |id, title, columns, rows| Section { id, title, columns, rows, make: (String::new(), "") };
    DetailPage {
        shell: staff("Case cas_7", "/staff/cases"),
        back: ("/staff/cases", "Cases"),
        status: text("open"),
        tone: "warn",
        facts: vec![
            ("App", text("Meadow Planner")),
            ("Began with", text("a person's report, entry 4711 of the log")),
        ],
        sections: vec![
            section(
                "steps",
                "What happened",
                vec!["What", "When", "By", "Reason", "Note", "Read by"],
                vec![
                    step("Opened", "Sam Okafor", "Malware", "Two people wrote.", "staff"),
                    step(
                        "Note",
                        "Rosa Lind",
                        "",
                        "The sample is in the safe.",
                        "staff and partner",
                    ),
                ],
            ),
            section(
                "reports",
                "What people reported about the app",
                vec!["Report", "When", "Reason", "What they wrote"],
                vec![row("/staff/log?below=4712", "Report 4711", report)],
            ),
        ],
        acts: vec![
            ActLink {
                href: text("/staff/cases/cas_7/decide"),
                label: "Decide…",
                text: "Unfounded, a warning, or the app is suspended or removed with it.",
            },
            ActLink {
                href: text("/staff/cases/cas_7/note"),
                label: "Add a note",
                text: "Evidence or a remark, for staff alone or for the partner too.",
            },
        ],
    }
}

/// A case about to be decided: every other kind of field.
pub(super) fn decide() -> FormPage {
    let field = |name, label, hint, input| FieldLine {
        name,
        label,
        hint,
        input,
        id: text(name),
        value: String::new(),
        choices: choices(&["Choose", "Unfounded: nothing was wrong"]),
        wrong: String::new(),
        another: "",
    };
    FormPage {
        shell: staff("Decide case cas_7", "/staff/cases").narrow(),
        back: (text("/staff/cases/cas_7"), "Case"),
        wrong: text("Say why: the partner reads it."),
        intro: text(
            "The partner is told, reads reason and note, and may appeal once unless the case was unfounded.",
        ),
        action: text("/staff/cases/cas_7/decide"),
        fields: vec![
            field("outcome", "How it is decided", "", Input::Select),
            field("cap", "People at most", "Empty: as many as come.", Input::MaybeText),
            field("until", "Must be anonymised by", "Empty: nothing was agreed.", Input::MaybeDate),
            field("why", "Why", "The partner reads it.", Input::Prose),
        ],
        rows: None,
        reasons: choices(&["Malware", "Breach of terms"]),
        severities: choices(&["Low", "Medium", "High"]),
        note: None,
        submit: "Decide the case",
        is_ending: true,
    }
}

/// What a partner says about itself, with mistakes in a field and in a row.
pub(super) fn details() -> FormPage {
    let field = |name, label, hint, input, value: &str| FieldLine {
        name,
        label,
        hint,
        input,
        id: text(name),
        value: text(value),
        choices: choices(&["Choose", "Controller: it decides what the data is for"]),
        wrong: String::new(),
        another: "",
    };
    let row = |at: usize, cells: [&str; 3]| {
        let [about, name, email] = cells;
        let in_row = |line: FieldLine| FieldLine { id: format!("{}-{at}", line.name), ..line };
        let fields = vec![
            in_row(field("contact_about", "What for", "", Input::MaybeText, about)),
            in_row(field("contact_name", "Name or office", "", Input::MaybeText, name)),
            in_row(field("contact_email", "E-mail address", "", Input::MaybeEmail, email)),
        ];
        FieldRow { legend: format!("Contact {at}"), fields }
    };
    let mut page = FormPage {
        shell: staff("Details of Blue Harbour Ltd", "/staff/partners").narrow(),
        back: (text("/staff/partners/ptn_1"), "Partner"),
        wrong: String::new(),
        intro: text("What the partner says about itself. It decides nothing."),
        action: text("/staff/partners/ptn_1/details"),
        fields: vec![
            field("legal_entity", "Legal entity", "Name, form, number, seat.", Input::Text, "Blue"),
            field("country", "Country", "Two capital letters.", Input::Text, "UK"),
            field("policy", "Privacy policy", "", Input::Url, "https://blue.example/privacy"),
            field("role", "Acts as", "", Input::Select, ""),
        ],
        rows: Some(FieldRows {
            title: "Contacts",
            hint: "Whom to ask, and what for.",
            rows: vec![
                row(1, ["privacy", "Data office", "privacy@blue.example"]),
                row(2, ["security", "Night shift", "nobody"]),
                row(3, ["", "", ""]),
            ],
        }),
        reasons: Vec::new(),
        severities: Vec::new(),
        note: Some(String::new()),
        submit: "Save",
        is_ending: false,
    };
    page.blame("country", text("Must be a country code of two capital letters (ISO 3166-1)."));
    page.blame("contact_email-2", text("Must be an e-mail address."));
    page
}

/// Which app an agreement is made for.
pub(super) fn choose() -> ListPage {
    let row = |row: Row| Row { href: text("/staff/agreements/new?app=app_1"), ..row };
    ListPage {
        shell: staff("Make an agreement", "/staff/agreements"),
        intro: "For which app? Search by name or id, or open it from the app’s own page.",
        path: "/staff/agreements/new",
        make: ("", ""),
        searches: true,
        q: text("planner"),
        columns: columns(),
        rows: vec![row(app_row("app_1", "Meadow Planner", "active", "good"))],
        total: text("In the order in which they were registered."),
        previous: String::new(),
        next: text("/staff/agreements/new?q=planner&after=app_50"),
    }
}
