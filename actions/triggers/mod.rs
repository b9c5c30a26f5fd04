//! Triggers.

mod get_trigger;
mod list_triggers;
mod start_trigger;
mod stop_trigger;
mod trigger;

pub use get_trigger::GetTrigger;
pub use list_triggers::ListTriggers;
pub use start_trigger::StartTrigger;
pub use stop_trigger::StopTrigger;
