//! The administrator who changes how many accounts the first key may suspend in an hour.

use std::time::{Duration, Instant};

use harness::Numbers;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::record::{Asked, Change, Shared, path_of};

/// The company's number at the beginning.
pub(super) const FIRST: usize = 60;
/// How long the administrator waits for a refusal.
const LONGEST_WAIT: Duration = Duration::from_secs(4);
/// The number of the other key, which nobody changes.
pub(super) const OTHER: usize = 5;

/// One thing that the administrator does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// Gives the key a number of its own, or none.
    Own(Option<usize>),
    /// Gives the key the company's number.
    AsPolicy,
    /// Changes the company's number.
    Policy(usize),
    /// Lets the key go on in this hour.
    Release,
    /// An instance ends.
    Crash,
}

/// Everything, in an order in which many numbers are reached.
pub(super) const ALL: &[Step] = &[
    Step::Release,
    Step::Own(Some(25)),
    Step::Release,
    Step::Own(Some(1000)),
    Step::Own(Some(10)),
    Step::Release,
    Step::Crash,
    Step::AsPolicy,
    Step::Policy(400),
    Step::Policy(20),
    Step::Release,
    Step::Own(None),
    Step::Own(Some(12)),
    Step::Release,
    Step::AsPolicy,
];

/// What happens near the end of the hour.
pub(super) const NEAR: &[Step] = &[
    Step::Release,
    Step::Policy(30),
    Step::Own(Some(15)),
    Step::Release,
    Step::Own(Some(40)),
    Step::AsPolicy,
];

/// Little is left of the hour.
pub(super) const FEW: &[Step] = &[Step::Own(Some(8))];

/// The number grows, then it is lowered while much is written.
pub(super) const LOWERINGS: &[Step] = &[
    Step::Own(Some(1000)),
    Step::Own(Some(10)),
    Step::Own(Some(900)),
    Step::Policy(9),
    Step::AsPolicy,
    Step::Own(Some(1000)),
    Step::Own(Some(8)),
];

pub(super) struct Administrator<'s> {
    shared: &'s Shared<'s>,
    path: String,
    /// The longest pause, in milliseconds.
    pause: usize,
    policy: usize,
    /// The key's own number, unless it has the company's.
    own: Option<usize>,
    has_own: bool,
}

impl<'s> Administrator<'s> {
    pub(super) fn new(shared: &'s Shared<'s>, pause: usize) -> Self {
        let path = path_of(&shared.keys[0].secrets[0]);
        Self { shared, path, pause, policy: FIRST, own: None, has_own: false }
    }

    /// Makes the steps once.
    pub(super) async fn once(&mut self, steps: &[Step], numbers: &mut Numbers) {
        for step in steps {
            self.make(*step, numbers).await;
        }
    }

    /// Makes the steps again and again, until everything ends.
    pub(super) async fn again_and_again(&mut self, steps: &[Step], numbers: &mut Numbers) {
        for step in steps.iter().cycle() {
            if self.shared.is_over() {
                return;
            }
            self.make(*step, numbers).await;
        }
    }

    async fn make(&mut self, step: Step, numbers: &mut Numbers) {
        sleep(Duration::from_millis(100 + numbers.below(self.pause) as u64)).await;
        if matches!(step, Step::Release) {
            self.wait_until_refused().await;
        }
        let instance = numbers.below(3);
        let began = Instant::now();
        match step {
            Step::Release => {
                let path = format!("{}/release-suspension-limit", self.path);
                self.shared.change(instance, Method::POST, &path, None).await;
                return;
            }
            Step::Crash => {
                self.shared.crash(instance, numbers).await;
                return;
            }
            Step::Own(number) => {
                (self.own, self.has_own) = (number, true);
                self.edit(instance, &json!(number)).await;
            }
            Step::AsPolicy => {
                self.has_own = false;
                self.edit(instance, &json!("policy")).await;
            }
            Step::Policy(number) => {
                self.policy = number;
                let body = json!({"suspensionsPerHour": number});
                self.shared.change(instance, Method::PUT, "key-policy", Some(&body)).await;
            }
        }
        let number = if self.has_own { self.own } else { Some(self.policy) };
        let change = Change { key: 0, began, ended: Instant::now(), number };
        self.shared.changes.lock().expect("not poisoned").push(change);
    }

    /// Waits a while until the limit refuses something. Before that, there is nothing to release.
    async fn wait_until_refused(&self) {
        let began = Instant::now();
        let is_later = |asked: &Asked| asked.key == 0 && asked.refused > 0 && asked.began > began;
        let is_refused = || self.shared.asked.lock().expect("not poisoned").iter().any(is_later);
        while !is_refused() && !self.shared.is_over() && began.elapsed() < LONGEST_WAIT {
            sleep(Duration::from_millis(20)).await;
        }
    }

    async fn edit(&self, instance: usize, limit: &Value) {
        let body = json!({"suspensionLimit": limit});
        self.shared.change(instance, Method::PATCH, &self.path, Some(&body)).await;
    }
}
