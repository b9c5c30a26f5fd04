//! Data sources: they fill the dropdowns of forms. A data source is an action that only reads; its form and its data are
//! always the same.

mod choices;
mod connections;
mod crawlers;
mod job_runs;
mod jobs;
mod regions;
mod security_configurations;
mod triggers;

pub use connections::Connections;
pub use crawlers::Crawlers;
pub use job_runs::JobRuns;
pub use jobs::Jobs;
pub use regions::Regions;
pub use security_configurations::SecurityConfigurations;
pub use triggers::Triggers;
