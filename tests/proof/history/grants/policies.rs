//! One administrator changes the key policy while others create, rotate and edit keys, and operators change the plan.

use std::time::{Duration, Instant};

use futures_util::future::{join3, join4};
use harness::{KEYS, Key, Numbers};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::record::{Outcome, Shared, What};

/// The changes of the policy.
const CHANGES: usize = 24;
/// The keys beside those of the lanes. Older ones are revoked.
const MOST_KEYS: usize = 12;
const DAY: Duration = Duration::from_hours(24);

/// A key, with the new secret that nobody has used.
struct Owned {
    key: Key,
    new: Option<Key>,
}

impl Shared<'_> {
    pub(super) async fn change_policies(&self, mut numbers: Numbers) {
        let mut keys = Vec::<Owned>::new();
        for turn in 0..CHANGES {
            if keys.len() < 4 {
                keys.extend(self.create_one(&mut numbers).await);
            }
            let body = policy(&mut numbers);
            let mut other = Numbers::from_seed(numbers.below(1 << 30) as u64);
            let (early, late) = (wait(&mut numbers), wait(&mut numbers));
            let (instance, path) = (numbers.below(3), "/admin/v1/key-policy");
            let set = async {
                sleep(early).await;
                self.administrate(What::Other, instance, "", Method::PUT, path, Some(&body)).await;
                if turn % 5 == 0 {
                    // A repeat changes nothing.
                    self.administrate(What::Other, instance + 1, "", Method::PUT, path, Some(&body)).await;
                }
            };
            let change = async {
                sleep(late).await;
                self.change_keys(&mut other, &mut keys).await
            };
            let leave = async {
                if turn % 8 == 7 {
                    self.leave_plan().await;
                }
            };
            let (_, created, _) = join3(set, change, leave).await;
            keys.extend(created);
            while keys.len() > MOST_KEYS {
                let oldest = keys.remove(0);
                self.revoke_one(numbers.below(3), &oldest).await;
            }
            sleep(Duration::from_millis(90)).await;
        }
    }

    /// Creates a key, and changes others, all at once.
    async fn change_keys(&self, numbers: &mut Numbers, keys: &mut [Owned]) -> Option<Owned> {
        let count = keys.len();
        if count == 0 {
            return self.create_one(numbers).await;
        }
        let place = numbers.below(count);
        let [one, two, three] = [0, 1, 2].map(|more| (place + more) % count);
        let (edit, narrow) = (self.edit(numbers), narrowed(numbers));
        let instances = [numbers.below(3), numbers.below(3), numbers.below(3)];
        let rotated = async {
            let Owned { key, new } = &keys[one];
            if let Some(new) = new {
                self.read_own(instances[0], new).await;
                return None;
            }
            let path = format!("{KEYS}/{}/rotate", key.id);
            let body = json!({"overlapSeconds": 60 + 3_600 * numbers.below(100)});
            let rotated = self
                .administrate(What::Other, instances[0], &key.id, Method::POST, &path, Some(&body))
                .await
                .1;
            rotated["key"].as_str().map(|secret| Key { id: key.id.clone(), secret: secret.into() })
        };
        let edited = self.change(What::Other, instances[1], &keys[two].key.id, Some(&edit));
        let narrowed = self.change(What::Other, instances[2], &keys[three].key.id, Some(&narrow));
        let mut creating = Numbers::from_seed(place as u64 + 7 * count as u64);
        let (rotated, _, _, created) =
            join4(rotated, edited, narrowed, self.create_one(&mut creating)).await;
        let had_new = keys[one].new.take();
        if let Some(new) = had_new {
            // It may not have been used, but then it is rotated again.
            keys[one].key = new;
        } else {
            keys[one].new = rotated;
        }
        created
    }

    fn edit(&self, numbers: &mut Numbers) -> Value {
        json!({"expiresAt": self.expiry(numbers)})
    }

    fn expiry(&self, numbers: &mut Numbers) -> Option<String> {
        let days = *numbers.of(&[None, Some(1), Some(20), Some(50), Some(80)]);
        days.map(|days| self.clock.now().plus(days * DAY).to_string())
    }

    async fn create_one(&self, numbers: &mut Numbers) -> Option<Owned> {
        let scopes = ["audit-log", *numbers.of(&["scim", "deprovisioning"])];
        let body = json!({"name": "Policy", "scopes": scopes, "expiresAt": self.expiry(numbers)});
        let instance = numbers.below(3);
        let (outcome, created) =
            self.administrate(What::Other, instance, "", Method::POST, KEYS, Some(&body)).await;
        if outcome != Outcome::Done {
            return None;
        }
        let text = |name: &str| created[name].as_str().expect("a text").to_owned();
        Some(Owned { key: Key { id: text("keyId"), secret: text("key") }, new: None })
    }

    async fn revoke_one(&self, instance: usize, owned: &Owned) {
        for secret in [Some(&owned.key), owned.new.as_ref()].into_iter().flatten() {
            let (outcome, _) =
                self.change(What::Revoke, instance, &secret.id, Some(&secret.characters())).await;
            if outcome == Outcome::Done {
                return;
            }
        }
    }

    /// The company leaves the Enterprise plan and comes back.
    async fn leave_plan(&self) {
        let began = Instant::now();
        for plan in ["team", "enterprise"] {
            let request = json!({"operation": "change-plan", "companyId": "acme", "plan": plan});
            while self.world.provision(request.clone()).await.is_err() {}
            sleep(Duration::from_millis(60)).await;
        }
        self.off_plan.lock().expect("not poisoned").push((began, Instant::now()));
    }
}

fn wait(numbers: &mut Numbers) -> Duration {
    Duration::from_millis(numbers.below(25) as u64)
}

fn policy(numbers: &mut Numbers) -> Value {
    let offered: [&[&str]; 2] = [&["deprovisioning", "scim"], &["deprovisioning", "scim", "audit-log"]];
    json!({
        "mustExpire": numbers.below(2) == 0,
        "longestLifetimeDays": *numbers.of(&[None, Some(30), Some(60)]),
        "unusedDays": *numbers.of(&[None, Some(30), Some(45)]),
        "scopes": *numbers.of(&[None, Some(offered[0]), Some(offered[0]), Some(offered[1])]),
        "graceDays": 1 + numbers.below(30),
    })
}

/// An edit that keeps one of the scopes, or only reads.
fn narrowed(numbers: &mut Numbers) -> Value {
    json!({"scopes": [*numbers.of(&["scim", "deprovisioning", "audit-log", "scim:read", "accounts:read"])]})
}
