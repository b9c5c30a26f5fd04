//! `stopTrigger`

use glue_connections::Result;

use super::TRIGGERS;
use crate::named::{Named, TriggerName};
use crate::{Access, Action, Context, Meta, Permission};

/// Deactivates a trigger.
#[derive(Debug)]
pub struct StopTrigger;

impl Action for StopTrigger {
    type Input = TriggerName;
    type Output = Named;
    const META: Meta = Meta {
        key: "stopTrigger",
        label: "Stop trigger",
        description: "Stops a specified trigger",
        operation: "StopTrigger",
        access: Access::Changes,
        permissions: &[Permission { action: "glue:StopTrigger", resources: TRIGGERS }],
    };

    async fn run(&self, cx: &Context, input: TriggerName) -> Result<Named> {
        cx.change("StopTrigger", |glue| glue.stop_trigger().name(&input.name).send()).await
    }
}
