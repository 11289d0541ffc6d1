//! What can be done with accounts. A change is written once, for key holders, people and operators. Creation is for key
//! holders. Operators create accounts in `provision`, because they also bind sign-ins.
//!
//! Promise: every door to a change (the Deprovisioning API, SCIM, the dashboard, operators) keeps the same rules and leaves
//! the same events. Nothing here knows of HTTP: refusals are a [`ChangeError`].

mod change;
mod create;
mod error;
mod metrics;

pub use change::{Changed, change_account};
pub use create::create_account;
pub use error::ChangeError;
