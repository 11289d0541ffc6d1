#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| properties::authorization::check(text));
