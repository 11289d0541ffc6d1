//! Restored keys that were edited or held.

use std::time::Duration;

use harness::{ADMIN, Intervention, SECOND_ADMIN, World};
use serde_json::{Value, json};

use super::{
    back_up, put_back, scan,
    two_secrets::{ALL, DAY, Scene},
};

/// What an edit sets: the scopes, in how many days the key expires, and how many days it may give itself.
type Edit = (Option<&'static [&'static str]>, Option<Option<u32>>, Option<Option<u32>>);

/// What is left of a key: the same.
type Left = (&'static [&'static str], Option<u32>, Option<u32>);

#[tokio::test]
async fn edits_that_took_something_away_are_made_again() {
    let expiry = |scene: &Scene, days: Option<u32>| days.map_or(Value::Null, |days| scene.days(days).into());
    let cases: [(&[Edit], Left); 8] = [
        (&[(Some(&["scim"]), None, None)], (&["scim"], None, Some(90))),
        (&[(Some(&["scim:read"]), None, None)], (&["scim:read"], None, Some(90))),
        (&[(None, Some(Some(10)), None)], (&ALL, Some(10), Some(90))),
        (&[(None, None, Some(None))], (&ALL, None, None)),
        (&[(None, None, Some(Some(366)))], (&ALL, None, Some(90))),
        // The last edit counts.
        (&[(None, Some(Some(10)), None), (None, Some(Some(50)), Some(Some(30)))], (&ALL, Some(50), Some(30))),
        (&[(None, Some(Some(10)), Some(None)), (None, Some(None), Some(Some(80)))], (&ALL, None, Some(80))),
        (
            &[(Some(&["scim", "audit-log"]), None, Some(Some(40))), (Some(&["scim"]), Some(Some(20)), None)],
            (&["scim"], Some(20), Some(40)),
        ),
    ];
    for (edits, (scopes, expires, rotates)) in cases {
        let scene = Scene::start().await;
        for (scopes, days, lifetime) in edits {
            let mut body = json!({"note": "edited"});
            if let Some(scopes) = scopes {
                body["scopes"] = json!(scopes);
            }
            if let Some(days) = days {
                body["expiresAt"] = expiry(&scene, *days);
            }
            if let Some(lifetime) = lifetime {
                body["selfRotation"] =
                    lifetime.map_or(Value::Null, |lifetime| json!({"lifetimeDays": lifetime}));
            }
            scene.edit(body).await;
        }
        let done = scene.restored().await;
        let listed = scene.listed().await;
        assert_eq!(listed["scopes"], json!(scopes), "{done:?}");
        assert_eq!(listed["expiresAt"], expiry(&scene, expires), "{done:?}");
        assert_eq!(listed["selfRotation"]["lifetimeDays"].as_u64(), rotates.map(u64::from), "{done:?}");
        let is_same = (scopes, expires, rotates) == (&ALL, None, Some(90));
        assert_eq!(done.is_empty(), is_same, "{done:?}");
        let can_suspend = scene.world.suspend(&scene.old, "acme-member-1").await.status;
        assert_eq!(can_suspend, if scopes.contains(&"deprovisioning") { 200 } else { 403 });
        scene.world.own_key(&scene.new).await.ok();
    }
}

/// A restore gives a key nothing that it didn't have then.
#[tokio::test]
async fn edits_that_gave_something_are_not_made_again() {
    let world = World::start().await;
    let expiry = world.clock.now().plus(5 * DAY).to_string();
    let scene = Scene::with(json!({"scopes": ["scim"], "expiresAt": expiry})).await;
    scene.edit(json!({"expiresAt": scene.days(50), "selfRotation": {"lifetimeDays": 9}})).await;
    scene.edit(json!({"expiresAt": null})).await;
    let done = scene.restored().await;
    assert_eq!(done, Vec::<String>::new());
    let listed = scene.listed().await;
    assert!(listed.get("selfRotation").is_none() && listed["expiresAt"].is_string(), "{listed}");
}

/// The clocks of instances differ: if two events are this close, either may have come last.
#[tokio::test]
async fn of_two_edits_at_the_same_time_both_count() {
    let scene = Scene::start().await;
    let admin = scene.world.sign_in(ADMIN).await;
    let (early, late) = (scene.days(10), scene.days(50));
    for body in [
        json!({"expiresAt": early, "selfRotation": {"lifetimeDays": 30}}),
        json!({"expiresAt": late, "selfRotation": {"lifetimeDays": 60}}),
    ] {
        scene.world.edit(&admin, &scene.old, body).await.ok();
        scene.world.advance(Duration::from_secs(3));
    }
    scene.restored().await;
    let listed = scene.listed().await;
    assert_eq!((&listed["expiresAt"], &listed["selfRotation"]["lifetimeDays"]), (&json!(early), &json!(30)));
}

/// An expiry is that of the secret that was current when it was set. It ends an old secret no later.
#[tokio::test]
async fn an_expiry_belongs_to_a_secret() {
    let scene = Scene::start().await;
    scene.edit(json!({"expiresAt": scene.days(10)})).await;
    scene.world.read(&scene.new, "acme-member-1").await.ok();
    scene.world.advance(Duration::from_secs(6));
    let soon = scene.since.plus(Duration::from_hours(1)).to_string();
    scene.edit(json!({"expiresAt": soon})).await;
    scene.restored().await;
    let listed = scene.listed().await;
    assert_eq!((&listed["mask"], &listed["expiresAt"]), (&json!(scene.new.mask()), &json!(soon)));
    let end = listed["oldSecret"]["endsAt"].as_str().expect("a time");
    assert!(end <= &*soon, "{listed}");
    scene.world.own_key(&scene.old).await.ok();
    scene.world.advance(Duration::from_hours(1));
    for secret in [&scene.old, &scene.new] {
        assert_eq!(scene.world.own_key(secret).await.status, 401);
    }
}

/// An old secret that an edit shortened isn't lengthened by a later one.
#[tokio::test]
async fn an_old_secret_ends_with_the_earliest_expiry() {
    let scene = Scene::start().await;
    scene.world.read(&scene.new, "acme-member-1").await.ok();
    // The log doesn't show the first use any more.
    scene.world.advance(Duration::from_mins(2));
    let (backup, since) = (back_up(&scene.world).await, scene.world.clock.now());
    let scene = Scene { backup, since, ..scene };
    scene.world.advance(Duration::from_secs(6));
    let soon = scene.since.plus(Duration::from_hours(1)).to_string();
    scene.edit(json!({"expiresAt": soon})).await;
    scene.edit(json!({"expiresAt": scene.days(50)})).await;
    scene.restored().await;
    let listed = scene.listed().await;
    assert_eq!(
        (&listed["expiresAt"], &listed["oldSecret"]["endsAt"]),
        (&json!(scene.days(50)), &json!(soon))
    );
}

#[tokio::test]
async fn held_keys_are_held_again_unless_they_were_released() {
    let (at_once, later) = (Duration::from_secs(1), Duration::from_secs(6));
    let cases: [(&[(&str, Duration)], bool); 5] = [
        (&[("hold", later)], true),
        (&[("hold", later), ("release", later)], false),
        (&[("hold", at_once), ("release", later)], true),
        (&[("hold", later), ("release", later), ("hold", later)], true),
        (&[("release", later)], false),
    ];
    for (steps, is_held) in cases {
        let scene = Scene::start().await;
        for (how, then) in steps {
            scene.hold(how, *then).await;
        }
        put_back(&scene.world, &scene.backup).await;
        // The control.
        scene.world.own_key(&scene.old).await.ok();
        let done = scene.restored().await;
        let status = if is_held { 401 } else { 200 };
        for secret in [&scene.old, &scene.new] {
            assert_eq!(scene.world.own_key(secret).await.status, status, "{steps:?} {done:?}");
        }
        let listed = scene.listed().await;
        if is_held {
            assert_eq!(done, [format!("acme: key {} is held again", scene.old.id)]);
            assert_eq!(listed["hold"]["reasons"][0]["by"]["email"], SECOND_ADMIN);
            scene.hold("release", later).await;
            scene.world.own_key(&scene.new).await.ok();
        } else {
            assert!(done.is_empty() && listed.get("hold").is_none(), "{done:?}");
        }
    }
}

/// A key that was held at the restored time and released later stays held.
#[tokio::test]
async fn a_release_is_not_made_again() {
    let mut scene = Scene::start().await;
    scene.hold("hold", Duration::from_mins(10)).await;
    (scene.backup, scene.since) = (back_up(&scene.world).await, scene.world.clock.now());
    scene.world.advance(Duration::from_mins(1));
    scene.hold("release", Duration::from_mins(1)).await;
    scene.restored().await;
    assert_eq!(scene.world.own_key(&scene.old).await.status, 401);
}

/// The two tables are of different moments, and the log has nothing to say. The key has what both permit.
#[tokio::test]
async fn a_key_and_its_secrets_may_be_of_different_moments() {
    for used in [false, true] {
        let scene = Scene::start().await;
        if used {
            scene.world.read(&scene.new, "acme-member-1").await.ok();
        }
        let before = back_up(&scene.world).await;
        scene.edit(json!({"scopes": ["scim"], "expiresAt": scene.days(1)})).await;
        scene.hold("hold", Duration::ZERO).await;
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
            let listed = scene.listed().await;
            assert_eq!((&listed["scopes"], &listed["expiresAt"]), (&json!(["scim"]), &json!(scene.days(1))));
            assert_eq!(listed["hold"]["reasons"][0]["reason"], "administrator", "{newer} {done:?}");
            for secret in [&scene.old, &scene.new] {
                assert_eq!(scene.world.own_key(secret).await.status, 401);
            }
            scene.hold("release", Duration::ZERO).await;
            scene.world.own_key(&scene.old).await.ok();
        }
    }
}

/// An event of a later release may not say what it left. The key is held until an administrator has looked at it.
#[tokio::test]
async fn a_key_whose_edit_the_log_does_not_show_is_held() {
    let scene = Scene::start().await;
    scene.edit(json!({"name": "Other"})).await;
    let mut events = scan(&scene.world, "AuditEvents").await;
    events.retain(|event| event["action"]["S"] == "UPDATE_API_KEY");
    let event = events.first_mut().expect("an event");
    event["details"]["M"]["remains"] = json!({"M": {"scopes": {"S": "of a later release"}}});
    scene.world.dynamodb.ask("PutItem", &json!({"TableName": "AuditEvents", "Item": event})).await;
    let done = scene.restored().await;
    assert!(done.len() == 1 && done[0].ends_with("An administrator can release it"), "{done:?}");
    assert_eq!(scene.world.own_key(&scene.old).await.status, 401);
    scene.hold("release", Duration::from_secs(6)).await;
    scene.world.own_key(&scene.old).await.ok();
}

/// The command is broken off at each of its writes. Repeating it does the rest.
#[tokio::test]
async fn a_restore_of_edits_can_be_broken_off_and_repeated() {
    let scene = Scene::start().await;
    scene.world.read(&scene.new, "acme-member-1").await.ok();
    let scene = Scene { backup: back_up(&scene.world).await, ..scene };
    let hours = scene.since.plus(Duration::from_hours(2)).to_string();
    scene.edit(json!({"scopes": ["scim"], "expiresAt": hours})).await;
    scene.hold("hold", Duration::ZERO).await;
    for broken in 1.. {
        put_back(&scene.world, &scene.backup).await;
        let mut writes = 0;
        scene.world.dynamodb.interfere(move |call| {
            writes += usize::from(call.function == "restore" && call.action == "UpdateItem");
            let is_broken = writes >= broken && call.function == "restore";
            if is_broken { Intervention::Invalid } else { Intervention::Pass }
        });
        let (since, now) = (scene.since.to_string(), scene.world.clock.now());
        let url = Some(scene.world.dynamodb.url.as_str());
        let is_done = local::restore::restore(&since, false, url, now).await.is_ok();
        scene.world.dynamodb.let_pass();
        scene.repaired().await;
        let listed = scene.listed().await;
        assert_eq!((&listed["scopes"], &listed["expiresAt"]), (&json!(["scim"]), &json!(hours)));
        assert_eq!(listed["oldSecret"]["endsAt"], json!(hours), "write {broken}");
        assert!(listed["hold"].is_object(), "write {broken}");
        if is_done {
            assert!(broken > 5, "{broken} writes");
            break;
        }
    }
}
