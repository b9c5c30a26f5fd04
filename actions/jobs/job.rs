//! A job: its ARN.

/// The end of the ARN of every job.
pub(crate) const JOBS: &[&str] = &["job/*"];
