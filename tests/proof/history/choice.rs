//! The choices of a client.

use std::time::Duration;

use harness::{Key, Numbers};

/// The accounts that the clients change.
pub(super) const ACCOUNTS: [&str; 4] = ["acme-member-1", "acme-member-2", "acme-member-3", "acme-member-4"];

/// Most operations use one of this many keys, the newest.
pub(super) const RECENT: usize = 4;

/// All choices of a client for one operation. It always uses the same number of random numbers, so that a client's
/// choices don't depend on the other clients.
pub(super) struct Choice {
    pub(super) instance: usize,
    pub(super) account: &'static str,
    pub(super) operation: usize,
    /// Any key, because revoked keys are the ones that must not work.
    pub(super) is_any_key: bool,
    pub(super) age: usize,
    /// How long it waits for a response, if not until the end.
    pub(super) patience: Option<Duration>,
    /// How long a key that is to be revoked is used before the revocation begins.
    pub(super) uses_before: Duration,
}

impl Choice {
    pub(super) fn draw(numbers: &mut Numbers, instances: usize) -> Self {
        let (instance, account) = (numbers.below(instances), *numbers.of(&ACCOUNTS));
        let (operation, is_any_key, age) = (numbers.below(80), numbers.below(4) == 0, numbers.below(1 << 16));
        let (is_impatient, millis) = (numbers.below(25) == 0, 2 + numbers.below(60));
        let patience = is_impatient.then(|| Duration::from_millis(millis as u64));
        let uses_before = Duration::from_millis(numbers.below(25) as u64);
        Self { instance, account, operation, is_any_key, age, patience, uses_before }
    }

    /// The key of this age among the current ones.
    pub(super) fn key(&self, keys: &[Key]) -> Key {
        let among = if self.is_any_key { keys.len() } else { RECENT };
        keys[keys.len() - 1 - self.age % among].clone()
    }

    /// The accounts in one of eight orders.
    pub(super) fn accounts_in_any_order(&self) -> [&'static str; 4] {
        let mut accounts = ACCOUNTS;
        accounts.rotate_left(self.age % ACCOUNTS.len());
        if (self.age / ACCOUNTS.len()).is_multiple_of(2) {
            accounts.reverse();
        }
        accounts
    }
}
