#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| properties::page_token::check(text));
