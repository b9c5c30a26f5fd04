//! Crawlers.

mod list_crawlers;
mod start_crawler;
mod stop_crawler;

pub use list_crawlers::ListCrawlers;
pub use start_crawler::StartCrawler;
pub use stop_crawler::StopCrawler;

/// The end of the ARN of every crawler.
const CRAWLERS: &[&str] = &["crawler/*"];
