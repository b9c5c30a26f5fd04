//! The identity behind a connection, which is how a connection is tested.

use serde::Serialize;
use tokio::time::Instant;

use super::retry::{self, Attempts};
use super::session::Session;
use crate::deadline::Deadline;
use crate::error::Result;
use crate::hooks::Hooks;
use crate::http::transport::Sent;

/// The identity that credentials belong to. The members are those of STS `GetCallerIdentity`.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Identity {
    /// # Account
    /// The account that the credentials belong to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// # ARN
    /// The user or the role's session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// # User ID
    /// The unique ID of the user or the role's session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// # Region
    /// The region that actions of this connection use where they name none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// # Latency
    /// The time that STS took to answer, in milliseconds.
    pub latency_ms: u64,
}

/// Asks STS for the identity of a connection's credentials, which needs no permission. Attempts are added to `attempts`.
///
/// # Errors
/// As [`Session::credentials`], and `connection` when STS refuses the keys.
pub async fn check(session: &Session, hooks: &Hooks, deadline: &Deadline, attempts: &Attempts) -> Result<Identity> {
    let sts = session.sdk().sts(None, hooks.lend(session.credentials(deadline)).await?.credentials);
    let started = Instant::now();
    let request =
        |_: &Sent| -> retry::SendFuture<'_, _> { Box::pin(async { Ok(sts.get_caller_identity().send().await?) }) };
    let answer =
        retry::send(&session.sdk().sts_call("GetCallerIdentity"), None, Some(hooks), deadline, attempts, &request)
            .await?;
    Ok(Identity {
        account: answer.account,
        arn: answer.arn,
        user_id: answer.user_id,
        region: session.region().map(str::to_owned),
        latency_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
    })
}
