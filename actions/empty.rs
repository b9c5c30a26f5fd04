//! The output of operations that answer with an empty object.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// An empty object, and members that AWS may add.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
pub struct Empty {
    #[serde(flatten)]
    rest: Map<String, Value>,
}
