//! The operations of people who found a key.

use std::sync::atomic::Ordering;

use harness::{Answer, Key, World};
use serde_json::{Value, json};

use super::{
    effects::check_visible,
    fault::Fault,
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

/// If one key of a report fails, the others are revoked, the answer is a 503, and a repeat of the report revokes that key, too.
#[tokio::test]
async fn several_keys_of_which_one_fails() {
    let operation = Operation::Leaks(Leaks::Find);
    let laboratory = Laboratory::start(operation).await;
    let Laboratory { world, admin, .. } = &laboratory;
    for fault in [Fault::Failed, Fault::Lost] {
        let (mut n, mut spared) = (1, 0);
        loop {
            let what = format!("several found keys, {fault:?} from call {n}");
            let mut keys = Vec::new();
            for _ in 0..3 {
                keys.push(world.create_key(admin).await);
            }
            let secrets: Vec<_> = keys.iter().collect();
            let interfered = laboratory.interfere(operation.function(), n, fault, 3);
            let answer = report(world, &secrets).await;
            world.dynamodb.let_pass();
            let is_over = interfered.calls.load(Ordering::Relaxed) < n;
            if is_over {
                assert_eq!(answer.status, 202, "{what}: {}", answer.text);
            } else {
                assert_eq!((answer.status, answer.header("retry-after")), (503, "1"), "{what}");
                let mut revoked = 0;
                for key in &keys {
                    check_visible(world, admin, key, &what).await;
                    revoked += usize::from(stored(world, key).await.get("revokedAt").is_some());
                }
                // The first call reads all of them.
                let is_expected = if n == 1 { revoked == 0 } else { revoked >= 2 };
                assert!(is_expected, "{what}: {revoked} are revoked");
                spared += usize::from(n > 1 && revoked == 2);
                assert_eq!(report(world, &secrets).await.status, 202, "{what}");
            }
            recount(world, &what).await;
            for key in &keys {
                check_revoked(world, key, &what).await;
                assert_eq!(world.read(key, MEMBER).await.status, 401, "{what}");
                laboratory.remove(key).await;
            }
            if is_over {
                break;
            }
            n = interfered.next(n, 3 * GATES);
        }
        assert!(n > 3 * GATES && spared >= 6, "{fault:?}: {n} calls, {spared} failed");
    }
}
