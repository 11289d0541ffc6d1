use std::collections::{BTreeMap, BTreeSet};

use domain::scope::Scope;
use harness::{ADMIN, KEYS, Key, Observed, Operation, SECOND_ADMIN, World, eventually};
use local::template::{SOURCE, Template};
use serde_json::json;

use super::{
    leaks::leaks,
    notices::{mails, publish, watch},
};
use crate::invariants::{hold, meanwhile};

/// Every path through every function that makes different calls to `DynamoDB`.
async fn exercise(world: &World) -> BTreeMap<String, BTreeSet<Operation>> {
    let mut seen = BTreeMap::<String, BTreeSet<Operation>>::new();
    let mut note = |world: &World| {
        for call in world.dynamodb.take_calls() {
            assert!(is_current(&call), "{} reads what may be of the past: {}", call.function, call.request);
            seen.entry(call.function).or_default().extend(call.operations);
        }
    };
    let admin = world.sign_in(ADMIN).await;
    let create = || {
        let request =
            world.request("POST", KEYS).header("authorization", &admin).header("idempotency-key", "once");
        request.json(&json!({"name": "A", "scopes": ["deprovisioning"]}))
    };
    assert_eq!(world.send(create()).await.status, 201);
    assert_eq!(world.send(create()).await.status, 200);
    let key = world.create_key(&admin).await;
    for query in ["", "?state=all"] {
        world.call("GET", &format!("{KEYS}{query}"), &admin, json!(null)).await.ok();
    }
    world.call("GET", &format!("{KEYS}/{}", key.id), &admin, json!(null)).await.ok();
    let ranges = json!({"ranges": ["192.0.2.0/24"]});
    world.call("POST", &format!("{KEYS}/{}/try-networks", key.id), &admin, ranges).await.ok();
    world.suspend(&key, "member-1%40acme.example").await.ok();
    world.unsuspend(&key, "acme-member-1").await.ok();
    world.suspend(&key, "acme-second-admin").await.ok();
    let many = json!({"accounts": ["acme-member-2", "member-3@acme.example"]});
    world.call("POST", "/enterprise/v1/accounts/suspend", &key.authorization(), many).await.ok();
    reports(world, &key, "/enterprise/v1/accounts/acme-member-1").await;
    world.noted(&key, "lastUsedAt").await;
    world.revoke(&admin, &key).await.ok();
    assert_eq!(world.suspend(&key, "acme-member-1").await.status, 401);
    world.noted(&key, "refusedSince").await;
    note(world);
    scim(world, &admin).await;
    collector(world, &admin).await;
    reads(world, &admin).await;
    note(world);
    for query in ["", "?email=member&state=suspended", "?search=member"] {
        world.call("GET", &format!("/admin/v1/accounts{query}"), &admin, json!(null)).await.ok();
    }
    for (change, accounts) in [
        ("unsuspend", json!(["acme-second-admin", "member-1@acme.example"])),
        ("suspend", json!(["acme-second-admin", "member-1@acme.example"])),
        ("unsuspend", json!(["member-1@acme.example"])),
    ] {
        let path = format!("/admin/v1/accounts/{change}");
        world.call("POST", &path, &admin, json!({"accounts": accounts})).await.ok();
    }
    note(world);

    rotations(world, &admin).await;
    note(world);
    controls(world, &admin).await;
    note(world);
    limits(world, &admin).await;
    note(world);
    exposures(world, &admin).await;
    note(world);
    undone(world, &admin).await;
    note(world);
    leaks(world, &admin).await;
    note(world);
    mails(world, &admin).await;
    note(world);
    watch(world, &admin).await;
    note(world);
    publish(world).await;
    note(world);

    let role = |role: &str| json!({"operation": "change-role", "companyId": "acme", "accountId": "acme-second-admin", "role": role});
    let account =
        json!({"email": "new@acme.example", "name": "N", "identity": {"issuer": "i", "subject": "s"}});
    let identity = json!({"operation": "add-identity", "companyId": "acme", "accountId": "acme-member-1", "identity": {"issuer": "i", "subject": "t"}});
    let company = json!({
        "operation": "create-company", "companyId": "globex", "name": "G", "plan": "enterprise",
        "administrator": {"email": "a@globex.example", "name": "A"},
    });
    for request in [
        company.clone(),
        company,
        json!({"operation": "add-account", "companyId": "acme", "account": account}),
        json!({"operation": "add-account", "companyId": "acme", "account": account}),
        identity.clone(),
        identity,
        json!({"operation": "unsuspend-account", "companyId": "acme", "accountId": "acme-second-admin"}),
        role("member"),
        role("company_admin"),
        json!({"operation": "change-limits", "companyId": "acme", "limits": {"key": 5_000}}),
        json!({"operation": "change-limits", "companyId": "acme", "limits": {"key": null}}),
        json!({"operation": "change-plan", "companyId": "acme", "plan": "team"}),
        json!({"operation": "change-plan", "companyId": "acme", "plan": "enterprise"}),
    ] {
        world.provision(request).await.expect("carried out");
    }
    note(world);

    revocations(world, &admin, &mut note).await;
    note(world);
    seen
}

/// Everything that rotates keys. Functions for key holders see the first use of a new secret.
async fn rotations(world: &World, admin: &str) {
    let fields = json!({"scopes": Scope::ALL.map(Scope::id), "selfRotation": {"lifetimeDays": 90}});
    let first_uses = ["/enterprise/v1/accounts/acme-member-1", "/enterprise/v1/scim/Users/acme-member-1"];
    for path in first_uses {
        let key = world.create_key_with(admin, fields.clone()).await;
        let new = world.rotate(admin, &key).await;
        world.call("GET", path, &new.authorization(), json!(null)).await.ok();
        world.end_rotation(admin, "complete", &new).await.ok();
        world.end_rotation(admin, "complete", &new).await.ok();
        let canceled = world.rotate(admin, &new).await;
        world.end_rotation(admin, "cancel", &canceled).await.ok();
        // The key's generation is later than this instance's clock.
        let later = world.clock.now().plus(std::time::Duration::from_mins(1));
        world.set_generation(&new, later.millis()).await;
        let newest = world.rotate(admin, &new).await;
        world.end_rotation(admin, "complete", &newest).await.ok();
        world.revoke(admin, &newest).await.ok();
    }
    let key = world.create_key_with(admin, fields).await;
    world.rotate_itself(&key, json!(null)).await.ok();
    world.advance(std::time::Duration::from_mins(1));
    world.rotate_itself(&key, json!(null)).await.ok();
    let later = world.clock.now().plus(std::time::Duration::from_mins(1));
    world.set_generation(&key, later.millis()).await;
    world.call("POST", "/enterprise/v1/api-key/revoke", &key.authorization(), json!(null)).await.ok();
}

/// Everything that edits and holds keys, and the key policy.
async fn controls(world: &World, admin: &str) {
    let key = world.create_key_with(admin, json!({"scopes": Scope::ALL.map(Scope::id)})).await;
    world.rotate(admin, &key).await;
    let soon = world.clock.now().plus(std::time::Duration::from_secs(9)).to_string();
    let (narrower, expiring) = (json!({"scopes": ["deprovisioning", "scim"]}), json!({"expiresAt": soon}));
    // Such an edit only checks the policy.
    let rotating = json!({"selfRotation": {"lifetimeDays": 30}});
    let unexpiring = json!({"expiresAt": null});
    for changes in [json!({"name": "Other"}), rotating, narrower.clone(), narrower, expiring, unexpiring] {
        world.edit(admin, &key, changes).await.ok();
    }
    for how in ["hold", "hold", "release", "release"] {
        world.hold(admin, how, &key).await.ok();
    }
    // The key's generation is later than this instance's clock.
    let later = world.clock.now().plus(std::time::Duration::from_mins(1));
    world.set_generation(&key, later.millis()).await;
    world.hold(admin, "hold", &key).await.ok();
    let policy = json!({"mustExpire": true, "unusedDays": 30});
    world.call("GET", "/admin/v1/key-policy", admin, json!(null)).await.ok();
    world.call("PUT", "/admin/v1/key-policy?dryRun=true", admin, policy.clone()).await.ok();
    for policy in [policy.clone(), policy] {
        world.set_policy(admin, policy).await.ok();
    }
    world.hold(admin, "release", &key).await.ok();
    world.set_policy(admin, json!({})).await.ok();
    world.revoke(admin, &key).await.ok();
}

/// Everything that networks and suspension limits of keys do.
async fn limits(world: &World, admin: &str) {
    let fields = json!({"scopes": Scope::ALL.map(Scope::id), "suspensionLimit": 1});
    let key = world.create_key_with(admin, fields).await;
    let unsuspended = json!({"accounts": ["acme-member-1", "acme-member-2", "acme-member-3"]});
    let unsuspend = async || {
        let path = "/admin/v1/accounts/unsuspend";
        world.call("POST", path, admin, unsuspended.clone()).await.ok();
    };
    unsuspend().await;
    world.suspend(&key, "acme-member-1").await.ok();
    assert_eq!(world.suspend(&key, "acme-member-2").await.problem().1, "suspension-limit-reached");
    world.noted(&key, "limitReached").await;
    for _ in 0..2 {
        world.hold(admin, "release-suspension-limit", &key).await.ok();
    }
    unsuspend().await;
    let user = |id: &str| format!("/enterprise/v1/scim/Users/{id}");
    let leaves = json!({"Operations": [{"op": "replace", "path": "active", "value": false}]});
    let left = world.call("PATCH", &user("acme-member-2"), &key.authorization(), leaves.clone()).await;
    assert_eq!(left.status, 200, "{}", left.text);
    for (method, body) in [("PATCH", leaves), ("DELETE", json!(null))] {
        let answer = world.call(method, &user("acme-member-3"), &key.authorization(), body).await;
        assert_eq!(answer.status, 429, "{}", answer.text);
    }
    world.noted(&key, "limitReached").await;
    let elsewhere = json!({"mode": "enforce", "ranges": ["198.51.100.0/24"]});
    // Such edits lower a limit and take networks away, and the last takes nothing away.
    for changes in
        [json!({"suspensionLimit": 1}), json!({"networks": elsewhere}), json!({"networks": elsewhere})]
    {
        world.edit(admin, &key, changes).await.ok();
    }
    for path in
        ["/enterprise/v1/accounts/acme-member-1", "/enterprise/v1/scim/Users", "/enterprise/v1/audit-log"]
    {
        assert_eq!(world.call("GET", path, &key.authorization(), json!(null)).await.status, 403);
    }
    assert_eq!(world.own_key(&key).await.status, 403);
    world.noted(&key, "networkRefusedAt").await;
    world.edit(admin, &key, json!({"networks": null, "suspensionLimit": "policy"})).await.ok();
    // The policy lowers the limit of every key.
    for suspensions in [500, 400, 400] {
        world.set_policy(admin, json!({"suspensionsPerHour": suspensions})).await.ok();
    }
    world.set_policy(admin, json!({"suspensionsPerHour": null})).await.ok();
    world.revoke(admin, &key).await.ok();
}

/// A request with the key where it is often logged, to each function that accepts keys. Only they tell of it.
async fn exposures(world: &World, admin: &str) {
    let paths = [
        "/enterprise/v1/accounts/acme-member-1",
        "/enterprise/v1/scim/Users",
        "/enterprise/v1/audit-log",
        "/enterprise/v1/api-key",
        "/admin/v1/audit-log",
        KEYS,
    ];
    for path in paths {
        let key = world.create_key(admin).await;
        let answer = world.call("GET", &format!("{path}?key={}", key.secret), admin, json!(null)).await;
        assert_eq!(answer.status, 400, "{}", answer.text);
        if path.starts_with("/enterprise") {
            world.noted(&key, "exposedAt").await;
        }
        world.revoke(admin, &key).await.ok();
    }
}

/// Lists what a key suspended, and takes it back: of one account, of several and of an administrator.
async fn undone(world: &World, admin: &str) {
    let since = world.clock.now().to_string();
    let key = world.create_key(admin).await;
    let accounts = ["acme-member-1", "acme-member-2", "acme-second-admin"];
    let unsuspended = json!({"accounts": accounts});
    world.call("POST", "/admin/v1/accounts/unsuspend", admin, unsuspended).await.ok();
    for account in accounts {
        world.suspend(&key, account).await.ok();
    }
    let path = |what: &str| format!("{KEYS}/{}/{what}", key.id);
    let list = format!("{}?since={since}", path("suspensions"));
    let listed = world.call("GET", &list, admin, json!(null)).await.ok();
    assert_eq!(listed["suspensions"].as_array().map(Vec::len), Some(3));
    let undo = json!({"since": since, "accounts": ["acme-member-1", "acme-second-admin"]});
    let begun = world.call("POST", &path("undo-suspensions"), admin, undo).await.ok();
    let further = json!({"since": since, "accounts": ["acme-member-2"], "undoId": begun["undoId"]});
    world.call("POST", &path("undo-suspensions"), admin, further).await.ok();
    world.revoke(admin, &key).await.ok();
}

/// Every way in which a revocation goes.
async fn revocations(world: &World, admin: &str, note: &mut impl FnMut(&World)) {
    let role = |role: &str| json!({"operation": "change-role", "companyId": "acme", "accountId": "acme-second-admin", "role": role});
    // A revocation that loses its authority removes its marks.
    let doomed = world.create_key(admin).await;
    world.advance(std::time::Duration::from_secs(2));
    let second = world.sign_in(SECOND_ADMIN).await;
    note(world);
    let revoked = meanwhile(world, "revoke-key", world.revoke(&second, &doomed), async {
        world.provision(role("member")).await.expect("demoted");
    });
    assert_eq!(revoked.await.status, 403);
    note(world);
    world.dynamodb.let_pass();
    // Two administrators revoke the same key at the same time. The second one reads that it is revoked.
    let twice = world.create_key(admin).await;
    world.provision(role("company_admin")).await.expect("promoted");
    let second = world.sign_in(SECOND_ADMIN).await;
    note(world);
    let permits = hold(world, "revoke-key");
    let release = async {
        let mut marked = async || {
            let keys = world.dynamodb.items("ApiKeys").await;
            keys.iter().any(|key| key["ending"].as_array().is_some_and(|attempts| attempts.len() == 2))
        };
        eventually("both have begun", &mut marked).await;
        world.dynamodb.let_pass();
        permits.add_permits(1_000);
    };
    let (one, other, ()) = tokio::join!(world.revoke(admin, &twice), world.revoke(&second, &twice), release);
    assert_eq!((one.status, other.status), (200, 200));
    // The key's generation is later than this instance's clock.
    let skewed = world.create_key(admin).await;
    let later = world.clock.now().plus(std::time::Duration::from_mins(1));
    world.set_generation(&skewed, later.millis()).await;
    world.revoke(admin, &skewed).await.ok();
}

/// Whether a call is a strongly consistent read, or no read.
fn is_current(call: &Observed) -> bool {
    let request = &call.request;
    match call.action.as_str() {
        "GetItem" | "Query" | "Scan" => request["ConsistentRead"] == true,
        "BatchGetItem" => {
            let mut asked = request["RequestItems"].as_object().into_iter().flatten();
            asked.all(|(_, asked)| asked["ConsistentRead"] == true)
        }
        _ => true,
    }
}

/// Makes so many requests with a key that their number is reported, even if a minute ends in between.
async fn reports(world: &World, key: &Key, path: &str) {
    for _ in 0..20 {
        world.call("GET", path, &key.authorization(), json!(null)).await.ok();
    }
    let is_counted = |item: &serde_json::Value| item["window"].to_string().contains(&key.id);
    eventually("reported", async || world.windows().await.iter().any(is_counted)).await;
}

/// Everything that a directory does.
async fn scim(world: &World, admin: &str) {
    let key = world.create_key_with(admin, json!({"scopes": ["scim"]})).await;
    let call = async |method: &str, path: &str, body: serde_json::Value| {
        let path = format!("/enterprise/v1/scim/Users{path}");
        let answer = world.call(method, &path, &key.authorization(), body).await;
        assert!([200, 201, 204].contains(&answer.status), "{}", answer.text);
    };
    reports(world, &key, "/enterprise/v1/scim/Users/acme-member-1").await;
    call("GET", "?startIndex=3", json!(null)).await;
    call("GET", "?filter=active%20eq%20true", json!(null)).await;
    call("POST", "", json!({"userName": "scim@acme.example", "externalId": "7"})).await;
    call("PUT", "/scim@acme.example", json!({"userName": "other@acme.example", "active": false})).await;
    let unsuspended = json!({"accounts": ["acme-second-admin"]});
    world.call("POST", "/admin/v1/accounts/unsuspend", admin, unsuspended).await.ok();
    let leaves = json!({"Operations": [{"op": "replace", "path": "active", "value": false}]});
    call("PATCH", "/acme-second-admin", leaves).await;
    call("DELETE", "/other@acme.example", json!(null)).await;
    call("DELETE", "/acme-member-19", json!(null)).await;
    world.revoke(admin, &key).await.ok();
    let path = "/enterprise/v1/scim/Users";
    assert_eq!(world.call("GET", path, &key.authorization(), json!(null)).await.status, 401);
    world.noted(&key, "refusedSince").await;
}

/// Everything that a collector does, and the dashboard's list.
async fn collector(world: &World, admin: &str) {
    let key = world.create_key_with(admin, json!({"scopes": ["audit-log"]})).await;
    let involving = "/enterprise/v1/audit-log?filter%5Binvolving%5D=member-1@acme.example";
    world.call("GET", involving, &key.authorization(), json!(null)).await.ok();
    world.call("GET", "/admin/v1/audit-log", admin, json!(null)).await.ok();
}

/// Reads every route that requires only a key with a new secret, then tries the same with the revoked key.
async fn reads(world: &World, admin: &str) {
    let scopes = Scope::ALL.map(Scope::id);
    for route in Template::read(SOURCE).expect("readable").routes {
        let path = &route.path;
        if route.method != "GET" || !path.starts_with("/enterprise/") || path.contains('{') {
            continue;
        }
        let key = world.create_key_with(admin, json!({"scopes": scopes})).await;
        let key = world.rotate(admin, &key).await;
        reports(world, &key, path).await;
        world.noted(&key, "lastUsedAt").await;
        world.revoke(admin, &key).await.ok();
        assert_eq!(world.call("GET", path, &key.authorization(), json!(null)).await.status, 401);
        world.noted(&key, "refusedSince").await;
    }
}

/// In both directions: what a function does is granted, and what is granted is used.
#[tokio::test]
async fn each_role_names_exactly_what_its_function_does() {
    let world = World::start().await;
    let seen = exercise(&world).await;
    let template = Template::read(SOURCE).expect("readable");
    for (name, function) in &template.functions {
        let granted: BTreeSet<Operation> = function.grants.iter().cloned().collect();
        let done = seen.get(name).cloned().unwrap_or_default();
        let missing: Vec<_> = done.difference(&granted).collect();
        let idle: Vec<_> = granted.difference(&done).collect();
        assert!(missing.is_empty(), "{name} does what its role doesn't grant: {missing:?}");
        assert!(idle.is_empty(), "{name} is granted what it doesn't do: {idle:?}");
        let others: &[&str] = match name.as_str() {
            "publish-events" => &["events:PutEvents", "sqs:SendMessage"],
            "send-mail" => &["ses:SendEmail"],
            _ => &[],
        };
        assert_eq!(function.other_actions, others, "{name}");
    }
}
