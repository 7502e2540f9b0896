//! Letters, as a mail server takes them.

use crate::sink::{Offers, Sink, Stream, Wrap};
use model::{Secret, Timestamp};
use outbound::{Letter, MailSecurity, MailServer, Mailer, Undelivered};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

pub(crate) const AUTHORITY: &[u8] = include_bytes!("tls/ca.pem");

/// A server at `localhost`, whose certificate the test's authority signed.
pub(crate) fn acceptor() -> TlsAcceptor {
    let certificate = CertificateDer::from(include_bytes!("tls/server.der").to_vec());
    let key = PrivatePkcs8KeyDer::from(include_bytes!("tls/server.key.der").to_vec());
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], PrivateKeyDer::Pkcs8(key))
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

fn wrap() -> Wrap {
    let acceptor = acceptor();
    Arc::new(move |stream| {
        let acceptor = acceptor.clone();
        Box::pin(async move {
            let stream = acceptor.accept(stream).await?;
            Ok(Box::new(stream) as Box<dyn Stream>)
        })
    })
}

fn mailer(sink: &Sink, security: MailSecurity, authority: Option<&[u8]>) -> Mailer {
    let login = (security != MailSecurity::Plain)
        .then(|| ("bailment".to_owned(), Secret::new("open sesame".to_owned())));
    Mailer::new(MailServer {
        host: "localhost".to_owned(),
        port: sink.port,
        security,
        login,
        from: "Bailment <notices@platform.example>".to_owned(),
        authority: authority.map(<[u8]>::to_vec),
    })
    .unwrap()
}

fn letter() -> Letter {
    Letter {
        id: "ntc_7.1".to_owned(),
        to: "ada@example.org".to_owned(),
        subject: "Eine App für „Schachfreunde“".to_owned(),
        body: "Grüße.\n.\nEnde.".to_owned(),
        language: "de".to_owned(),
        written_at: Timestamp(1_795_262_400_000),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_arrives_whole_and_says_that_a_machine_wrote_it() {
    let sink = Sink::open(Offers::Plain).await;
    mailer(&sink, MailSecurity::Plain, None).send(&letter()).await.unwrap();
    let taken = sink.letters().remove(0);
    assert_eq!(taken.to, "RCPT TO:<ada@example.org>");
    for expected in [
        "From: Bailment <notices@platform.example>\r\n",
        "Message-ID: <ntc_7.1@platform.example>\r\n",
        "Auto-Submitted: auto-generated\r\n",
        "Content-Language: de\r\n",
        "Date: Sat, 21 Nov 2026 12:00:00 +0000\r\n",
    ] {
        assert!(taken.data.contains(expected), "{expected} in {}", taken.data);
    }
    assert!(taken.data.contains("=?utf-8?b?"), "{}", taken.data);
    assert!(!taken.data.contains("\r\n.\r\n"), "a full stop alone would have ended it");
}

#[tokio::test(flavor = "multi_thread")]
async fn starttls_comes_before_password_and_letter() {
    let sink = Sink::open(Offers::StartTls(wrap())).await;
    mailer(&sink, MailSecurity::StartTls, Some(AUTHORITY)).send(&letter()).await.unwrap();
    let taken = sink.letters().remove(0);
    assert!(taken.over_tls && taken.login.starts_with("AUTH PLAIN "), "{taken:?}");
    let clear = sink.clear.lock().unwrap().concat();
    assert!(!clear.contains("AUTH") && !clear.contains("ada"), "{clear}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_from_the_first_byte_works_too() {
    let sink = Sink::open(Offers::Tls(wrap())).await;
    mailer(&sink, MailSecurity::Tls, Some(AUTHORITY)).send(&letter()).await.unwrap();
    assert!(sink.letters().remove(0).over_tls);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_tls_or_with_a_stranger_s_certificate_gets_nothing() {
    let without = Sink::open(Offers::Plain).await;
    let refused = mailer(&without, MailSecurity::StartTls, Some(AUTHORITY)).send(&letter()).await;
    assert!(matches!(refused, Err(Undelivered::Later(_))), "{refused:?}");
    let strange = Sink::open(Offers::Tls(wrap())).await;
    let refused = mailer(&strange, MailSecurity::Tls, None).send(&letter()).await;
    assert!(matches!(refused, Err(Undelivered::Later(_))), "{refused:?}");
    assert!(without.letters().is_empty() && strange.letters().is_empty());
    let clear = without.clear.lock().unwrap().concat();
    assert!(!clear.contains("AUTH") && !clear.contains("ada"), "{clear}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_for_now_or_for_good_and_quotes_nobody() {
    let sink = Sink::open(Offers::Plain).await;
    let mailer = mailer(&sink, MailSecurity::Plain, None);
    for (answer, expected) in [
        ("451 try later, ada@example.org", Undelivered::Later("smtp 451".to_owned())),
        ("550 no ada@example.org here", Undelivered::Never("smtp 550".to_owned())),
    ] {
        *sink.answer.lock().unwrap() = answer;
        assert_eq!(mailer.send(&letter()).await, Err(expected));
    }
    let nobody = Letter { to: "ada".to_owned(), ..letter() };
    assert_eq!(mailer.send(&nobody).await, Err(Undelivered::Never("address".to_owned())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_tried_later() {
    let sink = Sink::open(Offers::Plain).await;
    let closed = Sink { port: closed_port().await, ..sink };
    let refused = mailer(&closed, MailSecurity::Plain, None).send(&letter()).await;
    assert_eq!(refused, Err(Undelivered::Later("unreachable".to_owned())));
}

async fn closed_port() -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().port()
}
