//! A flood of writes with one key, simulated event by event: function instances, calls to the database, and gates.
//!
//! One company's machine suspends 500 different accounts a second with one key. Another company sends 20 requests a
//! second with its own key. After 30 s an administrator of the first company revokes the flooding key. The companies
//! share the function instances: if the flood holds them all, the other company and the revocation get none.
//!
//! The times are assumptions: 4 ms for a call to the database, 10 ms for a transaction. The simulation has no cold
//! starts. Instances are the only thing that the companies share in it.
//!
//! Runs with the same seed are equal. Each company has random numbers of its own, so the other company's requests
//! arrive at the same moments with and without the flood.

mod limits;
mod random;
mod simulation;

use std::{ops::RangeInclusive, time::Duration};

use domain::key::GATES;
use store::retry::{PATIENCE as PAUSES_IN_ALL, Pace};

use simulation::{Outcomes, Patience, Report, World, millis, run};

/// The pauses of requests with a key.
const PATIENCE: Patience =
    Patience { pause: |conflicts| pauses(Pace::KeyHolder, conflicts), limit: PAUSES_IN_ALL };

fn pauses(pace: Pace, conflicts: u32) -> RangeInclusive<Duration> {
    let range = pace.pause_millis(conflicts);
    millis(*range.start())..=millis(*range.end())
}

/// The pauses without gates: 50 to 500 ms, and 9 s in all.
const PATIENCE_WITHOUT_GATES: Patience =
    Patience { pause: |_| millis(50)..=millis(500), limit: millis(9_000) };

/// The usual quota of an AWS account.
const INSTANCES: usize = 1_000;

const FLOOD: f64 = 500.0;

const SEEDS: [u64; 5] = [1, 2, 3, 4, 5];

fn world(seed: u64) -> World {
    World {
        seed,
        instances: INSTANCES,
        gates: usize::from(GATES),
        patience: PATIENCE,
        flood: Some(FLOOD),
        other: 20.0,
        is_limited: false,
        revoked_at: millis(30_000),
        end: millis(40_000),
    }
}

/// Shown if a test fails, and with `--nocapture`.
#[expect(clippy::print_stdout, reason = "these numbers are what the simulation is for")]
fn say(world: World, report: &Report) {
    println!("{} gates, {FLOOD} requests/s, seed {}:", world.gates, world.seed);
    for (name, requests) in [("flood", &report.flood), ("other company", &report.other)] {
        let Outcomes { times, throttled, limited, unavailable, refused, attempts, most_instances, .. } =
            requests;
        println!(
            "  {name}: {} succeed, p99 {} ms, {attempts} attempts",
            times.len(),
            requests.p99().as_millis()
        );
        println!(
            "    {throttled} get no instance, {limited} get 429, {unavailable} get 503, {refused} meet the revocation"
        );
        println!("    {most_instances} instances at most");
        if let Some(from) = requests.limited_from {
            let most = requests.most_instances_limited;
            println!("    a limit refuses from {from:?} on; then {most} instances at most");
        }
    }
    let (throttled, took) = (report.revocation_throttled, report.revocation.unwrap_or_default());
    println!("  revocation: {} ms, gets no instance {throttled} times", took.as_millis());
}

/// The other company's p99 with the flood, divided by the one without it.
fn slowdown(world: World, report: &Report) -> f64 {
    let alone = run(World { flood: None, ..world });
    report.other.p99().as_secs_f64() / alone.other.p99().as_secs_f64()
}

#[test]
fn a_flood_through_sixteen_gates_disturbs_nobody() {
    for seed in SEEDS {
        let world = world(seed);
        let report = run(world);
        say(world, &report);
        let Report { flood, other, revocation_throttled, revocation } = &report;
        assert!(flood.most_instances <= 60, "{} instances", flood.most_instances);
        assert_eq!((flood.unavailable, flood.throttled), (0, 0));
        assert!(flood.times.len() > 14_000, "{} writes", flood.times.len());
        assert!(flood.attempts < flood.times.len() * 2, "{} attempts", flood.attempts);
        assert_eq!((other.unavailable, other.throttled), (0, 0));
        let slowdown = slowdown(world, &report);
        assert!(slowdown <= 1.1, "{slowdown} times the p99 without the flood");
        assert_eq!(*revocation_throttled, 0);
        assert!(revocation.is_some_and(|took| took < millis(200)), "{revocation:?}");
    }
}

/// The limit of 3,000 requests a minute ends the flood after some 6 s. A refused request holds an instance only for its
/// verification.
#[test]
fn a_flood_over_its_limit_holds_few_instances() {
    for seed in SEEDS {
        let world = World { is_limited: true, ..world(seed) };
        let report = run(world);
        say(world, &report);
        let Report { flood, other, revocation_throttled, revocation } = &report;
        assert!(flood.most_instances <= 30, "{} instances", flood.most_instances);
        assert!(flood.most_instances_limited <= 15, "{} instances", flood.most_instances_limited);
        assert!((3_000..=3_750).contains(&flood.times.len()), "{} writes", flood.times.len());
        assert!(flood.limited > 10_000, "{} refused", flood.limited);
        assert_eq!((flood.unavailable, flood.throttled), (0, 0));
        assert_eq!((other.limited, other.unavailable, other.throttled), (0, 0, 0));
        let slowdown = slowdown(world, &report);
        assert!(slowdown <= 1.1, "{slowdown} times the p99 without the flood");
        assert_eq!(*revocation_throttled, 0);
        assert!(revocation.is_some_and(|took| took < millis(200)), "{revocation:?}");
    }
}

fn without_gates(seed: u64) -> World {
    World { gates: 1, patience: PATIENCE_WITHOUT_GATES, ..world(seed) }
}

#[test]
fn control_one_gate_and_long_pauses_want_more_instances_than_there_are() {
    let world = World { instances: usize::MAX, ..without_gates(1) };
    let report = run(world);
    say(world, &report);
    assert!(report.flood.most_instances > INSTANCES, "{} instances", report.flood.most_instances);
    assert!(report.flood.unavailable > report.flood.times.len());
}

/// Short pauses alone protect the others, but most of the flood's requests fail.
#[test]
fn control_one_gate_and_short_pauses_refuse_most_requests() {
    let world = World { gates: 1, ..world(1) };
    let report = run(world);
    say(world, &report);
    assert!(report.flood.unavailable > report.flood.times.len());
}

#[test]
fn control_one_gate_and_long_pauses_leave_no_instance_for_others() {
    let mut revocations_throttled = 0;
    for seed in SEEDS {
        let world = without_gates(seed);
        let report = run(world);
        say(world, &report);
        let other = &report.other;
        assert!(other.throttled > 100, "{}", other.throttled);
        revocations_throttled += report.revocation_throttled;
    }
    assert!(revocations_throttled > 0);
}
