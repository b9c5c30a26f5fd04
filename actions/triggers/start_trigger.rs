//! `startTrigger`

use glue_connections::Result;

use super::TRIGGERS;
use crate::named::{Named, TriggerName};
use crate::{Access, Action, Context, Meta, Permission};

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
        permissions: &[Permission { action: "glue:StartTrigger", resources: TRIGGERS }],
    };

    async fn run(&self, cx: &Context, input: TriggerName) -> Result<Named> {
        cx.change("StartTrigger", |glue| glue.start_trigger().name(&input.name).send()).await
    }
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
