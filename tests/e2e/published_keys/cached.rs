use std::time::Duration;

use harness::World;
use serde_json::json;

use super::{
    BODY, KeyServer, Signer, Verified, calls, instance, made_up, server::Respond, signed_by, verified,
};

const MINUTE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn keys_count_for_an_hour_without_another_fetch() {
    let world = World::start().await;
    let signer = Signer::new("current");
    let server = KeyServer::listing(&[&signer]).await;
    let (one, other) = (instance(&world, &server), instance(&world, &server));
    assert_eq!(signed_by(&one, &signer).await, Verified::Yes);
    assert_eq!(calls(&world), ["GetItem", "UpdateItem", "UpdateItem"]);
    // Another instance reads what the first one stored.
    assert_eq!(signed_by(&other, &signer).await, Verified::Yes);
    assert_eq!(calls(&world), ["GetItem"]);
    world.advance(MINUTE * 59);
    assert_eq!(
        (signed_by(&one, &signer).await, signed_by(&other, &signer).await),
        (Verified::Yes, Verified::Yes)
    );
    assert_eq!(calls(&world), [""; 0]);
    assert_eq!(server.take_requests().len(), 1);
    world.advance(MINUTE);
    assert_eq!(signed_by(&one, &signer).await, Verified::Yes);
    assert_eq!(calls(&world), ["GetItem", "UpdateItem", "UpdateItem"]);
    assert_eq!(signed_by(&other, &signer).await, Verified::Yes);
    assert_eq!(calls(&world), ["GetItem"]);
    assert_eq!(server.take_requests().len(), 1);
}

#[tokio::test]
async fn an_instance_that_starts_later_reads_and_does_not_fetch() {
    let world = World::start().await;
    let signer = Signer::new("current");
    let server = KeyServer::listing(&[&signer]).await;
    assert_eq!(signed_by(&instance(&world, &server), &signer).await, Verified::Yes);
    world.advance(MINUTE * 30);
    let _ = calls(&world);
    assert_eq!(signed_by(&instance(&world, &server), &signer).await, Verified::Yes);
    assert_eq!(calls(&world), ["GetItem"]);
    assert_eq!(server.take_requests().len(), 1);
}

/// A new key is accepted as soon as a minute has passed since the last fetch, and a removed one no longer than an hour.
#[tokio::test]
async fn keys_are_rotated() {
    let world = World::start().await;
    let (old, new) = (Signer::new("old"), Signer::new("new"));
    let server = KeyServer::listing(&[&old]).await;
    let (one, other) = (instance(&world, &server), instance(&world, &server));
    assert_eq!((signed_by(&one, &old).await, signed_by(&other, &old).await), (Verified::Yes, Verified::Yes));
    server.list(&[&new]);
    assert_eq!(signed_by(&one, &new).await, Verified::Refused);
    world.advance(MINUTE);
    assert_eq!(signed_by(&one, &new).await, Verified::Yes);
    assert_eq!(signed_by(&one, &old).await, Verified::Refused);
    // This instance hasn't read the table since.
    assert_eq!(signed_by(&other, &old).await, Verified::Yes);
    world.advance(MINUTE * 59);
    assert_eq!(signed_by(&other, &old).await, Verified::Refused);
    assert_eq!(signed_by(&other, &new).await, Verified::Yes);
}

/// A key keeps its identifier, but not its value.
#[tokio::test]
async fn a_replaced_key_no_longer_counts_after_an_hour() {
    let world = World::start().await;
    let (first, second) = (Signer::new("same"), Signer::new("same"));
    let server = KeyServer::listing(&[&first]).await;
    let instance = instance(&world, &server);
    assert_eq!(signed_by(&instance, &first).await, Verified::Yes);
    server.list(&[&second]);
    world.advance(MINUTE * 60);
    assert_eq!(signed_by(&instance, &first).await, Verified::Refused);
    assert_eq!(signed_by(&instance, &second).await, Verified::Yes);
}

#[tokio::test]
async fn while_they_cannot_be_fetched_keys_count_for_seven_days() {
    let world = World::start().await;
    let signer = Signer::new("current");
    let server = KeyServer::listing(&[&signer]).await;
    let one = instance(&world, &server);
    assert_eq!(signed_by(&one, &signer).await, Verified::Yes);
    server.respond(Respond::status(500));
    for (days, is_accepted) in [(1, true), (6, true), (7, false), (8, false)] {
        let now = world.clock.now().millis();
        let fetched = world.dynamodb.items("PublishedKeys").await[0]["fetchedAt"].as_i64().expect("a time");
        let at = fetched + days * 24 * 60 * 60 * 1_000 - 30_000;
        world.advance(Duration::from_millis(u64::try_from(at - now).expect("later")));
        if days > 6 {
            // Half a minute before and after the end of the seventh day.
            world.advance(MINUTE);
        }
        for instance in [&one, &instance(&world, &server)] {
            let outcome = signed_by(instance, &signer).await;
            assert_eq!(outcome == Verified::Yes, is_accepted, "after {days} days: {outcome:?}");
            let is_unavailable = matches!(outcome, Verified::NotFetched(_) | Verified::NotStored);
            assert!(is_accepted || is_unavailable, "{outcome:?}");
            // The signature is verified as ever.
            let wrong = verified(instance, "current", &signer.sign(b"[]"), BODY).await;
            assert_eq!(wrong == Verified::Refused, is_accepted);
        }
    }
    server.list(&[&signer]);
    world.advance(MINUTE);
    assert_eq!(signed_by(&one, &signer).await, Verified::Yes);
}

/// Whether an unknown key is GitHub's can't be said if the last keys are older than an hour and can't be fetched.
#[tokio::test]
async fn an_unknown_identifier_is_refused_only_in_the_hour_after_a_successful_fetch() {
    let world = World::start().await;
    let signer = Signer::new("current");
    let server = KeyServer::listing(&[&signer]).await;
    let (one, other) = (instance(&world, &server), instance(&world, &server));
    assert_eq!(made_up(&one, "unknown").await, Verified::Refused);
    assert_eq!(made_up(&other, "unknown").await, Verified::Refused);
    world.advance(MINUTE);
    server.respond(Respond::status(503));
    assert_eq!(made_up(&one, "unknown").await, Verified::Refused);
    assert_eq!(made_up(&other, "unknown").await, Verified::Refused);
    assert_eq!(server.take_requests().len(), 2);
    world.advance(MINUTE * 60);
    let failed = Verified::NotFetched(store::published_keys::FetchFailed::Status(503));
    assert_eq!(made_up(&one, "unknown").await, failed);
    assert_eq!(made_up(&other, "unknown").await, Verified::NotStored);
    // The known one counts meanwhile.
    assert_eq!(
        (signed_by(&one, &signer).await, signed_by(&other, &signer).await),
        (Verified::Yes, Verified::Yes)
    );
    server.list(&[&signer]);
    world.advance(MINUTE);
    assert_eq!(made_up(&other, "unknown").await, Verified::Refused);
    assert_eq!(made_up(&one, "unknown").await, Verified::Refused);
}

/// What can't be read in the table is as if it weren't there.
#[tokio::test]
async fn invalid_stored_keys_are_replaced() {
    let world = World::start().await;
    let signer = Signer::new("current");
    let server = KeyServer::listing(&[&signer]).await;
    assert_eq!(signed_by(&instance(&world, &server), &signer).await, Verified::Yes);
    world.advance(MINUTE);
    let keys = json!({"L": [{"S": "x"}, {"M": {}}, {"M": {"identifier": {"S": "current"}, "point": {"S": "BA=="}}}]});
    let update = json!({
        "TableName": "PublishedKeys", "Key": {"publisher": {"S": "github"}},
        "UpdateExpression": "SET #k = :k", "ExpressionAttributeNames": {"#k": "keys"},
        "ExpressionAttributeValues": {":k": keys},
    });
    world.dynamodb.ask("UpdateItem", &update).await;
    assert_eq!(signed_by(&instance(&world, &server), &signer).await, Verified::Yes);
    assert_eq!(server.take_requests().len(), 2);
}
