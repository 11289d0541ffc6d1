use std::time::Duration;

use harness::{Intervention, World};

use super::{KeyServer, Signer, Verified, instance, made_up, server::Respond, signed_by};

/// The request says nothing about GitHub's keys if the table fails before anything is known.
#[tokio::test]
async fn a_table_that_fails_is_a_failure() {
    let world = World::start().await;
    let signer = Signer::new("current");
    let server = KeyServer::listing(&[&signer]).await;
    let instance = instance(&world, &server);
    for action in ["GetItem", "UpdateItem"] {
        world.dynamodb.interfere_with(action, Intervention::Invalid);
        assert_eq!(signed_by(&instance, &signer).await, Verified::TableFailed, "{action}");
        assert_eq!(server.take_requests(), [""; 0]);
        world.dynamodb.let_pass();
        world.advance(Duration::from_mins(1));
    }
    assert_eq!(signed_by(&instance, &signer).await, Verified::Yes);
}

/// Keys that were fetched count on this instance, even if they could not be stored.
#[tokio::test]
async fn keys_that_could_not_be_stored_count() {
    let world = World::start().await;
    let signer = Signer::new("current");
    let server = KeyServer::listing(&[&signer]).await;
    let (one, other) = (instance(&world, &server), instance(&world, &server));
    world.dynamodb.interfere(|call| {
        let stores = call.action == "UpdateItem" && call.request.to_string().contains("fetchedAt");
        if stores { Intervention::Invalid } else { Intervention::Pass }
    });
    assert_eq!(signed_by(&one, &signer).await, Verified::Yes);
    world.dynamodb.let_pass();
    assert_eq!(signed_by(&one, &signer).await, Verified::Yes);
    // Another instance doesn't know them, and may not fetch them yet. It waits for the outcome in vain.
    assert_eq!(signed_by(&other, &signer).await, Verified::NotStored);
    // What the table lacks doesn't replace what this instance knows.
    world.advance(Duration::from_mins(1));
    server.respond(Respond::status(500));
    assert_eq!(made_up(&one, "unknown").await, Verified::Refused);
    assert_eq!(server.take_requests().len(), 2);
    assert_eq!(signed_by(&one, &signer).await, Verified::Yes);
    server.list(&[&signer]);
    world.advance(Duration::from_mins(1));
    assert_eq!(signed_by(&other, &signer).await, Verified::Yes);
    assert_eq!(signed_by(&one, &signer).await, Verified::Yes);
}
