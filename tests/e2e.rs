//! End-to-end tests over HTTP: one folder per operation, and what holds across operations.

#[path = "account_status/mod.rs"]
mod account_status;
#[path = "audit_log/mod.rs"]
mod audit_log;
#[path = "create_key/mod.rs"]
mod create_key;
#[path = "invariants/mod.rs"]
mod invariants;
#[path = "list_keys/mod.rs"]
mod list_keys;
#[path = "members/mod.rs"]
mod members;
#[path = "page_tokens/mod.rs"]
mod page_tokens;
#[path = "provision/mod.rs"]
mod provision;
#[path = "restoration/mod.rs"]
mod restoration;
#[path = "revoke_key/mod.rs"]
mod revoke_key;
#[path = "scim_users/mod.rs"]
mod scim_users;
#[path = "sign_in/mod.rs"]
mod sign_in;
#[path = "stack/mod.rs"]
mod stack;
#[path = "token_gate/mod.rs"]
mod token_gate;
