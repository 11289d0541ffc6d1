#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| properties::api_key::check(text));
