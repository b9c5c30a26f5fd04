//! The words of this host side for the settings that an error hints at.

use glue_runtime::{Error, Hint};

/// Completes an error whose request would have succeeded with another setting: names the member of the request or the
/// flag of the command line, and the field at fault.
pub fn complete(error: &mut Error) {
    let (words, field) = match error.hint.take() {
        None => return,
        Some(Hint::Region) => (
            "Set `awsRegion` in the input, `region` in the connection, or AWS_REGION in the environment.",
            Some("/input/awsRegion"),
        ),
        Some(Hint::Connection) => ("Give the request a `connection` with an access key or a role.", None),
        Some(Hint::Deadline) => ("Give the request more time with `timeoutMs`.", None),
        Some(Hint::AnswerLimit) => ("Ask for less, or have the host raise --max-answer-mib.", None),
        Some(Hint::RevealSecrets) => ("It has to start the connector with --allow-reveal.", None),
        Some(Hint::Changes) => ("It has to start the connector without --read-only, `mcp` with --allow-write.", None),
        Some(Hint::Operation) => {
            ("It has to start the connector with lists of --allow-action and --deny-action that leave it open.", None)
        }
    };
    error.message = format!("{} {words}", error.message);
    if let Some(field) = field {
        error.field = Some(field.to_owned());
    }
}
