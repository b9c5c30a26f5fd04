//! Glue connections: the Data Catalog's descriptions of databases and other stores.

automod::dir!(pub "glue_connections");
