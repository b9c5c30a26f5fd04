//! Least-privilege IAM policies.

use std::collections::BTreeMap;

use crate::entry::Entry;
use serde_json::{Value, json};

/// A policy that allows what these actions need and nothing else.
///
/// Which resources an action can be limited to is AWS's to say:
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsglue.html>.
pub(super) fn policy<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Value {
    let mut by_resources: BTreeMap<&[&str], Vec<&str>> = BTreeMap::new();
    for permission in entries.into_iter().flat_map(|entry| entry.meta().permissions) {
        let actions = by_resources.entry(permission.resources).or_default();
        if !actions.contains(&permission.action) {
            actions.push(permission.action);
        }
    }
    let statement = |(resources, actions): (&[&str], Vec<&str>)| {
        let resources: Vec<_> = match resources {
            [] => vec!["*".to_owned()],
            limited => limited.iter().map(|resource| format!("arn:aws:glue:*:*:{resource}")).collect(),
        };
        json!({ "Effect": "Allow", "Action": actions, "Resource": resources })
    };
    json!({ "Version": "2012-10-17", "Statement": by_resources.into_iter().map(statement).collect::<Vec<_>>() })
}
