//! Lists that come in pages: one page as asked for, or all of them up to a limit.

use std::collections::HashSet;
use std::future::Future;
use std::hash::{BuildHasher, RandomState};

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::error::Result;

/// AWS's members of a request for a page, and the inputs that stand for them.
pub const RENAMED: &[(&str, &str)] = &[("MaxResults", "maxItems"), ("NextToken", "marker")];

/// The paging fields of a form. `MAX` is the most items that AWS gives in a page.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Paging<const MAX: i32> {
    /// # Max Items
    /// Provide an integer value for the maximum amount of items that will be returned. With Fetch All, the size of each page.
    #[schemars(range(min = 1, max = MAX))]
    pub max_items: Option<i32>,
    /// # Marker
    /// Specify the pagination token that's returned by a previous request to retrieve the next page of results
    pub marker: Option<String>,
    /// # Fetch All
    /// Fetch every page, from the marker on, up to Max Total.
    #[serde(default)]
    pub fetch_all: bool,
    /// # Max Total
    /// With Fetch All, stop after this many items. The answer then says `"Truncated": true` and has a token to go on from.
    #[serde(default = "ten_thousand")]
    #[schemars(range(min = 1))]
    pub max_total: usize,
}

const fn ten_thousand() -> usize {
    10_000
}

/// The members of a page besides its items.
#[serde_with::skip_serializing_none]
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct PageEnd {
    /// # Next Token
    /// The marker of the next page; a last page has none.
    #[serde(default, deserialize_with = "token")]
    next_token: Option<String>,
    /// # Truncated
    /// True when Max Total cut the list; Next Token goes on from there.
    truncated: Option<bool>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl PageEnd {
    /// The token of the next page.
    #[must_use]
    pub fn into_token(self) -> Option<String> {
        self.next_token
    }
}

/// A page of a list, or all pages put together.
pub trait Page: DeserializeOwned + Send {
    /// An item of the list.
    type Item: Send;

    /// The items.
    fn items(&mut self) -> &mut Vec<Self::Item>;
    /// The members besides the items.
    fn end(&mut self) -> &mut PageEnd;
    /// The name that tells an item from others: AWS repeats some when a list changes between two pages.
    fn name(item: &Self::Item) -> &str;
}

impl<const MAX: i32> Paging<MAX> {
    /// Fetches one page, or all of them. `page` gets the page size and the token.
    ///
    /// # Errors
    /// Those of `page`.
    pub async fn fetch<P: Page, F>(&self, page: impl Fn(Option<i32>, Option<String>) -> F + Send + Sync) -> Result<P>
    where
        F: Future<Output = Result<P>> + Send,
    {
        if !self.fetch_all {
            return page(self.max_items, self.marker.clone()).await;
        }
        let page_size = usize::try_from(self.max_items.unwrap_or(MAX)).unwrap_or(1);
        let mut found = Distinct::<P>::default();
        let mut token = self.marker.clone();
        loop {
            // The last page asks for what is left: cutting a page would lose what stands between the cut and its token.
            let size = i32::try_from(page_size.min(self.max_total - found.items.len())).unwrap_or(MAX);
            let mut list = page(Some(size), token).await?;
            list.items().drain(..).for_each(|item| found.add(item));
            token = list.end().next_token.take();
            if token.is_none() || found.items.len() >= self.max_total {
                list.end().truncated = token.is_some().then_some(true);
                list.end().next_token = token;
                *list.items() = found.items;
                return Ok(list);
            }
        }
    }
}

/// The items of a list, each once.
struct Distinct<P: Page> {
    items: Vec<P::Item>,
    /// Hashes of the names: the names themselves stand in the items.
    hashes: HashSet<u64>,
    hasher: RandomState,
}

impl<P: Page> Default for Distinct<P> {
    fn default() -> Self {
        Self { items: Vec::new(), hashes: HashSet::new(), hasher: RandomState::new() }
    }
}

impl<P: Page> Distinct<P> {
    fn add(&mut self, item: P::Item) {
        let name = P::name(&item);
        // An item without a name is like no other. A hash that is known is a repeat, which is rare, or a collision.
        let repeats = !name.is_empty()
            && !self.hashes.insert(self.hasher.hash_one(name))
            && self.items.iter().any(|known| P::name(known) == name);
        if !repeats {
            self.items.push(item);
        }
    }
}

/// Reads a token; a blank one is none.
fn token<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.filter(|token| !token.is_empty()))
}
