//! A key with two secrets in restored tables.

use std::time::Duration;

use domain::time::Timestamp;
use harness::{ADMIN, Key, SECOND_ADMIN, World};
use serde_json::{Value, json};

use super::{Backup, back_up, put_back, restore, scan};

pub(super) const DAY: Duration = Duration::from_hours(24);
pub(super) const ALL: [&str; 3] = ["deprovisioning", "scim", "audit-log"];

/// A key with two secrets, of which the newer is unused, that may rotate itself and never expires.
pub(super) struct Scene {
    pub(super) world: World,
    pub(super) old: Key,
    pub(super) new: Key,
    pub(super) backup: Backup,
    pub(super) since: Timestamp,
}

impl Scene {
    pub(super) async fn start() -> Self {
        Self::with(json!({"scopes": ALL, "selfRotation": {"lifetimeDays": 90}})).await
    }

    pub(super) async fn with(fields: Value) -> Self {
        let world = World::start().await;
        let admin = world.sign_in(ADMIN).await;
        let old = world.create_key_with(&admin, fields).await;
        let new = world.rotate(&admin, &old).await;
        world.advance(Duration::from_mins(10));
        let (backup, since) = (back_up(&world).await, world.clock.now());
        world.advance(Duration::from_secs(6));
        Self { world, old, new, backup, since }
    }

    pub(super) fn days(&self, days: u32) -> String {
        self.since.plus(days * DAY).to_string()
    }

    pub(super) async fn edit(&self, body: Value) {
        let admin = self.world.sign_in(ADMIN).await;
        self.world.edit(&admin, &self.old, body).await.ok();
        self.world.advance(Duration::from_secs(6));
    }

    pub(super) async fn hold(&self, how: &str, then: Duration) {
        let admin = self.world.sign_in(SECOND_ADMIN).await;
        self.world.hold(&admin, how, &self.old).await.ok();
        self.world.advance(then);
    }

    /// Puts the backup back and restores, first without writing. A second run says nothing.
    pub(super) async fn restored(&self) -> Vec<String> {
        put_back(&self.world, &self.backup).await;
        self.repaired().await
    }

    pub(super) async fn repaired(&self) -> Vec<String> {
        let told = restore(&self.world, self.since, false).await;
        let done = restore(&self.world, self.since, true).await;
        assert_eq!(told, done);
        assert_eq!(restore(&self.world, self.since, true).await, Vec::<String>::new());
        self.agree().await;
        done.into_iter().filter(|line| line.contains(&self.old.id)).collect()
    }

    pub(super) async fn listed(&self) -> Value {
        self.world.listed(&self.world.sign_in(ADMIN).await, &self.old).await
    }

    /// The items of both secrets say what the key's item and the company's policy do.
    pub(super) async fn agree(&self) {
        let key = self.item("ApiKeys", |_| true).await;
        let companies = scan(&self.world, "Companies").await;
        let company = companies.iter().find(|item| item["companyId"] == key["companyId"]).expect("a company");
        let limit = match &key["suspensionLimit"] {
            Value::Null => &company["keyPolicy"]["M"]["policy"]["M"]["suspensionsPerHour"],
            limit if limit["S"] == "unlimited" => &Value::Null,
            limit => limit,
        };
        for (digest, expiry) in [
            (&key["digest"], &key["expiresAt"]),
            (&key["newSecret"]["M"]["digest"], &key["newSecret"]["M"]["expiresAt"]),
            (&key["oldSecret"]["M"]["digest"], &key["oldSecret"]["M"]["endsAt"]),
        ] {
            if digest.is_null() {
                continue;
            }
            let secret = self.item("KeyDigests", |item| item["digest"] == *digest).await;
            assert_eq!((&secret["scopes"], &secret["expiresAt"]), (&key["scopes"], expiry));
            assert_eq!((&secret["held"], &secret["networks"]), (&key["heldAt"], &key["networks"]));
            assert_eq!(&secret["suspensionsPerHour"], limit);
        }
    }

    pub(super) async fn item(&self, table: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        let mut items = scan(&self.world, table).await.into_iter();
        items.find(|item| item["keyId"]["S"] == self.old.id.as_str() && is_it(item)).expect("an item")
    }
}
