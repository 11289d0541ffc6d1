#![no_main]

#[path = "../properties/scim_syntax.rs"]
mod scim_syntax;

libfuzzer_sys::fuzz_target!(|text: &str| scim_syntax::check(text));
