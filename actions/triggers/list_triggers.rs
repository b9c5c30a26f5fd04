//! `listTriggers`

use aws_sdk_glue::operation::list_triggers::{self, ListTriggersInput};
use glue_connections::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::limits::NAME;
use crate::paging::{End, Listing, Tagged};
use crate::wire::Operation;
use crate::{Access, Action, Context, Meta, Permission};

impl Operation for ListTriggersInput {
    type Plugin = list_triggers::ListTriggers;
}

/// Lists the names of triggers.
#[derive(Debug)]
pub struct ListTriggers;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    #[serde(flatten)]
    list: Tagged<200>,
    /// # Dependent Job Name
    /// Return only triggers that can start this job. If there is none, AWS returns all triggers.
    #[schemars(length(min = 1, max = 255), regex(pattern = NAME), extend("x-data-source" = { "key": "jobs", "inputs": ["awsRegion"] }))]
    dependent_job_name: Option<String>,
}

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    /// # Trigger Names
    /// The names of the triggers.
    #[serde(default)]
    trigger_names: Vec<String>,
    #[serde(flatten)]
    end: End,
}

impl Listing for Output {
    type Item = String;

    fn items(&mut self) -> &mut Vec<String> {
        &mut self.trigger_names
    }

    fn end(&mut self) -> &mut End {
        &mut self.end
    }

    fn name(item: &String) -> &str {
        item
    }
}

impl Action for ListTriggers {
    type Input = Input;
    type Output = Output;
    const META: Meta = Meta {
        key: "listTriggers",
        label: "List Triggers",
        description: "List the names of all triggers in the account.",
        operation: "ListTriggers",
        access: Access::Reads,
        permissions: &[Permission { action: "glue:ListTriggers", resources: &[] }],
    };

    async fn run(&self, cx: &Context, input: Input) -> Result<Output> {
        let page = |size: Option<i32>, token: Option<String>| {
            cx.read(
                ListTriggersInput::builder()
                    .set_max_results(size)
                    .set_next_token(token)
                    .set_tags(input.list.tags.clone())
                    .set_dependent_job_name(input.dependent_job_name.clone())
                    .build(),
            )
        };
        input.list.paging.fetch(page).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::run;

    #[test]
    fn pages_are_no_larger_than_glue_allows() {
        let pages = [json!({ "TriggerNames": ["a"], "NextToken": "2" }), json!({ "TriggerNames": ["b"] })];
        let run = run(&ListTriggers, json!({ "fetchAll": true, "dependentJobName": "nightly" }), &pages);
        assert_eq!(run.sent[1].1, json!({ "MaxResults": 200, "NextToken": "2", "DependentJobName": "nightly" }));
        assert_eq!(run.data(), &json!({ "TriggerNames": ["a", "b"] }));
    }
}
