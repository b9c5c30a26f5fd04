//! Triggers.

mod list_triggers;
mod start_trigger;
mod stop_trigger;

pub use list_triggers::ListTriggers;
pub use start_trigger::StartTrigger;
pub use stop_trigger::StopTrigger;

/// The end of the ARN of every trigger.
const TRIGGERS: &[&str] = &["trigger/*"];
