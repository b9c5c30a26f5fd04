//! Lists that come in pages: one page as asked for, or all of them up to a cap.

use std::collections::HashMap;
use std::future::Future;
use std::hash::{BuildHasher, RandomState};

use glue_connections::Result;
use hashbrown::HashTable;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::limits;

/// The fields of every action that lists. `MAX` is the most items that AWS gives in a page.
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

/// The fields of an action that lists what can be tagged.
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

/// How every list ends.
#[serde_with::skip_serializing_none]
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct End {
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

impl End {
    /// Members that are not known.
    pub(crate) fn rest(&mut self) -> &mut Map<String, Value> {
        &mut self.rest
    }

    /// The marker of the next page.
    pub(crate) fn into_token(self) -> Option<String> {
        self.next_token
    }
}

/// The data of an action that lists: a page, or all pages put together.
pub(crate) trait Listing: DeserializeOwned + Send {
    type Item: Send;

    fn items(&mut self) -> &mut Vec<Self::Item>;
    fn end(&mut self) -> &mut End;
    /// What tells items apart: AWS repeats some when a list changes between two pages.
    fn name(item: &Self::Item) -> &str;
}

impl<const MAX: i32> Paging<MAX> {
    /// Fetches what is asked for. `page` gets the page size and the token.
    pub(crate) async fn fetch<L: Listing, F>(
        &self,
        page: impl Fn(Option<i32>, Option<String>) -> F + Send + Sync,
    ) -> Result<L>
    where
        F: Future<Output = Result<L>> + Send,
    {
        if !self.fetch_all {
            return page(self.max_items, self.marker.clone()).await;
        }
        let page_size = usize::try_from(self.max_items.unwrap_or(MAX)).unwrap_or(1);
        let mut found = Distinct::<L>::default();
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
struct Distinct<L: Listing> {
    items: Vec<L::Item>,
    /// Where in the list an item is, by the hash of its name: the names themselves stand in the items.
    places: HashTable<usize>,
    hasher: RandomState,
}

impl<L: Listing> Default for Distinct<L> {
    fn default() -> Self {
        Self { items: Vec::new(), places: HashTable::new(), hasher: RandomState::new() }
    }
}

impl<L: Listing> Distinct<L> {
    fn add(&mut self, item: L::Item) {
        let name = L::name(&item);
        let hash = self.hasher.hash_one(name);
        // What has no name is like nothing else.
        if !name.is_empty() {
            if self.places.find(hash, |place| L::name(&self.items[*place]) == name).is_some() {
                return;
            }
            self.places
                .insert_unique(hash, self.items.len(), |place| self.hasher.hash_one(L::name(&self.items[*place])));
        }
        self.items.push(item);
    }
}

/// A blank token is no token.
fn token<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.filter(|token| !token.is_empty()))
}
