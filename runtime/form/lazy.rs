//! A form that is compiled when it is first used.

use std::sync::OnceLock;

use serde_json::Value;

use super::reader::Form;
use crate::error::{Error, Kind, Result};

/// A form that is compiled when it is first used: a one-shot run uses one or two of them.
#[derive(Debug, Default)]
pub struct LazyForm(OnceLock<Result<Form>>);

impl LazyForm {
    /// A form that is not compiled yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// The form of a schema, which has to be the same each time.
    ///
    /// # Errors
    /// `internal` when it does not compile.
    pub fn get(&self, schema: impl FnOnce() -> Value) -> Result<&Form> {
        let compile = || Form::compile(&schema()).map_err(|problem| Error::new(Kind::Internal, problem));
        self.0.get_or_init(compile).as_ref().map_err(Clone::clone)
    }
}
