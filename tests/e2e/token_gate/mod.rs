use std::time::{Duration, Instant};

use ::token_gate::{Refused, TRIGGER_TIME, handle};
use harness::{ADMIN, Intervention, World};
use local::issuer::IDENTITY_ISSUER;
use serde_json::{Value, json};

/// The event that Cognito sends for a person of the demonstration's pool.
fn event(subject: &str, email: &str) -> Value {
    json!({
        "version": "2", "triggerSource": "TokenGeneration_RefreshTokens", "region": "local",
        "userPoolId": "demonstration", "userName": subject, "callerContext": {"clientId": "company-dashboard"},
        "request": {"userAttributes": {"sub": subject, "email": email}, "scopes": ["openid"]},
        "response": {"claimsAndScopeOverrideDetails": null},
    })
}

async fn ask(world: &World, event: Value) -> Result<Value, Refused> {
    handle(&world.stack.service, event, "test-request").await
}

#[tokio::test]
async fn the_access_token_says_whose_account_it_is_and_nothing_else_changes() {
    let world = World::start().await;
    let sent = event(ADMIN, ADMIN);
    let mut answer = ask(&world, sent.clone()).await.expect("admitted");
    let claims = json!({"company_id": "acme", "account_id": "acme-admin"});
    let expected = json!({"claimsAndScopeOverrideDetails": {"accessTokenGeneration": {"claimsToAddOrOverride": claims}}});
    assert_eq!(answer["response"], expected);
    answer["response"] = sent["response"].clone();
    assert_eq!(answer, sent);
}

/// An email address that a person chose gives no access.
#[tokio::test]
async fn an_email_address_gives_no_access() {
    let world = World::start().await;
    assert!(matches!(ask(&world, event("stranger", ADMIN)).await, Err(Refused::Unknown)));
    let mut other_pool = event(ADMIN, ADMIN);
    other_pool["userPoolId"] = "another".into();
    assert!(matches!(ask(&world, other_pool).await, Err(Refused::Unknown)));
    let admitted = ask(&world, event(ADMIN, "somebody@else.example")).await.expect("admitted");
    let claims = &admitted["response"]["claimsAndScopeOverrideDetails"]["accessTokenGeneration"];
    assert_eq!(claims["claimsToAddOrOverride"]["account_id"], "acme-admin");
}

#[tokio::test]
async fn suspended_people_get_no_token_until_they_are_unsuspended() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let member = || event("member-1@acme.example", "member-1@acme.example");
    ask(&world, member()).await.expect("admitted");
    world.suspend(&key, "acme-member-1").await.ok();
    let refused = ask(&world, member()).await.expect_err("refused");
    assert_eq!(refused.kind(), "account-suspended");
    assert!(refused.to_string().starts_with("account-suspended: "), "{refused}");
    world.unsuspend(&key, "acme-member-1").await.ok();
    ask(&world, member()).await.expect("admitted");
}

#[tokio::test]
async fn a_second_identity_signs_in_to_the_same_account() {
    let world = World::start().await;
    let bind = json!({
        "operation": "add-identity", "companyId": "acme", "accountId": "acme-member-1",
        "identity": {"issuer": IDENTITY_ISSUER, "subject": "another-sign-in"},
    });
    world.provision(bind).await.expect("bound");
    let admitted = ask(&world, event("another-sign-in", "x@y.example")).await.expect("admitted");
    let claims = &admitted["response"]["claimsAndScopeOverrideDetails"]["accessTokenGeneration"];
    assert_eq!(claims["claimsToAddOrOverride"], json!({"company_id": "acme", "account_id": "acme-member-1"}));
}

/// Cognito waits 5 s, and then Lambda ends the function. Without a response in time, the person would not be told to
/// try again.
#[tokio::test]
async fn slow_tables_are_answered_before_lambda_ends_the_function() {
    let template: Value = serde_saphyr::from_str(local::template::SOURCE).expect("YAML");
    let timeout = template["Resources"]["TokenGate"]["Properties"]["Timeout"].as_u64().expect("seconds");
    assert_eq!(timeout, 5);
    assert!(TRIGGER_TIME < Duration::from_secs(timeout));

    let world = World::start().await;
    let mut calls = 0;
    // The first read succeeds with its last attempt, the second doesn't.
    world.dynamodb.interfere(move |_| {
        calls += 1;
        if calls == 3 { Intervention::Pass } else { Intervention::Hang }
    });
    let started = Instant::now();
    let refused = ask(&world, event(ADMIN, ADMIN)).await.expect_err("refused");
    assert_eq!(refused.kind(), "unavailable");
    assert!(started.elapsed() < Duration::from_secs(timeout), "{:?}", started.elapsed());
}

#[tokio::test]
async fn events_that_are_not_from_cognito_are_refused() {
    let world = World::start().await;
    for event in
        [json!({}), json!(null), json!({"region": "local", "userPoolId": "demonstration"}), event("", "")]
    {
        assert!(matches!(ask(&world, event).await, Err(Refused::Failed(_))));
    }
}
