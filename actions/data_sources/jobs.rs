//! `jobs`: the jobs of the account.

use aws_sdk_glue::operation::list_jobs::ListJobsInput;
use glue_runtime::{Action, Context, Meta, Permission, Result};

use super::choices::{Choices, RawPage, Search};
use crate::glue::glue;
use crate::group;

/// The data source `jobs`.
#[derive(Debug)]
pub struct Jobs;

impl Action for Jobs {
    type Input = Search;
    type Output = Choices;
    const META: Meta = Meta {
        group: group::JOBS,
        operation: Some("ListJobs"),
        permissions: &[Permission::unlimited("glue:ListJobs")],
        example: include_str!("jobs.json"),
        ..Meta::read("jobs", "Jobs", "The jobs of the account.")
    };

    async fn run(&self, cx: &Context, input: Search) -> Result<Choices> {
        let page = |token| async {
            let request = ListJobsInput::builder().max_results(1000).set_next_token(token).build();
            let page: RawPage = cx.read(glue(request)).await?;
            Ok(page.names("JobNames"))
        };
        input.collect(page).await
    }
}
