//! Revocation as a checked history: many clients, several function instances, contention like `DynamoDB`'s. What they
//! invoked and what they were answered, with times, is checked afterwards; and the same checks find fault with designs
//! that would be wrong.
//!
//! `SEED=n cargo test -p tests --test proof history` replays what each client chooses: what it asks of which instance, about
//! which account, with how old a key, and how long it waits; and the sequence of troubles. When things happen is the
//! machine's: which key is that old by then, and which call meets a trouble.

mod check;
mod clients;
mod instance;
mod linear;
mod recount;
mod register;
mod trouble;

use std::time::{Duration, SystemTime};

use check::Violation;
use clients::{History, Plan};
use harness::Weakness;

/// The seed that is asked for, or a fresh one.
fn seed() -> u64 {
    let asked = std::env::var("SEED").ok().map(|seed| seed.parse().expect("SEED is a number"));
    asked.unwrap_or_else(|| {
        let since = SystemTime::UNIX_EPOCH.elapsed().expect("a clock that is right");
        u64::from(since.subsec_nanos()) + since.as_secs() % 1_000 * 1_000_000_000
    })
}

/// For whoever wants to replay it; shown where a test fails, and with `--nocapture`.
#[expect(clippy::print_stdout, reason = "a seed that isn't printed can't be replayed")]
fn say(what: &str) {
    println!("{what}");
}

async fn record(weakness: Weakness, seed: u64) -> History {
    // A change that reads the past is tried until it reads the present.
    let staleness = match weakness {
        Weakness::EventualAccounts => Duration::from_millis(250),
        _ => Duration::from_secs(2),
    };
    let plan = Plan { seed, clients: 10, operations: 32, instances: 3, staleness, weakness };
    say(&format!("SEED={seed} {weakness:?}"));
    let history = clients::record(&plan).await;
    say(&format!("SEED={seed} {weakness:?}: {:?}", check::summary(&history)));
    history
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_key_acts_once_it_is_revoked_and_every_account_is_one_register() {
    let first = seed();
    for seed in (0..3).map(|number| first.wrapping_add(number)) {
        let history = record(Weakness::None, seed).await;
        let violations = check::violations(&history);
        assert!(violations.is_empty(), "{violations:#?}");
        let miscounts = recount::miscounts(&history);
        assert!(miscounts.is_empty(), "{miscounts:#?}");
        // What happens in a run is partly chance; one in which too little does shows little.
        let summary = check::summary(&history);
        let enough = summary.revocations >= 10 && summary.refused >= 20 && summary.changes >= 30;
        let troubled = summary.given_up > 0 && summary.broken > 0 && summary.pending > 0;
        if enough && troubled && summary.conflicts > 0 {
            return;
        }
    }
    panic!("too little happened, SEED={first} and the next two");
}

/// Until a weaker design is caught, a few times with other seeds: which operations meet is not ours to choose.
async fn is_caught(weakness: Weakness, by: fn(&Violation) -> bool) {
    let first = seed();
    for seed in (0..5).map(|number| first.wrapping_add(number)) {
        let history = record(weakness, seed).await;
        let found = check::violations(&history).into_iter().filter(by).count();
        say(&format!("SEED={seed} {weakness:?}: {found} found"));
        if found > 0 {
            return;
        }
    }
    panic!("the check finds nothing wrong with {weakness:?}, SEED={first} and the next four");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_an_eventually_consistent_verification_is_caught() {
    is_caught(Weakness::EventualVerification, |found| matches!(found, Violation::UsedAfterRevocation { .. }))
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_a_cache_of_a_second_is_caught() {
    let weakness = Weakness::CachedVerification(Duration::from_secs(1));
    is_caught(weakness, |found| matches!(found, Violation::UsedAfterRevocation { .. })).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_a_write_that_does_not_check_the_key_is_caught() {
    is_caught(Weakness::NoConditionCheck, |found| {
        matches!(found, Violation::CommittedAfterRevocation { .. })
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_an_eventually_consistent_account_is_caught() {
    is_caught(Weakness::EventualAccounts, |found| matches!(found, Violation::Impossible { .. })).await;
}
