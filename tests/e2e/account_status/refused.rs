use std::time::Duration;

use harness::{ADMIN, Answer, Intervention, Key, World};
use serde_json::{Value, json};
use store::random;

const PATH: &str = "/enterprise/v1/accounts/acme-member-1";

async fn with(world: &World, authorization: &str) -> Answer {
    world.call("GET", PATH, authorization, Value::Null).await
}

/// Unknown, malformed, expired, frozen and revoked keys, and keys whose revocation didn't end, all get the same response, byte for byte.
#[tokio::test]
async fn every_refused_key_gets_the_same_response() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let soon = world.clock.now().plus(Duration::from_mins(1)).to_string();
    let expired = world.create_key_with(&admin, json!({"expiresAt": soon})).await;
    let revoked = world.create_key(&admin).await;
    let frozen = world.create_key(&admin).await;
    world.revoke(&admin, &revoked).await.ok();
    world.advance(Duration::from_mins(1));
    assert_eq!(with(&world, &frozen.authorization()).await.status, 200);
    let change = json!({"operation": "change-plan", "companyId": "acme", "plan": "team"});
    world.provision(change).await.expect("changed");

    // A key whose revocation didn't end.
    world
        .provision(json!({"operation": "change-plan", "companyId": "acme", "plan": "enterprise"}))
        .await
        .expect("changed");
    let ending = world.create_key(&admin).await;
    world.dynamodb.interfere(|call| if call.commits() { Intervention::Throttle } else { Intervention::Pass });
    assert_eq!(world.revoke(&admin, &ending).await.status, 503);
    world.dynamodb.let_pass();
    let change = json!({"operation": "change-plan", "companyId": "acme", "plan": "team"});
    world.provision(change).await.expect("changed");

    let unknown = random::api_key().expose().to_owned();
    let mistyped = frozen.secret.replace('_', "-");
    let expected = with(&world, &format!("apikey {unknown}")).await.anonymous();
    assert_eq!(expected.0, 401);
    let challenge =
        ("x-amzn-remapped-www-authenticate".to_owned(), "apikey, Bearer error=\"invalid_token\"".to_owned());
    assert!(expected.1.contains(&challenge), "{:?}", expected.1);
    for secret in
        [&expired.secret, &revoked.secret, &frozen.secret, &ending.secret, &mistyped, "x", &"y".repeat(56)]
    {
        for scheme in ["apikey", "Bearer"] {
            assert_eq!(with(&world, &format!("{scheme} {secret}")).await.anonymous(), expected, "{secret}");
        }
    }
    for other in ["Basic dXNlcjpwYXNz", "apikey", "Bearer", &frozen.secret] {
        assert_eq!(with(&world, other).await.anonymous(), expected, "{other}");
    }
}

#[tokio::test]
async fn a_missing_credential_gets_a_challenge_without_an_error() {
    let world = World::start().await;
    let answer = world.send(world.request("GET", PATH)).await;
    assert_eq!(answer.problem(), (401, "unauthenticated".into()));
    assert_eq!(answer.header("x-amzn-remapped-www-authenticate"), "apikey, Bearer");
}

#[tokio::test]
async fn a_malformed_key_costs_no_read() {
    let world = World::start().await;
    let key = Key { id: String::new(), secret: random::api_key().expose().replace("_cak1_", "_cak2_") };
    let _ = world.dynamodb.take_calls();
    assert_eq!(world.read(&key, "acme-member-1").await.status, 401);
    assert_eq!(world.dynamodb.take_calls(), []);
}

#[tokio::test]
async fn a_key_anywhere_else_is_misplaced() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let secret = &key.secret;
    let requests = [
        world.request("GET", &format!("{PATH}?key={secret}")),
        world.request("GET", &format!("{PATH}?{secret}")),
        world.request("GET", &format!("{PATH}?key=%{:02X}{}", secret.as_bytes()[0], &secret[1..])),
        world.request("GET", &format!("/enterprise/v1/accounts/{secret}")),
        world.request("GET", &format!("/enterprise/v1/accounts/{}", secret.replace('_', "%5F"))),
        world.request("GET", PATH).header("x-api-key", secret),
        world.request("GET", PATH).header("cookie", format!("key={secret}")),
        world.request("POST", &format!("{PATH}/suspend")).body(format!("key={secret}")),
    ];
    for request in requests {
        let answer = world.send(request.header("authorization", key.authorization())).await;
        assert_eq!(answer.problem(), (400, "misplaced-key".into()));
        assert!(!answer.text.contains(secret));
    }
}
