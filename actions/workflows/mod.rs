//! Workflows and their runs.

automod::dir!(pub "workflows");
