use super::*;
use crate::names::Names;
use expect_test::expect_file;
use model::{
    AgreementNo, AppNo, CaseNo, CertificationNo, ClassMask, ContextNo, CredentialNo, EndingReason,
    InstallationNo, PartnerNo, Position, ProgramNo,
};
use std::collections::BTreeSet;
use std::fmt::Write as _;

fn names() -> Names {
    let text = str::to_owned;
    Names {
        apps: [(AppNo(1), text("Meadow Planner"))].into(),
        partners: [(PartnerNo(1), text("Blue Harbour Ltd"))].into(),
        credentials: [(CredentialNo(4), text("production 2026"))].into(),
        programs: [(ProgramNo(1), text("groups"))].into(),
        contexts: [(ContextNo(7), text("Chess club"))].into(),
        classes: [(0, text("Group names")), (1, text("What people write in posts"))].into(),
        partner_of: [(AppNo(1), PartnerNo(1))].into(),
    }
}

/// The details that `notices` gives a kind for a reader: no more, so that a text which needs more is found out.
fn details(kind: Kind, reader: Reader) -> Details {
    let (app, classes) = (Some(AppNo(1)), Some(ClassMask(3)));
    let (until, position) = (Some(Timestamp(1_795_262_400_000)), Some(Position(4711)));
    let (version, case) = ("2026-11-01".parse().ok(), Some(CaseNo(8)));
    let none = Details::default();
    match kind {
        Kind::AppEnabled
        | Kind::InstallationLapsed
        | Kind::InstallationEnded
        | Kind::InstallationNarrowed => Details {
            app,
            classes,
            position,
            context: (reader == Reader::Person).then_some(ContextNo(7)),
            partner: (kind == Kind::AppEnabled).then_some(PartnerNo(1)),
            installation: Some(InstallationNo(3)),
            ..none
        },
        Kind::AgreementEnding => Details {
            app,
            classes,
            until,
            agreement: Some(AgreementNo(2)),
            program: Some(ProgramNo(1)),
            ..none
        },
        Kind::AgreementEnded => Details {
            app,
            classes,
            agreement: Some(AgreementNo(2)),
            program: Some(ProgramNo(1)),
            ..none
        },
        Kind::AnonymiseDue | Kind::AnonymiseTerm | Kind::RetentionDue | Kind::RetentionTerm => {
            Details {
                app,
                classes,
                until,
                partner: Some(PartnerNo(1)),
                agreement: Some(AgreementNo(2)),
                program: Some(ProgramNo(1)),
                ..none
            }
        }
        Kind::CertificationEnding => {
            Details { app, classes, until, certification: Some(CertificationNo(5)), ..none }
        }
        Kind::CertificationEnded => {
            Details { app, classes, certification: Some(CertificationNo(5)), ..none }
        }
        Kind::CredentialEnding => Details { app, until, credential: Some(CredentialNo(4)), ..none },
        Kind::CredentialEnded => Details { app, credential: Some(CredentialNo(4)), ..none },
        Kind::AppStatusChanged => Details {
            app,
            position,
            status: Some(AppStatus::Suspended.code()),
            reason: Some(EndingReason::NotAnonymised),
            ..none
        },
        Kind::PartnerStatusChanged => Details {
            position,
            partner: Some(PartnerNo(1)),
            status: Some(PartnerStatus::Revoked.code()),
            reason: Some(EndingReason::Malware),
            ..none
        },
        Kind::ProgramStatusChanged => Details {
            position,
            program: Some(ProgramNo(1)),
            status: Some(ProgramStatus::Closed.code()),
            ..none
        },
        Kind::VersionChanged | Kind::VersionEnding => Details { until, position, version, ..none },
        Kind::VersionEnded => Details { until, version, ..none },
        Kind::ProgramEnding | Kind::ProgramEnded => {
            Details { until, program: Some(ProgramNo(1)), ..none }
        }
        Kind::ExceptionMade | Kind::ExceptionEnding => {
            Details { app, until, program: Some(ProgramNo(1)), ..none }
        }
        Kind::ExceptionEnded => Details { app, program: Some(ProgramNo(1)), ..none },
        Kind::ReportIssued | Kind::ReportDue | Kind::AppRestricted => {
            Details { app, until, position, ..none }
        }
        Kind::ClassesUnused | Kind::ClassesUnusedEnded => Details { app, classes, until, ..none },
        Kind::CaseOpened | Kind::CaseAppealed => Details { app, case, position, ..none },
        Kind::CaseDecided => {
            Details { app, case, position, status: Some(CaseOutcome::Warned.code()), ..none }
        }
        Kind::AppealDecided => Details { app, case, position, status: Some(1), ..none },
        Kind::FindingRaised => {
            Details { position, finding: Some("probe-passed".to_owned()), ..none }
        }
        Kind::AppReported => Details { app, position, ..none },
        Kind::AppsSuspended | Kind::SuspensionLifted => {
            Details { position, partner: Some(PartnerNo(1)), count: Some(12), ..none }
        }
        Kind::RuleChanged => Details { position, ..none },
        Kind::DeliveryFailed => {
            Details { notice: Some(12), channel: Some(Channel::Webhook.code()), ..none }
        }
    }
}

fn all() -> impl Iterator<Item = (Kind, Reader)> {
    Kind::ALL.iter().flat_map(|kind| kind.readers().iter().map(|reader| (*kind, *reader)))
}

#[test]
fn every_notice_has_words_in_every_language() {
    for language in Language::ALL {
        let mut book = String::new();
        for (kind, reader) in all() {
            let details = details(kind, reader);
            let text = Texts::of(language).try_text((kind, reader), &details, &names()).unwrap();
            assert!(!text.subject.contains('\n'), "{text:?}");
            let _ = writeln!(
                book,
                "# {kind} to {}\n\n{}\n\n{}\n",
                reader.word(),
                text.subject,
                text.body
            );
        }
        for reader in [Reader::Person, Reader::Partner, Reader::Staff] {
            let _ = writeln!(book, "{}\n", footer(language, reader, "https://id.example"));
        }
        expect_file![format!("{}/samples/{}.md", env!("CARGO_MANIFEST_DIR"), language.tag())]
            .assert_eq(&book);
    }
}

fn told(language: Language, kind: Kind, details: &Details) -> Text {
    Texts::of(language).try_text((kind, Reader::Partner), details, &names()).unwrap()
}

/// A version's end that is set, one that is not set yet, and one that was called off are three things to do.
#[test]
fn a_version_ends_is_deprecated_or_goes_on() {
    let kind = Kind::VersionChanged;
    let ends = details(kind, Reader::Partner);
    let since = Some(Timestamp(1_795_262_400_000));
    let deprecated = Details { since, until: None, ..ends.clone() };
    let never = Details { until: None, ..ends.clone() };
    let formerly = Details { until: Some(Timestamp::NEVER), ..ends.clone() };
    let texts =
        |language| [&ends, &deprecated, &never].map(|details| told(language, kind, details));
    let [ends, deprecated, goes_on] = texts(Language::English);
    assert_eq!(ends.subject, "API version 2026-11-01 ends on 21 November 2026");
    assert!(
        ends.body
            .ends_with("is refused. If your apps call it, change over to a later version in time.")
    );
    assert_eq!(deprecated.subject, "API version 2026-11-01 is deprecated from 21 November 2026 on");
    assert!(!deprecated.body.contains("called off"), "{deprecated:?}");
    assert!(goes_on.body.ends_with("What was announced before is called off."), "{goes_on:?}");
    assert_eq!(told(Language::English, kind, &formerly), goes_on);
    let [_, deprecated, goes_on] = texts(Language::German);
    assert!(deprecated.subject.ends_with("ist ab 21. November 2026 abgekündigt"));
    assert!(goes_on.body.ends_with("gilt nicht mehr."), "{goes_on:?}");
}

#[test]
fn classes_that_the_catalog_does_not_know_are_not_nothing() {
    let kind = Kind::ClassesUnusedEnded;
    let of = |language, mask| {
        let classes = Some(ClassMask(mask));
        told(language, kind, &Details { classes, ..details(kind, Reader::Partner) }).body
    };
    assert!(of(Language::English, 0).ends_with(": nothing about people."));
    let gone = "something that the catalog does not name any more.";
    assert!(of(Language::English, 1 << 9).ends_with(&format!(": {gone}")));
    assert!(of(Language::English, 1 | 1 << 9).ends_with(&format!(": Group names, {gone}")));
    assert!(of(Language::German, 1 << 9).ends_with("etwas, das der Katalog nicht mehr nennt."));
}

#[test]
fn nobody_is_told_to_appeal_against_what_went_their_way() {
    for language in Language::ALL {
        let kind = Kind::CaseDecided;
        let says_so = |outcome: CaseOutcome| {
            let status = Some(outcome.code());
            let body =
                told(language, kind, &Details { status, ..details(kind, Reader::Partner) }).body;
            body.contains("appeal") || body.contains("Einspruch")
        };
        for outcome in CaseOutcome::ALL {
            assert_eq!(says_so(*outcome), *outcome != CaseOutcome::Unfounded, "{outcome}");
        }
    }
}

#[test]
fn a_name_that_is_gone_leaves_a_text() {
    for (language, (kind, reader)) in
        Language::ALL.into_iter().flat_map(|language| all().map(move |one| (language, one)))
    {
        let text = Texts::of(language)
            .try_text((kind, reader), &details(kind, reader), &Names::default())
            .unwrap();
        assert!(!text.body.contains("Chess club"), "{text:?}");
    }
}

/// Words for statuses and reasons: each its own, in each language.
#[test]
fn every_status_and_reason_is_worded() {
    for language in Language::ALL {
        let told = |kind, status| {
            let details = Details { status: Some(status), ..details(kind, Reader::Partner) };
            Texts::of(language).try_text((kind, Reader::Partner), &details, &names()).unwrap()
        };
        let mut subjects = BTreeSet::new();
        for status in AppStatus::ALL {
            assert!(
                subjects.insert(told(Kind::AppStatusChanged, status.code()).subject),
                "{status}"
            );
        }
        for status in PartnerStatus::ALL {
            assert!(
                subjects.insert(told(Kind::PartnerStatusChanged, status.code()).subject),
                "{status}"
            );
        }
        for status in ProgramStatus::ALL {
            assert!(
                subjects.insert(told(Kind::ProgramStatusChanged, status.code()).subject),
                "{status}"
            );
        }
        let mut outcomes = BTreeSet::new();
        for outcome in CaseOutcome::ALL {
            let text = told(Kind::CaseDecided, outcome.code());
            assert!(outcomes.insert(text.body), "{outcome}");
        }
        assert_ne!(told(Kind::AppealDecided, 0), told(Kind::AppealDecided, 1));
        let one = Details { count: Some(1), ..details(Kind::AppsSuspended, Reader::Partner) };
        let one = Texts::of(language)
            .try_text((Kind::AppsSuspended, Reader::Partner), &one, &names())
            .unwrap();
        assert!(!one.subject.contains('1'), "{one:?}");
        let mut reasons = BTreeSet::new();
        for reason in EndingReason::ALL {
            let details = Details {
                reason: Some(*reason),
                ..details(Kind::AppStatusChanged, Reader::Partner)
            };
            let text = Texts::of(language)
                .try_text((Kind::AppStatusChanged, Reader::Partner), &details, &names())
                .unwrap();
            assert!(reasons.insert(text.body), "{reason}");
        }
    }
}

/// Variables and messages that a source speaks of.
fn spoken_of(source: &str) -> (BTreeSet<&str>, BTreeSet<&str>) {
    let variables = source.match_indices('$').filter_map(|(at, _)| {
        source.get(at + 1..)?.split(|c: char| !c.is_ascii_lowercase()).next()
    });
    let messages = source.lines().filter_map(|line| line.split_once(" =").map(|(name, _)| name));
    let messages = messages.filter(|name| !name.starts_with([' ', '.', '#', '*', '[']));
    (variables.collect(), messages.collect())
}

#[test]
fn both_languages_say_the_same_things_and_nothing_else_is_said() {
    let (english, german) =
        (include_str!("../../texts/en/notices.ftl"), include_str!("../../texts/de/notices.ftl"));
    assert_eq!(spoken_of(english), spoken_of(german));
    let told: BTreeSet<String> =
        all().map(|(kind, reader)| format!("{kind}-{}", reader.word())).collect();
    let words = Kind::ALL.iter().map(|kind| kind.word()).collect::<Vec<_>>();
    for message in spoken_of(english).1 {
        let is_notice = words.iter().any(|word| message.starts_with(word));
        assert!(!is_notice || told.contains(message), "`{message}` is told to nobody");
    }
}

#[test]
fn dates_are_said_as_the_language_says_them() {
    let at = Timestamp(1_795_262_400_000);
    assert_eq!(Texts::of(Language::English).date(at).unwrap(), "21 November 2026");
    assert_eq!(Texts::of(Language::German).date(at).unwrap(), "21. November 2026");
    let march = Timestamp(1_803_945_600_000);
    assert_eq!(Texts::of(Language::German).date(march).unwrap(), "2. März 2027");
}
