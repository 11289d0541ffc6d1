#![no_main]

#[path = "../properties/api_key.rs"]
mod api_key;

libfuzzer_sys::fuzz_target!(|text: &str| api_key::check(text));
