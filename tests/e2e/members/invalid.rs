use harness::{ADMIN, World};
use serde_json::{Value, json};
use store::random;

use super::{ACCOUNTS, change, list};

#[tokio::test]
async fn bodies_without_a_valid_list_of_accounts_are_refused() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let many: Vec<_> = (0..101).map(|i| format!("a{i}")).collect();
    for (accounts, field) in [
        (json!([]), "accounts"),
        (json!(many), "accounts"),
        (json!("acme-member-1"), "accounts"),
        (json!(null), "accounts"),
        (json!(["acme-member-1", "not an account"]), "accounts[1]"),
        (json!(["acme-member-1", 7]), "accounts[1]"),
        (json!(["member-1@acme.example", "x", "MEMBER-1@acme.example"]), "accounts[2]"),
        (json!(["acme-member-1", "acme-member-1"]), "accounts[1]"),
    ] {
        let answer = change(&world, &admin, "suspend", accounts.clone()).await;
        assert_eq!(answer.problem(), (400, "invalid-request".into()), "{accounts}");
        assert_eq!(answer.json()["errors"][0]["field"], field, "{accounts}");
    }
    let body = json!({"accounts": ["acme-member-1"], "reason": "x"});
    let answer = world.call("POST", &format!("{ACCOUNTS}/suspend"), &admin, body).await;
    assert_eq!(answer.problem(), (400, "invalid-request".into()));
    assert_eq!(world.count_events("acme", "SUSPEND_ACCOUNT").await, 0);
}

#[tokio::test]
async fn a_key_among_the_accounts_is_misplaced() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = random::api_key();
    let answer = change(&world, &admin, "suspend", json!(["acme-member-1", key.expose()])).await;
    assert_eq!(answer.problem(), (400, "misplaced-key".into()));
    let answer = list(&world, &admin, &format!("?email={}", key.expose())).await;
    assert_eq!(answer.problem(), (400, "misplaced-key".into()));
}

#[tokio::test]
async fn texts_that_are_not_filters_are_refused() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let token = |content: Value| web::page_token::write(&content);
    for (query, field) in [
        ("?state=gone".into(), "state"),
        ("?limit=0".into(), "limit"),
        ("?limit=101".into(), "limit"),
        ("?role=member".into(), "role"),
        ("?email=%E2%80%AE".into(), "email"),
        (format!("?email={}", "x".repeat(321)), "email"),
        ("?nextToken=x".into(), "nextToken"),
        (format!("?nextToken={}", token(json!({"email": "", "state": "all", "limit": 5}))), "nextToken"),
        (
            format!("?nextToken={}", token(json!({"email": "a", "state": "all", "limit": 5, "after": "b"}))),
            "nextToken",
        ),
        (
            format!("?nextToken={}", token(json!({"email": "", "state": "x", "limit": 5, "after": "b"}))),
            "nextToken",
        ),
        (
            format!(
                "?nextToken={}",
                token(json!({"email": "", "state": "all", "limit": 5000, "after": "b"}))
            ),
            "nextToken",
        ),
    ] {
        let answer = list(&world, &admin, &query).await;
        assert_eq!(answer.problem(), (400, "invalid-request".into()), "{query}");
        assert_eq!(answer.json()["errors"][0]["field"], field, "{query}");
    }
}
