//! Turning what a request shows into a caller: the only maker of callers, except of an operator, whom `provision` admits. Verifying is a read.

mod administrator;
mod key_holder;
mod sign_in;

pub use administrator::{AdministratorRefused, PlanRule, warm_up_administrators};
pub use key_holder::{KeyHolderRefused, warm_up_keys};
pub use sign_in::{SignInRefused, sign_in};
