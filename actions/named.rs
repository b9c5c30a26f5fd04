//! The input and output of the many actions that take a resource's name and give little back.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::limits::NAME;

/// The name of a crawler.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CrawlerName {
    /// # Name
    /// Provide a string value for the name (NOT the ARN).
    #[schemars(length(min = 1, max = 255), regex(pattern = NAME), extend("x-data-source" = { "key": "crawlers", "inputs": ["awsRegion"] }))]
    pub(crate) name: String,
}

/// The name of a trigger.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct TriggerName {
    /// # Name
    /// Provide a string value for the name (NOT the ARN).
    #[schemars(length(min = 1, max = 255), regex(pattern = NAME), extend("x-data-source" = { "key": "triggers", "inputs": ["awsRegion"] }))]
    pub(crate) name: String,
}

/// An answer that says nothing, yet.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
pub struct Nothing {
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// An answer that repeats the name.
#[serde_with::skip_serializing_none]
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Named {
    /// # Name
    /// The name of the trigger.
    name: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Named {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: Some(name.to_owned()), rest: Map::new() }
    }
}
