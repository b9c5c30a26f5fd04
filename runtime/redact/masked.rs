//! JSON text with its secrets masked while it is written: the data is never a tree in memory.

use std::collections::HashMap;
use std::io::{Result, Write};

use serde::Serialize;
use serde::ser::Error;
use serde_json::Serializer;
use serde_json::ser::{CharEscape, Formatter};
use serde_json::value::RawValue;

use super::names::{MASK, is_secret, mask_url};

/// Serializes data, secrets masked as [`redact_members`](super::redact_members) masks them.
///
/// # Errors
/// For data that JSON cannot represent.
pub fn to_masked_raw_value(data: &impl Serialize) -> serde_json::Result<Box<RawValue>> {
    let mut text = Vec::new();
    data.serialize(&mut Serializer::with_formatter(&mut text, Masking::default()))?;
    RawValue::from_string(String::from_utf8(text).map_err(serde_json::Error::custom)?)
}

/// Holds each text back until it is known whether it is a secret.
#[derive(Default)]
struct Masking {
    /// For each object around, whether its latest name marks a secret.
    marks: Vec<bool>,
    /// The names so far, and whether they mark a secret: the items of a list have the same.
    names: HashMap<String, bool>,
    text: String,
    /// True when the text is the name of a member.
    is_name: bool,
    /// True when JSON does not write the text as it is.
    is_escaped: bool,
}

impl Formatter for Masking {
    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.marks.push(false);
        writer.write_all(b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.marks.pop();
        writer.write_all(b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> Result<()> {
        self.is_name = true;
        if first { Ok(()) } else { writer.write_all(b",") }
    }

    fn end_object_key<W: ?Sized + Write>(&mut self, _: &mut W) -> Result<()> {
        self.is_name = false;
        Ok(())
    }

    fn begin_string<W: ?Sized + Write>(&mut self, _: &mut W) -> Result<()> {
        self.text.clear();
        self.is_escaped = false;
        Ok(())
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, _: &mut W, fragment: &str) -> Result<()> {
        self.text.push_str(fragment);
        Ok(())
    }

    fn write_char_escape<W: ?Sized + Write>(&mut self, _: &mut W, escape: CharEscape) -> Result<()> {
        self.is_escaped = true;
        self.text.push(match escape {
            CharEscape::Quote => '"',
            CharEscape::ReverseSolidus => '\\',
            CharEscape::Solidus => '/',
            CharEscape::Backspace => '\u{8}',
            CharEscape::FormFeed => '\u{c}',
            CharEscape::LineFeed => '\n',
            CharEscape::CarriageReturn => '\r',
            CharEscape::Tab => '\t',
            CharEscape::AsciiControl(byte) => char::from(byte),
        });
        Ok(())
    }

    fn end_string<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        if self.is_name {
            if let Some(mark) = self.marks.last_mut() {
                *mark = match self.names.get(&self.text) {
                    Some(known) => *known,
                    None => *self.names.entry(self.text.clone()).or_insert_with_key(|name| is_secret(name)),
                };
            }
        } else if self.marks.last() == Some(&true) {
            MASK.clone_into(&mut self.text);
        } else {
            mask_url(&mut self.text);
        }
        if self.is_escaped {
            return Ok(serde_json::to_writer(writer, &self.text)?);
        }
        writer.write_all(b"\"")?;
        writer.write_all(self.text.as_bytes())?;
        writer.write_all(b"\"")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::redact::redact_value;

    #[test]
    fn what_is_written_is_masked_as_a_tree_is() {
        let data = json!({
            "JobName": "a", "Arguments": { "--db_password": "p", "--conn": "jdbc:x://u:p\"q\\\u{1}@h/d", "--text": "\u{e9}\n\t\u{8}\u{c}\r\"\\/" },
            "secrets": ["a", 1, null, true, { "Name": "n", "token\n": "t", "deep": { "x": [["y"]] } }, "b", ["c"]],
            "after": "no secret", "empty": {}, "": "", "apiKey": "", "esc\"aped": "://u:p@h",
        });
        let mut masked = data.clone();
        redact_value("", &mut masked);
        let written = to_masked_raw_value(&data).expect("JSON");
        assert_eq!(written.get(), masked.to_string());
        assert_ne!(masked, data);
        assert_eq!(serde_json::from_str::<Value>(written.get()).expect("JSON"), masked);
    }
}
