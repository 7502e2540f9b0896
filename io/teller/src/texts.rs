//! Words: from a notice, its reader, a language and names to a subject and a body.

use crate::language::Language;
use crate::names::{Names, clean};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use jiff::Timestamp as Moment;
use model::{AppStatus, CaseOutcome, ClassMask, PartnerStatus, ProgramStatus, Timestamp};
use notices::{Channel, Details, Kind, Reader};
use std::sync::LazyLock;
use unic_langid::LanguageIdentifier;

/// A notice in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// One line.
    pub subject: String,
    /// Paragraphs, with an empty line in between.
    pub body: String,
}

/// The texts of one language.
pub struct Texts {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

static ENGLISH: LazyLock<Texts> =
    LazyLock::new(|| Texts::read(Language::English, include_str!("../texts/en/notices.ftl")));
static GERMAN: LazyLock<Texts> =
    LazyLock::new(|| Texts::read(Language::German, include_str!("../texts/de/notices.ftl")));

impl Texts {
    /// The texts in a language.
    #[must_use]
    pub fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &ENGLISH,
            Language::German => &GERMAN,
        }
    }

    /// Reads texts. What is wrong with them is found by this crate's tests; here the rest is kept.
    fn read(language: Language, source: &str) -> Self {
        let tag: LanguageIdentifier = language.tag().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![tag]);
        // Names are cleaned of marks that turn text around, so they need not be fenced in.
        bundle.set_use_isolating(false);
        let resource = match FluentResource::try_new(source.to_owned()) {
            Ok(resource) => resource,
            Err((resource, mistakes)) => {
                tracing::error!(?mistakes, language = language.tag(), "texts have mistakes");
                resource
            }
        };
        if let Err(mistakes) = bundle.add_resource(resource) {
            tracing::error!(?mistakes, language = language.tag(), "texts are there twice");
        }
        Self { language, bundle }
    }

    /// A message, or one of its attributes, with what went wrong in it.
    fn format(
        &self,
        id: &str,
        attribute: Option<&str>,
        args: &FluentArgs<'_>,
    ) -> Result<String, String> {
        let missing = || format!("`{id}` is missing in `{}`", self.language.tag());
        let message = self.bundle.get_message(id).ok_or_else(missing)?;
        let pattern = match attribute {
            None => message.value(),
            Some(name) => message.get_attribute(name).map(|attribute| attribute.value()),
        };
        let mut mistakes = Vec::new();
        let pattern = pattern.ok_or_else(missing)?;
        let text = self.bundle.format_pattern(pattern, Some(args), &mut mistakes).into_owned();
        if mistakes.is_empty() { Ok(text) } else { Err(format!("`{id}`: {mistakes:?}")) }
    }

    /// A message without anything in it.
    fn plain(&self, id: &str) -> Result<String, String> {
        self.format(id, None, &FluentArgs::new())
    }

    /// A day in words.
    fn date(&self, at: Timestamp) -> Result<String, String> {
        let moment = i64::try_from(at.0).ok().and_then(|ms| Moment::from_millisecond(ms).ok());
        let Some(moment) = moment else { return Ok("—".to_owned()) };
        let date = moment.to_zoned(jiff::tz::TimeZone::UTC).date();
        let mut args = FluentArgs::new();
        // As texts: numbers would be grouped.
        args.set("day", date.day().to_string());
        args.set("month", self.plain(&format!("month-{}", date.month()))?);
        args.set("year", date.year().to_string());
        self.format("date", None, &args)
    }

    /// Classes by their titles; what the catalog does not know any more is not passed over.
    fn classes(&self, mask: ClassMask, names: &Names) -> Result<String, String> {
        if mask.is_empty() {
            return self.plain("no-classes");
        }
        let mut list: Vec<String> = names.class_list(mask).into_iter().map(str::to_owned).collect();
        if list.len() < mask.iter().count() {
            list.push(self.plain("unknown-classes")?);
        }
        Ok(list.join(", "))
    }

    /// What may stand in a text. What the details do not say is not there, so that a text which needs it is found out.
    fn args(
        &self,
        kind: Kind,
        details: &Details,
        names: &Names,
    ) -> Result<FluentArgs<'static>, String> {
        let mut args = FluentArgs::new();
        let known = |name: Option<&String>, id: &str| match name {
            Some(name) if !name.is_empty() => Ok(name.clone()),
            Some(_) | None => self.plain(id),
        };
        if let Some(no) = details.app {
            args.set("app", known(names.apps.get(&no), "an-app")?);
        }
        let of_app = details.app.and_then(|app| names.partner_of.get(&app).copied());
        if let Some(no) = details.partner.or(of_app) {
            args.set("partner", known(names.partners.get(&no), "a-partner")?);
        }
        if let Some(no) = details.context {
            args.set("group", known(names.contexts.get(&no), "a-group")?);
        }
        if let Some(no) = details.program {
            args.set("program", known(names.programs.get(&no), "a-program")?);
        }
        if let Some(no) = details.credential {
            args.set("credential", known(names.credentials.get(&no), "a-credential")?);
        }
        if let Some(mask) = details.classes {
            args.set("classes", self.classes(mask, names)?);
        }
        if let Some(since) = details.since {
            args.set("since", self.date(since)?);
        }
        if let Some(until) = details.until {
            args.set("until", self.date(until)?);
        }
        if kind == Kind::VersionChanged {
            args.set("ends", ends_word(details));
        }
        if let Some(count) = details.count {
            args.set("count", count);
        }
        let numbers = [
            ("installation", details.installation.map(|no| no.to_string())),
            ("agreement", details.agreement.map(|no| no.to_string())),
            ("certification", details.certification.map(|no| no.to_string())),
            ("position", details.position.map(|at| at.0.to_string())),
            ("notice", details.notice.map(|id| format!("ntc_{id}"))),
            ("status", status_word(kind, details).map(str::to_owned)),
            ("version", details.version.map(|version| version.to_string())),
            ("case", details.case.map(|case| case.to_string())),
            ("finding", details.finding.as_deref().map(clean)),
            ("outcome", outcome_word(kind, details).map(str::to_owned)),
            (
                "channel",
                details.channel.and_then(Channel::from_code).map(|one| one.word().to_owned()),
            ),
        ];
        for (name, value) in numbers {
            if let Some(value) = value {
                args.set(name, value);
            }
        }
        let mut reason = FluentArgs::new();
        reason.set("reason", details.reason.map_or("other", model::EndingReason::word));
        args.set("because", self.format("because", None, &reason)?);
        Ok(args)
    }

    fn try_text(
        &self,
        (kind, reader): (Kind, Reader),
        details: &Details,
        names: &Names,
    ) -> Result<Text, String> {
        let id = format!("{}-{}", kind.word(), reader.word());
        let args = self.args(kind, details, names)?;
        Ok(Text {
            subject: self.format(&id, None, &args)?,
            body: self.format(&id, Some("body"), &args)?,
        })
    }
}

/// The word of a status, in the vocabulary of the kind.
pub(crate) fn status_word(kind: Kind, details: &Details) -> Option<&'static str> {
    let code = details.status?;
    match kind {
        Kind::AppStatusChanged => AppStatus::from_code(code).map(AppStatus::word),
        Kind::PartnerStatusChanged => PartnerStatus::from_code(code).map(PartnerStatus::word),
        Kind::ProgramStatusChanged => ProgramStatus::from_code(code).map(ProgramStatus::word),
        _ => None,
    }
}

/// What was announced of a version: its end, a deprecation whose end is not set, or neither.
const fn ends_word(details: &Details) -> &'static str {
    match (details.since, details.until) {
        // Notices of earlier releases say so of what has no end.
        (_, Some(Timestamp::NEVER)) | (None, None) => "never",
        (Some(_), None) => "unset",
        (_, Some(_)) => "set",
    }
}

/// The word of how something was decided.
pub(crate) fn outcome_word(kind: Kind, details: &Details) -> Option<&'static str> {
    let code = details.status?;
    match kind {
        Kind::CaseDecided => CaseOutcome::from_code(code).map(CaseOutcome::word),
        Kind::AppealDecided => Some(if code == 0 { "dismissed" } else { "upheld" }),
        _ => None,
    }
}

/// A notice in words. A text with a mistake, or one that is not there, must not hide the notice: then its kind stands for it.
#[must_use]
pub fn text(
    language: Language,
    (kind, reader): (Kind, Reader),
    details: &Details,
    names: &Names,
) -> Text {
    match Texts::of(language).try_text((kind, reader), details, names) {
        Ok(text) => text,
        Err(mistake) => {
            tracing::error!(%mistake, "a notice has no words");
            Text { subject: kind.word().replace('-', " "), body: String::new() }
        }
    }
}

/// What stands below a letter: why it came, and where to go.
#[must_use]
pub fn footer(language: Language, reader: Reader, home: &str) -> String {
    let mut args = FluentArgs::new();
    args.set("home", home.to_owned());
    let id = format!("letter-{}", reader.word());
    Texts::of(language).format(&id, None, &args).unwrap_or_default()
}

#[cfg(test)]
mod tests;
