//! The rules for actions, which are rules for operations: whatever leads to a denied operation is denied.
//!
//! An action that is one operation of AWS's names that operation. One that starts something and waits for it is more
//! than an operation, and names only itself.

use glue_runtime::grants::OperationRules;
use glue_runtime::{Access, Error, Hint, Kind, Result};

use crate::entry::Entry;
use crate::protocol::unknown_key;
use crate::registry::{ACTIONS, action};

/// The actions that are listed, once it is known that they are there.
fn listed(keys: &[String]) -> impl Iterator<Item = &'static Entry> {
    keys.iter().filter_map(|key| action(key))
}

/// Checks the keys of a list: a misspelt one would leave an action open that was to be closed.
///
/// # Errors
/// `invalidRequest`, with the key that nobody has.
pub(super) fn validate<'a>(mut keys: impl Iterator<Item = &'a String>) -> Result<()> {
    match keys.find(|key| action(key).is_none()) {
        Some(unknown) => Err(unknown_key("action", unknown, ACTIONS.iter().map(|entry| entry.meta().key))),
        None => Ok(()),
    }
}

/// The operations that the lists of actions leave open.
pub(super) fn rules(allow: &[String], deny: &[String]) -> OperationRules {
    let any = allow.is_empty() || listed(allow).any(|entry| entry.meta().access == Access::DependsOnInput);
    let needed =
        || listed(allow).flat_map(|entry| entry.meta().permissions).filter_map(|needed| operation(needed.action));
    let denied = listed(deny).filter(|entry| !entry.waits()).filter_map(|entry| entry.meta().operation);
    OperationRules { only: (!any).then(|| needed().collect()), denied: denied.collect() }
}

/// The operation that an IAM action stands for.
fn operation(iam_action: &'static str) -> Option<&'static str> {
    iam_action.split_once(':').map(|(_, operation)| operation)
}

/// Checks that the operations which an entry cannot do without may be sent.
///
/// # Errors
/// `accessDenied`, with the operation.
pub(super) fn check(entry: &Entry, rules: &OperationRules) -> Result<()> {
    let meta = entry.meta();
    match meta.operation.iter().chain(meta.polls).find(|operation| !rules.allow(operation)) {
        Some(denied) => {
            let message =
                format!("`{}` cannot be used here: this host does not allow its operation {denied}.", meta.key);
            Err(Error::new(Kind::AccessDenied, message).with_hint(Hint::Operation))
        }
        None => Ok(()),
    }
}
