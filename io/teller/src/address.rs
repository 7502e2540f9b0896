//! Where e-mail to somebody goes: the address that was set, or a partner's contact in the register.

use crate::language::Language;
use notices::Recipient;
use outbound::is_mail_address;
use sequence::{NameOf, StoreError};
use serde_json::Value;
use store::{Address, Store};

/// What a contact is for who is written to before others: what is told is about data of people.
const PRIVACY: &str = "privacy";

/// Where e-mail to somebody goes; none: nowhere.
///
/// # Errors
/// The store cannot be read.
pub fn address(store: &Store, recipient: Recipient) -> Result<Option<Address>, StoreError> {
    let found = store.address(recipient)?;
    match recipient {
        Recipient::Partner(partner) if found.is_none() => {
            Ok(store.details(NameOf::Partner(partner))?.and_then(|details| contact(&details)))
        }
        Recipient::Partner(_) | Recipient::Person(_) | Recipient::Staff => Ok(found),
    }
}

/// The contact for privacy, or else the first one that a letter can be sent to.
fn contact(details: &str) -> Option<Address> {
    let details: Value = serde_json::from_str(details).ok()?;
    let contacts = details.get("contacts")?.as_array()?;
    let email = |contact: &Value| {
        let email = contact.get("email")?.as_str().filter(|email| is_mail_address(email))?;
        Some(email.to_owned())
    };
    let is_privacy = |contact: &&Value| {
        let about = contact.get("about").and_then(Value::as_str).unwrap_or_default();
        about.trim().eq_ignore_ascii_case(PRIVACY)
    };
    let mut privacy = contacts.iter().filter(is_privacy).filter_map(email);
    let email = privacy.next().or_else(|| contacts.iter().find_map(email))?;
    Some(Address { email, language: Language::English.tag().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(contacts: &str, expected: Option<&str>) {
        let found = contact(&format!("{{\"contacts\":[{contacts}]}}"));
        assert_eq!(found.map(|one| one.email).as_deref(), expected, "{contacts}");
    }

    #[test]
    fn a_partner_is_written_to_at_its_contact_for_privacy_or_else_the_first() {
        let one = |about: &str, email: &str| {
            format!(r#"{{"about":"{about}","name":"An office","email":"{email}"}}"#)
        };
        let (support, privacy) =
            (one("support", "help@acme.example"), one("Privacy", "dpo@acme.example"));
        check("", None);
        check(&support, Some("help@acme.example"));
        check(&format!("{support},{privacy}"), Some("dpo@acme.example"));
        check(&format!("{},{support}", one("privacy", "no address")), Some("help@acme.example"));
        assert_eq!(contact("not JSON").map(|one| one.email), None);
    }
}
