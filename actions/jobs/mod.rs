//! Jobs and their runs.

mod get_job;
mod get_job_run;
mod idempotency;
mod job;
mod job_run;
mod list_job_runs;
mod list_jobs;
mod reset_job_bookmark;
mod run_job;
mod runs;
mod start_job_run;
mod stop_job_run;
mod wait_for_job_run;

pub use get_job::GetJob;
pub use get_job_run::GetJobRun;
pub use job_run::JobRun;
pub use list_job_runs::ListJobRuns;
pub use list_jobs::ListJobs;
pub use reset_job_bookmark::ResetJobBookmark;
pub use run_job::RunJob;
pub use start_job_run::StartJobRun;
pub use stop_job_run::StopJobRun;
pub use wait_for_job_run::WaitForJobRun;

pub(crate) use job::JOBS;
pub(crate) use runs::page;
