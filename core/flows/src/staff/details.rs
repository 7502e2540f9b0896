//! What partners and apps say about themselves: checked here, kept in the vault, a salted digest in the log. Nothing
//! commercial stands in it: who pays what has no bearing on what may leave.

use super::{Refusal, name};
use crate::hex::{hex, unhex};
use crate::note::details_digest;
use model::Env;
use sequence::{NameOf, VaultWrite};
use serde_json::{Value, json};
use url::Url;

/// Contacts of a partner, and sub-processors of an app.
const LIST_MAX: usize = 20;
/// Longest text on the purpose of an app, in characters.
const PURPOSE_CHARACTERS_MAX: usize = 2_000;
/// Longest category.
const CATEGORY_BYTES_MAX: usize = 40;

/// Whether a partner decides for itself what the data is for (GDPR art. 4(7), (8)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartnerRole {
    /// It does.
    Controller,
    /// It acts on somebody else's behalf.
    Processor,
}

impl PartnerRole {
    /// The word of the interface.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Controller => "controller",
            Self::Processor => "processor",
        }
    }

    /// The role by its word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Controller, Self::Processor].into_iter().find(|role| role.word() == word)
    }
}

/// Whom to ask at a partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// What for: privacy, security, support.
    pub about: String,
    /// Name of a person or an office.
    pub name: String,
    /// E-mail address.
    pub email: String,
}

/// What a partner says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerDetails {
    /// The legal entity as it is registered: name, form, number, seat.
    pub legal_entity: String,
    /// Whom to ask.
    pub contacts: Vec<Contact>,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Controller or processor.
    pub role: PartnerRole,
}

/// Somebody who processes data for an app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubProcessor {
    /// Legal name.
    pub name: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// What for.
    pub service: String,
}

/// What an app says about itself; its category stands in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppDetails {
    /// What it is for, in the partner's words.
    pub purpose: String,
    /// Where its privacy policy stands.
    pub privacy_policy: String,
    /// Who else gets to process what it receives.
    pub sub_processors: Vec<SubProcessor>,
}

/// A change of what a partner or app says about itself, made by somebody who saw what it said before.
#[derive(Debug, Clone)]
pub struct Edit<N, S> {
    /// Whose.
    pub of: N,
    /// What it says from now on.
    pub says: S,
    /// The [`edition`] that they saw; none: this replaces whatever stands there.
    pub seen: Option<String>,
}

impl<N, S> Edit<N, S> {
    /// Whether what they saw still stands.
    pub(super) fn check(&self, now: &str) -> Result<(), Refusal> {
        if self.seen.as_deref().is_some_and(|seen| seen != now) {
            return Err(Refusal::Edited);
        }
        Ok(())
    }
}

/// Tells what a partner or app says about itself from what it said before and will say later. Partners have no category.
#[must_use]
pub fn edition(details: Option<[u8; 32]>, category: &str) -> String {
    let digest = details.map(|digest| hex(&digest)).unwrap_or_default();
    format!("{digest}.{category}")
}

/// Digest of the details of an edition.
#[must_use]
pub fn details_in_edition(edition: &str) -> Option<[u8; 32]> {
    unhex(edition.split('.').next()?)
}

fn invalid(field: &'static str, problem: impl Into<String>) -> Refusal {
    Refusal::Invalid { field, problem: problem.into() }
}

/// Every ISO 3166-1 alpha-2 code that is officially assigned, and XK for Kosovo, which registers use.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS \
BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR \
GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI \
KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC \
NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM \
SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT \
ZA ZM ZW";

fn country(field: &'static str, code: &str) -> Result<(), Refusal> {
    if code.len() == 2 && COUNTRIES.split(' ').any(|known| known == code) {
        Ok(())
    } else {
        Err(invalid(field, "must be a country code of two capital letters (ISO 3166-1)"))
    }
}

fn few<T>(field: &'static str, list: &[T]) -> Result<(), Refusal> {
    if list.len() > LIST_MAX {
        return Err(invalid(field, format!("has more than {LIST_MAX} entries")));
    }
    Ok(())
}

/// One `@` with something on both sides is all that can be known without sending: RFC 5321 addresses are odder than people think.
fn email(field: &'static str, text: &str) -> Result<(), Refusal> {
    let parts = text.rsplit_once('@');
    let is_good = parts.is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'));
    if is_good && text.len() <= 254 && !text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        Ok(())
    } else {
        Err(invalid(field, "must be an e-mail address"))
    }
}

/// A category: a word of the platform's own.
pub(super) fn category(text: &str) -> Result<String, Refusal> {
    let is_good = (1..=CATEGORY_BYTES_MAX).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if is_good {
        Ok(text.to_owned())
    } else {
        Err(invalid("category", "must be 1 to 40 small letters, digits and hyphens"))
    }
}

impl PartnerDetails {
    /// As JSON, if everything is what it must be.
    ///
    /// # Errors
    /// The first field that is not.
    pub fn text(&self) -> Result<String, Refusal> {
        let legal_entity = name("legal_entity", &self.legal_entity)?;
        country("country", &self.country)?;
        few("contacts", &self.contacts)?;
        let mut contacts = Vec::new();
        for one in &self.contacts {
            email("contacts.email", &one.email)?;
            contacts.push(json!({
                "about": name("contacts.about", &one.about)?,
                "name": name("contacts.name", &one.name)?,
                "email": one.email,
            }));
        }
        let details = json!({
            "legal_entity": legal_entity, "contacts": contacts, "country": self.country,
            "role": self.role.word(),
        });
        Ok(details.to_string())
    }

    /// Reads what [`PartnerDetails::text`] wrote.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        let contacts = value.get("contacts")?.as_array()?.iter().map(|one| {
            Some(Contact {
                about: word(one, "about")?,
                name: word(one, "name")?,
                email: word(one, "email")?,
            })
        });
        Some(Self {
            legal_entity: word(&value, "legal_entity")?,
            contacts: contacts.collect::<Option<_>>()?,
            country: word(&value, "country")?,
            role: PartnerRole::from_word(&word(&value, "role")?)?,
        })
    }
}

impl AppDetails {
    /// As JSON, if everything is what it must be.
    ///
    /// # Errors
    /// The first field that is not.
    pub fn text(&self) -> Result<String, Refusal> {
        let purpose = self.purpose.trim();
        if purpose.is_empty() || purpose.chars().count() > PURPOSE_CHARACTERS_MAX {
            return Err(invalid("purpose", "must be 1 to 2,000 characters"));
        }
        let policy = Url::parse(&self.privacy_policy).ok();
        if policy.is_none_or(|url| url.scheme() != "https" || url.host().is_none()) {
            return Err(invalid("privacy_policy", "must be an https URL"));
        }
        few("sub_processors", &self.sub_processors)?;
        let mut others = Vec::new();
        for one in &self.sub_processors {
            country("sub_processors.country", &one.country)?;
            others.push(json!({
                "name": name("sub_processors.name", &one.name)?, "country": one.country,
                "service": name("sub_processors.service", &one.service)?,
            }));
        }
        let details = json!({
            "purpose": purpose, "privacy_policy": self.privacy_policy, "sub_processors": others,
        });
        Ok(details.to_string())
    }

    /// Reads what [`AppDetails::text`] wrote.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        let others = value.get("sub_processors")?.as_array()?.iter().map(|one| {
            Some(SubProcessor {
                name: word(one, "name")?,
                country: word(one, "country")?,
                service: word(one, "service")?,
            })
        });
        Some(Self {
            purpose: word(&value, "purpose")?,
            privacy_policy: word(&value, "privacy_policy")?,
            sub_processors: others.collect::<Option<_>>()?,
        })
    }
}

fn word(value: &Value, field: &str) -> Option<String> {
    Some(value.get(field)?.as_str()?.to_owned())
}

/// The digest for the entry and the row for the vault.
pub(super) fn kept(env: &Env, of: NameOf, text: String) -> ([u8; 32], VaultWrite) {
    let digest = details_digest(&env.random("details"), &text);
    (digest, VaultWrite::Details { of, digest, text })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partner(change: impl Fn(&mut PartnerDetails)) -> Result<String, Refusal> {
        let contact = Contact {
            about: "privacy".to_owned(),
            name: "Data office".to_owned(),
            email: "privacy@acme.example".to_owned(),
        };
        let mut details = PartnerDetails {
            legal_entity: "Acme Ltd, 0123456, London".to_owned(),
            contacts: vec![contact],
            country: "GB".to_owned(),
            role: PartnerRole::Controller,
        };
        change(&mut details);
        details.text()
    }

    #[test]
    fn an_edition_tells_details_and_category() {
        let digest = std::array::from_fn(|at| u8::try_from(at * 7).unwrap());
        let known = edition(Some(digest), "quiz");
        assert_eq!(details_in_edition(&known), Some(digest));
        assert_eq!(details_in_edition(&edition(None, "quiz")), None);
        for other in ["", "é", ".", &known[1..], &format!("00{known}")] {
            assert_eq!(details_in_edition(other), None, "{other}");
        }
        let edit = |seen: Option<&str>| Edit { of: (), says: (), seen: seen.map(str::to_owned) };
        assert_eq!(edit(Some(&known)).check(&known), Ok(()));
        assert_eq!(edit(None).check(&known), Ok(()));
        assert_eq!(edit(Some("")).check(&known), Err(Refusal::Edited));
        assert_eq!(edit(Some(&known)).check(&edition(Some(digest), "")), Err(Refusal::Edited));
    }

    #[test]
    fn details_read_back_and_wrong_ones_are_refused() {
        let text = partner(|_| {}).unwrap();
        assert_eq!(PartnerDetails::read(&text).unwrap().text().unwrap(), text);
        let refused = |got: Result<String, Refusal>| got.unwrap_err().to_string();
        assert!(refused(partner(|one| one.country = "UK".to_owned())).contains("`country`"));
        assert!(refused(partner(|one| one.country = "gb".to_owned())).contains("`country`"));
        assert!(refused(partner(|one| one.country = "A ".to_owned())).contains("`country`"));
        assert!(refused(partner(|one| one.contacts[0].email.clear())).contains("e-mail"));
        assert!(refused(partner(|one| one.legal_entity.clear())).contains("`legal_entity`"));
        let app = AppDetails {
            purpose: "Plans".to_owned(),
            privacy_policy: "http://acme.example/privacy".to_owned(),
            sub_processors: Vec::new(),
        };
        assert!(refused(app.text()).contains("`privacy_policy`"));
        let app = AppDetails { privacy_policy: "https://acme.example/privacy".to_owned(), ..app };
        assert_eq!(AppDetails::read(&app.text().unwrap()), Some(app));
        assert!(category("quiz").is_ok() && category("Quiz").is_err() && category("").is_err());
    }
}
