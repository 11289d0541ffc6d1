//! What holds for every text that a client may send. `cargo xtask fuzz` looks for one for which it doesn't; a test tries
//! those that were found to reach something new (`fuzz/corpus/`).

pub mod api_key;
pub mod authorization;
pub mod idempotency_key;
pub mod page_token;
pub mod scim_syntax;
pub mod time;
