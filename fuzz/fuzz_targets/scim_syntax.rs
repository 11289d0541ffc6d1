#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| properties::scim_syntax::check(text));
