//! Page tokens: whatever a client sends is a refusal or a value, and what was written is read back.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use shared::http::page_token::{read, write};

fuzz_target!(|token: &str| {
    if let Ok(content) = read::<Value>(token) {
        let again: Value = read(&write(&content)).unwrap_or_else(|_| panic!("{content}"));
        assert_eq!(again, content);
    }
});
