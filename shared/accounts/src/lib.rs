//! The operations on accounts. A change exists once, for all callers: key holders, administrators and operators. Key holders
//! also create accounts here. Operators create them in `provision`, because they also bind sign-ins.
//!
//! Promise: every API for a change (the Deprovisioning API, SCIM, the dashboard, operators) applies the same rules and
//! writes the same events. This crate knows nothing about HTTP: it returns a [`ChangeError`].

mod batch;
mod change;
mod changed;
mod create;
mod error;
mod metrics;
mod taken;
mod undo;

pub use change::{Changes, MOST_ACCOUNTS, change_account, change_accounts};
pub use changed::Changed;
pub use create::create_account;
pub use error::{AccountRefused, ChangeError};
pub use undo::{begin_undo, is_undo_of};
