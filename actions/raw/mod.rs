//! Operations that have no action of their own.

automod::dir!(pub "raw");
