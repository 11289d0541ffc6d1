#![no_main]

#[path = "../properties/page_token.rs"]
mod page_token;

libfuzzer_sys::fuzz_target!(|text: &str| page_token::check(text));
