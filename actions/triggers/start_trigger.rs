//! `startTrigger`: starts an existing trigger in AWS Glue.

use aws_sdk_glue::operation::start_trigger::{self, StartTriggerInput};
use glue_runtime::action::LostAnswer;
use glue_runtime::reconcile::Verdict;
use glue_runtime::{Action, Context, Meta, Permission, Result};

use super::trigger::{self, TRIGGERS, TriggerOutput};
use crate::fields::OneTrigger;
use crate::glue::{Operation, glue};
use crate::group;

impl Operation for StartTriggerInput {
    type Sdk = start_trigger::StartTrigger;
}

/// The action `startTrigger`.
#[derive(Debug)]
pub struct StartTrigger;

impl Action for StartTrigger {
    type Input = OneTrigger;
    type Output = TriggerOutput;
    const META: Meta = Meta {
        group: group::TRIGGERS,
        operation: Some("StartTrigger"),
        permissions: &[Permission::on("glue:StartTrigger", TRIGGERS), Permission::on("glue:GetTrigger", TRIGGERS)],
        lost_answer: Some(LostAnswer {
            applied: "The trigger is active.",
            not_applied: "The trigger is not active.",
            unknown: "Always for a trigger that fires on demand: it fires and looks as before.",
        }),
        example: include_str!("start_trigger.json"),
        ..Meta::start("startTrigger", "Start Trigger", "Starts an existing trigger in AWS Glue.")
    };

    async fn run(&self, cx: &Context, input: OneTrigger) -> Result<TriggerOutput> {
        let outcome = cx.change(glue(StartTriggerInput::builder().name(&input.name.0).build())).await;
        cx.reconcile(outcome, || probe(cx, &input.name.0)).await
    }
}

/// Probes the trigger: one that fires on demand fires and looks as before, any other becomes active.
async fn probe(cx: &Context, name: &str) -> Result<Verdict<TriggerOutput>> {
    let trigger = trigger::get(cx, name).await?;
    Ok(match (trigger.kind.as_deref(), trigger.state.as_deref()) {
        (Some("ON_DEMAND") | None, _) => Verdict::Uncertain,
        (_, Some("ACTIVATING" | "ACTIVATED")) => Verdict::Applied(TriggerOutput::new(name)),
        (_, Some("CREATED" | "DEACTIVATED")) => Verdict::NotApplied,
        _ => Verdict::Uncertain,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::assert_sends_its_name;

    #[test]
    fn the_name_is_sent_as_it_was_given() {
        assert_sends_its_name(&StartTrigger, "StartTrigger");
    }
}
