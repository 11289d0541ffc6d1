//! Something changes between the read of an operation and its transaction.

use harness::{ADMIN, Answer, KEYS, Key, World};
use serde_json::{Value, json};

use super::{DAY, days};
use crate::invariants::meanwhile;

async fn item(world: &World, secret: &Key) -> Value {
    let digest = world.digest_of(secret);
    let digests = world.dynamodb.items("KeyDigests").await;
    digests.into_iter().find(|item| item["digest"] == digest).expect("an item")
}

#[tokio::test]
async fn what_is_made_or_edited_complies_with_a_policy_that_is_set_meanwhile() {
    for function in ["create-key", "rotate-key", "edit-key"] {
        let world = World::start().await;
        let admin = world.sign_in(ADMIN).await;
        let key = world.create_key_with(&admin, json!({"expiresAt": days(&world, 9)})).await;
        let path = format!("{KEYS}/{}", key.id);
        let never = json!({"expiresAt": null});
        let operation = async {
            match function {
                "create-key" => {
                    let body = json!({"name": "New", "scopes": ["scim"]});
                    world.call("POST", KEYS, &admin, body).await
                }
                "rotate-key" => world.call("POST", &format!("{path}/rotate"), &admin, never).await,
                _ => world.edit(&admin, &key, never).await,
            }
        };
        let change = async { drop(world.set_policy(&admin, json!({"mustExpire": true})).await.ok()) };
        let refused: Answer = meanwhile(&world, function, operation, change).await;
        assert_eq!(refused.problem(), (409, "key-policy".into()), "{function}");
    }
}

#[tokio::test]
async fn a_secret_that_is_made_meanwhile_is_held_with_its_key() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let mut new = None;
    let change = async { new = Some(world.rotate(&admin, &key).await) };
    meanwhile(&world, "edit-key", world.hold(&admin, "hold", &key), change).await.ok();
    for secret in [Some(&key), new.as_ref()].into_iter().flatten() {
        assert_eq!(world.own_key(secret).await.status, 401);
    }
}

#[tokio::test]
async fn a_policy_knows_which_secret_became_an_old_one_meanwhile() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let old = world.create_key(&admin).await;
    let new = world.rotate(&admin, &old).await;
    let policy = json!({"mustExpire": true, "unusedDays": 30});
    let change = async { drop(world.own_key(&new).await.ok()) };
    meanwhile(&world, "key-policy", world.set_policy(&admin, policy), change).await.ok();
    let (old, new) = (item(&world, &old).await, item(&world, &new).await);
    assert_eq!((old.get("heldFrom"), old.get("unused")), (None, None), "{old}");
    assert!(new.get("heldFrom").is_some() && new.get("unused").is_some(), "{new}");
}

/// A released key counts as used, whichever of release and policy comes first.
#[tokio::test]
async fn a_rule_about_disuse_knows_a_release_of_the_same_moment() {
    for (has_policy, function) in
        [(true, "edit-key"), (false, "edit-key"), (true, "key-policy"), (false, "key-policy")]
    {
        let world = World::start().await;
        let admin = world.sign_in(ADMIN).await;
        let key = world.create_key(&admin).await;
        if has_policy {
            world.set_policy(&admin, json!({"graceDays": 3})).await.ok();
        }
        world.hold(&admin, "hold", &key).await.ok();
        world.advance(40 * DAY);
        let admin = world.sign_in(ADMIN).await;
        let now = world.clock.now().millis();
        let release = async { drop(world.hold(&admin, "release", &key).await.ok()) };
        let policy = json!({"unusedDays": 30, "graceDays": 1});
        let set = async { drop(world.set_policy(&admin, policy).await.ok()) };
        if function == "edit-key" {
            meanwhile(&world, function, release, set).await;
        } else {
            meanwhile(&world, function, set, release).await;
        }
        let used = item(&world, &key).await["usedOn"].as_i64().expect("a time");
        assert!(used >= now, "{function}, {has_policy}: last used {} ms before its release", now - used);
    }
}
