//! Trust stores: the system's, or a bundle of a connection's or an operator's own.

use std::fs::{self, File};
use std::io::{self, Read};
use std::sync::{Arc, LazyLock};

use rustls::crypto::{CryptoProvider, ring};
use rustls::{CipherSuite, ClientConfig};
use sha2::{Digest, Sha256};

use super::tls::ServerVerifier;

/// The largest CA bundle that is read. Those of operating systems have a quarter of it.
const MAX_BUNDLE_BYTES: u64 = 1 << 20;

/// The cipher suites that the AWS SDK offers.
const CIPHER_SUITES: [CipherSuite; 7] = [
    CipherSuite::TLS13_AES_256_GCM_SHA384,
    CipherSuite::TLS13_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
];

static CRYPTOGRAPHY: LazyLock<Arc<CryptoProvider>> = LazyLock::new(|| {
    let mut provider = ring::default_provider();
    provider.cipher_suites.retain(|suite| CIPHER_SUITES.contains(&suite.suite()));
    Arc::new(provider)
});

/// The trust store of a client.
pub struct TrustStore {
    verifier: ServerVerifier,
    fingerprint: [u8; 32],
}

/// True for a CA bundle that is PEM text, false for one that is the path of a file.
#[must_use]
pub fn is_pem(bundle: &str) -> bool {
    bundle.contains("-----BEGIN CERTIFICATE-----")
}

impl TrustStore {
    /// Amazon's own roots, and the system's store for servers that these do not verify.
    #[must_use]
    pub fn of_system() -> Self {
        let verifier = ServerVerifier::of_system(CRYPTOGRAPHY.signature_verification_algorithms);
        Self { verifier, fingerprint: [0; 32] }
    }

    /// The authorities of PEM text up to 1 MiB, and no others.
    ///
    /// # Errors
    /// The fault of the bundle, as a sentence without its end.
    pub fn of_pem(text: &[u8]) -> Result<Self, String> {
        if text.len() as u64 > MAX_BUNDLE_BYTES {
            return Err(too_large());
        }
        let verifier = ServerVerifier::of_pem(text, CRYPTOGRAPHY.signature_verification_algorithms);
        let verifier = verifier.ok_or("The CA bundle holds no certificate that can be trusted")?;
        Ok(Self { verifier, fingerprint: Sha256::digest(text).into() })
    }

    /// The authorities of a regular PEM file up to 1 MiB, and no others.
    ///
    /// # Errors
    /// The fault of the bundle, as a sentence without its end.
    pub async fn of_file(path: &str) -> Result<Self, String> {
        let path = path.to_owned();
        let work = tokio::task::spawn_blocking(move || Self::of_pem(&read_file(&path)?));
        work.await.unwrap_or_else(|_| Err("The CA bundle cannot be read".to_owned()))
    }

    /// A digest that tells bundles apart. That of the system's store is zero.
    pub(crate) const fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }

    /// TLS as a client with this trust store.
    pub(super) fn into_tls(self) -> ClientConfig {
        ClientConfig::builder_with_provider(Arc::clone(&CRYPTOGRAPHY))
            .with_safe_default_protocol_versions()
            .expect("the suites are of these versions")
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(self.verifier))
            .with_no_client_auth()
    }
}

fn read_file(path: &str) -> Result<Vec<u8>, String> {
    let unreadable = |problem: io::Error| format!("The CA bundle cannot be read ({})", problem.kind());
    let irregular = || Err("The CA bundle is not a regular file".to_owned());
    // Opening a pipe would wait for its writer.
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return irregular();
    }
    let file = File::open(path).map_err(unreadable)?;
    // Another file may have taken its place.
    if !file.metadata().map_err(unreadable)?.is_file() {
        return irregular();
    }
    let mut text = Vec::new();
    file.take(MAX_BUNDLE_BYTES + 1).read_to_end(&mut text).map_err(unreadable)?;
    if text.len() as u64 > MAX_BUNDLE_BYTES { Err(too_large()) } else { Ok(text) }
}

fn too_large() -> String {
    format!("The CA bundle is larger than {} MiB", MAX_BUNDLE_BYTES >> 20)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    fn certificate() -> String {
        let key = KeyPair::generate().expect("a key");
        CertificateParams::new(["authority".to_owned()])
            .and_then(|it| it.self_signed(&key))
            .expect("a certificate")
            .pem()
    }

    async fn fault(path: &str) -> String {
        let read = tokio::time::timeout(Duration::from_secs(10), TrustStore::of_file(path));
        read.await.expect("nothing is waited for").err().unwrap_or_default()
    }

    #[tokio::test]
    async fn only_regular_files_of_a_fair_size_are_read() {
        let folder = std::env::temp_dir().join(format!("glue-runtime-trust-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("writable");
        let write = |name: &str, text: &[u8]| {
            let path = folder.join(name);
            fs::write(&path, text).expect("writable");
            path.display().to_string()
        };
        let fine = write("fine.pem", certificate().as_bytes());
        assert_eq!(fault(&fine).await, "");
        let large = write("large.pem", &[certificate().into_bytes(), vec![b'\n'; 2 << 20]].concat());
        assert!(fault(&large).await.contains("larger than 1 MiB"));
        assert!(fault(&write("empty.pem", b"")).await.contains("no certificate"));
        assert!(fault(&folder.display().to_string()).await.contains("regular file"));
        assert!(fault(&folder.join("missing").display().to_string()).await.contains("not found"));
        #[cfg(unix)]
        {
            assert!(fault("/dev/zero").await.contains("regular file"));
            let pipe = folder.join("pipe");
            assert!(std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
            assert!(fault(&pipe.display().to_string()).await.contains("regular file"));
            let link = folder.join("link");
            std::os::unix::fs::symlink(&fine, &link).expect("writable");
            assert_eq!(fault(&link.display().to_string()).await, "");
        }
        fs::remove_dir_all(folder).expect("removable");
    }

    #[test]
    fn bundles_are_told_apart() {
        let [one, other] = [certificate(), certificate()];
        let store = |text: &str| TrustStore::of_pem(text.as_bytes()).expect("a bundle").fingerprint();
        assert!(is_pem(&one) && !is_pem("/etc/ssl/cert.pem"));
        assert_eq!(store(&one), store(&one));
        assert_ne!(store(&one), store(&other));
        assert_ne!(store(&one), TrustStore::of_system().fingerprint());
        assert!(TrustStore::of_pem(&vec![b'\n'; 2 << 20]).is_err());
    }
}
