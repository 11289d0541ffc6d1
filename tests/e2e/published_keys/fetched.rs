use std::time::{Duration, Instant};

use harness::World;
use serde_json::json;
use store::published_keys::{FetchFailed, KeySource};

use super::{KeyServer, Signer, Verified, instance, instance_with, server::Respond, signed_by};

/// What a first fetch makes of this response.
async fn first(world: &World, respond: Respond, signer: &Signer) -> Verified {
    let server = KeyServer::listing(&[]).await;
    server.respond(respond);
    world.advance(Duration::from_hours(24 * 8));
    signed_by(&instance(world, &server), signer).await
}

/// A response with this many bytes that lists the key.
fn padded(signer: &Signer, size: usize) -> Respond {
    let mut text = json!({"public_keys": [signer.listed()]}).to_string();
    text.push_str(&" ".repeat(size - text.len()));
    Respond::text(text)
}

#[tokio::test]
async fn only_a_small_complete_response_with_a_key_counts() {
    let world = World::start().await;
    let signer = Signer::new("current");
    let listed = || signer.listed();
    for (respond, expected) in [
        (Respond::status(500), FetchFailed::Status(500)),
        (Respond::status(404), FetchFailed::Status(404)),
        (Respond::status(403), FetchFailed::Status(403)),
        (Respond::With(204, String::new(), Vec::new()), FetchFailed::Status(204)),
        (padded(&signer, 64 * 1024 + 1), FetchFailed::TooLarge),
        (Respond::keys(&vec![listed(); 21]), FetchFailed::TooLarge),
        (Respond::text("not JSON"), FetchFailed::NoKey),
        (Respond::text(""), FetchFailed::NoKey),
        (Respond::text(json!([listed()]).to_string()), FetchFailed::NoKey),
        (Respond::text(json!({"public_keys": {"0": listed()}}).to_string()), FetchFailed::NoKey),
        (Respond::keys(&[]), FetchFailed::NoKey),
        (Respond::keys(&[Signer::p384("current").listed()]), FetchFailed::NoKey),
    ] {
        assert_eq!(first(&world, respond, &signer).await, Verified::NotFetched(expected));
    }
    assert_eq!(first(&world, padded(&signer, 64 * 1024), &signer).await, Verified::Yes);
    assert_eq!(first(&world, Respond::keys(&vec![listed(); 20]), &signer).await, Verified::Yes);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let world = World::start().await;
    let signer = Signer::new("current");
    let elsewhere = KeyServer::listing(&[&signer]).await;
    for status in [301, 302, 303, 307, 308] {
        let respond = Respond::With(status, format!("location: {}\r\n", elsewhere.url), Vec::new());
        let expected = Verified::NotFetched(FetchFailed::Status(status));
        assert_eq!(first(&world, respond, &signer).await, expected);
    }
    assert_eq!(elsewhere.take_requests(), [""; 0]);
}

#[tokio::test]
async fn a_fetch_ends_after_three_seconds() {
    let (one, other) = (World::start().await, World::start().await);
    let signer = Signer::new("current");
    let began = Instant::now();
    let outcomes =
        tokio::join!(first(&one, Respond::Never, &signer), first(&other, Respond::Partly, &signer));
    let expected = Verified::NotFetched(FetchFailed::TimedOut);
    assert_eq!(outcomes, (expected, expected));
    let took = began.elapsed();
    assert!(took >= Duration::from_secs(3) && took < Duration::from_secs(9), "{took:?}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_a_failure() {
    let world = World::start().await;
    // Nothing listens at the port of the discard protocol.
    let source = KeySource::at("http://localhost:9/keys").expect("an address");
    let outcome = signed_by(&instance_with(&world, source), &Signer::new("current")).await;
    assert_eq!(outcome, Verified::NotFetched(FetchFailed::Disconnected));
}

#[tokio::test]
async fn only_a_server_with_a_trusted_certificate_is_asked() {
    let world = World::start().await;
    let signer = Signer::new("current");
    let server = KeyServer::with_tls(&[&signer]).await;
    let other = KeyServer::with_tls(&[&signer]).await;
    let source = || KeySource::at(&server.url).expect("an address").expect("not empty");
    // The usual authorities don't vouch for this server, and neither does the certificate of another one.
    for source in [source(), source().trusting(other.certificate())] {
        let outcome = signed_by(&instance_with(&world, Some(source)), &signer).await;
        assert_eq!(outcome, Verified::NotFetched(FetchFailed::Disconnected));
        world.advance(Duration::from_mins(1));
    }
    assert_eq!(server.take_requests(), [""; 0]);
    assert_eq!(signed_by(&instance(&world, &server), &signer).await, Verified::Yes);
    assert_eq!(server.take_requests().len(), 1);
}

/// GitHub refuses requests without a user agent. Nothing of the request that is verified goes to the server.
#[tokio::test]
async fn the_server_is_told_who_asks_and_nothing_else() {
    let world = World::start().await;
    let signer = Signer::new("current");
    let server = KeyServer::listing(&[&signer]).await;
    assert_eq!(signed_by(&instance(&world, &server), &signer).await, Verified::Yes);
    let requests = server.take_requests();
    assert_eq!(requests.len(), 1);
    let mut lines: Vec<_> = requests[0].trim_end().split("\r\n").collect();
    lines.sort_unstable();
    let host = server.url.trim_start_matches("http://").trim_end_matches("/keys");
    let host = format!("host: {host}");
    assert_eq!(
        lines,
        ["GET /keys HTTP/1.1", "accept: application/json", &host, "user-agent: company-api-keys"]
    );
}
