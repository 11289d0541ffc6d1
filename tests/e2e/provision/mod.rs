mod late_and_skewed;

use harness::{ADMIN, KEYS, World};
use local::issuer::IDENTITY_ISSUER;
use serde_json::{Value, json};

use crate::invariants::{hold, until_held};

fn change_plan(plan: &str) -> Value {
    json!({"operation": "change-plan", "companyId": "acme", "plan": plan})
}

/// Leaving the Enterprise plan freezes the keys immediately, and returning releases them. Listing and revoking work on
/// any plan.
#[tokio::test]
async fn leaving_the_plan_freezes_keys_and_returning_releases_them() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let (kept, doomed) = (world.create_key(&admin).await, world.create_key(&admin).await);
    world.read(&kept, "acme-member-1").await.ok();
    assert_eq!(world.provision(change_plan("team")).await.expect("changed")["changed"], true);
    assert_eq!(world.read(&kept, "acme-member-1").await.problem(), (401, "unauthenticated".into()));
    let body = json!({"name": "A", "scopes": ["deprovisioning"]});
    assert_eq!(
        world.call("POST", KEYS, &admin, body).await.problem(),
        (403, "enterprise-plan-required".into())
    );
    let listed = world.call("GET", KEYS, &admin, Value::Null).await.ok();
    assert!(listed["apiKeys"].as_array().expect("a list").iter().all(|key| key["frozen"] == true));
    world.revoke(&admin, &doomed).await.ok();

    assert_eq!(world.provision(change_plan("enterprise")).await.expect("changed")["changed"], true);
    world.read(&kept, "acme-member-1").await.ok();
    assert_eq!(world.read(&doomed, "acme-member-1").await.status, 401);
    let listed = world.call("GET", KEYS, &admin, Value::Null).await.ok();
    assert_eq!(listed["apiKeys"].as_array().expect("a list").len(), 1);
    assert!(listed["apiKeys"][0].get("frozen").is_none());
    assert_eq!(world.provision(change_plan("enterprise")).await.expect("unchanged")["changed"], false);
    assert_eq!(world.count_events("acme", "CHANGE_PLAN").await, 2);
}

#[tokio::test]
async fn fifty_keys_freeze_in_one_transaction() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    for _ in 0..50 {
        world.create_key(&admin).await;
    }
    let _ = world.dynamodb.take_calls();
    world.provision(change_plan("team")).await.expect("changed");
    let calls = world.dynamodb.take_calls();
    assert_eq!(calls.iter().filter(|call| call.commits()).count(), 1);
    let digests = world.dynamodb.items("KeyDigests").await;
    let frozen =
        digests.iter().filter(|item| item["companyId"] == "acme").map(|item| item.get("frozen").is_some());
    assert_eq!(frozen.filter(|frozen| *frozen).count(), 50);
}

#[tokio::test]
async fn a_company_from_its_creation_to_its_first_key() {
    let world = World::start().await;
    let request = json!({
        "operation": "create-company", "companyId": "globex", "name": "Globex", "plan": "enterprise",
        "administrator": {
            "email": "hank@globex.example", "name": "Hank",
            "identity": {"issuer": IDENTITY_ISSUER, "subject": "hank@globex.example"},
        },
    });
    let made = world.provision(request.clone()).await.expect("made");
    assert_eq!(
        (made["changed"].clone(), made["account"]["role"].clone()),
        (json!(true), json!("company_admin"))
    );
    let again = world.provision(request.clone()).await.expect("found");
    assert_eq!((again["changed"].clone(), again["account"].clone()), (json!(false), made["account"].clone()));
    let admin = world.sign_in("hank@globex.example").await;
    world.create_key(&admin).await;
    let events = world.events("globex").await;
    assert_eq!(events[0]["action"], "CREATE_COMPANY");
    assert_eq!(events[0]["actor"], json!({"type": "operator", "name": "Test Operator"}));

    let mut other = request;
    other["name"] = "Another".into();
    assert_eq!(world.provision(other).await.expect_err("refused").kind(), "already-exists");
}

#[tokio::test]
async fn accounts_and_identities_are_unique() {
    let world = World::start().await;
    let add = |email: &str, subject: &str| {
        json!({"operation": "add-account", "companyId": "acme", "account": {
            "email": email, "name": "New", "identity": {"issuer": IDENTITY_ISSUER, "subject": subject},
        }})
    };
    let made = world.provision(add("new@acme.example", "new")).await.expect("made");
    assert_eq!(world.provision(add("new@acme.example", "new")).await.expect("found")["changed"], false);
    assert_eq!(world.account_count("acme").await, 23);
    for (email, subject) in [("NEW@acme.example", "other"), ("newer@acme.example", "new")] {
        let refused = world.provision(add(email, subject)).await.expect_err("refused");
        assert_eq!(refused.kind(), "already-exists", "{email}");
    }
    assert_eq!(world.account_count("acme").await, 23);

    let bind = |account: &Value, subject: &str| json!({"operation": "add-identity", "companyId": "acme", "accountId": account, "identity": {"issuer": "idp", "subject": subject}});
    let account = &made["account"]["accountId"];
    assert_eq!(world.provision(bind(account, "7")).await.expect("bound")["changed"], true);
    assert_eq!(world.provision(bind(account, "7")).await.expect("bound")["changed"], false);
    let taken = world.provision(bind(&json!("acme-member-1"), "7")).await;
    assert_eq!(taken.expect_err("refused").kind(), "already-exists");
}

#[tokio::test]
async fn roles_change_and_are_counted() {
    let world = World::start().await;
    let role = |account: &str, role: &str| json!({"operation": "change-role", "companyId": "acme", "accountId": account, "role": role});
    let count = async || world.company("acme").await["activeAdministrators"].clone();
    assert_eq!(count().await, 2);
    world.provision(role("acme-member-1", "company_admin")).await.expect("promoted");
    assert_eq!(count().await, 3);
    assert_eq!(
        world.provision(role("acme-member-1", "company_admin")).await.expect("same")["changed"],
        false
    );
    assert_eq!(count().await, 3);
    for account in ["acme-member-1", "acme-second-admin"] {
        world.provision(role(account, "member")).await.expect("demoted");
    }
    assert_eq!(count().await, 1);
    let last = world.provision(role("acme-admin", "member")).await;
    assert_eq!(last.expect_err("refused").kind(), "last-administrator");
    assert_eq!(world.count_events("acme", "CHANGE_ROLE").await, 3);
}

#[tokio::test]
async fn invalid_requests_get_an_explanation() {
    let world = World::start().await;
    for (request, kind, says) in [
        (json!({}), "invalid-request", "operation is missing"),
        (json!({"operation": "drop-tables", "companyId": "acme"}), "invalid-request", "change-plan"),
        (
            json!({"operation": "change-plan", "companyId": "acme", "plan": "gold"}),
            "invalid-request",
            "enterprise or team",
        ),
        (json!({"operation": "change-plan", "companyId": "nobody", "plan": "team"}), "not-found", ""),
        (
            json!({"operation": "unsuspend-account", "companyId": "acme", "accountId": "nobody"}),
            "not-found",
            "",
        ),
        (
            json!({"operation": "add-account", "companyId": "nobody", "account": {"email": "a@b", "name": "A"}}),
            "not-found",
            "company",
        ),
    ] {
        let refused = world.provision(request.clone()).await.expect_err("refused");
        assert_eq!(refused.kind(), kind, "{request}");
        assert!(refused.to_string().contains(says), "{refused}");
    }
}

fn bind(subject: &str) -> Value {
    json!({
        "operation": "add-identity", "companyId": "acme", "accountId": "acme-member-1",
        "identity": {"issuer": "idp", "subject": subject},
    })
}

async fn sign_ins(world: &World) -> usize {
    let identities = world.dynamodb.items("Identities").await;
    identities.iter().filter(|item| item["accountId"] == "acme-member-1").count()
}

#[tokio::test]
async fn an_account_has_at_most_twenty_sign_ins() {
    let world = World::start().await;
    for n in sign_ins(&world).await..20 {
        world.provision(bind(&n.to_string())).await.expect("bound");
    }
    let refused = world.provision(bind("one too many")).await.expect_err("refused");
    assert_eq!(refused.kind(), "identity-limit-reached");
    assert_eq!(world.provision(bind("19")).await.expect("bound before")["changed"], false);
    assert_eq!(sign_ins(&world).await, 20);
    assert_eq!(world.count_events("acme", "ADD_IDENTITY").await, 19);
}

#[tokio::test]
async fn two_concurrent_runs_do_not_exceed_the_limit_of_sign_ins() {
    let world = World::start().await;
    for n in sign_ins(&world).await..19 {
        world.provision(bind(&n.to_string())).await.expect("bound");
    }
    let permits = hold(&world, "provision");
    let release = async {
        until_held(&world, "provision", 2).await;
        permits.add_permits(1_000);
    };
    let (one, other, ()) = tokio::join!(world.provision(bind("a")), world.provision(bind("b")), release);
    let refused: Vec<_> = [one, other].into_iter().filter_map(Result::err).collect();
    assert_eq!(refused.iter().map(provision::Refused::kind).collect::<Vec<_>>(), ["identity-limit-reached"]);
    assert_eq!(sign_ins(&world).await, 20);
}

/// Accounts from before the limit existed may have more sign-ins than it allows.
#[tokio::test]
async fn an_account_is_deleted_with_as_many_sign_ins_as_fit_into_a_transaction() {
    for (count, status) in [(93, 204), (94, 500)] {
        let world = World::start().await;
        let admin = world.sign_in(ADMIN).await;
        let key = world.create_key_with(&admin, json!({"scopes": ["scim"]})).await;
        let user = json!({"userName": "ada", "externalId": "7", "emails": [{"value": "ada@acme.example"}]});
        let path = "/enterprise/v1/scim/Users";
        let made = world.call("POST", path, &key.authorization(), user).await;
        let id = made.string("id");
        let identities: Vec<_> = (0..count).map(|n| format!("3:idp{n}")).collect();
        for identity in &identities {
            let item =
                json!({"identity": {"S": identity}, "companyId": {"S": "acme"}, "accountId": {"S": id}});
            world.dynamodb.ask("PutItem", &json!({"TableName": "Identities", "Item": item})).await;
        }
        let key_of_account = json!({"companyId": {"S": "acme"}, "accountId": {"S": id}});
        let update = json!({
            "TableName": "Accounts", "Key": key_of_account, "UpdateExpression": "SET identities = :all",
            "ExpressionAttributeValues": {":all": {"SS": identities}},
        });
        world.dynamodb.ask("UpdateItem", &update).await;
        let _ = world.dynamodb.take_calls();
        let answer = world.call("DELETE", &format!("{path}/{id}"), &key.authorization(), Value::Null).await;
        assert_eq!(answer.status, status, "{}", answer.text);
        // A transaction that can't commit isn't sent.
        let sent = world.dynamodb.take_calls().iter().filter(|call| call.commits()).count();
        assert_eq!(sent, usize::from(status == 204));
    }
}
