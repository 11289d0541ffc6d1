//! The operations on API keys. Each exists once, for all callers.
//!
//! Promise: each function does all of its work in one transaction together with its audit event, or nothing. This crate
//! knows nothing about HTTP: it returns a [`CreateError`] or a [`RevokeError`].

mod create;
mod error;
mod idempotency;
mod new_key;
mod revoke;

pub use create::{Outcome, create_key};
pub use error::{CreateError, RevokeError};
pub use idempotency::{Idempotency, created_before};
pub use new_key::NewKey;
pub use revoke::revoke_key;
