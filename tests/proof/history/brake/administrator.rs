//! The administrator who changes how many accounts the first key may suspend in an hour.

use std::time::{Duration, Instant};

use harness::Numbers;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::record::{Change, Parts, Shared, path_of};

/// The company's number at the beginning.
pub(super) const FIRST: usize = 60;
/// The number of the other key, which nobody changes.
pub(super) const OTHER: usize = 17;

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

/// Everything, in an order in which each number is reached.
pub(super) const ALL: &[Step] = &[
    Step::Release,
    Step::Own(Some(1000)),
    Step::Release,
    Step::Own(Some(25)),
    Step::Release,
    Step::Crash,
    Step::Own(Some(130)),
    Step::Release,
    Step::AsPolicy,
    Step::Release,
    Step::Policy(400),
    Step::Release,
    Step::Policy(20),
    Step::Release,
    Step::Own(None),
    Step::Own(Some(12)),
    Step::Release,
    Step::AsPolicy,
    Step::Policy(FIRST),
];

/// The number grows, then it is lowered while much is written.
pub(super) const LOWERINGS: &[Step] = &[
    Step::Own(Some(1000)),
    Step::Release,
    Step::Own(Some(10)),
    Step::Own(Some(900)),
    Step::Policy(9),
    Step::AsPolicy,
];

impl Shared<'_> {
    /// Makes the steps again and again, until everything ends.
    pub(super) async fn administrate(&self, parts: Parts, mut numbers: Numbers) {
        let (mut policy, mut own) = (FIRST, None::<Option<usize>>);
        for step in parts.steps.iter().cycle() {
            sleep(Duration::from_millis(100 + numbers.below(parts.pause) as u64)).await;
            if self.is_over() {
                return;
            }
            let instance = numbers.below(3);
            let key = path_of(&self.keys[0]);
            let began = Instant::now();
            match *step {
                Step::Release => {
                    let path = format!("{key}/release-suspension-limit");
                    self.change(instance, Method::POST, &path, None).await;
                    continue;
                }
                Step::Crash => {
                    self.crash(instance, &mut numbers).await;
                    continue;
                }
                Step::Own(number) => {
                    own = Some(number);
                    self.edit(instance, &key, &json!(number)).await;
                }
                Step::AsPolicy => {
                    own = None;
                    self.edit(instance, &key, &json!("policy")).await;
                }
                Step::Policy(number) => {
                    policy = number;
                    let body = json!({"suspensionsPerHour": number});
                    self.change(instance, Method::PUT, "key-policy", Some(&body)).await;
                }
            }
            let change = Change { key: 0, began, ended: Instant::now(), number: own.unwrap_or(Some(policy)) };
            self.changes.lock().expect("not poisoned").push(change);
        }
    }

    async fn edit(&self, instance: usize, key: &str, limit: &Value) {
        let body = json!({"suspensionLimit": limit});
        self.change(instance, Method::PATCH, key, Some(&body)).await;
    }
}
