//! Properties that must be true for every text that a client may send. `cargo xtask fuzz` searches for counterexamples.
//! A test checks the inputs that reached new code while fuzzing (`fuzz/corpus/`).

pub mod api_key;
pub mod authorization;
pub mod found_address;
pub mod found_keys;
pub mod github_matches;
pub mod idempotency_key;
pub mod page_token;
pub mod scim_syntax;
pub mod time;
