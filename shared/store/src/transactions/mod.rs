//! The writes to several tables at once. Each is a [`crate::transaction::Transaction`].

mod account;
mod company;
mod edit;
mod key;
mod rotation;

pub use account::AccountTransition;
