//! Least-privilege IAM policies.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::entry::Entry;

/// A policy that allows what these actions need and nothing else.
///
/// Which resources an action can be limited to is AWS's to say:
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsglue.html>.
pub(super) fn policy<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Value {
    let mut statements: BTreeMap<(&[&str], &str), Vec<&str>> = BTreeMap::new();
    for permission in entries.into_iter().flat_map(|entry| entry.meta().permissions) {
        let (service, _) = permission.action.split_once(':').unwrap_or_default();
        let actions = statements.entry((permission.resources, service)).or_default();
        if !actions.contains(&permission.action) {
            actions.push(permission.action);
        }
    }
    let statement = |((resources, service), actions): ((&[&str], &str), Vec<&str>)| {
        let resources: Vec<_> = match resources {
            [] => vec!["*".to_owned()],
            limited => limited.iter().map(|resource| format!("arn:aws:{service}:*:*:{resource}")).collect(),
        };
        json!({ "Effect": "Allow", "Action": actions, "Resource": resources })
    };
    json!({ "Version": "2012-10-17", "Statement": statements.into_iter().map(statement).collect::<Vec<_>>() })
}
