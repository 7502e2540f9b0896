//! What surrounds every page: title, navigation, who is signed in, what just happened.

use crate::assets;

/// A link of the navigation.
pub(crate) struct Link {
    pub(crate) href: &'static str,
    pub(crate) label: &'static str,
    pub(crate) current: bool,
    /// How much there is new; shown from one on.
    pub(crate) new: u64,
}

/// The frame of a page.
pub(crate) struct Shell {
    pub(crate) title: String,
    pub(crate) style: String,
    pub(crate) icon: String,
    pub(crate) home: &'static str,
    pub(crate) sign_out: &'static str,
    pub(crate) links: Vec<Link>,
    pub(crate) who: Option<String>,
    pub(crate) csrf: String,
    pub(crate) notice: Option<&'static str>,
    pub(crate) is_staff: bool,
    pub(crate) is_narrow: bool,
}

/// Whether somebody is an admin of any group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Member,
    Admin,
}

const PEOPLE: [(&str, &str); 7] = [
    ("/", "Overview"),
    ("/privacy", "Privacy"),
    ("/privacy/recipients", "Recipients"),
    ("/privacy/seen", "Seen by"),
    ("/privacy/history", "History"),
    ("/messages", "Messages"),
    ("/groups", "Apps in my groups"),
];

const STAFF: [(&str, &str); 14] = [
    ("/staff", "Dashboard"),
    ("/staff/partners", "Partners"),
    ("/staff/apps", "Apps"),
    ("/staff/agreements", "Agreements"),
    ("/staff/programs", "Programs"),
    ("/staff/versions", "Versions"),
    ("/staff/policies", "Policy"),
    ("/staff/cut-off", "Cut-offs"),
    ("/staff/suspensions", "Suspensions"),
    ("/staff/cases", "Cases"),
    ("/staff/reported", "Reported"),
    ("/staff/members", "Staff"),
    ("/staff/log", "Log"),
    ("/staff/messages", "Messages"),
];

fn links(all: &[(&'static str, &'static str)], here: &str) -> Vec<Link> {
    all.iter().map(|(href, label)| Link { href, label, current: *href == here, new: 0 }).collect()
}

impl Shell {
    /// A frame for whoever is not signed in, or on the way.
    pub(crate) fn plain(title: &str) -> Self {
        Self {
            title: title.to_owned(),
            style: assets::style(),
            icon: assets::icon(),
            home: "/",
            sign_out: "/sign-out",
            links: Vec::new(),
            who: None,
            csrf: String::new(),
            notice: None,
            is_staff: false,
            is_narrow: true,
        }
    }

    /// A frame for a person.
    pub(crate) fn person(title: &str, here: &str, who: String, csrf: &str, role: Role) -> Self {
        let mut links = links(&PEOPLE, here);
        links.retain(|link| role == Role::Admin || link.href != "/groups");
        let who = Some(who);
        Self { links, who, csrf: csrf.to_owned(), is_narrow: false, ..Self::plain(title) }
    }

    /// A frame for staff.
    pub(crate) fn staff(title: &str, here: &str, who: String, csrf: &str) -> Self {
        Self {
            home: "/staff",
            sign_out: "/staff/sign-out",
            links: links(&STAFF, here),
            who: Some(who),
            csrf: csrf.to_owned(),
            is_staff: true,
            is_narrow: false,
            ..Self::plain(title)
        }
    }

    /// The same with so many messages that are new.
    pub(crate) fn with_new(mut self, new: u64) -> Self {
        let messages = self.links.iter_mut().find(|link| link.href.ends_with("/messages"));
        if let Some(link) = messages {
            link.new = new;
        }
        self
    }

    /// The same without navigation: one decision at a time.
    pub(crate) fn alone(mut self) -> Self {
        self.links.clear();
        self.is_narrow = true;
        self
    }

    /// The same, a narrow column.
    pub(crate) fn narrow(mut self) -> Self {
        self.is_narrow = true;
        self
    }

    /// The same with what the redirect before said was done. Only texts that stand here are ever shown.
    pub(crate) fn noticing(mut self, done: Option<&str>) -> Self {
        self.notice = done.and_then(notice);
        self
    }
}

fn notice(done: &str) -> Option<&'static str> {
    Some(match done {
        "signed-out" => "You are signed out.",
        "read" => "Noted. You have read everything up to here.",
        "saved" => "Saved. It holds from now on.",
        "blocked" => "Done. From now on nothing about you is shown there.",
        "lifted" => "Unblocked. What you had allowed before holds again.",
        "reported" => {
            "Thank you. The platform's staff will read it; the app's makers do not learn who reported."
        }
        "withdrawn" => "Withdrawn. The app's access through you has ended.",
        "enabled" => "The app is enabled in the groups that you chose.",
        "narrowed" => "Saved. The app receives less from now on.",
        "backed" => "You stand behind this app in this group now.",
        "disabled" => "The app is disabled in this group. Its access has ended.",
        "done" => "Done. It is in the log, recorded as yours.",
        "made" => "Registered.",
        "proposed" => "Proposed. It waits for somebody else to confirm it, for a day.",
        "policy" => "The policy is in force.",
        "watched" => "The change is watched. It decides nothing.",
        "unwatched" => "No change is watched any more.",
        _ => return None,
    })
}
