#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| properties::idempotency_key::check(text));
