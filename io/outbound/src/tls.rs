//! TLS of outgoing HTTP: which certificates are believed, and by whose arithmetic.
//!
//! The roots are compiled in: what the machine's own store holds changes without anybody of the platform deciding it.

use rustls::RootCertStore;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// Settings of a client.
pub(crate) type Tls = rustls::ClientConfig;

/// A provider stood already, and perhaps another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a provider of TLS is installed already")]
pub struct ProviderError;

/// A text that is no certificate authority.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no certificate authority in PEM: {0}")]
pub(crate) struct AuthorityError(String);

/// Makes aws-lc-rs the provider of the process. `main` does this once, before anything speaks TLS.
///
/// # Errors
/// It was done before.
pub fn install_provider() -> Result<(), ProviderError> {
    aws_lc_rs::default_provider().install_default().map_err(|_| ProviderError)
}

/// Believes the public authorities.
pub(crate) fn public() -> Tls {
    of(public_roots())
}

/// Believes these authorities beside the public ones.
pub(crate) fn believing(pem: &[u8]) -> Result<Tls, AuthorityError> {
    let mut roots = public_roots();
    let before = roots.len();
    for one in CertificateDer::pem_slice_iter(pem) {
        let one = one.map_err(|error| AuthorityError(error.to_string()))?;
        roots.add(one).map_err(|error| AuthorityError(error.to_string()))?;
    }
    if roots.len() == before {
        return Err(AuthorityError("there is none in it".to_owned()));
    }
    Ok(of(roots))
}

fn public_roots() -> RootCertStore {
    RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }
}

/// With the provider of the process; where none was installed, as in tests, with the only one that is compiled in.
fn of(roots: RootCertStore) -> Tls {
    Tls::builder().with_root_certificates(roots).with_no_client_auth()
}
