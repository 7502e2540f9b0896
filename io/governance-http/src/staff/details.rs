//! What partners and apps say about themselves, as JSON.

use crate::input::invalid;
use edge::Problem;
use flows::staff::{
    AppDetails as App, Contact as Person, PartnerDetails as Partner, PartnerRole,
    SubProcessor as Other,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whom to ask at a partner.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Contact {
    /// What for: `privacy`, `security`, `support`.
    about: String,
    name: String,
    email: String,
}

/// What a partner says about itself.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PartnerDetails {
    /// The legal entity as it is registered: name, form, number, seat.
    legal_entity: String,
    #[serde(default)]
    contacts: Vec<Contact>,
    /// ISO 3166-1 alpha-2.
    country: String,
    /// `controller` or `processor`.
    role: String,
}

/// Somebody who processes data for an app.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SubProcessor {
    name: String,
    /// ISO 3166-1 alpha-2.
    country: String,
    /// What for.
    service: String,
}

/// What an app says about itself.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AppDetails {
    /// What it is for, in the partner's words.
    purpose: String,
    /// Where its privacy policy stands, https.
    privacy_policy: String,
    #[serde(default)]
    sub_processors: Vec<SubProcessor>,
}

impl PartnerDetails {
    pub(super) fn read(self) -> Result<Partner, Problem> {
        let role = PartnerRole::from_word(&self.role)
            .ok_or_else(|| invalid("role", "must be `controller` or `processor`"))?;
        let contact = |one: Contact| Person { about: one.about, name: one.name, email: one.email };
        Ok(Partner {
            legal_entity: self.legal_entity,
            contacts: self.contacts.into_iter().map(contact).collect(),
            country: self.country,
            role,
        })
    }

    /// As the vault keeps it.
    pub(super) fn of(text: &str) -> Option<Self> {
        let Partner { legal_entity, contacts, country, role } = Partner::read(text)?;
        let contact = |one: Person| Contact { about: one.about, name: one.name, email: one.email };
        let contacts = contacts.into_iter().map(contact).collect();
        Some(Self { legal_entity, contacts, country, role: role.word().to_owned() })
    }
}

impl AppDetails {
    pub(super) fn read(self) -> App {
        let other = |one: SubProcessor| Other {
            name: one.name,
            country: one.country,
            service: one.service,
        };
        App {
            purpose: self.purpose,
            privacy_policy: self.privacy_policy,
            sub_processors: self.sub_processors.into_iter().map(other).collect(),
        }
    }

    /// As the vault keeps it.
    pub(super) fn of(text: &str) -> Option<Self> {
        let App { purpose, privacy_policy, sub_processors } = App::read(text)?;
        let other = |one: Other| SubProcessor {
            name: one.name,
            country: one.country,
            service: one.service,
        };
        let sub_processors = sub_processors.into_iter().map(other).collect();
        Some(Self { purpose, privacy_policy, sub_processors })
    }
}
