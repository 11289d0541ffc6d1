//! The key policy of restored tables.

use std::time::Duration;

use domain::time::Timestamp;
use harness::{ADMIN, Key, World};
use serde_json::{Value, json};

use super::{Backup, back_up, put_back, restore, scan};

const DAY: Duration = Duration::from_hours(24);

struct Scene {
    world: World,
    key: Key,
    backup: Backup,
    since: Timestamp,
}

impl Scene {
    /// A key that never expires, and this policy before the backup.
    async fn start(policy: Value) -> Self {
        let world = World::start().await;
        let admin = world.sign_in(ADMIN).await;
        let key = world.create_key_with(&admin, json!({"scopes": ["scim", "audit-log"]})).await;
        world.rotate(&admin, &key).await;
        if !policy.is_null() {
            world.set_policy(&admin, policy).await.ok();
        }
        world.advance(Duration::from_mins(10));
        let (backup, since) = (back_up(&world).await, world.clock.now());
        world.advance(Duration::from_mins(1));
        Self { world, key, backup, since }
    }

    async fn set(&self, policy: Value) {
        let admin = self.world.sign_in(ADMIN).await;
        self.world.set_policy(&admin, policy).await.ok();
        self.world.advance(Duration::from_mins(1));
    }

    async fn state(&self) -> Value {
        let admin = self.world.sign_in(ADMIN).await;
        self.world.call("GET", "/admin/v1/key-policy", &admin, Value::Null).await.ok()
    }

    /// Restores, first without writing. A second run says only what must be done by hand.
    async fn repaired(&self) -> Vec<String> {
        let told = restore(&self.world, self.since, false).await;
        let done = restore(&self.world, self.since, true).await;
        assert_eq!(told, done);
        let again = restore(&self.world, self.since, true).await;
        assert!(again.iter().all(|line| line.ends_with("must set the key policy")), "{again:?}");
        done
    }

    /// What the items of secrets say about the policy.
    async fn judged(&self) -> Vec<Value> {
        let mut items = scan(&self.world, "KeyDigests").await;
        items.retain(|item| item["keyId"]["S"] == self.key.id.as_str());
        items.sort_by_key(|item| item["digest"]["S"].to_string());
        let part =
            |item: Value| json!([item["heldFrom"], item["deniedFrom"], item["unused"], item["usedOn"]]);
        items.into_iter().map(part).collect()
    }
}

#[tokio::test]
async fn a_policy_that_was_set_is_set_again_with_the_same_times() {
    let policy = json!({"mustExpire": true, "longestLifetimeDays": 90, "unusedDays": 30, "scopes": ["scim"], "graceDays": 2});
    let other = json!({"longestLifetimeDays": 200, "graceDays": 20});
    let strict = json!({"mustExpire": true, "longestLifetimeDays": 90, "graceDays": 30});
    let cases = [
        (Value::Null, vec![policy.clone()]),
        (json!({}), vec![json!({"unusedDays": 40}), policy.clone()]),
        (other.clone(), vec![strict.clone()]),
        (other, vec![json!({"longestLifetimeDays": 100}), strict, policy]),
    ];
    for (before, since) in cases {
        let scene = Scene::start(before).await;
        for policy in since {
            scene.set(policy).await;
        }
        let (state, judged) = (scene.state().await, scene.judged().await);
        put_back(&scene.world, &scene.backup).await;
        // The control.
        assert_ne!(scene.state().await, state);
        let done = scene.repaired().await;
        assert!(done.contains(&"acme: the key policy is set again".to_owned()), "{done:?}");
        assert!(!done.iter().any(|line| line.contains("To correct it")), "{done:?}");
        assert_eq!((scene.state().await, scene.judged().await), (state, judged));
        let state = scene.state().await;
        let broken = state["breaking"][0]["broken"].as_array().expect("rules");
        let held = broken.iter().filter_map(|broken| broken["heldFrom"].as_str()).min().expect("a time");
        let held = Timestamp::parse_rfc3339(held).expect("a time");
        let left = Duration::from_millis(held.millis().abs_diff(scene.world.clock.now().millis()));
        scene.world.advance(left.saturating_sub(Duration::from_secs(5)));
        scene.world.own_key(&scene.key).await.ok();
        scene.world.advance(Duration::from_secs(5));
        assert_eq!(scene.world.own_key(&scene.key).await.status, 401);
    }
}

/// A restore doesn't lift a rule. An operator is told, until an administrator sets the policy.
#[tokio::test]
async fn rules_that_were_lifted_stay_in_force() {
    let scene = Scene::start(json!({"mustExpire": true, "scopes": ["scim"], "graceDays": 2})).await;
    let (before, judged) = (scene.state().await, scene.judged().await);
    let lifted = json!({"unusedDays": 60, "graceDays": 5});
    scene.set(json!({})).await;
    scene.set(lifted.clone()).await;
    let after = scene.state().await;
    put_back(&scene.world, &scene.backup).await;
    let done = scene.repaired().await;
    let by_hand = "Rules that it lifted still apply. To correct it, an administrator must set the key policy";
    assert!(done.iter().any(|line| line.ends_with(by_hand)), "{done:?}");
    assert!(restore(&scene.world, scene.since, true).await.iter().any(|line| line.ends_with(by_hand)));
    let state = scene.state().await;
    let rules = json!({"mustExpire": true, "scopes": ["scim"], "unusedDays": 60, "networksRequired": false, "leakedKeys": "revoke", "graceDays": 5});
    assert_eq!((&state["policy"], &state["changedAt"]), (&rules, &after["changedAt"]));
    assert_eq!(state["breaking"], before["breaking"]);
    let held_from = |judged: &[Value]| judged.iter().map(|judged| judged[0].clone()).collect::<Vec<_>>();
    assert_eq!(held_from(&scene.judged().await), held_from(&judged));
    scene.set(lifted).await;
    assert_eq!(scene.state().await["policy"], after["policy"]);
    assert_eq!(restore(&scene.world, scene.since, true).await, Vec::<String>::new());
    scene.world.advance(3 * DAY);
    scene.world.own_key(&scene.key).await.ok();
}

/// If two changes are this close, either may have come last.
#[tokio::test]
async fn of_two_policies_at_the_same_time_both_apply() {
    let scene = Scene::start(Value::Null).await;
    let admin = scene.world.sign_in(ADMIN).await;
    for policy in [json!({"unusedDays": 60}), json!({"mustExpire": true})] {
        scene.world.set_policy(&admin, policy).await.ok();
        scene.world.advance(Duration::from_secs(3));
    }
    put_back(&scene.world, &scene.backup).await;
    scene.repaired().await;
    let rules = json!({"mustExpire": true, "unusedDays": 60, "networksRequired": false, "leakedKeys": "revoke", "graceDays": 14});
    assert_eq!(scene.state().await["policy"], rules);
}

/// The items of secrets get the times of the company's policy, also if their table is of another moment.
#[tokio::test]
async fn secrets_may_be_of_another_moment_than_the_policy() {
    let scene = Scene::start(json!({"mustExpire": true, "graceDays": 9})).await;
    scene.set(json!({"mustExpire": true, "unusedDays": 30, "scopes": ["scim"], "graceDays": 1})).await;
    let (after, judged) = (back_up(&scene.world).await, scene.judged().await);
    let state = scene.state().await;
    for newer in ["KeyDigests", "Companies"] {
        let mut mixed = scene.backup.clone();
        mixed.insert(newer, after[newer].clone());
        put_back(&scene.world, &mixed).await;
        let done = scene.repaired().await;
        assert_eq!((scene.state().await, scene.judged().await), (state.clone(), judged.clone()), "{done:?}");
    }
}

/// A policy of a later release can't be set again.
#[tokio::test]
async fn a_policy_that_the_log_does_not_show() {
    let scene = Scene::start(json!({"mustExpire": true})).await;
    scene.set(json!({"mustExpire": true, "unusedDays": 60})).await;
    let mut events = scan(&scene.world, "AuditEvents").await;
    events.retain(|event| event["action"]["S"] == "CHANGE_KEY_POLICY");
    let event = events.last_mut().expect("an event");
    event["details"]["M"]["keyPolicy"] = json!({"M": {"unusedDays": {"S": "of a later release"}}});
    scene.world.dynamodb.ask("PutItem", &json!({"TableName": "AuditEvents", "Item": event})).await;
    put_back(&scene.world, &scene.backup).await;
    let before = scene.state().await;
    let done = scene.repaired().await;
    assert!(done.iter().any(|line| line.contains("The log doesn't show to what")), "{done:?}");
    assert_eq!(scene.state().await, before);
}
