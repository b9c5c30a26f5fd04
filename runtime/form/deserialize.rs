//! Deserialization of what a form has passed.

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::Segment;

use super::names::join;
use crate::error::{Error, Result};

/// Deserializes values that their form has passed.
///
/// # Errors
/// `invalidInput` for a limit that the schema does not state, with a pointer to the field. The parser's own words would
/// repeat the value.
pub fn deserialize<T: DeserializeOwned>(values: Value) -> Result<T> {
    serde_path_to_error::deserialize(values).map_err(|problem| {
        let pointer = problem.path().iter().fold(String::new(), |pointer, segment| match segment {
            Segment::Seq { index } => join(&pointer, &index.to_string()),
            Segment::Map { key } => join(&pointer, key),
            Segment::Enum { variant } => join(&pointer, variant),
            Segment::Unknown => pointer,
        });
        Error::invalid_input(pointer, "The value of this field cannot be read.")
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_that_cannot_be_read_is_pointed_to() {
        let given = json!({ "tags/old": [{ "size": 1 }, { "size": "s3cret" }] });
        let error = deserialize::<BTreeMap<String, Vec<BTreeMap<String, u8>>>>(given).expect_err("no number");
        assert_eq!(error.field.as_deref(), Some("/tags~1old/1/size"));
        assert!(!error.message.contains("s3cret"));
    }
}
