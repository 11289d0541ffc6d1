//! A lane: an administrator takes something away from one key after the other, while machines use it.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use domain::scope::Scope;
use futures_util::future::{join, join3};
use harness::{Key, Numbers};
use tokio::time::sleep;

use super::{
    ROUNDS,
    record::{INSTANCES, Shared, What},
};

/// What remains of all scopes.
const NARROWED: [&[Scope]; 5] = [
    &[Scope::AuditLog],
    &[Scope::Scim, Scope::AuditLog],
    &[Scope::Deprovisioning],
    &[Scope::AccountsRead, Scope::Scim],
    &[Scope::AccountsRead, Scope::ScimRead],
];

impl Shared {
    pub(super) async fn lane(&self, number: usize, mut numbers: Numbers) {
        for round in 0..ROUNDS {
            let key = self.create(numbers.below(INSTANCES)).await;
            *self.keys[number].lock().expect("not poisoned") = Some(key.clone());
            self.pause(&mut numbers, 60).await;
            self.round(number + round, &key, &mut numbers).await;
            self.pause(&mut numbers, 60).await;
            self.change(numbers.below(INSTANCES), &key, &What::Revoke).await;
            self.pause(&mut numbers, 20).await;
        }
        *self.keys[number].lock().expect("not poisoned") = None;
    }

    async fn pause(&self, numbers: &mut Numbers, millis: usize) {
        sleep(Duration::from_millis(20 + numbers.below(millis) as u64)).await;
    }

    async fn round(&self, kind: usize, key: &Key, numbers: &mut Numbers) {
        let (one, two, three) =
            (numbers.below(INSTANCES), numbers.below(INSTANCES), numbers.below(INSTANCES));
        let narrow = What::Narrow(numbers.of(&NARROWED).to_vec());
        let again = What::Narrow(numbers.of(&NARROWED).to_vec());
        let change = |instance, what| self.change(instance, key, what);
        match kind % 7 {
            0 => self.crash(one, key, &narrow).await,
            // Twice in quick succession.
            1 => {
                let second = async {
                    sleep(Duration::from_millis(8)).await;
                    change(two, &again).await
                };
                join(change(one, &narrow), second).await;
            }
            2 => {
                let revoke = async {
                    sleep(Duration::from_millis(8)).await;
                    change(two, &What::Revoke).await
                };
                join(change(one, &narrow), revoke).await;
            }
            3 => {
                self.crash(one, key, &What::Hold).await;
                self.pause(numbers, 40).await;
                change(two, &What::Release).await;
                self.pause(numbers, 80).await;
                self.crash(three, key, &What::Hold).await;
            }
            4 => {
                join(change(one, &What::Hold), change(two, &narrow)).await;
                self.pause(numbers, 40).await;
                change(three, &What::Release).await;
            }
            5 => {
                let (release, hold) = (change(two, &What::Release), change(three, &What::Hold));
                join3(change(one, &What::Hold), release, hold).await;
                self.pause(numbers, 40).await;
                change(one, &What::Release).await;
                self.pause(numbers, 60).await;
            }
            _ => {
                self.crash(one, key, &narrow).await;
                join(change(two, &narrow), self.crash(three, key, &What::Hold)).await;
            }
        }
    }

    /// Changes a key on an instance that ends as soon as the transaction is committed, perhaps before it has raised the gates.
    /// Then another instance repeats it.
    async fn crash(&self, instance: usize, key: &Key, what: &What) {
        let is_answered = AtomicBool::default();
        let events = || {
            let committed = self.contention.committed();
            let is_one =
                |event: &&harness::Committed| event.action == what.action() && event.affected == key.id;
            committed.iter().filter(is_one).count()
        };
        let replacement = self.start().await;
        let before = events();
        let request = async {
            self.change(instance, key, what).await;
            is_answered.store(true, Ordering::SeqCst);
        };
        let crash = async {
            while events() == before && !is_answered.load(Ordering::SeqCst) {
                sleep(Duration::from_millis(1)).await;
            }
            if !is_answered.load(Ordering::SeqCst) {
                self.records.lock().expect("not poisoned").crashes += 1;
                self.replace(instance, replacement);
            }
        };
        join(request, crash).await;
    }
}
