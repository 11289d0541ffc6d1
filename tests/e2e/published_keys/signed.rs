use base64::{Engine, engine::general_purpose::STANDARD};
use harness::World;
use serde_json::json;

use super::{
    BODY, KeyServer, Signer, Verified, calls, instance, instance_with, server::Respond, signed_by, verified,
};

#[tokio::test]
async fn what_github_signed_is_accepted_each_time() {
    let world = World::start().await;
    let signer = Signer::new("current");
    let server = KeyServer::listing(&[&signer]).await;
    let instance = instance(&world, &server);
    let signature = signer.sign(BODY);
    for _ in 0..3 {
        assert_eq!(verified(&instance, "current", &signature, BODY).await, Verified::Yes);
    }
    // The largest body that the route accepts.
    let large = vec![b' '; 1024 * 1024];
    assert_eq!(verified(&instance, "current", &signer.sign(&large), &large).await, Verified::Yes);
    assert_eq!(verified(&instance, "current", &signer.sign(b""), b"").await, Verified::Yes);
}

#[tokio::test]
async fn anything_else_is_refused() {
    let world = World::start().await;
    let (signer, other, p384) = (Signer::new("current"), Signer::new("other"), Signer::p384("current"));
    let server = KeyServer::listing(&[&signer, &other]).await;
    let instance = instance(&world, &server);
    assert_eq!(signed_by(&instance, &signer).await, Verified::Yes);
    let signature = signer.sign(BODY);
    let changed = [BODY, b" "].concat();
    let mut bytes = STANDARD.decode(&signature).expect("base64");
    *bytes.last_mut().expect("a byte") ^= 1;
    let (of_other, of_p384, altered) = (other.sign(BODY), p384.sign(BODY), STANDARD.encode(bytes));
    let (_, _) = (calls(&world), server.take_requests());
    for (identifier, signature, body) in [
        ("current", signature.as_str(), &changed[..]),
        ("current", &signature, &BODY[1..]),
        ("current", &altered, BODY),
        ("current", &of_other, BODY),
        ("current", &of_p384, BODY),
        ("other", &signature, BODY),
        ("current", "", BODY),
        ("", &signature, BODY),
        ("", "", BODY),
        ("current", "not base64", BODY),
        ("current", &signature[1..], BODY),
        ("current", &format!("{signature}\n"), BODY),
        ("current", &"A".repeat(300), BODY),
        (&"a".repeat(129), &signature, BODY),
        ("cur rent", &signature, BODY),
    ] {
        let outcome = verified(&instance, identifier, signature, body).await;
        assert_eq!(outcome, Verified::Refused, "{identifier} {signature}");
    }
    // A wrong signature, or text that can be no identifier and no signature, causes no call.
    assert_eq!((calls(&world).len(), server.take_requests().len()), (0, 0));
}

/// GitHub lists a key as long as it may sign with it, current or not.
#[tokio::test]
async fn every_listed_p256_key_counts_and_no_other() {
    let world = World::start().await;
    let (current, former, p384) = (Signer::new("current"), Signer::new("former"), Signer::p384("p384"));
    let mut listed_former = former.listed();
    listed_former["is_current"] = false.into();
    let listed_twice = json!({"key_identifier": "current", "key": former.listed()["key"]});
    let server = KeyServer::listing(&[]).await;
    server.respond(Respond::keys(&[
        json!({"key_identifier": "garbage", "key": "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n"}),
        json!({"key_identifier": "no key"}),
        json!({"key_identifier": 7, "key": current.listed()["key"]}),
        json!("text"),
        p384.listed(),
        current.listed(),
        listed_former,
        listed_twice,
    ]));
    let instance = instance(&world, &server);
    assert_eq!(signed_by(&instance, &current).await, Verified::Yes);
    assert_eq!(signed_by(&instance, &former).await, Verified::Yes);
    assert_eq!(signed_by(&instance, &p384).await, Verified::Refused);
    // Of two keys with the same identifier, the first one counts.
    assert_eq!(verified(&instance, "current", &former.sign(BODY), BODY).await, Verified::Refused);
    let stored = world.dynamodb.items("PublishedKeys").await;
    assert_eq!(stored.len(), 1);
    let identifiers: Vec<_> =
        stored[0]["keys"].as_array().expect("keys").iter().map(|key| key["identifier"].clone()).collect();
    assert_eq!(identifiers, ["current", "former", "current"]);
}

#[tokio::test]
async fn without_an_address_nothing_is_verified() {
    let world = World::start().await;
    let instance = instance_with(&world, None);
    assert_eq!(signed_by(&instance, &Signer::new("current")).await, Verified::NotConfigured);
    assert_eq!(calls(&world), [""; 0]);
}
