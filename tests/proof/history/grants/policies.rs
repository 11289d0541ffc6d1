//! One administrator changes the key policy while others create, rotate and edit keys, and operators change the plan.

use std::time::{Duration, Instant};

use futures_util::future::{join, join3};
use harness::{KEYS, Key, Numbers};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::record::{Outcome, Shared, What};

const PATH: &str = "/admin/v1/key-policy";
/// The keys beside those of the lanes. Older ones are revoked.
const MOST_KEYS: usize = 12;
const DAY: Duration = Duration::from_hours(24);
const WIDE: [&str; 3] = ["audit-log", "deprovisioning", "scim"];

/// A key, with the new secret that nobody has used.
struct Owned {
    key: Key,
    new: Option<Key>,
}

impl Shared<'_> {
    pub(super) async fn change_policies(&self, changes: usize, mut numbers: Numbers) {
        let mut keys = Vec::<Owned>::new();
        for turn in 0..changes {
            // Every second policy doesn't offer a scope that the newest keys have.
            let is_narrow = turn % 2 == 1;
            let body = policy(&mut numbers, is_narrow);
            let (wait, instance) = (wait(&mut numbers), numbers.below(3));
            let set = async {
                sleep(wait).await;
                let set =
                    |instance| self.administrate(What::Other, instance, "", Method::PUT, PATH, Some(&body));
                set(instance).await;
                if turn % 5 == 0 {
                    // A repeat changes nothing.
                    set(instance + 1).await;
                }
            };
            let leave = async {
                if turn % 6 == 5 {
                    self.leave_plan().await;
                }
            };
            let ((), created, ()) = join3(set, self.change_keys(&mut numbers, &mut keys), leave).await;
            keys.extend(created);
            for _ in 0..if is_narrow { 0 } else { 2 } {
                let expiry = self.clock.now().plus(20 * DAY).to_string();
                keys.extend(self.create_one(numbers.below(3), &WIDE, Some(expiry)).await);
            }
            while keys.len() > MOST_KEYS {
                let oldest = keys.remove(0);
                self.revoke_one(numbers.below(3), &oldest).await;
            }
            sleep(Duration::from_millis(60)).await;
        }
    }

    /// Creates a key, rotates one, edits one, and narrows the two newest, all at once.
    async fn change_keys(&self, numbers: &mut Numbers, keys: &mut [Owned]) -> Option<Owned> {
        let instances = [(); 5].map(|()| numbers.below(3));
        let waits = [(); 5].map(|()| wait(numbers));
        let scopes = ["audit-log", *numbers.of(&["scim", "deprovisioning"])];
        let expiry = self.expiry(numbers);
        let create = async {
            sleep(waits[0]).await;
            self.create_one(instances[0], &scopes, expiry).await
        };
        let count = keys.len();
        if count < 3 {
            return create.await;
        }
        let (place, edited) = (numbers.below(count), &keys[numbers.below(count)].key.id);
        let edits = [(); 2].map(|()| json!({"expiresAt": self.expiry(numbers)}));
        let edit = async {
            sleep(waits[1]).await;
            for edit in &edits {
                self.change(What::Other, instances[1], edited, Some(edit)).await;
            }
        };
        // One loses what the policy may refuse, and the other keeps it.
        let narrow = async |number: usize, scopes: &[&str]| {
            sleep(waits[number]).await;
            let (key, body) = (&keys[count - number + 1].key.id, json!({"scopes": scopes}));
            self.change(What::Other, instances[number], key, Some(&body)).await;
        };
        let narrows = join(narrow(2, &["scim", "deprovisioning"]), narrow(3, &["audit-log", "scim"]));
        let rotate = async {
            sleep(waits[4]).await;
            let Owned { key, new } = &keys[place];
            if let Some(new) = new {
                self.read_own(instances[4], new).await;
                return None;
            }
            let path = format!("{KEYS}/{}/rotate", key.id);
            let body = json!({"overlapSeconds": 60 + 86_400 * (place % 8)});
            let body = if place % 8 == 7 { json!({}) } else { body };
            let rotated =
                self.administrate(What::Other, instances[4], &key.id, Method::POST, &path, Some(&body)).await;
            let secret = rotated.1["key"].as_str()?.to_owned();
            Some(Key { id: key.id.clone(), secret })
        };
        let (rotated, created, _) = join3(rotate, create, join(edit, narrows)).await;
        match keys[place].new.take() {
            // It may not have been used, but then it is rotated again.
            Some(new) => keys[place].key = new,
            None => keys[place].new = rotated,
        }
        created
    }

    fn expiry(&self, numbers: &mut Numbers) -> Option<String> {
        let days = *numbers.of(&[None, Some(1), Some(20), Some(50), Some(80)]);
        days.map(|days| self.clock.now().plus(days * DAY).to_string())
    }

    async fn create_one(&self, instance: usize, scopes: &[&str], expiry: Option<String>) -> Option<Owned> {
        let mut body = json!({"name": "Policy", "scopes": scopes});
        if let Some(expiry) = expiry {
            body["expiresAt"] = expiry.into();
        }
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

/// A policy. The keys of the lanes comply with each.
fn policy(numbers: &mut Numbers, is_narrow: bool) -> Value {
    let offered = if is_narrow { Some(["deprovisioning", "scim"]) } else { None };
    json!({
        "mustExpire": numbers.below(2) == 0,
        "longestLifetimeDays": *numbers.of(&[None, Some(30), Some(60)]),
        "unusedDays": *numbers.of(&[None, Some(30), Some(45)]),
        "scopes": offered,
        "graceDays": 1 + numbers.below(30),
    })
}
