//! The form and the data of every data source, and the search through pages of items.

use std::future::Future;

use glue_runtime::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The form of every data source.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Search {
    /// # Search
    /// Return only entries with this text in their names, in capitals or not.
    search: Option<String>,
    /// # Limit
    /// The most entries to return.
    #[serde(default = "hundred")]
    #[schemars(range(min = 1, max = 10000))]
    limit: usize,
}

const fn hundred() -> usize {
    100
}

/// The data of every data source.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
pub struct Choices {
    /// # Result
    /// The entries of the dropdown.
    result: Vec<Choice>,
    /// # Truncated
    /// True when there are more than the limit.
    truncated: bool,
}

/// An entry of a dropdown.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
pub struct Choice {
    /// # Label
    /// The text that people see.
    label: String,
    /// # Value
    /// The value that the field gets.
    value: String,
}

impl Choice {
    pub(super) fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { label: label.into(), value: value.into() }
    }

    pub(super) fn named(name: String) -> Self {
        Self { label: name.clone(), value: name }
    }
}

impl Search {
    fn matches(&self, choice: &Choice) -> bool {
        let contains = |text: &str, part: &str| text.to_lowercase().contains(&part.to_lowercase());
        self.search.as_deref().is_none_or(|part| contains(&choice.label, part) || contains(&choice.value, part))
    }

    /// Goes through pages until there are enough matches. No more than a page and the matches are held.
    pub(super) async fn collect<F>(&self, page: impl Fn(Option<String>) -> F + Send + Sync) -> Result<Choices>
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

/// A page of items, as AWS answers.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct RawPage(Value);

impl RawPage {
    /// The choices for the items of a list, and the token of the next page.
    pub(super) fn choices(
        &self,
        member: &str,
        choice: impl Fn(&Value) -> Option<Choice>,
    ) -> (Vec<Choice>, Option<String>) {
        let items = self.0[member].as_array().into_iter().flatten().filter_map(choice).collect();
        let token = self.0["NextToken"].as_str().filter(|token| !token.is_empty()).map(str::to_owned);
        (items, token)
    }

    /// The choices for a list of names.
    pub(super) fn names(&self, member: &str) -> (Vec<Choice>, Option<String>) {
        self.choices(member, |name| name.as_str().map(|name| Choice::named(name.to_owned())))
    }

    /// The choices for a list of items with names.
    pub(super) fn named_items(&self, member: &str) -> (Vec<Choice>, Option<String>) {
        self.choices(member, |item| item["Name"].as_str().map(|name| Choice::named(name.to_owned())))
    }
}
