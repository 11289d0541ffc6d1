//! The operations of people who found a key.

use std::collections::HashSet;

use harness::{Answer, Intervention, Key, World};
use serde_json::{Value, json};

use super::{
    effects::check_visible,
    laboratory::Laboratory,
    operations::{GATES, Operation, Prepared},
    recount::recount,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaks {
    Find,
    /// The key has two secrets, of which one was found. In every second trial, the new one is in use.
    FindRotated,
}

const MEMBER: &str = "acme-member-1";
const PLACE: &str = "https://example.com/page";

async fn report(world: &World, secrets: &[&Key]) -> Answer {
    let secrets: Vec<_> = secrets.iter().map(|key| key.secret.as_str()).collect();
    let body = json!({"keys": secrets, "url": format!("{PLACE}?query")});
    world.send(world.request("POST", "/leaks/v1/revoke").json(&body)).await
}

impl Leaks {
    /// The number of gates that it raises.
    pub(crate) fn gates(self) -> usize {
        match self {
            Self::Find => GATES,
            Self::FindRotated => 2 * GATES,
        }
    }

    pub(crate) async fn prepare(self, laboratory: &Laboratory, subject: usize, prepared: &mut Prepared) {
        let Laboratory { world, admin, .. } = laboratory;
        let key = world.create_key(admin).await;
        prepared.changes_before = subject;
        if self == Self::FindRotated {
            let new = world.rotate_with(admin, &key, json!({"overlapSeconds": 3_600})).await;
            if subject.is_multiple_of(2) {
                world.read(&new, MEMBER).await.ok();
            }
            prepared.new = Some(new);
        }
        prepared.key = Some(key);
    }

    /// The secret that is found: each of the two in turn.
    fn found(prepared: &Prepared) -> &Key {
        let is_first = prepared.changes_before % 4 < 2;
        let new = prepared.new.as_ref().filter(|_| !is_first);
        new.or(prepared.key.as_ref()).expect("a key")
    }

    pub(crate) async fn request(self, laboratory: &Laboratory, prepared: &Prepared) -> Answer {
        report(&laboratory.world, &[Self::found(prepared)]).await
    }

    /// One revocation, one event, and no secret works.
    pub(crate) async fn check(self, laboratory: &Laboratory, prepared: &Prepared, what: &str) {
        let (world, key) = (&laboratory.world, prepared.key.as_ref().expect("a key"));
        recount(world, what).await;
        check_revoked(world, Self::found(prepared), what).await;
        for secret in [Some(key), prepared.new.as_ref()].into_iter().flatten() {
            assert_eq!(world.read(secret, MEMBER).await.status, 401, "{what}");
        }
        laboratory.remove(key).await;
    }
}

/// Checks that the finder of this secret revoked the key, and that one event says so.
async fn check_revoked(world: &World, found: &Key, what: &str) {
    let events = world.events("acme").await;
    let of_key = |event: &&Value| {
        let is_revocation = event["action"].as_str().is_some_and(|action| action.starts_with("REVOKE"));
        is_revocation && event["affected"]["id"] == found.id
    };
    let events: Vec<_> = events.iter().filter(of_key).collect();
    assert_eq!(events.len(), 1, "{what}: {events:?}");
    assert_eq!(events[0]["action"], "REVOKE_LEAKED_API_KEY", "{what}");
    assert_eq!(events[0]["actor"], json!({"type": "finder"}), "{what}");
    let details = json!({"leakedMask": found.mask(), "foundAt": [PLACE]});
    assert_eq!(events[0]["details"], details, "{what}");
    let key = stored(world, found).await;
    assert!(key.get("revokedAt").is_some() && key["revokedByReporter"] == "finder", "{what}: {key}");
}

async fn stored(world: &World, key: &Key) -> Value {
    let keys = world.dynamodb.items("ApiKeys").await;
    keys.into_iter().find(|item| item["keyId"] == key.id).expect("a key")
}

/// If one key of a report fails, at any of its calls, the others are revoked and the response is a 503. A repeat of the report
/// revokes that key, too.
#[tokio::test]
async fn several_keys_of_which_one_fails() {
    let laboratory = Laboratory::start(Operation::Leaks(Leaks::Find)).await;
    let Laboratory { world, admin, .. } = &laboratory;
    for failure in [|| Intervention::Fail, || Intervention::LoseResponse] {
        // The calls that name the key: it is read, it begins to end, and it is revoked.
        for passed in 0..3 {
            let mut keys = Vec::new();
            for _ in 0..6 {
                keys.push(world.create_key(admin).await);
            }
            let (failing, mut calls) = (keys[0].id.clone(), HashSet::new());
            world.dynamodb.interfere(move |call| {
                let request = call.request.to_string();
                if call.function != "leaked-keys" || !request.contains(&failing) {
                    return Intervention::Pass;
                }
                // A repeat of a call that failed is the same request.
                calls.insert(request);
                if calls.len() > passed { failure() } else { Intervention::Pass }
            });
            let secrets: Vec<_> = keys.iter().collect();
            let answer = report(world, &secrets).await;
            world.dynamodb.let_pass();
            let what = format!("several found keys, of which one fails after {passed} calls");
            assert_eq!((answer.status, answer.header("retry-after")), (503, "1"), "{what}");
            for key in &keys[1..] {
                check_revoked(world, key, &what).await;
            }
            check_visible(world, admin, &keys[0], &what).await;
            assert_eq!(report(world, &secrets).await.status, 202, "{what}");
            recount(world, &what).await;
            for key in &keys {
                check_revoked(world, key, &what).await;
                assert_eq!(world.read(key, MEMBER).await.status, 401, "{what}");
                laboratory.remove(key).await;
            }
        }
    }
}
