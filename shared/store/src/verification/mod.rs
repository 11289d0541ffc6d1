//! Verifies the credentials of a request, with a read. Only this module creates callers, except for operators, whom
//! `provision` admits.

mod administrator;
mod credential;
mod finder;
mod first_use;
mod key_holder;
mod sign_in;

pub use administrator::{AdministratorRefused, PlanRule, warm_up_administrators};
pub use credential::KeyHolderRefused;
pub use finder::{FoundKeys, find_keys, warm_up_finders};
pub use key_holder::warm_up_keys;
pub use sign_in::{SignInRefused, sign_in};
