//! End-to-end tests over HTTP: one folder for each operation, and others for rules that span operations.

mod account_status;
mod audit_log;
mod create_key;
mod edit_key;
mod exposed;
mod invariants;
mod key_policy;
mod limits;
mod list_keys;
mod members;
mod networks;
mod page_tokens;
mod provision;
mod restoration;
mod revoke_key;
mod rotation;
mod scim_users;
mod scopes;
mod seen;
mod sign_in;
mod stack;
mod suspension_limit;
mod token_gate;
mod undo;
mod uses;
