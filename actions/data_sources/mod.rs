//! Data sources: they fill the dropdowns of forms. A data source is an action that only reads; its form and its data are
//! always the same.

automod::dir!(pub "data_sources");
