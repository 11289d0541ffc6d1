use harness::{ADMIN, World};
use serde_json::{Value, json};

use super::POLICY;

#[tokio::test]
async fn wrong_policies_name_their_fields_and_change_nothing() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let cases = [
        (json!({"mustExpire": "yes"}), vec!["mustExpire"]),
        (json!({"longestLifetimeDays": 0, "unusedDays": 29}), vec!["longestLifetimeDays", "unusedDays"]),
        (json!({"longestLifetimeDays": 367, "graceDays": 0}), vec!["longestLifetimeDays", "graceDays"]),
        (json!({"graceDays": 91, "extra": true}), vec!["graceDays", "extra"]),
        (json!({"graceDays": null}), vec!["graceDays"]),
        (json!({"leakedKeys": "ignore"}), vec!["leakedKeys"]),
        (json!({"leakedKeys": "Alert"}), vec!["leakedKeys"]),
        (json!({"leakedKeys": null}), vec!["leakedKeys"]),
        (json!({"leakedKeys": true}), vec!["leakedKeys"]),
        (json!({"scopes": []}), vec!["scopes"]),
        (json!({"scopes": ["everything"]}), vec!["scopes"]),
    ];
    for (body, fields) in cases {
        let refused = world.set_policy(&admin, body.clone()).await;
        assert_eq!(refused.wrong_fields(), fields, "{body}");
    }
    let path = format!("{POLICY}?dryRun=maybe&x=1");
    assert_eq!(world.call("PUT", &path, &admin, json!({})).await.wrong_fields(), ["dryRun", "x"]);
    assert_eq!(world.call("GET", &format!("{POLICY}?x=1"), &admin, Value::Null).await.wrong_fields(), ["x"]);
    assert!(world.company("acme").await.get("keyPolicy").is_none());
}

#[tokio::test]
async fn null_is_the_same_as_absent() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    world.set_policy(&admin, json!({"unusedDays": 90, "scopes": ["scim"]})).await.ok();
    let nulls = json!({"longestLifetimeDays": null, "unusedDays": null, "scopes": null});
    let policy = world.set_policy(&admin, nulls).await.ok()["policy"].clone();
    assert_eq!(
        policy,
        json!({"mustExpire": false, "networksRequired": false, "leakedKeys": "revoke", "graceDays": 14})
    );
}
