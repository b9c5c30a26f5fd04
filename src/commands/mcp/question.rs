//! The question to a person before something is changed.

use glue_runtime::Meta;
use serde_json::{Map, Value};

use crate::redact::redact_by_place;

/// Ends of the names of what an operation acts on.
const TARGET_ENDS: &[&str] = &["name", "names", "id", "ids", "arn", "arns"];

/// Characters that show nothing although Unicode counts them as letters or symbols: fillers, and a blank of Braille.
const BLANK: &[char] = &['\u{115F}', '\u{1160}', '\u{2800}', '\u{3164}', '\u{FFA0}'];

/// The text of the question about an input that the action's form has read. The person has to see what is done to what:
/// action, operation and target come first and as they are, whatever else the input holds. Then comes the rest, with
/// secrets masked by their place. What the model wrote stands in quotes, and no character of it can hide, reorder or
/// imitate other lines.
pub(super) fn question(meta: &Meta, region: Option<&str>, mut input: Map<String, Value>) -> String {
    let mut lines = vec![format!("Action: {} ({})", meta.label, meta.key)];
    match (meta.operation, input.shift_remove("operation")) {
        (Some(operation), _) => lines.push(format!("Operation: {operation}")),
        (None, Some(operation)) => lines.push(line("Operation", &operation)),
        (None, None) => {}
    }
    lines.extend(targets(&mut input));
    if let Some(Value::Object(body)) = input.get_mut("body").filter(|_| meta.operation.is_none()) {
        lines.extend(targets(body));
        if body.is_empty() {
            input.shift_remove("body");
        }
    }
    lines.extend(region.map(|region| line("Region", &region.into())));
    lines.extend([String::new(), meta.description.to_owned()]);
    if !input.is_empty() {
        let mut rest = Value::Object(input);
        redact_by_place(&mut rest);
        lines.extend([String::new(), "The rest of the input:".to_owned(), visible(&format!("{rest:#}"))]);
    }
    lines.join("\n")
}

/// Takes the members that name what is acted on out of an input.
fn targets(input: &mut Map<String, Value>) -> Vec<String> {
    let is_target = |name: &str, value: &Value| {
        let name = name.to_ascii_lowercase();
        let is_text = match value {
            Value::Array(items) => items.iter().all(Value::is_string),
            value => value.is_string(),
        };
        is_text && TARGET_ENDS.iter().any(|end| name.ends_with(end))
    };
    let (targets, rest) = std::mem::take(input).into_iter().partition(|(name, value)| is_target(name, value));
    *input = rest;
    let targets: Map<String, Value> = targets;
    targets.iter().map(|(name, value)| line(name, value)).collect()
}

fn line(name: &str, value: &Value) -> String {
    let is_plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let name = if is_plain { name.to_owned() } else { visible(&Value::from(name).to_string()) };
    format!("{name}: {}", visible(&value.to_string()))
}

/// JSON with the characters that nobody sees, or that reorder others, escaped as `\u{202e}`. JSON itself escapes control
/// characters of ASCII, so the lines of this text are its own.
fn visible(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    for letter in json.chars() {
        // `escape_debug` escapes what is not to be printed: Cc, Cf, Zl, Zp, Zs but the blank, Cn, Co, and combining marks.
        let is_visible = letter == '\n' || letter == ' ' || letter.is_ascii_graphic();
        if is_visible || (!BLANK.contains(&letter) && letter.escape_debug().len() == 1) {
            shown.push(letter);
        } else {
            shown.extend(letter.escape_unicode());
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::registry::action;

    fn ask(key: &str, input: Value) -> String {
        let entry = action(key).expect("an action");
        let input = entry.read(input).expect("an input");
        question(entry.meta(), input.region.as_deref(), input.fields)
    }

    #[test]
    fn the_target_is_seen_whatever_else_is_a_secret() {
        let body = json!({ "JobName": "prod", "password": "DeleteJob", "token": "prod", "Deep": [{ "Key": "apiKey", "Value": "hidden" }] });
        let asked = ask("rawRequest", json!({ "operation": "DeleteJob", "body": body, "awsRegion": "eu-west-1" }));
        let head =
            "Action: Raw Request (rawRequest)\nOperation: \"DeleteJob\"\nJobName: \"prod\"\nRegion: \"eu-west-1\"\n\n";
        assert!(asked.starts_with(head), "{asked}");
        assert!(asked.contains(r#""password": "***""#) && asked.contains(r#""token": "***""#), "{asked}");
        assert!(!asked.contains("hidden"), "{asked}");
        // A form may be given as pairs; what is shown is what the form reads.
        let pairs = json!([{ "key": "JobName", "value": "prod" }, { "key": "password", "value": "DeleteJob" }]);
        let asked = ask("rawRequest", json!({ "operation": "DeleteJob", "body": pairs, "awsRegion": "eu-west-1" }));
        assert!(asked.starts_with(head), "{asked}");
        let stop = ask("stopJobRun", json!({ "name": "password", "jobRunIds": r#"["jr_1","jr_2"]"# }));
        assert!(
            stop.contains(
                "(stopJobRun)\nOperation: BatchStopJobRun\nname: \"password\"\njobRunIds: [\"jr_1\",\"jr_2\"]\n\n"
            ),
            "{stop}"
        );
        assert!(!stop.contains("rest"), "{stop}");
    }

    #[test]
    fn a_name_imitates_no_other_line() {
        let name = "prod\n\nRegion: \"us\"\r\u{85}\u{2028}\u{202e}\u{200b}\u{3164}\u{e0041}\u{a0}é😀日\\u{202e}\"";
        let asked = ask(
            "rawRequest",
            json!({ "operation": "DeleteJob", "body": { "JobName": name, format!("x\n{name}"): 1 } }),
        );
        let shown = r#"prod\n\nRegion: \"us\"\r\u{85}\u{2028}\u{202e}\u{200b}\u{3164}\u{e0041}\u{a0}é😀日\\u{202e}\""#;
        assert!(asked.contains(&format!("\nJobName: \"{shown}\"\n")), "{asked}");
        assert!(asked.contains(&format!("\n    \"x\\n{shown}\": 1\n")), "{asked}");
        assert_eq!(asked.lines().filter(|line| line.starts_with("Region")).count(), 0, "{asked}");
    }

    #[test]
    fn characters_that_nobody_sees_are_escaped() {
        // The ranges of Unicode's categories Cc, Cf, Zl and Zp, but the line feed.
        let hidden = [
            0..=9,
            0xB..=0x1F,
            0x7F..=0x9F,
            0xAD..=0xAD,
            0x600..=0x605,
            0x61C..=0x61C,
            0x6DD..=0x6DD,
            0x70F..=0x70F,
            0x890..=0x891,
            0x8E2..=0x8E2,
            0x180E..=0x180E,
            0x200B..=0x200F,
            0x2028..=0x202E,
            0x2060..=0x2064,
            0x2066..=0x206F,
            0xFEFF..=0xFEFF,
            0xFFF9..=0xFFFB,
            0x110BD..=0x110BD,
            0x110CD..=0x110CD,
            0x13430..=0x1343F,
            0x1BCA0..=0x1BCA3,
            0x1D173..=0x1D17A,
            0xE0001..=0xE0001,
            0xE0020..=0xE007F,
        ];
        for letter in hidden.into_iter().flatten().filter_map(char::from_u32) {
            assert_eq!(visible(&letter.to_string()), letter.escape_unicode().to_string());
        }
    }
}
