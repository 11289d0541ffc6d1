//! Every path through the function that ends leaked keys that makes different calls to `DynamoDB`.

use std::time::Duration;

use harness::{KEYS, World};
use serde_json::json;

const PAGE: &str = "https://example.com/found";

/// Finds keys by their digests, and reports them.
pub(super) async fn leaks(world: &World, admin: &str) {
    let find = async |digest: &str| {
        world.call("POST", &format!("{KEYS}/find"), admin, json!({"digest": digest})).await.status
    };
    // The gates are raised for both secrets.
    let key = world.create_key(admin).await;
    let new = world.rotate(admin, &key).await;
    assert_eq!(find(&world.digest_of(&key)).await, 200);
    assert_eq!(find(&"0".repeat(64)).await, 404);
    world.report_found(&[&new], PAGE).await;
    world.report_found(&[&key], PAGE).await;
    assert_eq!(world.own_key(&key).await.status, 401);

    // The key's generation is later than this instance's clock.
    let skewed = world.create_key(admin).await;
    let later = world.clock.now().plus(Duration::from_mins(1));
    world.set_generation(&skewed, later.millis()).await;
    world.report_found(&[&skewed], PAGE).await;
    assert_eq!(world.own_key(&skewed).await.status, 401);

    // GitHub's report is only recorded. Then the policy demands more.
    let alerted = world.create_key(admin).await;
    for response in ["alert", "revoke"] {
        world.set_policy(admin, json!({"leakedKeys": response})).await.ok();
        world.report_from_github(&alerted, PAGE).await;
    }
    assert_eq!(world.own_key(&alerted).await.status, 401);
}
