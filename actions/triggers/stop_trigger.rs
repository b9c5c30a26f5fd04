//! `stopTrigger`: stops a specified trigger.

use aws_sdk_glue::operation::stop_trigger::{self, StopTriggerInput};
use glue_runtime::action::LostAnswer;
use glue_runtime::reconcile::Verdict;
use glue_runtime::{Action, Context, Meta, Permission, Result};

use super::trigger::{self, TRIGGERS, TriggerOutput};
use crate::fields::OneTrigger;
use crate::glue::{Operation, glue};
use crate::group;

impl Operation for StopTriggerInput {
    type Sdk = stop_trigger::StopTrigger;
}

/// The action `stopTrigger`.
#[derive(Debug)]
pub struct StopTrigger;

impl Action for StopTrigger {
    type Input = OneTrigger;
    type Output = TriggerOutput;
    const META: Meta = Meta {
        group: group::TRIGGERS,
        operation: Some("StopTrigger"),
        permissions: &[Permission::on("glue:StopTrigger", TRIGGERS), Permission::on("glue:GetTrigger", TRIGGERS)],
        lost_answer: Some(LostAnswer {
            applied: "The trigger is inactive.",
            not_applied: "The trigger is active.",
            unknown: "",
        }),
        example: include_str!("stop_trigger.json"),
        ..Meta::stop("stopTrigger", "Stop trigger", "Stops a specified trigger")
    };

    async fn run(&self, cx: &Context, input: OneTrigger) -> Result<TriggerOutput> {
        let outcome = cx.change(glue(StopTriggerInput::builder().name(&input.name.0).build())).await;
        cx.reconcile(outcome, || probe(cx, &input.name.0)).await
    }
}

/// Probes the trigger.
async fn probe(cx: &Context, name: &str) -> Result<Verdict<TriggerOutput>> {
    Ok(match trigger::get(cx, name).await?.state.as_deref() {
        Some("DEACTIVATING" | "DEACTIVATED") => Verdict::Applied(TriggerOutput::new(name)),
        Some("ACTIVATED") => Verdict::NotApplied,
        _ => Verdict::Uncertain,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::assert_sends_its_name;

    #[test]
    fn the_name_is_sent_as_it_was_given() {
        assert_sends_its_name(&StopTrigger, "StopTrigger");
    }
}
