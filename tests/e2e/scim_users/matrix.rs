//! Invariant 8 through SCIM: every combination of scope, verb, role and state, each with its own account.

use harness::{Answer, Key};
use serde_json::{Value, json};

use super::{Directory, PATCH_OP, error};

/// The outcome of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Done,
    Protected,
    Scope,
    Unauthenticated,
}

/// The requests, and whether they unsuspend, re-identify or delete an account. A request with `active: false` for a
/// suspended account suspends it again, and its other changes are ignored.
const VERBS: [(&str, Grants); 17] = [
    ("suspend", Grants::Never),
    ("suspend by PUT", Grants::Never),
    ("unsuspend", Grants::IfSuspended),
    ("unsuspend, mixed", Grants::IfSuspended),
    ("unsuspend, path-less", Grants::IfSuspended),
    ("unsuspend, dotted and mixed case", Grants::IfSuspended),
    ("unsuspend by PUT", Grants::IfSuspended),
    ("user name", Grants::Always),
    ("user name in a path-less mix", Grants::IfActive),
    ("user name by PUT", Grants::IfActive),
    ("email", Grants::Always),
    ("external ID", Grants::Never),
    ("another external ID", Grants::Always),
    ("names", Grants::Never),
    ("what is there already", Grants::Never),
    ("role, path-less", Grants::Never),
    ("DELETE", Grants::Always),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Grants {
    Never,
    IfSuspended,
    IfActive,
    Always,
}

async fn request(directory: &Directory, key: &Key, verb: &str, user: &Value) -> Answer {
    let active = user["active"].clone();
    let with = |member: &str, value: Value| {
        let mut user = user.clone();
        user[member] = value;
        ("PUT", user)
    };
    let operations = |operations: Value| ("PATCH", json!({"schemas": [PATCH_OP], "Operations": operations}));
    let (method, body) = match verb {
        "suspend" => operations(json!([{"op": "replace", "path": "active", "value": false}])),
        "suspend by PUT" => with("active", json!(false)),
        "unsuspend" => operations(json!([{"op": "replace", "path": "active", "value": true}])),
        "unsuspend, mixed" => operations(
            json!([{"op": "add", "path": "displayName", "value": "X"}, {"op": "Replace", "path": "active", "value": "True"}]),
        ),
        "unsuspend, path-less" => operations(json!([{"op": "add", "value": {"active": true, "title": "X"}}])),
        "unsuspend, dotted and mixed case" => operations(
            json!([{"op": "replace", "value": {"urn:ietf:params:scim:schemas:core:2.0:User:ACTIVE": "TRUE"}}]),
        ),
        "unsuspend by PUT" => with("active", json!(true)),
        "user name" => {
            operations(json!([{"op": "replace", "path": "userName", "value": "thief@acme.example"}]))
        }
        "user name in a path-less mix" => operations(
            json!([{"op": "replace", "value": {"displayName": "X", "UserName": "thief@acme.example", "active": active}}]),
        ),
        "user name by PUT" => with("userName", json!("thief@acme.example")),
        "email" => operations(
            json!([{"op": "replace", "path": "emails[type eq \"work\"].value", "value": "thief@acme.example"}]),
        ),
        "another external ID" => {
            let link = json!([{"op": "add", "path": "externalId", "value": user["id"]}]);
            directory.patch(user["id"].as_str().expect("an ID"), link).await.ok();
            operations(json!([{"op": "replace", "path": "externalId", "value": "thief"}]))
        }
        "external ID" => operations(json!([{"op": "add", "path": "externalId", "value": user["id"]}])),
        "names" => operations(json!([{"op": "replace", "path": "name.givenName", "value": "Grace"}])),
        "what is there already" => ("PUT", user.clone()),
        "role, path-less" => operations(
            json!([{"op": "replace", "value": {"roles": [{"value": "company_admin"}], "active": active}}]),
        ),
        "DELETE" => ("DELETE", Value::Null),
        _ => unreachable!("{verb}"),
    };
    let path = format!("/enterprise/v1/scim/Users/{}", user["id"].as_str().expect("an ID"));
    directory.world.call(method, &path, &key.authorization(), body).await
}

fn expected(scope: &str, verb: (&str, Grants), is_admin: bool, is_suspended: bool) -> Outcome {
    let (name, raises) = verb;
    let only_active = ["suspend", "unsuspend", "unsuspend, dotted and mixed case"].contains(&name);
    let mixes = ["user name in a path-less mix", "role, path-less"].contains(&name);
    match scope {
        "revoked" => return Outcome::Unauthenticated,
        "audit-log" => return Outcome::Scope,
        // It suspends, and ignores the other changes.
        "deprovisioning" if is_suspended && mixes => return Outcome::Done,
        "deprovisioning" if !only_active => return Outcome::Scope,
        _ => {}
    }
    let authority = match raises {
        Grants::Never => false,
        Grants::IfSuspended => is_suspended,
        Grants::IfActive => !is_suspended,
        Grants::Always => true,
    };
    if is_admin && authority { Outcome::Protected } else { Outcome::Done }
}

#[tokio::test]
async fn every_combination_of_scope_verb_role_and_state() {
    let directory = Directory::start().await;
    let world = &directory.world;
    let gone = world.create_key_with(&directory.admin, json!({"scopes": ["scim"]})).await;
    world.revoke(&directory.admin, &gone).await.ok();
    let mut keys = vec![("scim", directory.key.clone()), ("revoked", gone)];
    keys.push(("deprovisioning", world.create_key(&directory.admin).await));
    let both = world.create_key_with(&directory.admin, json!({"scopes": ["scim", "deprovisioning"]})).await;
    keys.push(("scim and deprovisioning", both));
    let mut number = 0;
    for (scope, key) in &keys {
        for verb in VERBS {
            for (is_admin, is_suspended) in [(false, false), (false, true), (true, false), (true, true)] {
                number += 1;
                let what =
                    format!("{scope}, {}, administrator: {is_admin}, suspended: {is_suspended}", verb.0);
                let email = format!("matrix-{number}@acme.example");
                let id = format!("matrix-{number}");
                let role = if is_admin { "company_admin" } else { "member" };
                let account = json!({"accountId": id, "email": email, "name": "M", "role": role});
                let add = json!({"operation": "add-account", "companyId": "acme", "account": account});
                world.provision(add).await.expect("added");
                if is_suspended {
                    directory
                        .patch(&id, json!([{"op": "replace", "path": "active", "value": false}]))
                        .await
                        .ok();
                }
                let before = directory.get(&format!("/Users/{id}")).await.ok();
                let answer = request(&directory, key, verb.0, &before).await;
                let outcome = match answer.status {
                    200 | 204 => Outcome::Done,
                    403 if error(&answer).2 == "administrator-protected" => Outcome::Protected,
                    403 if error(&answer).2 == "insufficient-scope" => Outcome::Scope,
                    401 => Outcome::Unauthenticated,
                    _ => panic!("{what}: {} {}", answer.status, answer.text),
                };
                assert_eq!(outcome, expected(scope, verb, is_admin, is_suspended), "{what}: {}", answer.text);
                let after = directory.get(&format!("/Users/{id}")).await;
                if outcome == Outcome::Done {
                    // Whatever the request, nobody got a role, and no administrator got another name.
                    assert!(after.status == 404 || after.ok()["roles"] == before["roles"], "{what}");
                    for name in ["userName", "emails", "name", "displayName"].iter().filter(|_| is_admin) {
                        assert_eq!(after.ok()[name], before[name], "{what}");
                    }
                    let renamed = directory.filter(r#"userName eq "thief@acme.example""#).await.ok();
                    if renamed["totalResults"] == 1
                        || after.status == 200 && after.ok()["emails"] != before["emails"]
                        || after.status == 200 && after.ok()["externalId"] == "thief"
                    {
                        directory.call("DELETE", &format!("/Users/{id}"), Value::Null).await;
                    }
                } else if verb.0 != "another external ID" {
                    assert_eq!(after.ok(), before, "{what}");
                } else {
                    assert_ne!(after.ok()["externalId"], "thief", "{what}");
                }
            }
        }
    }
}
