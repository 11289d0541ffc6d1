//! The networks and suspension limits of restored keys.

use std::time::Duration;

use harness::{ADMIN, Answer, Key, World};
use serde_json::{Value, json};

use super::{
    back_up, put_back, scan,
    two_secrets::{ALL, DAY, Scene},
};

const HERE: &[&str] = &["127.0.0.0/8", "2001:db8::/48"];
const ELSEWHERE: &[&str] = &["192.0.2.0/24"];

fn enforced(ranges: &[&str]) -> Value {
    json!({"mode": "enforce", "ranges": ranges})
}

fn reported(ranges: &[&str]) -> Value {
    json!({"mode": "report", "ranges": ranges})
}

fn with(fields: &Value) -> Value {
    let mut all = json!({"scopes": ALL});
    let members = fields.as_object().expect("an object").clone();
    all.as_object_mut().expect("an object").extend(members);
    all
}

/// What the key's view says: its networks, its own limit and the one that applies.
async fn limits(scene: &Scene) -> Value {
    let listed = scene.listed().await;
    json!([listed["networks"], listed["suspensionLimit"], listed["suspensionsPerHour"]])
}

async fn read(world: &World, key: &Key) -> Answer {
    world.read(key, "acme-member-1").await
}

#[tokio::test]
async fn networks_that_were_taken_away_are_taken_away_again() {
    let narrow = enforced(&["127.0.0.0/16", "192.0.2.7/32"]);
    let null = Value::Null;
    // The key's networks, the edits since, and what is left.
    let cases = [
        (null.clone(), vec![enforced(HERE)], enforced(HERE)),
        (null.clone(), vec![enforced(ELSEWHERE)], enforced(ELSEWHERE)),
        (reported(HERE), vec![enforced(ELSEWHERE)], enforced(ELSEWHERE)),
        (enforced(HERE), vec![narrow], enforced(&["127.0.0.0/16"])),
        (enforced(HERE), vec![null.clone()], enforced(HERE)),
        (enforced(HERE), vec![reported(ELSEWHERE)], enforced(HERE)),
        (enforced(HERE), vec![enforced(&["0.0.0.0/0", "::/0"])], enforced(HERE)),
        // The last edit counts.
        (null.clone(), vec![enforced(ELSEWHERE), enforced(HERE)], enforced(HERE)),
        (null.clone(), vec![enforced(ELSEWHERE), null.clone()], null.clone()),
        // A list that refuses nothing takes nothing away.
        (null.clone(), vec![reported(HERE)], null),
    ];
    for (before, edits, left) in cases {
        let scene = Scene::with(with(&json!({"networks": before}))).await;
        for networks in edits {
            scene.edit(json!({"networks": networks, "note": "edited"})).await;
        }
        let done = scene.restored().await;
        let listed = scene.listed().await;
        assert_eq!(listed["networks"], left, "{done:?}");
        assert_eq!(done.is_empty(), left == before, "{done:?}");
        if left != before {
            let lost = format!("acme: key {} is edited again, as far as it loses: networks", scene.old.id);
            assert_eq!(done, [lost]);
        }
        let status = if left == enforced(ELSEWHERE) { 403 } else { 200 };
        for secret in [&scene.old, &scene.new] {
            assert_eq!(read(&scene.world, secret).await.status, status, "{done:?}");
        }
    }
}

/// Neither list may admit what the other refuses, and no third is made up: the key is held.
#[tokio::test]
async fn a_key_whose_lists_have_nothing_in_common_is_held() {
    let scene = Scene::with(with(&json!({"networks": enforced(HERE)}))).await;
    scene.edit(json!({"networks": enforced(ELSEWHERE)})).await;
    put_back(&scene.world, &scene.backup).await;
    // The control.
    read(&scene.world, &scene.old).await.ok();
    let restore = async || super::restore(&scene.world, scene.since, true).await;
    let done = restore().await;
    let of_key: Vec<_> = done.iter().filter(|line| line.contains(&scene.old.id)).collect();
    let [line] = &of_key[..] else { panic!("{done:?}") };
    assert!(line.ends_with("An administrator must set its networks, and can then release it"), "{line}");
    assert_eq!(restore().await, [(*line).clone()], "it must be done by hand");
    scene.agree().await;
    assert_eq!(scene.listed().await["networks"], enforced(HERE));
    for secret in [&scene.old, &scene.new] {
        assert_eq!(scene.world.own_key(secret).await.status, 401);
    }
    scene.world.advance(Duration::from_secs(6));
    scene.edit(json!({"networks": enforced(&["127.0.0.1/32"])})).await;
    scene.hold("release", Duration::from_secs(6)).await;
    assert_eq!(restore().await, Vec::<String>::new());
    read(&scene.world, &scene.new).await.ok();
}

#[tokio::test]
async fn limits_of_suspensions_that_were_lowered_are_lowered_again() {
    let (policy, unlimited) = (json!("policy"), json!("unlimited"));
    // The policy's limit, the key's own limit, the edits since, and the own limit that is left.
    let cases: [(Option<u16>, Value, Vec<Value>, Value); 9] = [
        (None, policy.clone(), vec![json!(5)], json!(5)),
        (None, policy.clone(), vec![json!(5), json!(7)], json!(7)),
        (None, json!(5), vec![json!(7)], json!(5)),
        (None, json!(5), vec![unlimited.clone()], json!(5)),
        (None, unlimited.clone(), vec![json!(1_000)], json!(1_000)),
        (Some(50), policy.clone(), vec![json!(5)], json!(5)),
        (Some(50), policy.clone(), vec![json!(60), unlimited.clone()], policy.clone()),
        (Some(50), json!(60), vec![policy.clone()], policy.clone()),
        (Some(50), unlimited, vec![policy.clone()], policy),
    ];
    for (of_policy, before, edits, left) in cases {
        let mut scene = Scene::with(with(&json!({"suspensionLimit": before}))).await;
        let admin = scene.world.sign_in(ADMIN).await;
        scene.world.set_policy(&admin, json!({"suspensionsPerHour": of_policy})).await.ok();
        scene.world.advance(Duration::from_mins(10));
        (scene.backup, scene.since) = (back_up(&scene.world).await, scene.world.clock.now());
        scene.world.advance(Duration::from_secs(6));
        for limit in edits {
            scene.edit(json!({"suspensionLimit": limit, "note": "edited"})).await;
        }
        let done = scene.restored().await;
        let listed = scene.listed().await;
        assert_eq!(listed["suspensionLimit"], left, "{done:?}");
        assert_eq!(done.is_empty(), left == before, "{done:?}");
        let applied = left.as_u64().or(of_policy.map(u64::from));
        assert_eq!(listed["suspensionsPerHour"].as_u64(), applied, "{done:?}");
    }
}

/// The next suspension counts: the count itself isn't restored, and the items of secrets have the limit.
#[tokio::test]
async fn a_limit_that_was_lowered_applies_after_a_restore() {
    let scene = Scene::with(with(&json!({}))).await;
    scene.edit(json!({"suspensionLimit": 1})).await;
    scene.restored().await;
    let suspend = async |secret: &Key, account: &str| scene.world.suspend(secret, account).await.status;
    assert_eq!(suspend(&scene.new, "acme-member-1").await, 200);
    assert_eq!(suspend(&scene.old, "acme-member-2").await, 429);
}

/// The same for a policy. A limit that it raised or lifted stays as it was.
#[tokio::test]
async fn a_limit_of_the_policy_is_lowered_again() {
    for (before, since, left) in [
        (json!(null), vec![json!(100)], json!(100)),
        (json!(100), vec![json!(20)], json!(20)),
        (json!(100), vec![json!(20), json!(40)], json!(40)),
        (json!(100), vec![json!(200)], json!(100)),
        (json!(100), vec![json!(null)], json!(100)),
    ] {
        let mut scene = Scene::with(with(&json!({}))).await;
        let admin = scene.world.sign_in(ADMIN).await;
        let set = async |limit: &Value| {
            let admin = scene.world.sign_in(ADMIN).await;
            let policy = json!({"suspensionsPerHour": limit, "networksRequired": true, "graceDays": 3});
            scene.world.set_policy(&admin, policy).await.ok();
            scene.world.advance(Duration::from_mins(1));
        };
        scene.world.set_policy(&admin, json!({"suspensionsPerHour": before})).await.ok();
        scene.world.advance(Duration::from_mins(10));
        let (backup, now) = (back_up(&scene.world).await, scene.world.clock.now());
        for limit in &since {
            set(limit).await;
        }
        (scene.backup, scene.since) = (backup, now);
        put_back(&scene.world, &scene.backup).await;
        let done = super::restore(&scene.world, scene.since, true).await;
        assert!(done.contains(&"acme: the key policy is set again".to_owned()), "{done:?}");
        let limited = format!("acme: key {} gets its suspension limit", scene.old.id);
        assert_eq!(done.contains(&limited), left != before, "{done:?}");
        scene.agree().await;
        assert_eq!(limits(&scene).await, json!([null, "policy", left]), "{done:?}");
        let again = super::restore(&scene.world, scene.since, true).await;
        assert!(again.iter().all(|line| line.ends_with("must set the key policy")), "{again:?}");
        // The key may be used from anywhere, so it is held when the days of grace end.
        scene.world.advance(2 * DAY + Duration::from_mins(24 * 60 - 5));
        read(&scene.world, &scene.old).await.ok();
        scene.world.advance(Duration::from_mins(5));
        assert_eq!(scene.world.own_key(&scene.old).await.status, 401);
    }
}

/// The two tables are of different moments, and the log has nothing to say. The key has what both permit.
#[tokio::test]
async fn a_key_and_its_secrets_may_be_of_different_moments() {
    let scene = Scene::with(with(&json!({}))).await;
    let before = back_up(&scene.world).await;
    scene.edit(json!({"networks": enforced(ELSEWHERE), "suspensionLimit": 5})).await;
    let after = back_up(&scene.world).await;
    for event in scan(&scene.world, "AuditEvents").await {
        let key = json!({"companyId": event["companyId"], "eventId": event["eventId"]});
        scene.world.dynamodb.ask("DeleteItem", &json!({"TableName": "AuditEvents", "Key": key})).await;
    }
    for newer in ["ApiKeys", "KeyDigests"] {
        let mut mixed = before.clone();
        mixed.insert(newer, after[newer].clone());
        put_back(&scene.world, &mixed).await;
        let done = scene.repaired().await;
        assert_eq!(limits(&scene).await, json!([enforced(ELSEWHERE), 5, 5]), "{newer} {done:?}");
        for secret in [&scene.old, &scene.new] {
            assert_eq!(read(&scene.world, secret).await.problem().0, 403);
        }
    }
}

/// An old secret that has ended has what it had then. That says nothing about the key.
#[tokio::test]
async fn a_secret_that_ended_has_no_say() {
    for ends in ["complete", "time"] {
        let mut scene = Scene::with(with(&json!({"suspensionLimit": 5}))).await;
        let world = &scene.world;
        read(world, &scene.new).await.ok();
        let admin = world.sign_in(ADMIN).await;
        if ends == "complete" {
            scene.edit(json!({"networks": enforced(ELSEWHERE)})).await;
            scene.world.end_rotation(&admin, "complete", &scene.new).await.ok();
        } else {
            scene.world.set_policy(&admin, json!({"suspensionsPerHour": 10})).await.ok();
            scene.edit(json!({"suspensionLimit": "policy"})).await;
            scene.world.advance(8 * DAY);
            let admin = scene.world.sign_in(ADMIN).await;
            scene.world.set_policy(&admin, json!({"suspensionsPerHour": 20})).await.ok();
        }
        scene.edit(json!({"networks": enforced(HERE), "suspensionLimit": "policy"})).await;
        scene.world.advance(Duration::from_mins(10));
        (scene.backup, scene.since) = (back_up(&scene.world).await, scene.world.clock.now());
        scene.world.advance(Duration::from_mins(1));
        let limits_before = limits(&scene).await;
        put_back(&scene.world, &scene.backup).await;
        let done = super::restore(&scene.world, scene.since, true).await;
        let of_key: Vec<_> = done.iter().filter(|line| line.contains(&scene.old.id)).collect();
        assert!(of_key.is_empty(), "{ends} {done:?}");
        assert_eq!(limits(&scene).await, limits_before, "{ends}");
    }
}
