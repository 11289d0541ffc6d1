//! Revocation as a checked history: many clients, several function instances, and contention as in `DynamoDB`. The
//! checks use the requests and responses with their times. The same checks detect wrong designs.
//!
//! `SEED=n cargo test -p tests --test proof history` replays the choices of each client: the operation, the instance,
//! the account, the age of the key, and how long the client waits. It also replays the sequence of faults. The timing
//! depends on the machine: which key has that age, and which call a fault affects.

mod brake;
mod check;
mod choice;
mod clients;
mod freezing;
mod grants;
mod instance;
mod linear;
mod recount;
mod register;
mod rotation;
mod trouble;
mod undo;

use std::time::{Duration, SystemTime};

use check::Violation;
use clients::{History, Plan};
use harness::{Behavior, Release, Stalls, Weakness};

/// The requested seed, or a new one.
fn seed() -> u64 {
    let asked = std::env::var("SEED").ok().map(|seed| seed.parse().expect("SEED is a number"));
    asked.unwrap_or_else(|| {
        let since = SystemTime::UNIX_EPOCH.elapsed().expect("a clock that is right");
        u64::from(since.subsec_nanos()) + since.as_secs() % 1_000 * 1_000_000_000
    })
}

/// Prints the command for a replay. It is shown if a test fails, and with `--nocapture`.
#[expect(clippy::print_stdout, reason = "a seed that isn't printed can't be replayed")]
fn say(what: &str) {
    println!("{what}");
}

/// The layer in front of the engine, as it behaves in every history.
fn behavior(weakness: Weakness) -> Behavior {
    // A change that reads old data is repeated until it reads current data.
    let staleness = match weakness {
        Weakness::EventualAccounts => Duration::from_millis(250),
        _ => Duration::from_secs(2),
    };
    Behavior {
        release: Release::Done,
        hold: Duration::from_millis(4),
        stalls: Some(Stalls { one_in: 4, times: 40 }),
        staleness,
        unconditional_writes_pass: weakness == Weakness::GatesWithoutCondition,
        weakness,
    }
}

async fn record(behavior: Behavior, seed: u64) -> History {
    let plan = Plan { seed, clients: 10, operations: 32, instances: 3, behavior };
    say(&format!("SEED={seed} {:?}", behavior.weakness));
    let history = clients::record(&plan).await;
    say(&format!("SEED={seed} {:?}: {:?}", behavior.weakness, check::summary(&history)));
    history
}

/// Runs the code as it is until enough happened, and finds no violation.
async fn nothing_is_found(behavior: Behavior) {
    let first = seed();
    for seed in (0..3).map(|number| first.wrapping_add(number)) {
        let history = record(behavior, seed).await;
        let violations = check::violations(&history);
        assert!(violations.is_empty(), "{violations:#?}");
        let miscounts = recount::miscounts(&history);
        assert!(miscounts.is_empty(), "{miscounts:#?}");
        // The code makes no plain write without a condition.
        assert_eq!(history.passed, 0);
        // A run is partly random. A run in which too little happens proves little.
        let summary = check::summary(&history);
        let enough = summary.revocations >= 10 && summary.refused >= 20 && summary.changes >= 30;
        let enough = enough && summary.together >= 10;
        let troubled = summary.given_up > 0 && summary.broken > 0 && summary.pending > 0;
        if enough && troubled && summary.conflicts > 0 {
            return;
        }
    }
    panic!("too little happened, SEED={first} and the next two");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_key_acts_once_it_is_revoked_and_every_account_is_one_register() {
    nothing_is_found(behavior(Weakness::None)).await;
}

/// `DynamoDB` doesn't say that it refuses plain writes without a condition while a transaction holds their item.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_holds_if_plain_writes_without_a_condition_pass_transactions() {
    nothing_is_found(Behavior { unconditional_writes_pass: true, ..behavior(Weakness::None) }).await;
}

/// Repeats the run a few times with other seeds until it detects the weaker design, because the test can't choose which
/// operations overlap.
async fn is_caught(weakness: Weakness, by: fn(&Violation) -> bool) {
    let first = seed();
    for seed in (0..5).map(|number| first.wrapping_add(number)) {
        let history = record(behavior(weakness), seed).await;
        let found = check::violations(&history).into_iter().filter(by).count();
        say(&format!("SEED={seed} {weakness:?}: {found} found, {} writes passed", history.passed));
        if found > 0 {
            return;
        }
    }
    panic!("the check finds nothing wrong with {weakness:?}, SEED={first} and the next four");
}

fn is_used(found: &Violation) -> bool {
    matches!(found, Violation::UsedAfterRevocation { .. })
}

fn is_committed(found: &Violation) -> bool {
    matches!(found, Violation::CommittedAfterRevocation { .. })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_an_eventually_consistent_verification_is_caught() {
    is_caught(Weakness::EventualVerification, is_used).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_a_cache_of_a_second_is_caught() {
    is_caught(Weakness::CachedVerification(Duration::from_secs(1)), is_used).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_a_write_that_does_not_check_the_key_is_caught() {
    is_caught(Weakness::NoConditionCheck, is_committed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_gates_that_are_not_raised_are_caught() {
    is_caught(Weakness::GatesNotRaised, is_committed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_gates_that_are_raised_without_a_condition_are_caught() {
    is_caught(Weakness::GatesWithoutCondition, is_committed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_an_eventually_consistent_account_is_caught() {
    is_caught(Weakness::EventualAccounts, |found| matches!(found, Violation::Impossible { .. })).await;
}
