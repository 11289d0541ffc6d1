#![no_main]

#[path = "../properties/authorization.rs"]
mod authorization;

libfuzzer_sys::fuzz_target!(|text: &str| authorization::check(text));
