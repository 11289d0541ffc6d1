//! The operations on accounts. A change exists once, for all callers: key holders, administrators and operators. Key holders
//! also create accounts here. Operators create them in `provision`, because they also bind sign-ins.
//!
//! Promise: every API for a change (the Deprovisioning API, SCIM, the dashboard, operators) applies the same rules and
//! writes the same events. This crate knows nothing about HTTP: it returns a [`ChangeError`].

mod change;
mod create;
mod error;
mod metrics;

pub use change::{Changed, change_account};
pub use create::create_account;
pub use error::ChangeError;
