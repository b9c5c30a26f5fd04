//! Jobs and their runs.

automod::dir!(pub "jobs");
