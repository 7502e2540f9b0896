//! E-mail by SMTP.

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use model::{Secret, Timestamp};
use std::time::{Duration, SystemTime};

/// One command and its answer.
const COMMAND_TIME_MAX: Duration = Duration::from_secs(10);
/// A whole delivery, however slowly a server speaks.
const DELIVERY_TIME_MAX: Duration = Duration::from_secs(30);

/// How the way to the mail server is kept private.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailSecurity {
    /// Begins in the clear and must change to TLS before anything is said (RFC 3207): a server that offers no TLS gets no mail.
    StartTls,
    /// TLS from the first byte (RFC 8314).
    Tls,
    /// None. For a server on the same machine.
    Plain,
}

/// A mail server that takes our letters.
pub struct MailServer {
    /// Its name, as its certificate has it.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the way there is kept private.
    pub security: MailSecurity,
    /// Login and password, if it wants them.
    pub login: Option<(String, Secret<String>)>,
    /// The mailbox that letters come from: `Bailment <notices@example.org>`.
    pub from: String,
    /// A certificate authority in PEM beside the public ones.
    pub authority: Option<Vec<u8>>,
}

/// A mail server that cannot be used as it was described.
#[derive(Debug, thiserror::Error)]
pub enum MailerError {
    /// No mailbox.
    #[error("`{0}` is no mailbox; write one like `Bailment <notices@example.org>`")]
    From(String),
    /// Not for TLS.
    #[error("the mail server's TLS cannot be set up: {0}")]
    Tls(String),
}

/// What did not arrive. The text is a word or a code, never what the other side said: that can hold addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Undelivered {
    /// It may arrive later.
    #[error("not delivered: {0}")]
    Later(String),
    /// It never will.
    #[error("cannot be delivered: {0}")]
    Never(String),
}

/// A letter.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// Names the letter: the same again is the same letter.
    pub id: String,
    /// To whom.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// Plain text.
    pub body: String,
    /// The language that it is in.
    pub language: String,
    /// When it was written.
    pub written_at: Timestamp,
}

/// A client of one mail server.
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// Whether a text is an e-mail address.
#[must_use]
pub fn is_mail_address(text: &str) -> bool {
    text.len() <= 254 && text.parse::<Address>().is_ok()
}

impl Mailer {
    /// A client; nothing is opened before the first letter.
    ///
    /// # Errors
    /// The description is wrong.
    pub fn new(server: MailServer) -> Result<Self, MailerError> {
        let MailServer { host, port, security, login, from, authority } = server;
        let from: Mailbox = from.parse().map_err(|_| MailerError::From(from))?;
        let tls = || -> Result<TlsParameters, MailerError> {
            let wrong = |error: lettre::transport::smtp::Error| MailerError::Tls(error.to_string());
            let mut parameters = TlsParameters::builder(host.clone());
            if let Some(pem) = &authority {
                parameters =
                    parameters.add_root_certificate(Certificate::from_pem(pem).map_err(wrong)?);
            }
            parameters.build_rustls().map_err(wrong)
        };
        let tls = match security {
            MailSecurity::StartTls => Tls::Required(tls()?),
            MailSecurity::Tls => Tls::Wrapper(tls()?),
            MailSecurity::Plain => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host.clone())
            .port(port)
            .tls(tls)
            .hello_name(ClientId::Domain(from.email.domain().to_owned()))
            .timeout(Some(COMMAND_TIME_MAX));
        if let Some((login, password)) = login {
            builder = builder.credentials(Credentials::new(login, password.expose().clone()));
        }
        Ok(Self { transport: builder.build(), from })
    }

    /// Sends a letter, once.
    ///
    /// # Errors
    /// The server took it not, or not for sure.
    pub async fn send(&self, letter: &Letter) -> Result<(), Undelivered> {
        let message = self.message(letter)?;
        let sent = tokio::time::timeout(DELIVERY_TIME_MAX, self.transport.send(message)).await;
        match sent {
            Err(_) => Err(Undelivered::Later("time-out".to_owned())),
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(undelivered(&error)),
        }
    }

    fn message(&self, letter: &Letter) -> Result<Message, Undelivered> {
        let never = |what: &str| Undelivered::Never(what.to_owned());
        let to: Address = letter.to.parse().map_err(|_| never("address"))?;
        let header = |name, value: &str| {
            HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
        };
        let date = SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(letter.written_at.0));
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(letter.subject.clone())
            .date(date.unwrap_or(SystemTime::UNIX_EPOCH))
            .message_id(Some(format!("<{}@{}>", letter.id, self.from.email.domain())))
            // No automatic answers, please (RFC 3834).
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .raw_header(header("Content-Language", &letter.language))
            .header(ContentType::TEXT_PLAIN)
            .body(letter.body.clone())
            .map_err(|_| never("message"))
    }
}

fn undelivered(error: &lettre::transport::smtp::Error) -> Undelivered {
    match error.status() {
        Some(code) if error.is_permanent() => Undelivered::Never(format!("smtp {code}")),
        Some(code) => Undelivered::Later(format!("smtp {code}")),
        None if error.is_timeout() => Undelivered::Later("time-out".to_owned()),
        None if error.is_tls() => Undelivered::Later("tls".to_owned()),
        None => Undelivered::Later("unreachable".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::is_mail_address;

    #[test]
    fn an_address_is_one_mailbox_and_nothing_else() {
        for good in ["ada@example.org", "a.b+c@sub.example.org"] {
            assert!(is_mail_address(good), "{good}");
        }
        for bad in
            ["", "ada", "a@b@c", "Ada <ada@example.org>", "a@b.org\r\nBcc: x@y.org", "a b@c.org"]
        {
            assert!(!is_mail_address(bad), "{bad:?}");
        }
    }
}
