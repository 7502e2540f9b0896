//! Permanent numbers: what stands in the log instead of names. Never reused.

use std::fmt;
use std::str::FromStr;

/// Text that is not a number of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an id of the form `{prefix}_NUMBER`")]
pub struct ParseNumberError {
    text: String,
    prefix: &'static str,
}

macro_rules! number {
    ($(#[$doc:meta])* $name:ident, $int:ty, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode)]
        #[cbor(transparent)]
        pub struct $name(#[n(0)] pub $int);

        impl $name {
            /// What stands before the number in text form.
            pub const PREFIX: &'static str = $prefix;

            /// The number as an index into a dense table.
            #[must_use]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}_{}", $prefix, self.0)
            }
        }

        impl FromStr for $name {
            type Err = ParseNumberError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let wrong = || ParseNumberError { text: text.chars().take(40).collect(), prefix: $prefix };
                let digits = text.strip_prefix(concat!($prefix, "_")).ok_or_else(wrong)?;
                // `+7` and `007` parse as integers; an id has one spelling only.
                if digits.is_empty() || (digits.len() > 1 && digits.starts_with('0')) || !digits.bytes().all(|b| b.is_ascii_digit()) {
                    return Err(wrong());
                }
                digits.parse().map(Self).map_err(|_| wrong())
            }
        }
    };
}

number!(/** Index of an entry in the log, from 0. */ Position, u64, "pos");
number!(/** A person of the platform. */ PersonNo, u32, "per");
number!(/** A group or conversation: where data stands. */ ContextNo, u32, "ctx");
number!(/** A post, comment, media file: what a disclosure is of. */ ObjectNo, u64, "obj");
number!(/** A partner: a legal entity that receives data. */ PartnerNo, u32, "ptn");
number!(/** An app: a partner's software product, an OAuth client. */ AppNo, u32, "app");
number!(/** A credential of an app. */ CredentialNo, u32, "crd");
number!(/** A program: a family of operations under terms. */ ProgramNo, u16, "prg");
number!(/** An agreement: an app's right to a program's classes. */ AgreementNo, u32, "agr");
number!(/** A certification of purpose. */ CertificationNo, u32, "crt");
number!(/** An installation: an app enabled in a context by an admin. */ InstallationNo, u32, "ins");
number!(/** A grant: a person's authorization of an app. */ GrantNo, u32, "grt");
number!(/** An operation of the catalog. */ OperationNo, u16, "opn");
number!(/** A purpose of the catalog. */ PurposeNo, u16, "prp");
number!(/** A source of facts. */ SourceNo, u16, "src");
number!(/** A staff member. */ StaffNo, u32, "stf");
number!(/** A case about an app. */ CaseNo, u32, "cas");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_spelling() {
        assert_eq!("app_7".parse(), Ok(AppNo(7)));
        assert_eq!(AppNo(7).to_string(), "app_7");
        for wrong in
            ["app_", "app_07", "app_+7", "app_-1", "grt_7", "7", "app_7 ", "app_4294967296"]
        {
            assert!(wrong.parse::<AppNo>().is_err(), "{wrong}");
        }
    }
}
