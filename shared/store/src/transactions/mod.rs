//! What is written to several tables at once, each a [`crate::transaction::Transaction`].

mod account;
mod company;
mod key;
