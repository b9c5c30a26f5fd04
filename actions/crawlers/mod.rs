//! Crawlers and their crawls.

automod::dir!(pub "crawlers");
