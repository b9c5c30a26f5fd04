//! What the dropdowns of forms show. A data source is an action that only looks; its fields and its data are always these.

mod regions;
mod resources;

use std::future::Future;

use glue_connections::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use regions::Regions;
pub use resources::{Connections, Crawlers, JobRuns, Jobs, SecurityConfigurations, Triggers};

/// What every data source takes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Search {
    /// # Search
    /// Return only what has this text in its name, in capitals or not.
    search: Option<String>,
    /// # Limit
    /// How many entries to return at most.
    #[serde(default = "hundred")]
    #[schemars(range(min = 1, max = 10000))]
    limit: usize,
}

const fn hundred() -> usize {
    100
}

/// What every data source gives back.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
pub struct Choices {
    /// # Result
    /// The entries of the dropdown.
    result: Vec<Choice>,
    /// # Truncated
    /// Whether there are more than the limit.
    truncated: bool,
}

/// An entry of a dropdown.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
pub struct Choice {
    /// # Label
    /// What people see.
    label: String,
    /// # Value
    /// What the field gets.
    value: String,
}

impl Choice {
    fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { label: label.into(), value: value.into() }
    }

    fn named(name: String) -> Self {
        Self { label: name.clone(), value: name }
    }
}

impl Search {
    fn matches(&self, choice: &Choice) -> bool {
        let contains = |text: &str, part: &str| text.to_lowercase().contains(&part.to_lowercase());
        self.search.as_deref().is_none_or(|part| contains(&choice.label, part) || contains(&choice.value, part))
    }

    /// Goes through pages until there are enough matches. No more than a page and the matches are held.
    async fn collect<F>(&self, page: impl Fn(Option<String>) -> F + Send + Sync) -> Result<Choices>
    where
        F: Future<Output = Result<(Vec<Choice>, Option<String>)>> + Send,
    {
        let mut found = Choices { result: Vec::new(), truncated: false };
        let mut token = None;
        loop {
            let (choices, next) = page(token).await?;
            for choice in choices.into_iter().filter(|choice| self.matches(choice)) {
                if found.result.len() == self.limit {
                    found.truncated = true;
                    return Ok(found);
                }
                found.result.push(choice);
            }
            token = next;
            if token.is_none() {
                return Ok(found);
            }
        }
    }
}
