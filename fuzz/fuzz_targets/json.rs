#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| stripe_connector_fuzz::json(input));
