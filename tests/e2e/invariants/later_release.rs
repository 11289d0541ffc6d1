//! A rollback to this release: values that only a later release knows break no list and give nobody authority.

use harness::{ADMIN, KEYS, SECOND_ADMIN, World};
use serde_json::{Value, json};

const ACCOUNTS: &str = "/admin/v1/accounts";
const LOG: &str = "/admin/v1/audit-log";

/// Stores a value that this release doesn't know.
async fn set(world: &World, table: &str, key: Value, attribute: &str, value: Value) {
    let update = json!({
        "TableName": table, "Key": key, "UpdateExpression": "SET #a = :a",
        "ExpressionAttributeNames": {"#a": attribute}, "ExpressionAttributeValues": {":a": value},
    });
    world.dynamodb.ask("UpdateItem", &update).await;
}

async fn store_of_account(world: &World, account: &str, attribute: &str, value: &str) {
    let key = json!({"companyId": {"S": "acme"}, "accountId": {"S": account}});
    set(world, "Accounts", key, attribute, json!({"S": value})).await;
}

async fn stored(world: &World, account: &str) -> Value {
    let accounts = world.dynamodb.items("Accounts").await;
    accounts.into_iter().find(|item| item["accountId"] == account).expect("an account")
}

#[tokio::test]
async fn unknown_roles_and_states_give_no_authority() {
    let world = World::start().await;
    let (admin, second) = (world.sign_in(ADMIN).await, world.sign_in(SECOND_ADMIN).await);
    store_of_account(&world, "acme-second-admin", "role", "owner").await;
    store_of_account(&world, "acme-member-1", "role", "auditor").await;
    store_of_account(&world, "acme-member-2", "state", "invited").await;
    let refused = world.call("GET", KEYS, &second, Value::Null).await;
    assert_eq!(refused.problem(), (403, "not-company-administrator".into()));
    store_of_account(&world, "acme-second-admin", "role", "company_admin").await;
    store_of_account(&world, "acme-second-admin", "state", "invited").await;
    let refused = world.call("GET", KEYS, &second, Value::Null).await;
    assert_eq!(refused.problem(), (403, "account-suspended".into()));
    // The lists are complete.
    let list = world.call("GET", ACCOUNTS, &admin, Value::Null).await.ok();
    let of = |account: &str| {
        let mut accounts = list["accounts"].as_array().expect("accounts").iter();
        accounts.find(|one| one["accountId"] == account).expect("an account").clone()
    };
    assert_eq!(
        (&of("acme-member-1")["role"], &of("acme-member-2")["state"]),
        (&json!("member"), &json!("suspended"))
    );
    assert_eq!(list["accounts"].as_array().map(Vec::len), Some(22));
    let scim = world.create_key_with(&admin, json!({"scopes": ["scim"]})).await;
    let users = world.call("GET", "/enterprise/v1/scim/Users", &scim.authorization(), Value::Null).await.ok();
    assert_eq!(users["totalResults"], 22);
}

/// A change writes only what changes: other attributes that a later release stored stay.
#[tokio::test]
async fn a_change_keeps_unknown_attributes() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key_with(&admin, json!({"scopes": ["scim", "deprovisioning"]})).await;
    store_of_account(&world, "acme-member-1", "role", "auditor").await;
    store_of_account(&world, "acme-member-2", "state", "invited").await;
    for member in ["acme-member-1", "acme-member-2"] {
        let user = format!("/enterprise/v1/scim/Users/{member}");
        let rename = json!({"Operations": [{"op": "replace", "path": "displayName", "value": "Grace"}]});
        world.call("PATCH", &user, &key.authorization(), rename).await.ok();
        assert_eq!(stored(&world, member).await["names"]["display"], "Grace");
    }
    world.suspend(&key, "acme-member-1").await.ok();
    let (first, second) = (stored(&world, "acme-member-1").await, stored(&world, "acme-member-2").await);
    assert_eq!((&first["role"], &first["state"]), (&json!("auditor"), &json!("suspended")));
    assert_eq!((&second["role"], &second["state"]), (&json!("member"), &json!("invited")));
}

#[tokio::test]
async fn an_unknown_plan_gives_no_keys() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    set(&world, "Companies", json!({"companyId": {"S": "acme"}}), "plan", json!({"S": "platinum"})).await;
    let keys = world.call("GET", KEYS, &admin, Value::Null).await.ok();
    assert_eq!(keys["apiKeys"][0]["keyId"], key.id);
    let body = json!({"name": "A", "scopes": ["deprovisioning"]});
    let refused = world.call("POST", KEYS, &admin, body).await;
    assert_eq!(refused.problem(), (403, "enterprise-plan-required".into()));
}

#[tokio::test]
async fn an_unknown_scope_admits_nobody() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let digests = world.dynamodb.items("KeyDigests").await;
    let digest = &digests.iter().find(|item| item["keyId"] == key.id).expect("a digest")["digest"];
    let painting = json!({"SS": ["painting"]});
    set(&world, "KeyDigests", json!({"digest": {"S": digest}}), "scopes", painting.clone()).await;
    let listed = json!({"companyId": {"S": "acme"}, "keyId": {"S": key.id}});
    set(&world, "ApiKeys", listed, "scopes", painting).await;
    assert_eq!(world.read(&key, "acme-member-1").await.problem(), (403, "insufficient-scope".into()));
    let keys = world.call("GET", KEYS, &admin, Value::Null).await.ok();
    assert_eq!((&keys["apiKeys"][0]["keyId"], &keys["apiKeys"][0]["scopes"]), (&json!(key.id), &json!([])));
}

/// The event is listed with the names that it contains, whatever the kind of its actor and affected party.
#[tokio::test]
async fn events_of_unknown_parties_are_listed() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let now = world.clock.now();
    let put = async |actor: Value, affected: Value| {
        let item = json!({
            "companyId": {"S": "acme"}, "eventId": {"S": store::random::ulid(now)}, "requestId": {"S": "r"},
            "action": {"S": "PAINT_ACCOUNT"}, "actor": {"M": actor}, "affected": {"M": affected},
            "expiry": {"N": (now.seconds() + 1_000).to_string()},
        });
        world.dynamodb.ask("PutItem", &json!({"TableName": "AuditEvents", "Item": item})).await;
    };
    let robot = json!({"type": {"S": "robot"}, "id": {"S": "r2"}, "name": {"S": "Robot"}});
    put(robot.clone(), json!({"type": {"S": "company"}})).await;
    // A known kind with fewer attributes than in this release.
    put(json!({"type": {"S": "account"}, "id": {"S": "ada"}}), robot).await;
    let list = async |query: &str| -> Value {
        // Not through the harness, which compares responses with this release's description.
        let request = world.request("GET", &format!("{LOG}{query}")).header("authorization", &admin);
        let answer = request.send().await.expect("a response");
        assert_eq!(answer.status(), 200);
        answer.json().await.expect("JSON")
    };
    let page = list("?filter[action]=PAINT_ACCOUNT").await;
    assert_eq!(
        page["data"].as_array().map(Vec::len),
        Some(0),
        "a filter by what is not known matches nothing"
    );
    let page = list("?filter[involving]=robot").await;
    let [second, first] = page["data"].as_array().expect("data").as_slice() else { panic!("two: {page}") };
    let (first, second) = if first["actor"]["id"] == "r2" { (first, second) } else { (second, first) };
    assert_eq!((&first["actor"]["type"], &first["actor"]["name"]), (&json!("ROBOT"), &json!("Robot")));
    assert_eq!((&second["actor"]["type"], &second["actor"]["id"]), (&json!("ACCOUNT"), &json!("ada")));
    assert_eq!(second["affected"]["type"], "ROBOT");
}
