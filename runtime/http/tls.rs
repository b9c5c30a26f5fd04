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

use crate::environment::variable;

const UNKNOWN_ISSUER: Error = Error::InvalidCertificate(CertificateError::UnknownIssuer);

/// The authorities of AWS's public endpoints (<https://www.amazontrust.com/repository/>). The system's store has a hundred
/// and more in hundreds of files: a one-shot run that reads them takes half as long again.
const AMAZON_TRUST_SERVICES: &[u8] = include_bytes!("amazon_trust_services.pem");

/// A verifier of servers that reads the system's trust store when it is needed; rustls's own needs all roots from the
/// start.
#[derive(Debug)]
pub(super) struct ServerVerifier {
    /// The authorities that are tried first.
    authorities: Option<RootCertStore>,
    /// Read when these do not verify a server; a bundle that is named is all there is.
    system: Option<OnceLock<RootCertStore>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerVerifier {
    /// A verifier by Amazon's own authorities, and by the system's when these do not verify a server. By the system's
    /// alone where the environment names them.
    pub(super) fn of_system(algorithms: WebPkiSupportedAlgorithms) -> Self {
        let named = variable(&["SSL_CERT_FILE", "SSL_CERT_DIR"]).is_some();
        let authorities = (!named).then(|| read(AMAZON_TRUST_SERVICES));
        Self { authorities, system: Some(OnceLock::new()), algorithms }
    }

    /// A verifier by the authorities of PEM text and no others, if there are any.
    pub(super) fn of_pem(text: &[u8], algorithms: WebPkiSupportedAlgorithms) -> Option<Self> {
        let authorities = read(text);
        (!authorities.is_empty()).then_some(Self { authorities: Some(authorities), system: None, algorithms })
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
        let outcome = self.authorities.as_ref().map_or(Err(UNKNOWN_ISSUER), verify);
        // Which error it is tells nothing: an expired cross-signed intermediate hides that the issuer is unknown.
        let (Err(first), Some(system)) = (&outcome, &self.system) else { return outcome };
        tracing::debug!(%first, "the server is not verified: the system's trust store is read");
        match verify(system.get_or_init(read_system)) {
            // The other error says more.
            Err(second) if second == UNKNOWN_ISSUER => outcome,
            by_system => by_system,
        }
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

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
    use rustls::crypto::ring;

    use super::*;

    type Authority = Issuer<'static, KeyPair>;

    fn params(name: &str) -> CertificateParams {
        let mut params = CertificateParams::new([format!("{name}.example")]).expect("a name");
        params.distinguished_name.push(DnType::CommonName, name);
        params
    }

    fn authority_params(name: &str) -> CertificateParams {
        let mut params = params(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
    }

    fn key() -> KeyPair {
        KeyPair::generate().expect("a key")
    }

    fn authority(name: &str) -> Authority {
        Issuer::new(authority_params(name), key())
    }

    fn store(root: &Authority, name: &str) -> RootCertStore {
        let mut store = RootCertStore::empty();
        store.add(authority_params(name).self_signed(root.key()).expect("a root").into()).expect("an authority");
        store
    }

    fn verifier(authorities: Option<RootCertStore>, system: Option<RootCertStore>) -> ServerVerifier {
        let algorithms = ring::default_provider().signature_verification_algorithms;
        ServerVerifier { authorities, system: system.map(OnceLock::from), algorithms }
    }

    fn verify(verifier: &ServerVerifier, chain: &[CertificateDer<'_>], name: &'static str) -> Result<(), Error> {
        let name = ServerName::try_from(name).expect("a name");
        let (server, chain) = chain.split_first().expect("a server");
        verifier.verify_server_cert(server, chain, &name, &[], UnixTime::now()).map(drop)
    }

    /// A server's certificate, and the cross-signed certificate of its root that expired, of an authority that is gone.
    fn cross_signed(root: &Authority) -> [CertificateDer<'static>; 2] {
        let mut expired = authority_params("root");
        (expired.not_before, expired.not_after) = (date_time_ymd(2001, 1, 1), date_time_ymd(2021, 9, 30));
        let expired = expired.signed_by(root.key(), &authority("gone")).expect("a certificate");
        let server = params("glue").signed_by(&key(), root).expect("a certificate");
        [server.into(), expired.into()]
    }

    #[test]
    fn the_systems_store_is_tried_whatever_the_first_error_is() {
        let root = authority("root");
        let chain = cross_signed(&root);
        let amazon = || Some(read(AMAZON_TRUST_SERVICES));
        let first = verify(&verifier(amazon(), None), &chain, "glue.example").expect_err("not Amazon's");
        assert_ne!(first, UNKNOWN_ISSUER, "the chain is one that hides that its issuer is unknown");

        for authorities in [amazon(), None] {
            let both = verifier(authorities, Some(store(&root, "root")));
            assert_eq!(verify(&both, &chain, "glue.example"), Ok(()));
            let other = verify(&both, &chain, "sts.example").expect_err("another's name");
            assert!(
                matches!(other, Error::InvalidCertificate(CertificateError::NotValidForNameContext { .. })),
                "{other}"
            );
        }
    }

    #[test]
    fn the_better_of_two_errors_is_reported() {
        let (root, other) = (authority("root"), authority("other"));
        let server = params("glue").signed_by(&key(), &root).expect("a certificate");
        let mut expired = params("glue");
        expired.not_after = date_time_ymd(2021, 1, 1);
        let expired = expired.signed_by(&key(), &root).expect("a certificate");
        let is_expired = |outcome: Result<(), Error>| {
            let expired = matches!(outcome, Err(Error::InvalidCertificate(CertificateError::ExpiredContext { .. })));
            assert!(expired, "{outcome:?}");
        };
        let stranger = verifier(Some(store(&other, "other")), Some(store(&other, "other")));
        assert_eq!(verify(&stranger, &[server.into()], "glue.example"), Err(UNKNOWN_ISSUER));
        is_expired(verify(&stranger, &cross_signed(&root), "glue.example"));
        let system = verifier(Some(store(&other, "other")), Some(store(&root, "root")));
        is_expired(verify(&system, &[expired.into()], "glue.example"));
    }
}
