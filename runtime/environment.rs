//! Environment variables.

/// The value of the first of these environment variables that is set and not blank.
#[must_use]
pub fn variable(names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.trim().is_empty()))
}
