//! A lane: one key after the other is made, rotated in one of several ways, and then found, while everything else happens to it.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use futures_util::future::{join, join_all, join4};
use harness::{Key, Numbers};
use reqwest::Client;
use serde_json::{Value, json};
use store::random;
use tokio::time::sleep;

use super::super::{
    record::{BUSY, INSTANCES, Outcome, Shared, What},
    requests::{ATTEMPTS, Sender, made},
};

/// An overlap that no run reaches, in seconds.
const LONG: u64 = 36_000;
/// An overlap that ends if the clock is moved by this.
const SHORT: u64 = 60;
const AFTER_SHORT: Duration = Duration::from_secs(65);

/// How a key is rotated before it is found.
#[derive(Clone, Copy, Debug)]
enum Rotation {
    None,
    /// A new secret waits.
    Waiting,
    /// The new secret is in use, and the old one works.
    Used,
    /// An administrator ended the old secret,
    Completed,
    /// or the new one.
    Canceled,
    /// The old secret ended with time.
    Expired,
    /// The old secret was ended, and another new one waits.
    Again,
}

/// What happens in a history.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    /// The keys of each lane.
    pub(super) rounds: usize,
    rotations: &'static [Rotation],
    /// Whether several finders, administrators and the key itself do something at the same time, and instances end.
    is_crowded: bool,
}

/// Everything.
pub(super) const EVERYTHING: Plan = Plan { rounds: 3, rotations: &ROTATIONS, is_crowded: true };
/// The part in which a weaker design must be seen: one finder has one secret, of two that work or of one that has ended.
pub(super) const ALONE: Plan =
    Plan { rounds: 2, rotations: &[Rotation::Used, Rotation::Completed], is_crowded: false };

const ROTATIONS: [Rotation; 7] = [
    Rotation::Completed,
    Rotation::Used,
    Rotation::Expired,
    Rotation::Waiting,
    Rotation::Canceled,
    Rotation::None,
    Rotation::Again,
];

/// The key of a lane.
struct Lane<'s> {
    shared: &'s Shared,
    number: usize,
    numbers: Numbers,
    /// The key, with its newest secret that works.
    key: Key,
    /// All secrets, and those that certainly have ended.
    secrets: Vec<Key>,
    ended: Vec<Key>,
}

/// What an administrator, or the key itself, does while the key is found.
#[derive(Clone, Copy)]
struct Other {
    what: What,
    instance: usize,
    wait: Duration,
}

impl Shared {
    /// Makes one key after the other and lets it be found.
    pub(super) async fn find_keys(&self, number: usize, plan: Plan, mut numbers: Numbers) {
        for round in 0..plan.rounds {
            let key = self.create(numbers.below(INSTANCES)).await;
            let secrets = vec![key.clone()];
            self.keys.lock().expect("not poisoned").push(secrets.clone());
            let mut lane = Lane { shared: self, number, numbers, key, secrets, ended: Vec::new() };
            lane.publish();
            lane.rotate(plan.rotations[(number * plan.rounds + round) % plan.rotations.len()]).await;
            lane.be_found(round, plan.is_crowded).await;
            numbers = lane.numbers;
        }
    }

    /// Somebody who found these secrets reports them together, until the outcome is known.
    async fn find(&self, instance: usize, secrets: &[&Key], wait: Duration) {
        sleep(wait).await;
        let mut texts: Vec<_> = secrets.iter().map(|secret| format!("KEY={}", secret.secret)).collect();
        // Another key of which nobody knows.
        texts.push(random::api_key().expose().to_owned());
        let body = json!({"keys": texts, "url": "https://example.com/page"});
        for attempt in 0..ATTEMPTS {
            let request = |http: &Client, url: &str| http.post(format!("{url}/leaks/v1/revoke")).json(&body);
            let instance = instance + attempt;
            let (outcome, answer) =
                self.send_about(What::Find, instance, secrets, Sender::Anybody, request).await;
            assert!(!matches!(outcome, Outcome::Refused(..)), "{outcome:?} {answer}");
            if outcome == Outcome::Done {
                return;
            }
        }
    }
}

impl Lane<'_> {
    fn instance(&mut self) -> usize {
        self.numbers.below(INSTANCES)
    }

    fn wait(&mut self, most: usize) -> Duration {
        Duration::from_millis(self.numbers.below(most) as u64)
    }

    /// Lets the machines of the lane use the secrets.
    fn publish(&self) {
        self.shared.usable[self.number].lock().expect("not poisoned").clone_from(&self.secrets);
    }

    async fn rotate(&mut self, rotation: Rotation) {
        let overlap = if matches!(rotation, Rotation::Expired) { SHORT } else { LONG };
        let old = self.key.clone();
        if matches!(rotation, Rotation::None) || !self.make_secret(overlap).await {
            return;
        }
        let new = self.key.clone();
        match rotation {
            Rotation::None | Rotation::Waiting => {}
            Rotation::Used => drop(self.use_first().await),
            Rotation::Completed => drop(self.complete(&old).await),
            Rotation::Canceled => {
                if self.change(What::Cancel, &new.characters()).await == Outcome::Done {
                    self.ended.push(new);
                    self.key = old;
                }
            }
            Rotation::Expired => {
                if self.use_first().await {
                    self.shared.advance(AFTER_SHORT);
                    self.ended.push(old);
                }
            }
            Rotation::Again => {
                if self.complete(&old).await {
                    self.make_secret(LONG).await;
                }
            }
        }
    }

    /// Returns whether a new secret is known.
    async fn make_secret(&mut self, overlap: u64) -> bool {
        let instance = self.instance();
        let body = json!({"overlapSeconds": overlap, "expiresAt": null});
        let (_, answer) = self.shared.change(What::Rotate, instance, &self.key, &body).await;
        let Some(new) = made(&self.key, &answer) else { return false };
        self.remember(new.clone());
        self.key = new;
        true
    }

    fn remember(&mut self, secret: Key) {
        self.secrets.push(secret.clone());
        let mut keys = self.shared.keys.lock().expect("not poisoned");
        keys.iter_mut().find(|secrets| secrets[0].id == secret.id).expect("known").push(secret);
        drop(keys);
        self.publish();
    }

    /// Returns whether the new secret is in use.
    async fn use_first(&mut self) -> bool {
        for _ in 0..ATTEMPTS {
            let instance = self.instance();
            if self.shared.use_secret(instance, &self.key, "api-key").await == Outcome::Done {
                return true;
            }
        }
        false
    }

    /// Returns whether the old secret has ended.
    async fn complete(&mut self, old: &Key) -> bool {
        let is_used = self.use_first().await;
        let is_done = is_used && self.change(What::Complete, &self.key.characters()).await == Outcome::Done;
        if is_done {
            self.ended.push(old.clone());
        }
        is_done
    }

    async fn change(&mut self, what: What, body: &Value) -> Outcome {
        let instance = self.instance();
        self.shared.change(what, instance, &self.key, body).await.0
    }

    /// Everything happens at once. If the key is to be spared, the finders have only secrets that ended.
    async fn be_found(&mut self, round: usize, is_crowded: bool) {
        let is_spared = !self.ended.is_empty() && (round + self.number).is_multiple_of(2);
        let secrets = if is_spared { self.ended.clone() } else { self.secrets.clone() };
        // Others are often first.
        let head_start = self.wait(3) * 40;
        let reports: Vec<_> = (0..if is_crowded { 1 + self.numbers.below(3) } else { 1 })
            .map(|_| {
                let first = self.numbers.below(secrets.len());
                let count = if is_crowded && self.numbers.below(3) == 0 { secrets.len() } else { 1 };
                let found: Vec<_> = secrets.iter().cycle().skip(first).take(count).collect();
                (self.instance(), found, head_start + self.wait(40))
            })
            .collect();
        let others = if is_crowded { self.others(is_spared) } else { Vec::new() };
        let is_crash = is_crowded && !is_spared && self.numbers.below(3) == 0;
        let crash = self.wait(70);
        let shared = self.shared;
        let this = &*self;
        let replacement = if is_crash { Some(shared.start(reports[0].0).await) } else { None };
        let is_answered = AtomicBool::default();
        let finders = async {
            join_all(reports.iter().map(|(instance, found, wait)| shared.find(*instance, found, *wait)))
                .await;
            is_answered.store(true, Ordering::SeqCst);
        };
        let crash = async {
            sleep(crash).await;
            if let Some(replacement) = replacement
                && !is_answered.load(Ordering::SeqCst)
            {
                *shared.crashes.lock().expect("not poisoned") += 1;
                shared.replace(reports[0].0, replacement);
            }
        };
        let others = join_all(others.into_iter().map(|other| this.meanwhile(other)));
        let keep_writing = join_all((0..INSTANCES).map(|place| this.keep_writing(place, &is_answered)));
        let writes = join(this.write_with_each(0), keep_writing);
        join4(finders, crash, others, writes).await;
        join(self.write_with_each(1), self.read_with_each()).await;
        // The key's time is over in any case.
        let (instance, key) = (self.instance(), self.key.clone());
        self.change(What::Release, &Value::Null).await;
        let key = [&key];
        let found = self.shared.find(instance, &key, Duration::from_millis(20));
        join(self.write_with_each(0), found).await;
        join(self.write_with_each(1), self.read_with_each()).await;
        self.shared.usable[self.number].lock().expect("not poisoned").clear();
    }

    /// What happens besides. Nobody revokes a key that is to be spared.
    fn others(&mut self, is_spared: bool) -> Vec<Other> {
        let mut others = Vec::new();
        let choices = [
            (What::Revoke, 2),
            (What::RevokeItself, 2),
            (What::Hold, 4),
            (What::Edit, 2),
            (What::Rotate, 3),
            (What::Complete, 4),
            (What::Cancel, 4),
        ];
        for (what, one_in) in choices {
            let (is_chosen, instance, wait) =
                (self.numbers.below(one_in) == 0, self.instance(), self.wait(30));
            let revokes = matches!(what, What::Revoke | What::RevokeItself);
            if is_chosen && !(is_spared && revokes) {
                others.push(Other { what, instance, wait });
            }
        }
        others
    }

    async fn meanwhile(&self, Other { what, instance, wait }: Other) {
        sleep(wait).await;
        let change = async |body: Value| self.shared.change(what, instance, &self.key, &body).await;
        match what {
            What::RevokeItself => {
                let path = "/enterprise/v1/api-key/revoke";
                let request = |http: &Client, url: &str| http.post(format!("{url}{path}"));
                let holder = Sender::Holder(&self.key);
                let (outcome, answer) = self.shared.send(what, instance, &self.key, holder, request).await;
                assert!(!matches!(outcome, Outcome::Refused(status, _) if status != 401), "{answer}");
            }
            What::Edit => drop(change(json!({"note": "Meanwhile"})).await),
            What::Hold => {
                change(Value::Null).await;
                self.shared.change(What::Release, instance, &self.key, &Value::Null).await;
            }
            What::Rotate => drop(change(json!({"overlapSeconds": LONG, "expiresAt": null})).await),
            _ => drop(change(self.key.characters()).await),
        }
    }

    /// The newest secrets, each with every instance.
    fn each(&self) -> impl Iterator<Item = (&Key, usize)> {
        let newest = self.secrets.iter().rev().take(BUSY / INSTANCES - 1);
        newest.flat_map(|secret| (0..INSTANCES).map(move |instance| (secret, instance)))
    }

    /// Writes with the newest secrets at once, on every instance. Each changes an account of its own.
    async fn write_with_each(&self, turn: usize) {
        let writes = self.each().enumerate();
        join_all(writes.map(|(place, (secret, instance))| self.write(place, turn, secret, instance))).await;
    }

    async fn read_with_each(&self) {
        let path = format!("accounts/{}", self.shared.busy[0]);
        join_all(self.each().map(|(secret, instance)| self.shared.use_secret(instance, secret, &path))).await;
    }

    /// Goes on writing with the key until all finders have an answer.
    async fn keep_writing(&self, place: usize, is_answered: &AtomicBool) {
        for turn in 0.. {
            let outcome = self.write(BUSY - 1 - place, turn, &self.key, place).await;
            if is_answered.load(Ordering::SeqCst) || matches!(outcome, Outcome::Refused(..)) {
                return;
            }
        }
    }

    async fn write(&self, place: usize, turn: usize, secret: &Key, instance: usize) -> Outcome {
        let change = if turn.is_multiple_of(2) { "suspend" } else { "unsuspend" };
        let account = &self.shared.busy[self.number * BUSY + place];
        self.shared.use_secret(instance, secret, &format!("accounts/{account}/{change}")).await
    }
}
