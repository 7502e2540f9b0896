//! Everything that goes out: HTTP requests and e-mail.
//!
//! In scope: the upstream as the gate sees it, and its transport over HTTP; where a platform tells its facts; notices by SMTP
//! and by signed webhook; plain calls of the command line. Out of scope: what is asked and what becomes of the answer, when
//! something is sent again.

mod caller;
mod http_upstream;
mod mail;
mod tls;
mod upstream;
mod webhook;

pub use caller::{Call, Called, Caller, FactsClient};
pub use http_upstream::{HttpUpstream, HttpUpstreamError};
pub use mail::{
    Letter, MailSecurity, MailServer, Mailer, MailerError, Undelivered, is_mail_address,
};
pub use tls::{ProviderError, install_provider};
pub use upstream::{Answering, Asked, Asking, Content, Unreachable, Upstream};
pub use webhook::{Webhook, WebhookKey, WebhookKeyError};
