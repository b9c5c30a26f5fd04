//! `listTriggers`: list the names of all triggers in the account.

use aws_sdk_glue::operation::list_triggers::{self, ListTriggersInput};
use glue_runtime::pages::{Page, PageEnd};
use glue_runtime::{Action, Context, Meta, Permission, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fields::{JobName, Tagged};
use crate::glue::{Operation, glue};
use crate::group;

impl Operation for ListTriggersInput {
    type Sdk = list_triggers::ListTriggers;
}

/// The action `listTriggers`.
#[derive(Debug)]
pub struct ListTriggers;

/// The form of `listTriggers`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    #[serde(flatten)]
    list: Tagged<200>,
    /// # Dependent Job Name
    /// Return only triggers that can start this job. If there is none, AWS returns all triggers.
    dependent_job_name: Option<JobName>,
}

/// The data of `listTriggers`.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    /// # Trigger Names
    /// The names of the triggers.
    #[serde(default)]
    trigger_names: Vec<String>,
    #[serde(flatten)]
    end: PageEnd,
}

impl Page for Output {
    type Item = String;

    fn items(&mut self) -> &mut Vec<String> {
        &mut self.trigger_names
    }

    fn end(&mut self) -> &mut PageEnd {
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
        group: group::TRIGGERS,
        operation: Some("ListTriggers"),
        permissions: &[Permission::unlimited("glue:ListTriggers")],
        example: include_str!("list_triggers.json"),
        ..Meta::read("listTriggers", "List Triggers", "List the names of all triggers in the account.")
    };

    async fn run(&self, cx: &Context, input: Input) -> Result<Output> {
        let page = |size: Option<i32>, token: Option<String>| {
            cx.read(glue(
                ListTriggersInput::builder()
                    .set_max_results(size)
                    .set_next_token(token)
                    .set_tags(input.list.tags.clone())
                    .set_dependent_job_name(input.dependent_job_name.as_ref().map(|name| name.0.clone()))
                    .build(),
            ))
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
