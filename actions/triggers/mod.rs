//! Triggers.

automod::dir!(pub "triggers");
