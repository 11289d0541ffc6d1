//! The operations on API keys. Each exists once, for all callers.
//!
//! Promise: each function commits a change together with its audit event, or not at all. This crate knows nothing about HTTP: each
//! has an error type of its own.

mod create;
mod edit;
mod end_rotation;
mod error;
mod idempotency;
mod leaked;
mod new_key;
mod policy;
mod release_limit;
mod revoke;
mod rotate;

pub use create::{Outcome, create_key};
pub use edit::{edit_key, hold_key, release_key};
pub use end_rotation::{cancel_rotation, complete_rotation};
pub use error::{CreateError, EditError, PolicyError, RevokeError, RotateError};
pub use idempotency::{Idempotency, created_before};
pub use leaked::report_leaked_key;
pub use new_key::NewKey;
pub use policy::{NewPolicy, PolicyState, change_policy, key_policy, try_policy};
pub use release_limit::release_suspension_limit;
pub use revoke::{revoke_key, revoke_own_key};
pub use rotate::{SecretExpiry, SecretRequest, rotate_key, rotate_own_key};
