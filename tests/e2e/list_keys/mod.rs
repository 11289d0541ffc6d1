use std::time::Duration;

use harness::{ADMIN, BASIC_ADMIN, Intervention, KEYS, SECOND_ADMIN, World};
use serde_json::{Value, json};

async fn list(world: &World, admin: &str, query: &str) -> Value {
    world.call("GET", &format!("{KEYS}?{query}"), admin, Value::Null).await.ok()
}

fn names(list: &Value) -> Vec<&str> {
    list["apiKeys"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|key| key["name"].as_str().expect("a name"))
        .collect()
}

#[tokio::test]
async fn filters_by_owner_and_state_newest_first() {
    let world = World::start().await;
    let (admin, second) = (world.sign_in(ADMIN).await, world.sign_in(SECOND_ADMIN).await);
    let soon = world.clock.now().plus(Duration::from_mins(1)).to_string();
    world.create_key_with(&admin, json!({"name": "expiring", "expiresAt": soon})).await;
    world.advance(Duration::from_secs(1));
    let doomed = world.create_key_with(&second, json!({"name": "doomed"})).await;
    world.advance(Duration::from_secs(1));
    world.create_key_with(&admin, json!({"name": "mine"})).await;
    world.advance(Duration::from_secs(1));
    world.create_key_with(&second, json!({"name": "hers"})).await;
    // Any administrator of the company may revoke any of its keys.
    world.revoke(&admin, &doomed).await.ok();
    world.advance(Duration::from_mins(1));
    for (query, expected) in [
        ("", vec!["hers", "mine"]),
        ("owner=me", vec!["mine"]),
        ("owner=all&state=active", vec!["hers", "mine"]),
        ("state=revoked", vec!["doomed"]),
        ("state=expired", vec!["expiring"]),
        ("state=all", vec!["hers", "mine", "doomed", "expiring"]),
        ("state=all&owner=me", vec!["mine", "expiring"]),
    ] {
        assert_eq!(names(&list(&world, &admin, query).await), expected, "{query}");
    }
    let revoked = &list(&world, &admin, "state=revoked").await["apiKeys"][0];
    assert_eq!(revoked["revokedBy"]["email"], ADMIN);
    assert!(revoked["revokedAt"].is_string());
}

#[tokio::test]
async fn pages_contain_every_key_once() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    for number in 0..7 {
        world.create_key_with(&admin, json!({"name": number.to_string()})).await;
        world.advance(Duration::from_millis(5));
    }
    for state in ["active", "all"] {
        let (mut seen, mut query) = (Vec::new(), format!("state={state}&limit=3"));
        loop {
            let page = list(&world, &admin, &query).await;
            assert!(names(&page).len() <= 3);
            seen.extend(names(&page).into_iter().map(str::to_owned));
            let Some(token) = page["nextToken"].as_str() else { break };
            query = format!("nextToken={token}");
        }
        assert_eq!(seen, ["6", "5", "4", "3", "2", "1", "0"], "{state}");
    }
}

#[tokio::test]
async fn last_use_is_noted_once_a_minute() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let touches = |world: &World| world.dynamodb.take_calls().iter().filter(|call| call.notes_use()).count();
    let last_used = async |world: &World| {
        // The use is noted after the response, so the note may come a little later.
        for _ in 0..200 {
            if let Some(at) = list(world, &admin, "").await["apiKeys"][0]["lastUsedAt"].as_str() {
                return at.to_owned();
            }
        }
        panic!("never noted");
    };
    let _ = world.dynamodb.take_calls();
    for _ in 0..5 {
        world.read(&key, "acme-member-1").await.ok();
    }
    let first = last_used(&world).await;
    assert_eq!(touches(&world), 1);
    world.advance(Duration::from_secs(61));
    world.read(&key, "acme-member-1").await.ok();
    for _ in 0..200 {
        if last_used(&world).await != first {
            break;
        }
    }
    assert_ne!(last_used(&world).await, first);
    assert_eq!(touches(&world), 1);
}

/// The request neither waits for the note nor fails with it.
#[tokio::test]
async fn noting_the_use_never_delays_or_fails_a_request() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let never = std::sync::Arc::new(tokio::sync::Semaphore::new(0));
    let hold = Intervention::Hold(never);
    world.dynamodb.interfere(move |call| if call.notes_use() { hold.clone() } else { Intervention::Pass });
    // A blocked note ends after its own time limit. A request that waited for it would take this long with every key.
    // So a single faster request is proof, even on a busy machine.
    let mut fastest = Duration::MAX;
    for _ in 0..5 {
        let key = world.create_key(&admin).await;
        let start = std::time::Instant::now();
        world.read(&key, "acme-member-1").await.ok();
        fastest = fastest.min(start.elapsed());
    }
    assert!(fastest < store::NOTICE_TIMEOUT, "{fastest:?}");
    world
        .dynamodb
        .interfere(|call| if call.notes_use() { Intervention::Throttle } else { Intervention::Pass });
    let key = world.create_key(&admin).await;
    world.suspend(&key, "acme-member-2").await.ok();
}

#[tokio::test]
async fn me_returns_the_administrator_and_the_scopes() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let me = world.call("GET", "/admin/v1/me", &admin, Value::Null).await.ok();
    assert_eq!(me["account"]["email"], ADMIN);
    assert_eq!(me["account"]["role"], "company_admin");
    assert_eq!(
        me["company"],
        json!({"companyId": "acme", "name": "Acme", "plan": "enterprise", "activeKeyLimit": 50})
    );
    assert_eq!(me["scopes"][0]["id"], "deprovisioning");
    let basic = world.sign_in(BASIC_ADMIN).await;
    assert_eq!(world.call("GET", "/admin/v1/me", &basic, Value::Null).await.ok()["company"]["plan"], "team");
}

#[tokio::test]
async fn wrong_queries_and_forged_tokens_are_named() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    world.create_key(&admin).await;
    for (query, wrong) in [
        ("owner=you", "owner"),
        ("owner=you&owner=me", "owner"),
        ("state=gone", "state"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=-1", "limit"),
        ("limit=x", "limit"),
        ("sate=all", "sate"),
        ("nextToken=x", "nextToken"),
        ("nextToken=", "nextToken"),
        ("nextToken=e30", "nextToken"),
        ("nextToken=%F0%9F%92%A5", "nextToken"),
        // {"mine":false,"state":"active","limit":50,"after":"x"}
        ("nextToken=eyJtaW5lIjpmYWxzZSwic3RhdGUiOiJhY3RpdmUiLCJsaW1pdCI6NTAsImFmdGVyIjoieCJ9", "nextToken"),
    ] {
        let answer = world.call("GET", &format!("{KEYS}?{query}"), &admin, Value::Null).await;
        assert_eq!(answer.wrong_fields(), [wrong], "{query}");
    }
}
