use harness::World;
use local::{Options, Stack};
use serde_json::{Value, json};
use store::published_keys::KeySource;

use super::{Signer, Verified, instance_with, signed_by};

/// The stand-in for GitHub publishes its key in GitHub's form.
#[tokio::test]
async fn a_laptop_has_a_stand_in_for_github() {
    let world = World::start().await;
    let path = "/local/github/public-keys";
    let client = reqwest::Client::new();
    let answer = client.get(format!("{}{path}", world.stack.url)).send().await.expect("an answer");
    let keys: Value = answer.json().await.expect("JSON");
    assert_eq!(keys["public_keys"].as_array().map(Vec::len), Some(1));
    assert_eq!(keys["public_keys"][0]["is_current"], true);
    // The key can be fetched and read: a signature with its identifier is verified, and it is wrong.
    let identifier = keys["public_keys"][0]["key_identifier"].as_str().expect("an identifier");
    let source = KeySource::at(&format!("{}{path}", world.stack.url)).expect("an address");
    let instance = instance_with(&world, source);
    assert_eq!(signed_by(&instance, &Signer::new(identifier)).await, Verified::Refused);
    let stored = world.dynamodb.items("PublishedKeys").await;
    assert_eq!(stored[0]["keys"][0]["identifier"], identifier);
}

#[tokio::test]
async fn an_address_that_is_not_allowed_stops_the_stack_at_its_start() {
    let github_keys = Some("http://github.example/keys".to_owned());
    let error = Stack::start(Options { github_keys, ..Options::in_memory() }).await.expect_err("an error");
    assert!(error.contains("https://"), "{error}");
    let none = Options { github_keys: Some(String::new()), ..Options::in_memory() };
    Stack::start(none).await.expect("a stack").stop().await;
}

/// A stack on a `DynamoDB` elsewhere doesn't stand in for GitHub. Here there is one, so a report reaches the route or learns that
/// there is none.
#[tokio::test]
async fn a_report_is_signed_and_goes_to_the_route_of_reports() {
    let world = World::start().await;
    let report =
        json!([{"token": "some_token", "type": "some_type", "url": "some_url", "source": "content"}]);
    let url = format!("{}/local/github/report", world.stack.url);
    let answer = reqwest::Client::new().post(url).json(&report).send().await.expect("an answer");
    let has_route = local::template::Template::read(local::template::SOURCE)
        .expect("readable")
        .routes
        .iter()
        .any(|route| route.key() == "POST /leaks/v1/github");
    assert_eq!(answer.status().as_u16(), if has_route { 200 } else { 404 });
}
