//! `listJobs`: list job schemas available in AWS Glue.

use aws_sdk_glue::operation::list_jobs::{self, ListJobsInput};
use glue_runtime::pages::{Page, PageEnd};
use glue_runtime::{Action, Context, Meta, Permission, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fields::Tagged;
use crate::glue::{Operation, glue};
use crate::group;

impl Operation for ListJobsInput {
    type Sdk = list_jobs::ListJobs;
}

/// The action `listJobs`.
#[derive(Debug)]
pub struct ListJobs;

/// The data of `listJobs`.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    /// # Job Names
    /// The names of the jobs.
    #[serde(default)]
    job_names: Vec<String>,
    #[serde(flatten)]
    end: PageEnd,
}

impl Page for Output {
    type Item = String;

    fn items(&mut self) -> &mut Vec<String> {
        &mut self.job_names
    }

    fn end(&mut self) -> &mut PageEnd {
        &mut self.end
    }

    fn name(item: &String) -> &str {
        item
    }
}

impl Action for ListJobs {
    type Input = Tagged<1000>;
    type Output = Output;
    const META: Meta = Meta {
        group: group::JOBS,
        operation: Some("ListJobs"),
        permissions: &[Permission::unlimited("glue:ListJobs")],
        example: include_str!("list_jobs.json"),
        ..Meta::read("listJobs", "List Jobs", "List job schemas available in AWS Glue")
    };

    async fn run(&self, cx: &Context, input: Tagged<1000>) -> Result<Output> {
        let page = |size: Option<i32>, token: Option<String>| {
            cx.read(glue(
                ListJobsInput::builder()
                    .set_max_results(size)
                    .set_next_token(token)
                    .set_tags(input.tags.clone())
                    .build(),
            ))
        };
        input.paging.fetch(page).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::run;

    #[test]
    fn all_pages_are_put_together_and_repeats_left_out() {
        let pages =
            [json!({ "JobNames": ["a", "b"], "NextToken": "2" }), json!({ "JobNames": ["b", "c"], "NextToken": "" })];
        let run = run(&ListJobs, json!({ "fetchAll": true, "maxItems": 2 }), &pages);
        assert_eq!(run.data(), &json!({ "JobNames": ["a", "b", "c"] }));
        assert_eq!(run.sent[1].1, json!({ "MaxResults": 2, "NextToken": "2" }));
    }

    #[test]
    fn the_cap_cuts_between_pages_and_leaves_a_marker() {
        let pages =
            [json!({ "JobNames": ["a", "b"], "NextToken": "2" }), json!({ "JobNames": ["c"], "NextToken": "3" })];
        let run = run(&ListJobs, json!({ "fetchAll": true, "maxItems": 2, "maxTotal": 3 }), &pages);
        assert_eq!(run.data(), &json!({ "JobNames": ["a", "b", "c"], "NextToken": "3", "Truncated": true }));
        assert_eq!(run.sent[1].1["MaxResults"], 1);
    }
}
