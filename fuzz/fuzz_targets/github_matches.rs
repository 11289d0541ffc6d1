#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| properties::github_matches::check(text));
