//! A request under way, whichever operation it is of. Every operation of the SDK has types of its own; without them,
//! what looks after requests is compiled once instead of once an operation.

use std::error::Error as StdError;
use std::fmt::{self, Display, Formatter};
use std::future::Future;
use std::pin::Pin;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::{ErrorMetadata, ProvideErrorMetadata};

/// A request under way. Boxed also because the SDK's futures are tens of kilobytes: too large to be copied up through
/// every caller.
pub type Sending<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send + 'a>>;

/// Why a request failed.
pub type Failure = SdkError<Refusal, HttpResponse>;

/// What a service said instead of doing what it was asked to.
#[derive(Debug)]
pub struct Refusal(Box<dyn Refused>);

trait Refused: ProvideErrorMetadata + StdError + Send + Sync {}

impl<E: ProvideErrorMetadata + StdError + Send + Sync> Refused for E {}

/// Forgets which operation a request is of. `request` makes it, where it is to stay; `keep` takes what is wanted of its answer.
pub fn sending<'a, A, T, E, F>(request: impl FnOnce() -> F + Send + 'a, keep: impl FnOnce(A) -> T + Send + 'a) -> Sending<'a, T>
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    F: Future<Output = Result<A, SdkError<E, HttpResponse>>> + Send + 'a,
{
    Box::pin(async move { request().await.map(keep).map_err(|failure| failure.map_service_error(|error| Refusal(Box::new(error)))) })
}

impl Display for Refusal {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl StdError for Refusal {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

impl ProvideErrorMetadata for Refusal {
    fn meta(&self) -> &ErrorMetadata {
        self.0.meta()
    }
}
