//! TLS verification: Amazon's roots first, the system store on demand, or a given bundle.
//!
//! Nothing is accepted that rustls's own verifier would refuse with the same roots: chain, name and signatures are
//! checked by its functions. Only the choice of roots is made here.

use std::sync::OnceLock;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use crate::aws::settings::PEM_CERTIFICATE;
use crate::environment::variable;

/// The authorities of AWS's public endpoints (<https://www.amazontrust.com/repository/>). The system's store has a hundred
/// and more in hundreds of files: a one-shot run that reads them takes half as long again.
const AMAZON_TRUST_SERVICES: &[u8] = include_bytes!("amazon_trust_services.pem");

/// A verifier of servers that reads the system's trust store when it is needed; rustls's own needs all roots from the
/// start.
#[derive(Debug)]
pub(super) struct ServerVerifier {
    authorities: RootCertStore,
    /// Read when a server is signed by another authority; a bundle that is named is all there is.
    system: Option<OnceLock<RootCertStore>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerVerifier {
    /// A verifier by Amazon's own authorities, and by the system's when a server is signed by another. By the system's
    /// alone where the environment names them.
    pub(super) fn of_system(algorithms: WebPkiSupportedAlgorithms) -> Self {
        let named = variable(&["SSL_CERT_FILE", "SSL_CERT_DIR"]).is_some();
        let authorities = if named { RootCertStore::empty() } else { read(AMAZON_TRUST_SERVICES) };
        Self { authorities, system: Some(OnceLock::new()), algorithms }
    }

    /// The authorities of a bundle, PEM text or the path of a PEM file, and no others.
    ///
    /// # Errors
    /// The fault of the bundle.
    pub(super) fn of_bundle(bundle: &str, algorithms: WebPkiSupportedAlgorithms) -> Result<Self, String> {
        let authorities = if bundle.contains(PEM_CERTIFICATE) {
            read(bundle.as_bytes())
        } else {
            let text = std::fs::read(bundle)
                .map_err(|problem| format!("The CA bundle cannot be read ({})", problem.kind()))?;
            read(&text)
        };
        if authorities.is_empty() {
            return Err("The CA bundle holds no certificate that can be trusted".to_owned());
        }
        Ok(Self { authorities, system: None, algorithms })
    }

    fn verify_authority(
        &self,
        certificate: &ParsedCertificate<'_>,
        chain: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        let verify = |authorities| {
            verify_server_cert_signed_by_trust_anchor(certificate, authorities, chain, now, self.algorithms.all)
        };
        let outcome = verify(&self.authorities);
        if let (Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)), Some(system)) =
            (&outcome, &self.system)
        {
            tracing::debug!(
                "the server is signed by another authority than Amazon's: the system's trust store is read"
            );
            return verify(system.get_or_init(read_system));
        }
        outcome
    }
}

impl ServerCertVerifier for ServerVerifier {
    fn verify_server_cert(
        &self,
        server: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let certificate = ParsedCertificate::try_from(server)?;
        self.verify_authority(&certificate, chain, now)?;
        verify_server_name(&certificate, name)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        server: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, server, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        server: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, server, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// The certificates of PEM text that can be authorities.
fn read(pem: &[u8]) -> RootCertStore {
    let mut authorities = RootCertStore::empty();
    authorities.add_parsable_certificates(CertificateDer::pem_slice_iter(pem).filter_map(Result::ok));
    authorities
}

fn read_system() -> RootCertStore {
    let found = rustls_native_certs::load_native_certs();
    for problem in &found.errors {
        tracing::warn!(%problem, "a part of the system's trust store cannot be read");
    }
    let mut authorities = RootCertStore::empty();
    authorities.add_parsable_certificates(found.certs);
    authorities
}
