//! The operations that change what a key may do: edits, holds, releases, and those of the key policy.

use std::time::Duration;

use harness::{ADMIN, Answer, KEYS, Key};
use serde_json::{Value, json};

use super::{
    laboratory::Laboratory,
    operations::{GATES, Prepared},
    recount::recount,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grants {
    Rename,
    Narrow,
    /// An earlier run was broken off before it raised the gates. The repeat also changes something that takes nothing away.
    NarrowAgainAndRename,
    /// The current secret expires before the old one would end.
    ExpireLater,
    Hold,
    Release,
    SetPolicy,
    CreateUnderPolicy,
    RotateUnderPolicy,
}

const DAY: Duration = Duration::from_hours(24);
const MEMBER: &str = "acme-member-1";

impl Grants {
    pub(crate) fn function(self) -> &'static str {
        match self {
            Self::SetPolicy => "key-policy",
            Self::CreateUnderPolicy => "create-key",
            Self::RotateUnderPolicy => "rotate-key",
            _ => "edit-key",
        }
    }

    /// The number of gates that it raises. The key has two secrets.
    pub(crate) fn gates(self) -> usize {
        match self {
            Self::Narrow | Self::NarrowAgainAndRename | Self::Hold => 2 * GATES,
            _ => 0,
        }
    }

    fn has_policy(self) -> bool {
        matches!(self, Self::CreateUnderPolicy | Self::RotateUnderPolicy)
    }

    /// Creates a key with two secrets, of which the new one is in use in every second trial.
    pub(crate) async fn prepare(self, laboratory: &Laboratory, subject: usize, prepared: &mut Prepared) {
        let world = &laboratory.world;
        let admin = world.sign_in(ADMIN).await;
        if self.has_policy() && world.company("acme").await.get("keyPolicy").is_none() {
            let mut policy =
                json!({"longestLifetimeDays": 60, "unusedDays": 45, "scopes": ["deprovisioning"]});
            policy["suspensionsPerHour"] = json!(500);
            world.set_policy(&admin, policy).await.ok();
        }
        prepared.changes_before = subject;
        if self == Self::CreateUnderPolicy {
            return;
        }
        let expiry = world.clock.now().plus(20 * DAY).to_string();
        let networks = json!({"mode": "enforce", "ranges": ["127.0.0.0/8", "::1"]});
        let mut fields =
            json!({"scopes": ["deprovisioning", "scim"], "expiresAt": expiry, "networks": networks});
        if self == Self::RotateUnderPolicy {
            fields["scopes"] = json!(["deprovisioning"]);
        } else if self == Self::SetPolicy {
            // The policy of the trial before allows it. It doesn't allow the key of the laboratory.
            fields["scopes"] = json!(["scim"]);
        }
        let key = world.create_key_with(&admin, fields).await;
        if self != Self::RotateUnderPolicy {
            let new = world.rotate_with(&admin, &key, json!({"overlapSeconds": 604_800})).await;
            if subject.is_multiple_of(2) || self == Self::ExpireLater {
                world.own_key(&new).await.ok();
            }
            prepared.new = Some(new);
        }
        match self {
            Self::NarrowAgainAndRename => {
                world.edit(&admin, &key, json!({"scopes": ["scim"]})).await.ok();
                laboratory.lower_gates_of(|item| item["keyId"] == key.id).await;
            }
            Self::Release => {
                world.hold(&admin, "hold", &key).await.ok();
            }
            _ => {}
        }
        prepared.email = world.clock.now().plus(2 * DAY).to_string();
        prepared.key = Some(key);
    }

    pub(crate) async fn request(self, laboratory: &Laboratory, prepared: &Prepared) -> Answer {
        let (world, admin) = (&laboratory.world, &laboratory.admin);
        let key = || prepared.key.as_ref().expect("a key");
        let edit = async |body: Value| world.edit(admin, key(), body).await;
        match self {
            Self::Rename => edit(json!({"name": "Renamed", "note": "Once"})).await,
            Self::Narrow => {
                let networks = json!({"mode": "enforce", "ranges": ["127.0.0.1"]});
                edit(json!({"scopes": ["scim"], "networks": networks, "suspensionLimit": 9})).await
            }
            Self::NarrowAgainAndRename => edit(json!({"scopes": ["scim"], "name": "Renamed"})).await,
            Self::ExpireLater => edit(json!({"expiresAt": prepared.email})).await,
            Self::Hold => world.hold(admin, "hold", key()).await,
            Self::Release => world.hold(admin, "release", key()).await,
            Self::SetPolicy => world.set_policy(admin, policy(prepared)).await,
            Self::CreateUnderPolicy => {
                // A repeat asks for the same.
                let expiry = laboratory.began.plus(20 * DAY).to_string();
                let body = json!({"name": prepared.id, "scopes": ["deprovisioning"], "expiresAt": expiry});
                let request = world.request("POST", KEYS).header("idempotency-key", &prepared.id);
                world.send(request.header("authorization", admin).json(&body)).await
            }
            Self::RotateUnderPolicy => {
                world.call("POST", &format!("{KEYS}/{}/rotate", key().id), admin, Value::Null).await
            }
        }
    }

    /// One effect, one event for each change, and the secrets may do what they should.
    pub(crate) async fn check(self, laboratory: &Laboratory, prepared: &Prepared, what: &str) {
        let world = &laboratory.world;
        recount(world, what).await;
        let admin = world.sign_in(ADMIN).await;
        if self == Self::CreateUnderPolicy {
            let keys = world.dynamodb.items("ApiKeys").await;
            let made: Vec<_> = keys.iter().filter(|key| key["name"] == prepared.id.as_str()).collect();
            assert_eq!(made.len(), 1, "{what}");
            let text = |name: &str| made[0][name].as_str().expect("a text");
            let (first, last) = text("mask").split_once('…').expect("two parts");
            let path = format!("{KEYS}/{}/revoke", text("keyId"));
            world.call("POST", &path, &admin, json!({"firstFour": first, "lastFour": last})).await.ok();
            return;
        }
        let key = prepared.key.as_ref().expect("a key");
        let events = world.events("acme").await;
        let count = |action: &str| {
            let is_one = |event: &&Value| event["action"] == action && event["affected"]["id"] == key.id;
            events.iter().filter(is_one).count()
        };
        let edits = match self {
            Self::NarrowAgainAndRename => 2,
            Self::Rename | Self::Narrow | Self::ExpireLater => 1,
            _ => 0,
        };
        assert_eq!(count("UPDATE_API_KEY"), edits, "{what}");
        let holds = usize::from(matches!(self, Self::Hold | Self::Release));
        assert_eq!(count("HOLD_API_KEY"), holds, "{what}");
        assert_eq!(count("RELEASE_API_KEY"), usize::from(self == Self::Release), "{what}");
        if self == Self::SetPolicy {
            let changes = events.iter().filter(|event| event["action"] == "CHANGE_KEY_POLICY").count();
            assert_eq!(world.company("acme").await["keyPolicyVersion"], changes, "{what}");
            let set = world.call("GET", "/admin/v1/key-policy", &admin, Value::Null).await.ok();
            assert_eq!(set["policy"]["unusedDays"], policy(prepared)["unusedDays"], "{what}");
        }
        let item = world.dynamodb.items("ApiKeys").await;
        let item = item.iter().find(|item| item["keyId"] == key.id).expect("a key");
        let is_renamed = matches!(self, Self::Rename | Self::NarrowAgainAndRename);
        assert_eq!(item["name"] == "Renamed", is_renamed, "{what}");
        self.check_uses(laboratory, key, prepared.new.as_ref(), what).await;
        // Frees a place for the next key.
        let secret = match (&prepared.new, self) {
            (Some(new), _) if item["mask"] == new.mask() => new,
            _ => key,
        };
        world.revoke(&admin, secret).await.ok();
        laboratory.remove(key).await;
    }

    async fn check_uses(self, laboratory: &Laboratory, old: &Key, new: Option<&Key>, what: &str) {
        let world = &laboratory.world;
        let suspends = match self {
            Self::Narrow | Self::NarrowAgainAndRename | Self::SetPolicy => 403,
            Self::Hold => 401,
            _ => 200,
        };
        let reads = if suspends == 401 { 401 } else { 200 };
        for secret in [Some(old), new].into_iter().flatten() {
            assert_eq!(world.read(secret, MEMBER).await.status, suspends, "{what}");
            assert_eq!(world.own_key(secret).await.status, reads, "{what}");
        }
    }
}

/// A policy that no trial before has set.
fn policy(prepared: &Prepared) -> Value {
    let days = 30 + prepared.changes_before % 300;
    json!({"mustExpire": true, "longestLifetimeDays": 31, "unusedDays": days, "scopes": ["scim"], "graceDays": 5})
}
