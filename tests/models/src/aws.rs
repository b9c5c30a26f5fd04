//! What stands around the credential cache: credentials that are nothing but numbered.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::deadline::Deadline;
use crate::error::Result;
use crate::time::Instant;

#[path = "../../../runtime/aws/credential_cache.rs"]
#[expect(dead_code, reason = "models use a part of it")]
pub mod credential_cache;

use credential_cache::{CredentialCache, CredentialSource, Snapshot};

pub mod session {
    //! Sessions: nothing but their digest is used here.

    /// A digest that stands for secrets where something is kept by them.
    pub type Digest = [u8; 32];
}

pub mod sts {
    //! The SDK's own clients: sources of credentials get this, and models have no use for it.

    /// The region, HTTP client and endpoints that the SDK's own clients are built from.
    #[derive(Debug)]
    pub struct SdkContext;
}

/// Credentials that a model tells apart by their number.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The number of the load that they come from.
    pub number: usize,
    /// True for those that hold for a minute, and are to be refreshed after half of it.
    pub expire: bool,
}

impl Credentials {
    /// The end of the credentials, which is past for those that expire: the cache takes that for a wrong clock, and its
    /// shortest lifetime for theirs. So nothing depends on real time.
    #[must_use]
    pub fn expiry(&self) -> Option<SystemTime> {
        self.expire.then_some(SystemTime::UNIX_EPOCH)
    }
}

/// An instant on AWS's clock, which is the model's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(Instant);

impl Timestamp {
    /// The present.
    #[must_use]
    pub fn now() -> Self {
        Self(Instant::now())
    }

    /// The instant `duration` later.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0 + duration)
    }

    /// The time since `other`; zero when this is before it.
    #[must_use]
    pub const fn since(self, other: Self) -> Duration {
        self.0.saturating_duration_since(other.0)
    }
}

/// A credential cache: what sessions call, made public for models.
#[derive(Clone, Debug)]
pub struct Cache(Arc<CredentialCache>);

impl Cache {
    /// A cache of what this source gives.
    pub fn new(source: Arc<dyn CredentialSource>) -> Self {
        Self(CredentialCache::new(source, Arc::new(sts::SdkContext)))
    }

    /// Credentials that hold.
    ///
    /// # Errors
    /// Those of the source, and of the deadline.
    pub async fn get(&self, deadline: &Deadline) -> Result<Snapshot> {
        self.0.get(deadline).await
    }

    /// Forgets credentials that have expired, unless others have come since.
    pub fn expire(&self, expired: &Snapshot) {
        self.0.expire(expired);
    }
}
