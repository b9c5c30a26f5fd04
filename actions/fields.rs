//! Fields that many forms have, with their limits, their help and the data source that fills their dropdown.

use std::collections::HashMap;

use glue_runtime::pages::Paging;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::limits::{self, NAME};

/// # Name
/// Provide a string value for the name (NOT the ARN).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct JobName(
    #[schemars(
        length(min = 1, max = 255),
        regex(pattern = NAME),
        extend("x-data-source" = { "key": "jobs", "inputs": [] })
    )]
    pub(crate) String,
);

/// # Run Id
/// Provide a string value for the run Id.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct RunId(
    #[schemars(
        length(min = 1, max = 255),
        regex(pattern = NAME),
        extend("x-data-source" = { "key": "jobRuns", "inputs": ["name"] })
    )]
    pub(crate) String,
);

/// # Marker
/// The marker of a wait that ended at its timeout: the wait goes on, in whichever process.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct WaitMarker(#[schemars(length(min = 1, max = 255), regex(pattern = NAME))] pub(crate) String);

/// # Name
/// Provide a string value for the name (NOT the ARN).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct CrawlerName(
    #[schemars(
        length(min = 1, max = 255),
        regex(pattern = NAME),
        extend("x-data-source" = { "key": "crawlers", "inputs": [] })
    )]
    pub(crate) String,
);

/// # Name
/// Provide a string value for the name (NOT the ARN).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct TriggerName(
    #[schemars(
        length(min = 1, max = 255),
        regex(pattern = NAME),
        extend("x-data-source" = { "key": "triggers", "inputs": [] })
    )]
    pub(crate) String,
);

/// # Name
/// Provide a string value for the name of the workflow (NOT the ARN).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct WorkflowName(#[schemars(length(min = 1, max = 255), regex(pattern = NAME))] pub(crate) String);

/// # Catalog ID
/// The ID of the Data Catalog in which the connections reside. If none is provided, the AWS account ID is used by default.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct CatalogId(#[schemars(length(min = 1, max = 255), regex(pattern = NAME))] pub(crate) String);

/// # Reveal Secrets
/// Return passwords and other secrets as they are instead of `***`. The host has to allow it.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct RevealSecrets(pub(crate) bool);

/// The form of an action that needs the name of a crawler and nothing else.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct OneCrawler {
    pub(crate) name: CrawlerName,
}

/// The form of an action that needs the name of a trigger and nothing else.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct OneTrigger {
    pub(crate) name: TriggerName,
}

/// The fields of an action that lists resources with tags.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Tagged<const MAX: i32> {
    #[serde(flatten)]
    pub(crate) paging: Paging<MAX>,
    /// # Tags
    /// Return only what carries these tags.
    #[serde(default)]
    #[schemars(schema_with = "limits::tags")]
    pub(crate) tags: Option<HashMap<String, String>>,
}
