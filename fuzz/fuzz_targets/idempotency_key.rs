#![no_main]

#[path = "../properties/idempotency_key.rs"]
mod idempotency_key;

libfuzzer_sys::fuzz_target!(|text: &str| idempotency_key::check(text));
