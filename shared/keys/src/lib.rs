//! What can be done with API keys, once each, whoever asks.
//!
//! Promise: each function either does all of what it says, in one transaction with its audit event, or nothing. Nothing
//! here knows of HTTP: refusals are a [`CreateError`] or a [`RevokeError`].

mod create;
mod error;
mod idempotency;
mod new_key;
mod revoke;

pub use create::{Outcome, create_key};
pub use error::{CreateError, RevokeError};
pub use idempotency::{Idempotency, created_before};
pub use new_key::NewKey;
pub use revoke::{NamedKey, revoke_key};
