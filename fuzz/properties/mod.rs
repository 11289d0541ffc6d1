//! What holds for every text that a client may send. `cargo xtask fuzz` looks for one for which it doesn't; a test tries
//! those that were found to reach something new (`fuzz/corpus/`).

pub(crate) mod api_key;
pub(crate) mod authorization;
pub(crate) mod idempotency_key;
pub(crate) mod page_token;
pub(crate) mod scim_syntax;
pub(crate) mod time;
