#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| glue_connector_fuzz::pem(bytes));
