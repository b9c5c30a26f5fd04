//! The credential cache: loads credentials before they are needed and replaces them before they expire.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};
use parking_lot::RwLock;

use super::sts::SdkContext;
use crate::deadline::Deadline;
use crate::error::Result;

/// Credentials this close to their end are replaced before they are used: longer than any deadline's first call.
const REFRESH_BEFORE_EXPIRY: Duration = Duration::from_mins(5);

/// A source of credentials: the object-safe twin of [`Connection`](crate::Connection).
#[async_trait]
pub trait CredentialSource: Debug + Send + Sync {
    /// A local key for the account, known without asking AWS: an access key ID, a role's ARN, a profile.
    fn account(&self) -> &str;

    /// The profile of the shared files whose region applies, if one is named.
    fn profile(&self) -> Option<&str>;

    /// True when the same credentials come back each time and nobody has to be asked for them.
    fn is_static(&self) -> bool;

    /// True when the machine's own credentials are used.
    fn uses_machine_identity(&self) -> bool;

    /// Loads credentials.
    async fn load(&self, sdk: &SdkContext, deadline: &Deadline) -> Result<Credentials>;
}

/// The credentials of one connection, kept fresh in a long-lived process.
///
/// The SDK reads them from here, so a refusal is met while loading, where it can be told from a failed request.
#[derive(Debug)]
pub struct CredentialCache {
    source: Arc<dyn CredentialSource>,
    current: RwLock<Option<Credentials>>,
    refreshing: tokio::sync::Mutex<()>,
}

impl CredentialCache {
    pub(super) fn new(source: Arc<dyn CredentialSource>) -> Arc<Self> {
        Arc::new(Self { source, current: RwLock::new(None), refreshing: tokio::sync::Mutex::new(()) })
    }

    pub(super) fn source(&self) -> &dyn CredentialSource {
        self.source.as_ref()
    }

    /// Loads credentials unless those at hand are fresh. One caller loads, the others wait for it.
    pub(super) async fn refresh(&self, sdk: &SdkContext, deadline: &Deadline) -> Result<()> {
        if self.is_fresh() {
            return Ok(());
        }
        let during = "while another request loaded the credentials";
        let _loading = deadline.run(during, self.refreshing.lock()).await?;
        if self.is_fresh() {
            return Ok(());
        }
        let still_valid = self.remaining().is_some_and(|left| !left.is_zero());
        // Rarely needed and large: kept out of the futures of every call.
        match Box::pin(self.source.load(sdk, deadline)).await {
            Ok(loaded) => *self.current.write() = Some(loaded),
            Err(error) if still_valid => {
                tracing::warn!(kind = ?error.kind, "credentials could not be refreshed; the current ones still hold");
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Forgets credentials that AWS calls expired. True when the source can give others.
    pub(super) fn expire(&self) -> bool {
        *self.current.write() = None;
        !self.source.is_static()
    }

    /// True when the next request has to wait until somebody was asked for credentials.
    pub(super) fn must_load(&self) -> bool {
        !self.source.is_static() && !self.is_fresh()
    }

    pub(super) fn current(&self) -> Option<Credentials> {
        self.current.read().clone()
    }

    fn is_fresh(&self) -> bool {
        self.remaining().is_some_and(|left| left > REFRESH_BEFORE_EXPIRY)
    }

    fn remaining(&self) -> Option<Duration> {
        Some(match self.current.read().as_ref()?.expiry() {
            Some(expiry) => expiry.duration_since(SystemTime::now()).unwrap_or(Duration::ZERO),
            None => Duration::MAX,
        })
    }
}

impl ProvideCredentials for CredentialCache {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let current = self.current().ok_or_else(|| CredentialsError::not_loaded("not loaded yet"));
        future::ProvideCredentials::ready(current)
    }
}
