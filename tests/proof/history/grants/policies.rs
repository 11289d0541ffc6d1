//! Policies against everything that changes keys at once. After each round, the items of the secrets say exactly what the
//! company's policy says about their keys.

use std::time::Duration;

use futures_util::future::{join_all, join3, join4};
use harness::{ADMIN, Contention, Intervention, Key, Numbers, Weakness, World, eventually};
use serde_json::{Value, json};

use super::super::{clients::stream, say};

const ROUNDS: usize = 10;
/// The keys of a round. The scopes of each are narrowed.
const KEYS: usize = 4;

/// Policies of which each holds other keys.
fn policy(numbers: &mut Numbers) -> Value {
    let scopes = numbers.of(&[json!(null), json!(["scim"]), json!(["deprovisioning", "audit-log"])]).clone();
    let lifetime = *numbers.of(&[None, Some(30), Some(300)]);
    let unused = *numbers.of(&[None, Some(30), Some(90)]);
    json!({
        "scopes": scopes, "longestLifetimeDays": lifetime, "unusedDays": unused,
        "mustExpire": numbers.below(4) == 0, "graceDays": 1 + numbers.below(9),
    })
}

/// What the items of the secrets say that the policy doesn't, and the other way round.
pub(super) async fn miscounts(world: &World, admin: &str) -> Vec<String> {
    let state = world.call("GET", "/admin/v1/key-policy", admin, Value::Null).await.ok();
    let keys = world.dynamodb.items("ApiKeys").await;
    let digests = world.dynamodb.items("KeyDigests").await;
    let mut found = Vec::new();
    let living = keys.iter().filter(|key| key["companyId"] == "acme" && key.get("revokedAt").is_none());
    for key in living {
        let digest =
            digests.iter().find(|item| item["digest"] == key["digest"]).expect("the digest of a key");
        let mut breaking = state["breaking"].as_array().into_iter().flatten();
        let broken = breaking.find(|breaking| breaking["keyId"] == key["keyId"]);
        let from = |rules: &[&str]| {
            let broken = broken.map(|broken| &broken["broken"]).and_then(Value::as_array);
            let mut held =
                broken.into_iter().flatten().filter(|one| rules.iter().any(|rule| one["rule"] == *rule));
            held.find_map(|one| domain::time::Timestamp::parse_rfc3339(one["heldFrom"].as_str()?))
        };
        let said = |name: &str| digest.get(name).and_then(Value::as_i64);
        for (rules, name) in [(&["expiry", "lifetime"][..], "heldFrom"), (&["scopes"][..], "deniedFrom")] {
            let expected = from(rules).map(domain::time::Timestamp::millis);
            if said(name) != expected {
                found.push(format!("{name} is to be {expected:?}: {key} but {digest}, {}", state["policy"]));
            }
        }
        if state["policy"].get("unusedDays").is_some() != digest.get("unused").is_some() {
            found.push(format!("unused: {digest}, {}", state["policy"]));
        }
    }
    found
}

struct Race {
    world: World,
    numbers: Numbers,
}

impl Race {
    async fn start(weakness: Weakness, seed: u64) -> Self {
        let world = World::start().await;
        world.raise_limits("acme").await;
        world.dynamodb.contend(&Contention::of(super::super::behavior(weakness)));
        let mut numbers = stream(seed, 2);
        // What was read may be old when it is written.
        world.dynamodb.interfere(move |call| {
            let is_slow = call.action == "TransactWriteItems" && numbers.below(2) == 0;
            let millis = numbers.below(40) as u64;
            if is_slow { Intervention::Delay(Duration::from_millis(millis)) } else { Intervention::Pass }
        });
        Self { world, numbers: stream(seed, 1) }
    }

    fn wait(&mut self) -> Duration {
        Duration::from_millis(self.numbers.below(40) as u64)
    }

    /// Keys of every kind. One of them has a second secret.
    async fn keys(&mut self, admin: &str) -> Vec<Key> {
        let mut keys = Vec::new();
        for number in 0..KEYS {
            let mut body = json!({"scopes": ["deprovisioning", "scim", "audit-log"]});
            if number % 2 == 0 {
                let at = self.world.clock.now().plus(Duration::from_hours(24 * 100));
                body["expiresAt"] = at.to_string().into();
            }
            keys.push(self.world.create_key_with(admin, body).await);
        }
        keys
    }

    /// Does everything at once, and returns what doesn't agree afterwards.
    async fn round(&mut self) -> Vec<String> {
        let admin = self.world.sign_in(ADMIN).await;
        self.world.set_policy(&admin, json!({})).await.ok();
        let keys = self.keys(&admin).await;
        let policy_before = policy(&mut self.numbers);
        self.world.set_policy(&admin, policy_before).await.ok();
        let policy = policy(&mut self.numbers);
        let waits: Vec<_> = (0..8).map(|_| self.wait()).collect();
        let days = 1 + self.numbers.below(60);
        let world = &self.world;
        let after = async |wait: usize, request: &dyn Fn() -> (String, String, Value)| {
            tokio::time::sleep(waits[wait]).await;
            let (method, path, body) = request();
            let answer = world.call(&method, &path, &admin, body).await;
            assert!([200, 201, 400, 403, 409, 503].contains(&answer.status), "{}", answer.text);
        };
        let path = |key: &Key, more: &str| format!("/admin/v1/api-keys/{}{more}", key.id);
        let put = |policy: &Value| ("PUT".to_owned(), "/admin/v1/key-policy".to_owned(), policy.clone());
        let expiry = world.clock.now().plus(Duration::from_hours(24 * days as u64)).to_string();
        let policies = async {
            after(0, &|| put(&policy)).await;
            // A repeat changes nothing.
            after(1, &|| put(&policy)).await;
        };
        let edits = join_all(keys.iter().enumerate().map(|(number, key)| {
            let body = match number {
                0 => json!({"scopes": ["scim"]}),
                1 => json!({"scopes": ["deprovisioning", "audit-log"]}),
                2 => json!({"expiresAt": expiry}),
                _ => json!({"scopes": ["audit-log"], "name": "Renamed"}),
            };
            let after = &after;
            async move { after(2 + number, &|| ("PATCH".into(), path(key, ""), body.clone())).await }
        }));
        let others = async {
            after(6, &|| ("POST".into(), path(&keys[2], "/rotate"), Value::Null)).await;
            let new = json!({"name": "New", "scopes": ["scim"], "expiresAt": expiry});
            after(7, &|| ("POST".into(), "/admin/v1/api-keys".into(), new.clone())).await;
        };
        let plans = async {
            for plan in ["team", "enterprise"] {
                tokio::time::sleep(Duration::from_millis(15)).await;
                let request = json!({"operation": "change-plan", "companyId": "acme", "plan": plan});
                world.provision(request).await.expect("another plan");
            }
        };
        if days.is_multiple_of(3) {
            join4(policies, edits, others, plans).await;
        } else {
            join3(policies, edits, others).await;
        }
        eventually("the tables are at rest", async || world.dynamodb.is_idle()).await;
        let found = miscounts(world, &admin).await;
        crate::faults::recount::recount(world, "after a policy").await;
        let listed = world.call("GET", "/admin/v1/api-keys", &admin, Value::Null).await.ok();
        let admin = &admin;
        let revocations = listed["apiKeys"].as_array().into_iter().flatten().map(|key| async move {
            let (first, last) = key["mask"].as_str().and_then(|mask| mask.split_once('…')).expect("a mask");
            let path = format!("/admin/v1/api-keys/{}/revoke", key["keyId"].as_str().expect("an ID"));
            world.call("POST", &path, admin, json!({"firstFour": first, "lastFour": last})).await.ok();
        });
        join_all(revocations).await;
        found
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_items_of_secrets_say_what_the_policy_does() {
    let seed = super::super::seed();
    say(&format!("SEED={seed} policies"));
    let mut race = Race::start(Weakness::None, seed).await;
    for _ in 0..ROUNDS {
        let found = race.round().await;
        assert!(found.is_empty(), "{found:#?}");
    }
    for action in ["CHANGE_KEY_POLICY", "UPDATE_API_KEY", "ROTATE_API_KEY"] {
        assert!(race.world.count_events("acme", action).await >= ROUNDS / 2, "too few: {action}");
    }
}

async fn is_caught(weakness: Weakness) {
    let first = super::super::seed();
    let mut race = Race::start(weakness, first).await;
    for number in 0..5 * ROUNDS {
        let found = race.round().await;
        if !found.is_empty() {
            say(&format!("SEED={first} policies, {weakness:?}: {} found in round {number}", found.len()));
            return;
        }
    }
    panic!("the check finds nothing wrong with {weakness:?}, SEED={first}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_an_edit_that_names_no_policy_is_caught() {
    is_caught(Weakness::EditNamesNoPolicy).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_a_policy_that_names_no_edits_is_caught() {
    is_caught(Weakness::PolicyNamesNoEdits).await;
}
