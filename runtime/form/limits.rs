//! The limits of texts, numbers and sizes: compiled from a schema, and checked.

use std::sync::OnceLock;

use regex_lite::Regex;
use serde_json::{Map, Value};

use super::describe;
use crate::error::{Error, Result};

/// The limits of a text.
#[derive(Debug, Default)]
pub(super) struct Text {
    length: Range,
    pattern: Option<Pattern>,
    choices: Vec<String>,
}

/// The limits of a number or of a size.
#[derive(Debug, Default)]
pub(super) struct Range {
    pub(super) min: Option<f64>,
    pub(super) max: Option<f64>,
}

#[derive(Debug)]
struct Pattern {
    source: String,
    compiled: OnceLock<Option<Regex>>,
}

impl Text {
    pub(super) fn compile(schema: &Map<String, Value>) -> Self {
        let limit = |name: &str| schema.get(name).and_then(Value::as_f64);
        Self {
            length: Range { min: limit("minLength"), max: limit("maxLength") },
            pattern: schema
                .get("pattern")
                .and_then(Value::as_str)
                .map(|source| Pattern { source: source.to_owned(), compiled: OnceLock::new() }),
            choices: strings(schema.get("enum")),
        }
    }

    pub(super) fn check(&self, given: &str, title: &str, at: &str) -> Result<()> {
        let problem = if !self.length.holds_count(given.chars().count()) {
            format!("{title} must be {} long.", self.length.count("character"))
        } else if !self.choices.is_empty() && !self.choices.iter().any(|choice| choice == given) {
            format!("{title} must be one of: {}.", self.choices.join(", "))
        } else if let Some(pattern) = self.pattern.as_ref().filter(|pattern| !pattern.matches(given)) {
            match describe::pattern(&pattern.source) {
                Some(words) => format!("{title} must be {words}."),
                None => format!("{title} has a form that is not accepted here: it must match {}", pattern.source),
            }
        } else {
            return Ok(());
        };
        Err(Error::invalid_input(at, problem))
    }
}

impl Pattern {
    /// A pattern that does not compile lets everything through; a test compiles every pattern of every form.
    fn matches(&self, given: &str) -> bool {
        self.compiled.get_or_init(|| Regex::new(&self.source).ok()).as_ref().is_none_or(|regex| regex.is_match(given))
    }
}

impl Range {
    pub(super) fn holds(&self, value: f64) -> bool {
        self.min.is_none_or(|min| value >= min) && self.max.is_none_or(|max| value <= max)
    }

    #[allow(clippy::cast_precision_loss, reason = "no text or list is 2^52 long")]
    pub(super) fn holds_count(&self, count: usize) -> bool {
        self.holds(count as f64)
    }

    pub(super) fn check_count(&self, count: usize, noun: &str, title: &str, at: &str) -> Result<()> {
        if self.holds_count(count) {
            return Ok(());
        }
        Err(Error::invalid_input(at, format!("{title} must have {}; it has {count}.", self.count(noun))))
    }

    fn count(&self, noun: &str) -> String {
        describe::count(noun, self.min, self.max)
    }
}

/// The texts of a list.
pub(super) fn strings(list: Option<&Value>) -> Vec<String> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
