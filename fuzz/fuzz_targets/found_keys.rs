#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| properties::found_keys::check(text));
