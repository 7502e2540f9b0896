//! `[notices]`: how notices leave, beside the inbox.

use super::Layers;
use anyhow::Context;
use model::Secret;
use outbound::{MailSecurity, MailServer, Mailer, Webhook, WebhookKey};
use std::path::{Path, PathBuf};
use store::Address;
use teller::Ways;

/// Notices stand in everybody's inbox. These ways out come beside it; neither is open unless set.
#[derive(confique::Config)]
#[expect(
    dead_code,
    reason = "read through its description, so that all mistakes are found at once"
)]
pub(super) struct RawNotices {
    /// Mail server that takes our letters, by the name in its certificate. Not set: no e-mail.
    #[config(env = "BAILMENT_NOTICES_MAIL_HOST")]
    mail_host: Option<String>,

    /// Its port.
    #[config(default = 587, env = "BAILMENT_NOTICES_MAIL_PORT")]
    mail_port: u16,

    /// `starttls` (must change to TLS before anything is said), `tls` (from the first byte, often port 465), or `plain` for a
    /// server on this machine.
    #[config(default = "starttls", env = "BAILMENT_NOTICES_MAIL_SECURITY")]
    mail_security: String,

    /// The mailbox that letters come from: `Bailment <notices@example.org>`. Needed for e-mail.
    #[config(env = "BAILMENT_NOTICES_MAIL_FROM")]
    mail_from: Option<String>,

    /// Login at the mail server, if it wants one.
    #[config(env = "BAILMENT_NOTICES_MAIL_LOGIN")]
    mail_login: Option<String>,

    /// File with the password for it.
    #[config(env = "BAILMENT_NOTICES_MAIL_PASSWORD_FILE")]
    mail_password_file: Option<String>,

    /// File with a certificate authority (PEM) that is believed beside the public ones.
    #[config(env = "BAILMENT_NOTICES_MAIL_AUTHORITY_FILE")]
    mail_authority_file: Option<String>,

    /// Address of the staff's shared mailbox. Not set: staff read their inbox.
    #[config(env = "BAILMENT_NOTICES_MAIL_STAFF")]
    mail_staff: Option<String>,

    /// URL at which the platform takes notices over, to tell its people in its own way (docs/decisions/0010): `https`, or `http`
    /// on this machine. Not set: no webhook.
    #[config(env = "BAILMENT_NOTICES_WEBHOOK")]
    webhook: Option<String>,

    /// File with the key of its signatures: `whsec_` and 24 to 64 random bytes in Base64. Needed for the webhook.
    #[config(env = "BAILMENT_NOTICES_WEBHOOK_KEY_FILE")]
    webhook_key_file: Option<String>,
}

/// How notices leave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Notices {
    mail: Option<Mail>,
    webhook: Option<Hook>,
}

/// A mail server.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mail {
    host: String,
    port: u16,
    security: MailSecurity,
    from: String,
    login: Option<(String, PathBuf)>,
    authority: Option<PathBuf>,
    staff: Option<String>,
}

/// A receiver of webhooks.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Hook {
    url: String,
    key_file: PathBuf,
}

fn is_this_machine(host: &str) -> bool {
    let address = host.parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// What is wrong with a receiver's URL. A notice says who allowed which app what: beyond this machine it travels in TLS.
fn wrong_hook(url: &str) -> Option<String> {
    let parsed = url::Url::parse(url).ok().filter(|parsed| {
        matches!(parsed.scheme(), "http" | "https")
            && parsed.username().is_empty()
            && parsed.password().is_none()
    });
    let Some(parsed) = parsed else {
        return Some(format!("`{url}` must look like `https://platform.example.org/bailment`"));
    };
    let host = parsed.host_str().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    (parsed.scheme() == "http" && !is_this_machine(host)).then(|| {
        format!("`{url}` must be `https`, because notices name people's groups and apps; `http` only on loopback")
    })
}

impl Layers {
    pub(super) fn notices(&mut self) -> Notices {
        Notices { mail: self.mail(), webhook: self.hook() }
    }

    fn mail(&mut self) -> Option<Mail> {
        let port = self.number("notices.mail_port", 1..=65_535);
        let security = match self.text("notices.mail_security").as_deref() {
            Some("starttls") => MailSecurity::StartTls,
            Some("tls") => MailSecurity::Tls,
            Some("plain") => MailSecurity::Plain,
            _ => {
                self.wrong("notices.mail_security", "must be `starttls`, `tls` or `plain`");
                MailSecurity::StartTls
            }
        };
        let host = self.text("notices.mail_host")?;
        if security == MailSecurity::Plain && !is_this_machine(&host) {
            self.wrong(
                "notices.mail_security",
                "may be `plain` only where the mail server is on this machine",
            );
        }
        let from = self.text("notices.mail_from");
        if from.is_none() {
            self.wrong("notices.mail_from", "must be set for e-mail");
        }
        let password = self.text("notices.mail_password_file").map(PathBuf::from);
        let login = match (self.text("notices.mail_login"), password) {
            (Some(login), Some(password)) => Some((login, password)),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => {
                let problem = "must be set together with `notices.mail_password_file`, or neither";
                self.wrong("notices.mail_login", problem);
                None
            }
        };
        let staff = self.text("notices.mail_staff");
        if staff.as_deref().is_some_and(|staff| !outbound::is_mail_address(staff)) {
            self.wrong("notices.mail_staff", "must be an address like `privacy@example.org`");
        }
        Some(Mail {
            host,
            port: u16::try_from(port).unwrap_or(587),
            security,
            from: from.unwrap_or_default(),
            login,
            authority: self.text("notices.mail_authority_file").map(PathBuf::from),
            staff,
        })
    }

    fn hook(&mut self) -> Option<Hook> {
        let url = self.text("notices.webhook")?;
        if let Some(problem) = wrong_hook(&url) {
            self.wrong("notices.webhook", problem);
        }
        let key_file = self.text("notices.webhook_key_file").map(PathBuf::from);
        if key_file.is_none() {
            self.wrong("notices.webhook_key_file", "must be set for the webhook");
        }
        Some(Hook { url, key_file: key_file.unwrap_or_default() })
    }
}

fn secret(file: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("the secret in `{}` cannot be read", file.display()))?;
    Ok(text.trim().to_owned())
}

impl Notices {
    /// The ways out that this opens.
    ///
    /// # Errors
    /// A file cannot be read, or what is in it cannot be used.
    pub(crate) fn ways(&self) -> anyhow::Result<Ways> {
        let webhook = self.webhook.as_ref().map(|Hook { url, key_file }| {
            let key = WebhookKey::parse(&secret(key_file)?)
                .with_context(|| format!("the key in `{}` cannot be used", key_file.display()))?;
            anyhow::Ok(Webhook::new(url.clone(), key)?)
        });
        let language = teller::Language::English.tag().to_owned();
        let staff = self.mail.as_ref().and_then(|mail| mail.staff.clone());
        Ok(Ways {
            mailer: self.mail.as_ref().map(Mail::mailer).transpose()?,
            webhook: webhook.transpose()?,
            staff: staff.map(|email| Address { email, language }),
        })
    }
}

impl Mail {
    fn mailer(&self) -> anyhow::Result<Mailer> {
        let login = self
            .login
            .as_ref()
            .map(|(login, file)| anyhow::Ok((login.clone(), Secret::new(secret(file)?))));
        let authority = self.authority.as_ref().map(|file| {
            std::fs::read(file).with_context(|| format!("`{}` cannot be read", file.display()))
        });
        Ok(Mailer::new(MailServer {
            host: self.host.clone(),
            port: self.port,
            security: self.security,
            login: login.transpose()?,
            from: self.from.clone(),
            authority: authority.transpose()?,
        })?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_goes_out_in_tls_or_stays_on_this_machine() {
        for good in [
            "https://platform.example.org/bailment",
            "https://10.0.0.7:9443/",
            "http://127.0.0.1:9000/bailment",
            "http://127.8.8.8/",
            "http://localhost:9000/bailment?to=us",
            "http://[::1]:9000/",
        ] {
            assert_eq!(wrong_hook(good), None, "{good}");
        }
        for plain in [
            "http://platform.example.org/bailment",
            "http://10.0.0.7:9000/",
            "http://0.0.0.0:9000/",
            "http://localhost.example.org/",
            "http://127.0.0.1.example.org/",
            "http://[fd00::1]/",
        ] {
            let problem = wrong_hook(plain).unwrap();
            assert!(problem.contains("must be `https`"), "{problem}");
        }
        for bad in ["", "platform", "ftp://127.0.0.1/", "https://us:secret@platform.example.org/"] {
            let problem = wrong_hook(bad).unwrap();
            assert!(problem.contains("must look like"), "{problem}");
        }
    }
}
