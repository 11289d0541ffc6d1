//! Keys that somebody found and reported after the restored time, and the rule about them.

use std::time::Duration;

use domain::time::Timestamp;
use harness::{ADMIN, KEYS, Key, World};
use serde_json::{Value, json};

use super::{Backup, back_up, put_back, restore, scan};

const PAGE: &str = "https://github.com/acme/public/blob/main/deploy.sh";
const POLICY: &str = "/admin/v1/key-policy";

struct Scene {
    world: World,
    admin: String,
    keys: Vec<Key>,
    backup: Backup,
    since: Timestamp,
}

impl Scene {
    /// Three keys, and this policy, before the backup.
    async fn start(policy: Value) -> Self {
        let world = World::start().await;
        let admin = world.sign_in(ADMIN).await;
        let mut keys = Vec::new();
        for _ in 0..3 {
            keys.push(world.create_key(&admin).await);
        }
        if !policy.is_null() {
            world.set_policy(&admin, policy).await.ok();
        }
        world.advance(Duration::from_mins(10));
        let (backup, since) = (back_up(&world).await, world.clock.now());
        world.advance(Duration::from_secs(10));
        let admin = world.sign_in(ADMIN).await;
        Self { world, admin, keys, backup, since }
    }

    /// Restores, first without writing.
    async fn repaired(&self) -> Vec<String> {
        put_back(&self.world, &self.backup).await;
        let told = restore(&self.world, self.since, false).await;
        let done = restore(&self.world, self.since, true).await;
        assert_eq!(told, done);
        done
    }

    /// A key as an administrator sees it.
    async fn key(&self, key: &Key) -> Value {
        self.world.call("GET", &format!("{KEYS}/{}", key.id), &self.admin, Value::Null).await.ok()
    }

    async fn response(&self) -> Value {
        let state = self.world.call("GET", POLICY, &self.admin, Value::Null).await.ok();
        state["policy"]["leakedKeys"].clone()
    }
}

/// Also where the reports that only alert, and the requests that expose a key, come after the restored time: they take nothing away.
#[tokio::test]
async fn keys_that_were_reported_are_revoked_again_and_say_by_whom() {
    let scene = Scene::start(Value::Null).await;
    let Scene { world, admin, keys, .. } = &scene;
    let [found, by_github, alerted] = &keys[..] else { panic!("three keys") };
    world.report_found(&[found], PAGE).await;
    world.report_from_github(by_github, PAGE).await;
    world.set_policy(admin, json!({"leakedKeys": "alert"})).await.ok();
    world.report_from_github(alerted, PAGE).await;
    assert_eq!(world.count_events("acme", "REVOKE_LEAKED_API_KEY").await, 2);
    // An event that a request with the key in its query caused.
    let reported = scan(world, "AuditEvents").await;
    let mut exposed =
        reported.into_iter().find(|event| event["action"]["S"] == "REPORT_LEAKED_API_KEY").expect("an event");
    exposed["action"] = json!({"S": "EXPOSE_API_KEY"});
    exposed["eventId"] = json!({"S": store::random::ulid(world.clock.now())});
    exposed["details"] = json!({"M": {"place": {"S": "query"}}});
    world.dynamodb.ask("PutItem", &json!({"TableName": "AuditEvents", "Item": exposed})).await;
    let revoked_at = [scene.key(found).await, scene.key(by_github).await].map(|key| key["revokedAt"].clone());

    put_back(world, &scene.backup).await;
    // The control.
    for key in keys {
        world.own_key(key).await.ok();
    }
    let done = scene.repaired().await;
    for key in [found, by_github] {
        assert!(done.contains(&format!("acme: key {} is revoked again", key.id)), "{done:?}");
        assert_eq!(world.own_key(key).await.status, 401);
    }
    assert!(!done.iter().any(|line| line.contains(&alerted.id) && line.contains("revoked")), "{done:?}");
    world.own_key(alerted).await.ok();
    for ((key, reporter), at) in [(found, "finder"), (by_github, "github")].into_iter().zip(revoked_at) {
        let key = scene.key(key).await;
        assert_eq!((&key["revokedByReporter"], &key["revokedAt"]), (&json!(reporter), &at));
        assert!(key.get("revokedBy").is_none() && key.get("revokedByKey").is_none(), "{key}");
    }
    assert_eq!(scene.response().await, "alert");
    assert_eq!(restore(world, scene.since, true).await, Vec::<String>::new());
    // What GitHub reported is not known any more. The next report is told again.
    assert!(scene.key(alerted).await.get("leakReportedAt").is_none());
    world.report_from_github(alerted, PAGE).await;
    assert!(scene.key(alerted).await["leakReportedAt"].is_string());
}

/// Only one of the two tables has the report.
#[tokio::test]
async fn a_reported_key_in_tables_of_different_moments() {
    let scene = Scene::start(Value::Null).await;
    let Scene { world, keys, .. } = &scene;
    world.report_found(&[&keys[0]], PAGE).await;
    let after = back_up(world).await;
    for newer in ["ApiKeys", "KeyDigests"] {
        let mut mixed = scene.backup.clone();
        mixed.insert(newer, after[newer].clone());
        put_back(world, &mixed).await;
        restore(world, scene.since, true).await;
        assert_eq!(world.own_key(&keys[0]).await.status, 401, "{newer}");
        assert_eq!(scene.key(&keys[0]).await["revokedByReporter"], "finder", "{newer}");
        assert_eq!(restore(world, scene.since, true).await, Vec::<String>::new());
    }
}

/// The policy in force after a restore, from the one before the backup and those that were set after it.
#[tokio::test]
async fn the_rule_about_leaked_keys_is_set_again() {
    let [revoke, alert] = ["revoke", "alert"].map(|response| json!({"leakedKeys": response}));
    let apart = Duration::from_mins(1);
    let together = Duration::from_secs(2);
    for (before, changes, pause, expected, lifts) in [
        (Value::Null, vec![&alert], apart, "alert", false),
        (alert.clone(), vec![&revoke], apart, "revoke", false),
        (alert.clone(), vec![&revoke, &alert], apart, "alert", false),
        // Either may have come last.
        (Value::Null, vec![&alert, &revoke], together, "revoke", false),
        (alert.clone(), vec![&revoke, &alert], together, "revoke", true),
        // A restore doesn't lift a rule.
        (json!({"unusedDays": 90}), vec![&alert], apart, "revoke", true),
        // The event of another change says it too.
        (alert.clone(), vec![&json!({"unusedDays": 90})], apart, "alert", false),
    ] {
        let scene = Scene::start(before.clone()).await;
        for change in &changes {
            scene.world.set_policy(&scene.admin, (*change).clone()).await.ok();
            scene.world.advance(pause);
        }
        let done = scene.repaired().await;
        let what = format!("{before} {changes:?}: {done:?}");
        assert_eq!(scene.response().await, expected, "{what}");
        let told = done.iter().any(|line| line.contains("Rules that it lifted still apply"));
        assert_eq!(told, lifts, "{what}");
    }
}
