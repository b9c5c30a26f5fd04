//! Connection types: one file each, with its form and its way to credentials.
//!
//! A "connection" is the host's way to authenticate. The Data Catalog's resource of the same name is a "Glue connection"
//! and belongs to the actions.

automod::dir!(pub ".");
