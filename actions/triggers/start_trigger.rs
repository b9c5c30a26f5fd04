//! `startTrigger`

use aws_sdk_glue::operation::start_trigger::{self, StartTriggerInput};
use glue_connections::Result;

use super::{TRIGGERS, trigger};
use crate::named::{Named, TriggerName};
use crate::settle::Finding;
use crate::wire::Operation;
use crate::{Access, Action, Context, Meta, Permission};

impl Operation for StartTriggerInput {
    type Plugin = start_trigger::StartTrigger;
}

/// Activates a trigger, or fires one that is fired on demand.
#[derive(Debug)]
pub struct StartTrigger;

impl Action for StartTrigger {
    type Input = TriggerName;
    type Output = Named;
    const META: Meta = Meta {
        key: "startTrigger",
        label: "Start Trigger",
        description: "Starts an existing trigger in AWS Glue.",
        operation: "StartTrigger",
        access: Access::ChangesEachTime,
        permissions: &[
            Permission { action: "glue:StartTrigger", resources: TRIGGERS },
            Permission { action: "glue:GetTrigger", resources: TRIGGERS },
        ],
    };

    async fn run(&self, cx: &Context, input: TriggerName) -> Result<Named> {
        let outcome = cx.change(StartTriggerInput::builder().name(&input.name).build()).await;
        cx.settle(outcome, || look(cx, &input.name)).await
    }
}

/// A trigger that is fired on demand fires and is as it was; any other becomes active.
async fn look(cx: &Context, name: &str) -> Result<Finding<Named>> {
    let trigger = trigger(cx, name).await?;
    Ok(match (trigger.kind.as_deref(), trigger.state.as_deref()) {
        (Some("ON_DEMAND") | None, _) => Finding::Uncertain,
        (_, Some("ACTIVATING" | "ACTIVATED")) => Finding::Applied(Named::new(name)),
        (_, Some("CREATED" | "DEACTIVATED")) => Finding::NotApplied,
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
        let run = run(&StartTrigger, json!({ "name": " \u{1f600} \"a\"" }), &[json!({ "Tomorrow": 1 })]);
        assert_eq!(run.sent, [("StartTrigger".to_owned(), json!({ "Name": " \u{1f600} \"a\"" }))]);
        assert_eq!(run.data(), &json!({ "Tomorrow": 1 }));
    }
}
