mod applied;
mod by_clock;
mod complied;
mod disuse;
mod invalid;
mod leaked_keys;
mod meanwhile;

use std::time::Duration;

use harness::World;
use serde_json::Value;

const POLICY: &str = "/admin/v1/key-policy";
const DAY: Duration = Duration::from_hours(24);

/// This many days from now.
fn days(world: &World, days: u32) -> String {
    world.clock.now().plus(days * DAY).to_string()
}

/// The rules that keys break, by name of the key: `name: rule, rule`.
fn broken(state: &Value) -> Vec<String> {
    let keys = state["breaking"].as_array().into_iter().flatten();
    let mut broken: Vec<_> = keys
        .map(|key| {
            let rules = key["broken"].as_array().into_iter().flatten();
            let rules: Vec<_> = rules.filter_map(|broken| broken["rule"].as_str()).collect();
            format!("{}: {}", key["name"].as_str().unwrap_or_default(), rules.join(", "))
        })
        .collect();
    broken.sort();
    broken
}
