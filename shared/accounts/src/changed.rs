//! The outcome of a change of one account.

use domain::account::Account;

/// An account, and whether it was just changed.
#[derive(Clone, Debug)]
pub struct Changed {
    /// The account as it is now, or as it was if it was deleted.
    pub account: Account,
    /// `false` if the account was already as requested. Nothing was recorded in the audit log. If it was suspended and the
    /// caller suspends it, the account keeps that the caller wants it, too.
    pub changed: bool,
}
