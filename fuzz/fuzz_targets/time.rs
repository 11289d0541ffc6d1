#![no_main]

#[path = "../properties/time.rs"]
mod time;

libfuzzer_sys::fuzz_target!(|text: &str| time::check(text));
