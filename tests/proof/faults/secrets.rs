//! The operations that change the secrets of a key, and those of a key on itself.

use std::time::Duration;

use harness::{ADMIN, Answer, KEYS, Key};
use serde_json::{Value, json};

use super::{
    effects::check_visible,
    laboratory::Laboratory,
    operations::{GATES, Operation, Prepared},
    recount::recount,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Secrets {
    Rotate,
    /// A new secret waits, which this replaces.
    RotateAgain,
    /// An earlier rotation was completed, and broken off before the gates of the old secret were raised.
    RotateAfterBrokenCompletion,
    /// The first request with a new secret.
    FirstUse,
    /// Nobody has used the new secret.
    CompleteUnused,
    CompleteUsed,
    /// An earlier run was broken off before it raised the gates of the old secret.
    CompleteAgain,
    Cancel,
    /// The key has two secrets. In every second trial, the new one is in use.
    RevokeRotated,
    ReadOwnKey,
    RotateItself,
    RevokeItself,
}

const MEMBER: &str = "acme-member-1";
/// A key may rotate itself once in this time.
const INTERVAL: Duration = Duration::from_secs(61);

impl Operation {
    /// Makes the request again after a 503. A key that rotates itself must wait for a minute if it has done so. A key that
    /// revokes itself can't ask again once this has begun, but an administrator sees that, and revokes it.
    pub(crate) async fn repeat(self, laboratory: &Laboratory, prepared: &Prepared) -> Answer {
        let answer = self.request(laboratory, prepared).await;
        let (Self::Secrets(change), Some(key)) = (self, &prepared.key) else { return answer };
        match (change, answer.status) {
            (Secrets::RotateItself, 429) => {
                let wait: u64 = answer.header("retry-after").parse().expect("seconds");
                assert!((1..=60).contains(&wait), "{wait}");
                laboratory.world.advance(INTERVAL);
                self.request(laboratory, prepared).await
            }
            (Secrets::RevokeItself, 401) => {
                let admin = laboratory.world.sign_in(ADMIN).await;
                check_visible(&laboratory.world, &admin, key, "a key that revoked itself").await;
                laboratory.world.revoke(&admin, key).await
            }
            _ => answer,
        }
    }
}

impl Secrets {
    pub(crate) fn function(self) -> &'static str {
        match self {
            Self::Rotate
            | Self::RotateAgain
            | Self::RotateAfterBrokenCompletion
            | Self::CompleteUnused
            | Self::CompleteUsed
            | Self::CompleteAgain
            | Self::Cancel => "rotate-key",
            Self::FirstUse => "account-status",
            Self::RevokeRotated => "revoke-key",
            Self::ReadOwnKey | Self::RotateItself | Self::RevokeItself => "own-key",
        }
    }

    pub(crate) fn reads_in_batches(self) -> bool {
        !matches!(self, Self::FirstUse | Self::RevokeItself)
    }

    /// The number of gates that it raises.
    pub(crate) fn gates(self) -> usize {
        match self {
            Self::RotateAfterBrokenCompletion
            | Self::CompleteUnused
            | Self::CompleteUsed
            | Self::CompleteAgain
            | Self::RevokeItself => GATES,
            Self::RevokeRotated => 2 * GATES,
            _ => 0,
        }
    }

    /// Creates a key, and rotates it as far as the operation needs it.
    pub(crate) async fn prepare(self, laboratory: &Laboratory, subject: usize, prepared: &mut Prepared) {
        let world = &laboratory.world;
        if self == Self::ReadOwnKey {
            return;
        }
        // Some trials move the clock, so the token of the laboratory may have expired.
        let admin = world.sign_in(ADMIN).await;
        let key = world.create_key_with(&admin, json!({"selfRotation": {"lifetimeDays": 90}})).await;
        if !matches!(self, Self::Rotate | Self::RotateItself | Self::RevokeItself) {
            let new = world.rotate_with(&admin, &key, json!({"overlapSeconds": 3_600})).await;
            let is_used = match self {
                Self::CompleteUsed | Self::CompleteAgain => true,
                Self::RevokeRotated | Self::RotateAfterBrokenCompletion => subject.is_multiple_of(2),
                _ => false,
            };
            if is_used {
                world.read(&new, MEMBER).await.ok();
            }
            if matches!(self, Self::CompleteAgain | Self::RotateAfterBrokenCompletion) {
                world.end_rotation(&admin, "complete", &new).await.ok();
                laboratory.lower_gates_of(|item| item["mask"] == key.mask()).await;
            }
            prepared.new = Some(new);
        }
        prepared.key = Some(key);
    }

    pub(crate) async fn request(self, laboratory: &Laboratory, prepared: &Prepared) -> Answer {
        let world = &laboratory.world;
        if self == Self::ReadOwnKey {
            return world.own_key(&laboratory.key).await;
        }
        let key = prepared.key.as_ref().expect("a key");
        let new = || prepared.new.as_ref().expect("a new secret");
        let rotate = format!("{KEYS}/{}/rotate", key.id);
        let revoke = "/enterprise/v1/api-key/revoke";
        let admin = &laboratory.admin;
        match self {
            Self::Rotate | Self::RotateAgain | Self::RotateAfterBrokenCompletion => {
                world.call("POST", &rotate, admin, Value::Null).await
            }
            Self::FirstUse => world.read(new(), MEMBER).await,
            Self::CompleteUnused | Self::CompleteUsed | Self::CompleteAgain => {
                world.end_rotation(admin, "complete", new()).await
            }
            Self::Cancel => world.end_rotation(admin, "cancel", new()).await,
            Self::RevokeRotated => world.revoke(admin, key).await,
            Self::ReadOwnKey | Self::RotateItself => world.rotate_itself(key, Value::Null).await,
            Self::RevokeItself => world.call("POST", revoke, &key.authorization(), Value::Null).await,
        }
    }

    /// One effect, one event for each change, and the secrets that must work do.
    pub(crate) async fn check(self, laboratory: &Laboratory, prepared: &Prepared, what: &str) {
        let world = &laboratory.world;
        let Some(key) = &prepared.key else { return };
        let new = prepared.new.as_ref();
        recount(world, what).await;
        let events = world.events("acme").await;
        let count = |action: &str| {
            let is_one = |event: &&Value| event["action"] == action && event["affected"]["id"] == key.id;
            events.iter().filter(is_one).count()
        };
        let digests = world.dynamodb.items("KeyDigests").await;
        let secrets = digests.iter().filter(|item| item["keyId"] == key.id).count();
        // A repeat makes another secret if the first request did, because that secret was lost.
        assert_eq!(count("ROTATE_API_KEY"), secrets - 1, "{what}");
        let (made, most) = match self {
            Self::Rotate | Self::RotateItself => (1, 2),
            Self::RotateAgain | Self::RotateAfterBrokenCompletion => (2, 3),
            Self::RevokeItself => (0, 0),
            _ => (1, 1),
        };
        assert!((made..=most).contains(&(secrets - 1)), "{what}: {secrets} secrets");
        let works = async |secret: &Key| {
            let status = world.read(secret, MEMBER).await.status;
            assert!([200, 401].contains(&status), "{what}: {status}");
            status == 200
        };
        let (is_old_used, is_new_used) = (works(key).await, works(new.unwrap_or(key)).await);
        let expected = match self {
            Self::RevokeRotated | Self::RevokeItself => (false, false),
            Self::CompleteUnused
            | Self::CompleteUsed
            | Self::CompleteAgain
            | Self::RotateAfterBrokenCompletion => (false, true),
            Self::Cancel | Self::RotateAgain => (true, false),
            Self::Rotate | Self::FirstUse | Self::ReadOwnKey | Self::RotateItself => (true, true),
        };
        assert_eq!((is_old_used, is_new_used), expected, "{what}");
        let used = matches!(self, Self::FirstUse | Self::CompleteUsed | Self::CompleteAgain);
        let completed = matches!(self, Self::CompleteUnused | Self::CompleteUsed | Self::CompleteAgain);
        let varies = matches!(self, Self::RotateAfterBrokenCompletion | Self::RevokeRotated);
        for (action, happened) in [
            ("USE_NEW_API_KEY_SECRET", used || varies && count("USE_NEW_API_KEY_SECRET") == 1),
            ("COMPLETE_API_KEY_ROTATION", completed || self == Self::RotateAfterBrokenCompletion),
            ("CANCEL_API_KEY_ROTATION", self == Self::Cancel),
            ("REVOKE_API_KEY", matches!(self, Self::RevokeRotated | Self::RevokeItself)),
        ] {
            assert_eq!(count(action), usize::from(happened), "{what}: {action}");
        }
        // Frees a place for the next key.
        let admin = world.sign_in(ADMIN).await;
        let revoked = world.revoke(&admin, if is_new_used { new.unwrap_or(key) } else { key }).await;
        assert_eq!(revoked.status, 200, "{what}: {}", revoked.text);
        laboratory.remove(key).await;
    }
}
