//! Crawlers and their crawls.

mod crawl;
mod crawler;
mod get_crawler;
mod list_crawlers;
mod list_crawls;
mod run_crawler;
mod start_crawler;
mod stop_crawler;
mod wait_for_crawler;

pub use get_crawler::GetCrawler;
pub use list_crawlers::ListCrawlers;
pub use list_crawls::ListCrawls;
pub use run_crawler::RunCrawler;
pub use start_crawler::StartCrawler;
pub use stop_crawler::StopCrawler;
pub use wait_for_crawler::WaitForCrawler;
