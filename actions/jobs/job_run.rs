//! A job run, as Glue describes it.

use std::collections::BTreeMap;

use glue_runtime::aws::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A run of a job.
#[serde_with::skip_serializing_none]
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct JobRun {
    /// # ID
    /// The ID of this job run.
    pub id: Option<String>,
    /// # Attempt
    /// The number of the attempt to run this job.
    pub attempt: Option<i64>,
    /// # Previous Run ID
    /// The ID of the previous run of this job, where this one retries it.
    pub previous_run_id: Option<String>,
    /// # Trigger Name
    /// The trigger that started this run.
    pub trigger_name: Option<String>,
    /// # Job Name
    /// The job that is run.
    pub job_name: Option<String>,
    /// # Job Mode
    /// The way in which the job was made: SCRIPT, VISUAL or NOTEBOOK.
    pub job_mode: Option<String>,
    /// # Job Run Queuing Enabled
    /// True when the run may wait in a queue while the job or the account is at its limit.
    pub job_run_queuing_enabled: Option<bool>,
    /// # Started On
    /// When the run was started.
    pub started_on: Option<Timestamp>,
    /// # Last Modified On
    /// When the run last changed.
    pub last_modified_on: Option<Timestamp>,
    /// # Completed On
    /// When the run ended.
    pub completed_on: Option<Timestamp>,
    /// # Job Run State
    /// STARTING, RUNNING, STOPPING, STOPPED, SUCCEEDED, FAILED, TIMEOUT, ERROR, WAITING or EXPIRED.
    pub job_run_state: Option<String>,
    /// # Arguments
    /// The arguments of this run; they replace the job's own defaults.
    pub arguments: Option<BTreeMap<String, String>>,
    /// # Error Message
    /// The reason of a failure.
    pub error_message: Option<String>,
    /// # Predecessor Runs
    /// The runs that came before this one, where they were asked for.
    pub predecessor_runs: Option<Vec<Predecessor>>,
    /// # Allocated Capacity
    /// Deprecated by AWS in favour of Max Capacity: the DPUs of this run.
    pub allocated_capacity: Option<i64>,
    /// # Execution Time
    /// The time for which the run used resources, in seconds.
    pub execution_time: Option<i64>,
    /// # Timeout
    /// The longest time that the run may take, in minutes.
    pub timeout: Option<i64>,
    /// # Max Capacity
    /// The DPUs that the run may use.
    pub max_capacity: Option<f64>,
    /// # Worker Type
    /// The kind of worker, for example G.1X.
    pub worker_type: Option<String>,
    /// # Number Of Workers
    /// The number of workers.
    pub number_of_workers: Option<i64>,
    /// # Security Configuration
    /// The security configuration of the run.
    pub security_configuration: Option<String>,
    /// # Log Group Name
    /// The CloudWatch log group of the run.
    pub log_group_name: Option<String>,
    /// # Notification Property
    /// When a notification about a slow run is sent.
    pub notification_property: Option<NotificationProperty>,
    /// # Glue Version
    /// The version of Glue, and with it of Spark and Python.
    pub glue_version: Option<String>,
    /// # DPU Seconds
    /// DPUs times seconds, for runs of the FLEX class or with auto scaling.
    #[serde(rename = "DPUSeconds")]
    pub dpu_seconds: Option<f64>,
    /// # Execution Class
    /// FLEX or STANDARD.
    pub execution_class: Option<String>,
    /// # Maintenance Window
    /// When a streaming run may be restarted, for example Mon:10.
    pub maintenance_window: Option<String>,
    /// # Profile Name
    /// The usage profile of the run.
    pub profile_name: Option<String>,
    /// # State Detail
    /// More on the state, for example why the run waits.
    pub state_detail: Option<String>,
    /// # Execution Role Session Policy
    /// The session policy that narrows the job's role for this run.
    pub execution_role_session_policy: Option<String>,
    #[serde(flatten)]
    pub(crate) rest: Map<String, Value>,
}

/// A run that came before.
#[serde_with::skip_serializing_none]
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Predecessor {
    /// # Job Name
    /// The job of the predecessor.
    pub job_name: Option<String>,
    /// # Run ID
    /// The run of the predecessor.
    pub run_id: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// When a notification is sent.
#[serde_with::skip_serializing_none]
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct NotificationProperty {
    /// # Notify Delay After
    /// Minutes after the start of a run.
    pub notify_delay_after: Option<i64>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}
