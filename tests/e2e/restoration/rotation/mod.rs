//! The secrets of restored keys.

mod moments;

use std::time::Duration;

use domain::time::Timestamp;
use harness::{ADMIN, Intervention, KEYS, Key, World};
use serde_json::{Value, json};

use super::{back_up, put_back, restore, scan};

const MEMBER: &str = "acme-member-1";
const OVERLAP: Duration = Duration::from_hours(24);

/// A step of a rotation. A number is that of a secret, in the order in which they were made.
#[derive(Clone, Copy)]
enum Step {
    Rotate,
    Use(usize),
    Complete,
    Cancel,
}
use Step::{Cancel, Complete, Rotate, Use};

/// A key, with every secret that it ever had.
struct Scene {
    world: World,
    secrets: Vec<Key>,
}

impl Scene {
    async fn start() -> Self {
        let world = World::start().await;
        let admin = world.sign_in(ADMIN).await;
        let secrets = vec![world.create_key(&admin).await];
        let scene = Self { world, secrets };
        scene.world.advance(Duration::from_mins(10));
        scene
    }

    async fn admin(&self) -> String {
        self.world.sign_in(ADMIN).await
    }

    async fn take(&mut self, steps: &[Step]) {
        let admin = self.admin().await;
        for step in steps {
            let newest = self.secrets.last().expect("a secret");
            match step {
                Rotate => {
                    let new = self.world.rotate(&admin, newest).await;
                    self.secrets.push(new);
                }
                Use(secret) => drop(self.world.read(&self.secrets[*secret], MEMBER).await.ok()),
                Complete => drop(self.world.end_rotation(&admin, "complete", newest).await.ok()),
                Cancel => drop(self.world.end_rotation(&admin, "cancel", newest).await.ok()),
            }
        }
    }

    /// Takes the first steps, backs up, takes the others, and restores the backup. Returns what the restoration did.
    async fn restored(&mut self, before: &[Step], since: &[Step]) -> Vec<String> {
        self.take(before).await;
        let (backup, time) = (back_up(&self.world).await, self.world.clock.now());
        self.world.advance(Duration::from_secs(1));
        self.take(since).await;
        put_back(&self.world, &backup).await;
        self.repaired(time).await
    }

    /// Restores, first without writing. A second run says nothing.
    async fn repaired(&self, since: Timestamp) -> Vec<String> {
        let told = restore(&self.world, since, false).await;
        let done = restore(&self.world, since, true).await;
        assert_eq!(told, done);
        assert_eq!(restore(&self.world, since, true).await, Vec::<String>::new());
        done
    }

    /// Checks that every operation on the restored key works, and then puts everything back.
    async fn is_repaired(&mut self) {
        let (backup, count) = (back_up(&self.world).await, self.secrets.len());
        self.works_on().await;
        self.secrets.truncate(count);
        put_back(&self.world, &backup).await;
        // The operations raised gates.
        for item in scan(&self.world, "KeyGates").await {
            let key = json!({"gate": item["gate"]});
            self.world.dynamodb.ask("DeleteItem", &json!({"TableName": "KeyGates", "Key": key})).await;
        }
    }

    /// Which of the secrets work. The first use of a new one changes the tables, so they are put back.
    async fn working(&self) -> Vec<usize> {
        let backup = back_up(&self.world).await;
        let mut working = Vec::new();
        for (number, secret) in self.secrets.iter().enumerate() {
            match self.world.suspend(secret, MEMBER).await.status {
                200 => working.push(number),
                status => assert_eq!(status, 401, "secret {number}"),
            }
            put_back(&self.world, &backup).await;
        }
        working
    }

    /// The key in the list of all keys.
    async fn listed(&self) -> Value {
        let admin = self.admin().await;
        for state in ["", "?state=revoked"] {
            let list = self.world.call("GET", &format!("{KEYS}{state}"), &admin, Value::Null).await.ok();
            let keys = list["apiKeys"].as_array().expect("keys").clone();
            if let Some(key) = keys.into_iter().find(|key| key["keyId"] == self.secrets[0].id) {
                return key;
            }
        }
        panic!("the key is in no list")
    }

    /// The list shows the secrets that work, and no others.
    async fn shows(&self, working: &[usize]) -> Value {
        let listed = self.listed().await;
        let second = [&listed["newSecret"]["mask"], &listed["oldSecret"]["mask"]];
        let shown: Vec<_> = second.into_iter().chain([&listed["mask"]]).filter_map(Value::as_str).collect();
        let masks: Vec<_> = working.iter().map(|secret| self.secrets[*secret].mask()).collect();
        assert!(masks.len() == shown.len() && masks.iter().all(|mask| shown.contains(&&**mask)), "{listed}");
        listed
    }

    /// The rotation of the key can end, the key can be rotated and revoked, and the company counts it.
    async fn works_on(&mut self) {
        let listed = self.listed().await;
        let admin = self.admin().await;
        let id = self.secrets[0].id.clone();
        let path = format!("{KEYS}/{id}");
        let counted = self.world.company("acme").await;
        assert!(counted["activeKeys"].get(&id).is_some(), "{counted}");
        let has_two = listed.get("newSecret").or(listed.get("oldSecret")).is_some();
        assert_eq!(counted["rotatingKeys"].get(&id).is_some(), has_two, "{counted} {listed}");
        if has_two {
            self.world.call("POST", &format!("{path}/complete-rotation"), &admin, Value::Null).await.ok();
        }
        let new = self.world.rotate(&admin, &self.secrets[0]).await;
        self.secrets.push(new);
        self.take(&[Use(self.secrets.len() - 1)]).await;
        self.world.revoke(&admin, self.secrets.last().expect("a secret")).await.ok();
        assert_eq!(self.working().await, Vec::<usize>::new());
        assert!(self.world.company("acme").await["rotatingKeys"].get(&id).is_none());
    }
}

/// Before the backup, since then, the secrets that work after the restore, and those that work after the overlap.
type Case = (&'static [Step], &'static [Step], &'static [usize], &'static [usize]);

/// What a rotation ended since the restored time is ended again, and what it promised to end ends then.
#[tokio::test]
async fn secrets_that_rotations_ended_are_ended_again() {
    let cases: [Case; 9] = [
        (&[], &[Rotate], &[0], &[0]),
        (&[], &[Rotate, Use(1)], &[0], &[]),
        (&[Rotate], &[Use(1)], &[0, 1], &[1]),
        (&[Rotate], &[Complete], &[1], &[1]),
        (&[Rotate], &[Use(1), Complete], &[1], &[1]),
        (&[Rotate], &[Cancel], &[0], &[0]),
        (&[Rotate], &[Rotate], &[0], &[0]),
        (&[Rotate], &[Rotate, Use(2)], &[0], &[]),
        (&[Rotate, Use(1)], &[Complete], &[1], &[1]),
    ];
    for (before, since, working, later) in cases {
        let mut scene = Scene::start().await;
        let done = scene.restored(before, since).await;
        assert_eq!(scene.working().await, working, "{done:?}");
        let listed = scene.shows(working).await;
        scene.is_repaired().await;
        let end = scene.world.clock.now().plus(OVERLAP).to_string();
        scene.world.advance(OVERLAP);
        assert_eq!(scene.working().await, later, "{done:?}");
        if later.is_empty() {
            assert!(done.iter().any(|line| line.contains("Rotate the key before that")), "{done:?}");
            assert!(listed["expiresAt"].as_str().is_some_and(|at| at <= &*end), "{listed}");
        }
    }
}

#[tokio::test]
async fn a_key_without_a_restored_secret_that_works_is_revoked() {
    let cases: [(&[Step], &[Step]); 3] =
        [(&[], &[Rotate, Complete]), (&[Rotate], &[Rotate, Complete]), (&[], &[Rotate, Use(1), Complete])];
    for (before, since) in cases {
        let mut scene = Scene::start().await;
        let done = scene.restored(before, since).await;
        let sentence = format!("key {} has no secret that works", scene.secrets[0].id);
        assert!(done.iter().any(|line| line.contains(&sentence)), "{done:?}");
        assert_eq!(scene.working().await, Vec::<usize>::new());
        let listed = scene.listed().await;
        assert!(listed["revokedAt"].is_string() && listed["revokedBy"]["email"] == ADMIN, "{listed}");
        assert_eq!(scene.world.company("acme").await["activeKeys"], json!({}));
    }
}

/// A key that has only expired is left alone, with its old secret too.
#[tokio::test]
async fn a_key_that_expired_is_not_revoked() {
    let mut scene = Scene::start().await;
    let admin = scene.admin().await;
    let expiry = scene.world.clock.now().plus(Duration::from_hours(2)).to_string();
    let new = scene.world.rotate_with(
        &admin,
        &scene.secrets[0],
        json!({"expiresAt": expiry, "overlapSeconds": 60}),
    );
    let new = new.await;
    scene.secrets.push(new);
    scene.take(&[Use(1)]).await;
    scene.world.advance(Duration::from_hours(3));
    let done = scene.restored(&[], &[]).await;
    assert!(!done.iter().any(|line| line.contains(&scene.secrets[0].id)), "{done:?}");
    let keys = scene.world.dynamodb.items("ApiKeys").await;
    assert!(keys.iter().all(|key| key["companyId"] != "acme" || key.get("revokedAt").is_none()));
}

/// The command is broken off at each of its writes. Repeating it does the rest.
#[tokio::test]
async fn a_restore_of_secrets_can_be_broken_off_and_repeated() {
    let cases: [(&[Step], &[Step], &[usize]); 2] =
        [(&[Rotate], &[Use(1)], &[0, 1]), (&[], &[Rotate, Complete], &[])];
    for (before, since, working) in cases {
        let mut scene = Scene::start().await;
        scene.take(before).await;
        let (backup, time) = (back_up(&scene.world).await, scene.world.clock.now());
        scene.world.advance(Duration::from_secs(1));
        scene.take(since).await;
        for broken in 1.. {
            put_back(&scene.world, &backup).await;
            let mut writes = 0;
            scene.world.dynamodb.interfere(move |call| {
                writes += usize::from(call.function == "restore" && call.action == "UpdateItem");
                if writes >= broken && call.function == "restore" {
                    Intervention::Invalid
                } else {
                    Intervention::Pass
                }
            });
            let (since, now) = (time.to_string(), scene.world.clock.now());
            let url = Some(scene.world.dynamodb.url.as_str());
            let is_done = local::restore::restore(&since, false, url, now).await.is_ok();
            scene.world.dynamodb.let_pass();
            scene.repaired(time).await;
            assert_eq!(scene.working().await, working, "write {broken}");
            if is_done {
                assert!(broken > 3, "{broken} writes");
                break;
            }
        }
    }
}

/// Both secrets get generations above their gates, the limits, and the freeze.
#[tokio::test]
async fn what_applies_to_a_key_applies_to_both_secrets() {
    for used in [false, true] {
        let mut scene = Scene::start().await;
        scene.take(if used { &[Rotate, Use(1)] } else { &[Rotate] }).await;
        scene.world.advance(Duration::from_mins(10));
        let (backup, since) = (back_up(&scene.world).await, scene.world.clock.now());
        let plan = |plan: &str| json!({"operation": "change-plan", "companyId": "acme", "plan": plan});
        scene.world.change_limits("acme", json!({"key": 200})).await;
        scene.world.provision(plan("team")).await.expect("frozen");
        scene.world.provision(plan("enterprise")).await.expect("released");
        put_back(&scene.world, &backup).await;
        // The control: the gates are above the restored generations.
        assert_eq!(scene.world.suspend(&scene.secrets[0], MEMBER).await.status, 503);

        let done = restore(&scene.world, since, true).await;
        let id = &scene.secrets[0].id;
        for sentence in ["gets the company's limits", "is frozen"] {
            let said = done.iter().filter(|line| line.contains(&format!("key {id} {sentence}"))).count();
            assert_eq!(said, 1, "{done:?}");
        }
        assert_eq!(scene.working().await, Vec::<usize>::new());
        scene.world.provision(plan("enterprise")).await.expect("given back");
        assert_eq!(scene.working().await, [0, 1]);
        for secret in &scene.secrets {
            let answer = scene.world.read(secret, MEMBER).await;
            assert!(answer.header("ratelimit-policy").starts_with(r#""key";q=200"#));
        }
    }
}

#[tokio::test]
async fn a_key_that_revoked_itself_is_revoked_again_with_both_secrets() {
    let mut scene = Scene::start().await;
    scene.take(&[Rotate, Use(1)]).await;
    let (backup, since) = (back_up(&scene.world).await, scene.world.clock.now());
    scene.world.advance(Duration::from_secs(1));
    let path = "/enterprise/v1/api-key/revoke";
    scene.world.call("POST", path, &scene.secrets[1].authorization(), Value::Null).await.ok();
    put_back(&scene.world, &backup).await;
    // The control.
    scene.world.read(&scene.secrets[1], MEMBER).await.ok();
    put_back(&scene.world, &backup).await;
    scene.repaired(since).await;
    assert_eq!(scene.working().await, Vec::<usize>::new());
    let listed = scene.listed().await;
    assert!(listed["revokedByKey"] == true && listed.get("revokedBy").is_none(), "{listed}");
    let keys = scene.world.dynamodb.items("ApiKeys").await;
    let stored = keys.iter().find(|key| key["keyId"] == scene.secrets[0].id).expect("the key");
    assert_eq!(stored["revokedBy"]["email"], ADMIN);
}
