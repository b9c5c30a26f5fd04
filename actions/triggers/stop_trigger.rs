//! `stopTrigger`

use aws_sdk_glue::operation::stop_trigger::{self, StopTriggerInput};
use glue_connections::Result;

use super::{TRIGGERS, trigger};
use crate::named::{Named, TriggerName};
use crate::settle::Finding;
use crate::wire::Operation;
use crate::{Access, Action, Context, Meta, Permission};

impl Operation for StopTriggerInput {
    type Plugin = stop_trigger::StopTrigger;
}

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
        permissions: &[
            Permission { action: "glue:StopTrigger", resources: TRIGGERS },
            Permission { action: "glue:GetTrigger", resources: TRIGGERS },
        ],
    };

    async fn run(&self, cx: &Context, input: TriggerName) -> Result<Named> {
        let outcome = cx.change(StopTriggerInput::builder().name(&input.name).build()).await;
        cx.settle(outcome, || look(cx, &input.name)).await
    }
}

async fn look(cx: &Context, name: &str) -> Result<Finding<Named>> {
    Ok(match trigger(cx, name).await?.state.as_deref() {
        Some("DEACTIVATING" | "DEACTIVATED") => Finding::Applied(Named::new(name)),
        Some("ACTIVATED") => Finding::NotApplied,
        _ => Finding::Uncertain,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::run;

    #[test]
    fn the_name_is_sent_as_it_was_given() {
        let run = run(&StopTrigger, json!({ "name": " \u{1f600} \"a\"" }), &[json!({ "Tomorrow": 1 })]);
        assert_eq!(run.sent, [("StopTrigger".to_owned(), json!({ "Name": " \u{1f600} \"a\"" }))]);
        assert_eq!(run.data(), &json!({ "Tomorrow": 1 }));
    }
}
