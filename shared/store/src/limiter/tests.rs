//! Simulations of many instances on the limiter itself, with a simulated clock and table.

use std::collections::{BTreeMap, HashMap};

use domain::{
    identifiers::CompanyId,
    key::{ApiKey, Credential, SecretHolds, SecretRole},
    limits::{Limit, Limits},
    scope::Scope,
    time::Timestamp,
};

use super::{Limiter, Metered, OverLimit, Report, Window};
use crate::random;

const BEGAN: i64 = 1_800_000_000_000;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(BEGAN + millis)
}

fn key(company: &str, limits: Limits) -> Credential {
    let secret: ApiKey = random::api_key();
    Credential {
        networks: None,
        suspensions_per_hour: None,
        company_id: CompanyId::parse(company).expect("a company"),
        key_id: random::key_id(at(0)),
        name: "N".into(),
        mask: secret.mask(),
        scopes: [Scope::Deprovisioning].into_iter().collect(),
        expires_at: None,
        role: SecretRole::Current,
        holds: SecretHolds::default(),
        frozen: false,
        revoked: false,
        ending: false,
        generation: 0,
        limits,
    }
}

/// How the table answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Table {
    /// The count is added after this many ms, and the sum is there after as many more.
    Works(i64),
    /// Of three calls, one changes nothing, and the answer of another is lost.
    Fails,
    /// The counts are added, but no answer arrives in time.
    TooSlow,
}

const INSTANCES: usize = 50;
/// How long a flood lasts, in ms: the minute in which it begins and the next two.
const LASTS: i64 = 130_000;

/// A flood of 500 requests a second over [`INSTANCES`]: when each arrives, in ms after a minute began, and where.
type Arrivals = Vec<(i64, usize)>;

/// Each instance gets ten requests a second, beginning at its phase.
fn in_turns(begins: i64, phase: fn(i64) -> i64) -> Arrivals {
    let of = |instance: usize| {
        let first = begins + phase(i64::try_from(instance).expect("small"));
        (0..LASTS / 100).map(move |n| (first + n * 100, instance))
    };
    (0..INSTANCES).flat_map(of).collect()
}

/// Any instance gets the next request.
fn at_random(begins: i64) -> Arrivals {
    let instance = || usize::try_from(random::number_in(0..=49)).expect("small");
    (0..LASTS / 2).map(|n| (begins + n * 2, instance())).collect()
}

/// Every instance gets nine requests, which it doesn't report. Then half of them get the flood.
fn after_a_quiet_start() -> Arrivals {
    let quiet = (0..INSTANCES).flat_map(|instance| (0..9).map(move |n| (n * 1_000, instance)));
    let flood = (0..LASTS / 2).map(|n| (20_000 + n * 2, usize::try_from(n).expect("small") % 25));
    quiet.chain(flood).collect()
}

/// At any time three instances get the whole flood, for this many ms. Then the next three get it, and come back later.
fn rotating(active: i64) -> Arrivals {
    let instance = |n: i64| usize::try_from(n * 2 / active % 16 * 3 + n % 3).expect("small");
    (0..LASTS / 2).map(|n| (n * 2, instance(n))).collect()
}

/// What a flood achieved.
#[derive(Debug, Default)]
struct Outcome {
    /// Requests that were admitted, by minute of the instance's own clock.
    admitted: HashMap<i64, i64>,
    refused: usize,
    writes: usize,
}

impl Outcome {
    fn overshoot(&self) -> i64 {
        self.admitted.values().max().copied().unwrap_or(0) - 3_000
    }
}

enum Event {
    Request(usize),
    Add(Report),
    Answer(Report, Answer),
}

enum Answer {
    Sum(i64),
    NotAdded,
    None,
}

/// Events by time, and in the order in which they were added.
#[derive(Default)]
struct Queue(BTreeMap<(i64, usize), Event>, usize);

impl Queue {
    fn push(&mut self, when: i64, event: Event) {
        self.1 += 1;
        self.0.insert((when, self.1), event);
    }
}

/// `ahead` says how far an instance's clock is ahead, in ms.
fn run(arrivals: &Arrivals, ahead: fn(usize) -> i64, table: Table) -> Outcome {
    let metered = Metered::new(&key("acme", Limits::default()), false);
    let limiters: Vec<Limiter> = (0..INSTANCES).map(|_| Limiter::default()).collect();
    let mut queue = Queue::default();
    for (when, instance) in arrivals {
        queue.push(*when, Event::Request(*instance));
    }
    let (mut outcome, mut sums) = (Outcome::default(), HashMap::<(Window, i64), i64>::new());
    while let Some(((now, _), event)) = queue.0.pop_first() {
        match event {
            Event::Request(instance) => {
                let (limiter, own) = (&limiters[instance], at(now + ahead(instance)));
                let admitted = outcome.admitted.entry(own.millis() / 60_000).or_default();
                match limiter.admit(&metered, 1, own) {
                    Ok(()) => *admitted += 1,
                    Err(OverLimit { number, .. }) => {
                        outcome.refused += 1;
                        assert!(*admitted >= i64::from(number), "refused after {admitted}");
                    }
                }
                let pause = if let Table::Works(pause) = table { pause } else { 5 };
                let reports = limiter.reports(own).into_iter();
                reports.for_each(|report| queue.push(now + pause, Event::Add(report)));
            }
            Event::Add(report) => {
                outcome.writes += 1;
                let sum = sums.entry((report.window().clone(), report.minute())).or_default();
                let mut add = || {
                    *sum += report.count();
                    *sum
                };
                let (pause, answer) = match (table, outcome.writes % 3) {
                    (Table::Works(pause), _) => (pause, Answer::Sum(add())),
                    (Table::Fails, 0) => (5, Answer::NotAdded),
                    (Table::Fails, 2) => (5, Answer::Sum(add())),
                    (Table::Fails | Table::TooSlow, _) => {
                        add();
                        (500, Answer::None)
                    }
                };
                queue.push(now + pause, Event::Answer(report, answer));
            }
            Event::Answer(report, Answer::Sum(sum)) => report.added(sum),
            Event::Answer(report, Answer::NotAdded) => report.not_added(),
            Event::Answer(report, Answer::None) => drop(report),
        }
    }
    outcome
}

fn same(_: usize) -> i64 {
    0
}

type Phase = fn(i64) -> i64;
const PHASES: [(&str, Phase); 5] = [
    ("even", |i| i * 2),
    ("all at once", |_| 0),
    ("two groups", |i| (i % 2) * 50),
    ("mixed", |i| i * 7_919 % 100),
    ("one after the other", |i| i * 40),
];

#[test]
#[expect(clippy::print_stdout, reason = "these numbers are what the simulation is for")]
fn a_flood_passes_its_limit_by_at_most_a_second_and_a_half_of_its_rate() {
    let mut worst = 0;
    let mut check = |name: &str, arrivals: &Arrivals| {
        for pause in [5, 50] {
            let outcome = run(arrivals, same, Table::Works(pause));
            println!("{name}, {pause} ms to the table: {} over", outcome.overshoot());
            worst = worst.max(outcome.overshoot());
            assert!(outcome.refused > 1_000);
        }
    };
    for begins in [0, 20_411, 53_000] {
        for (name, phase) in PHASES {
            check(&format!("{name} from {begins} ms"), &in_turns(begins, phase));
        }
        check(&format!("at random from {begins} ms"), &at_random(begins));
    }
    check("after a quiet start", &after_a_quiet_start());
    // An instance on Lambda admits nothing while it reports. At this rate it would here, if a report took longer.
    for active in [100, 200, 450, 900, 1_500, 3_000, 8_000] {
        let outcome = run(&rotating(active), same, Table::Works(5));
        println!("three at a time for {active} ms: {} over", outcome.overshoot());
        worst = worst.max(outcome.overshoot());
        assert!(outcome.refused > 1_000);
    }
    println!("the worst is {worst}");
    assert!(worst <= 750, "{worst} over");
}

#[test]
#[expect(clippy::print_stdout, reason = "these numbers are what the simulation is for")]
fn clocks_that_differ_by_two_seconds_change_little() {
    for (name, arrivals) in [("even", in_turns(0, PHASES[0].1)), ("at random", at_random(0))] {
        let ahead = |instance| i64::try_from(instance % 3).expect("small") * 1_000;
        let outcome = run(&arrivals, ahead, Table::Works(5));
        println!("{name}, clocks 2 s apart: {} over", outcome.overshoot());
        assert!(outcome.overshoot() <= 750);
    }
}

/// A count whose answer is lost is not added twice, and one that was certainly not added is added later.
#[test]
#[expect(clippy::print_stdout, reason = "these numbers are what the simulation is for")]
fn a_failing_table_refuses_nobody_too_early() {
    let outcome = run(&at_random(0), same, Table::Fails);
    println!("a table that fails: {} over", outcome.overshoot());
    assert!(outcome.refused > 1_000);
    // Without sums, an instance knows only of itself.
    let outcome = run(&at_random(0), same, Table::TooSlow);
    assert_eq!(outcome.refused, 0);
}

#[test]
fn reports_are_rare() {
    let alone = Limiter::default();
    let metered = Metered::new(&key("acme", Limits::default()), false);
    let mut reports = 0;
    // One instance, 20 requests a second: a report for ten requests, with two writes.
    for request in 0..1_000 {
        alone.admit(&metered, 1, at(request * 50)).expect("admitted");
        reports += alone.reports(at(request * 50)).into_iter().map(|report| report.added(0)).count();
    }
    assert!((190..=200).contains(&reports), "{reports} writes for 1,000 requests");
    // A few requests a minute cause none.
    let mut rare = 0;
    for request in 0..100 {
        alone.admit(&metered, 1, at(120_000 + request * 10_000)).expect("admitted");
        rare += alone.reports(at(120_000 + request * 10_000)).len();
    }
    assert_eq!(rare, 0);
}

#[test]
fn each_limit_counts_on_its_own_and_a_refusal_counts_nothing() {
    let own = Limits::default().with(Limit::Key, Some(100)).with(Limit::Company, Some(150));
    let (one, other, third) = (key("acme", own), key("acme", own), key("globex", own));
    let (limiter, now) = (Limiter::default(), at(31_500));
    let requests = |credential: &Credential, reads: bool, count: usize| {
        let metered = Metered::new(credential, reads);
        (0..count).filter_map(|_| limiter.admit(&metered, 1, now).err()).collect::<Vec<_>>()
    };
    let refused = requests(&one, false, 130);
    assert_eq!(refused.len(), 30);
    assert_eq!(refused[0], OverLimit { limit: Limit::Key, number: 100, remaining: 0, seconds_left: 29 });
    // The refused ones didn't count against the company.
    let refused = requests(&other, false, 60);
    assert_eq!((refused.len(), refused[0].limit), (10, Limit::Company));
    // Reading the audit log counts in three windows, and only its own limit is reached.
    let refused = requests(&third, true, 100);
    assert_eq!(refused.len(), 0);
    let left = limiter.allowances(&Metered::new(&third, true), now);
    assert_eq!(left.iter().map(|one| one.remaining).collect::<Vec<_>>(), [0, 20, 50]);
    assert!(left.iter().all(|one| one.seconds_left == 29));
    // The next minute.
    assert!(limiter.admit(&Metered::new(&one, false), 1, at(60_000)).is_ok());
}

#[test]
fn a_request_that_names_many_accounts_counts_for_each_or_not_at_all() {
    let metered = Metered::new(&key("acme", Limits::default().with(Limit::Key, Some(100))), false);
    let (limiter, now) = (Limiter::default(), at(0));
    let remaining = || limiter.allowances(&metered, now)[0].remaining;
    limiter.admit(&metered, 1, now).expect("admitted");
    limiter.admit_more(&metered, 60, now, now).expect("admitted");
    assert_eq!(remaining(), 40);
    limiter.admit(&metered, 1, now).expect("admitted");
    assert!(limiter.admit_more(&metered, 41, now, now).is_err());
    assert_eq!(remaining(), 40);
    limiter.admit(&metered, 1, now).expect("admitted");
    limiter.admit_more(&metered, 40, now, now).expect("admitted");
    assert_eq!(remaining(), 0);
    // It was admitted in the minute before, so there is nothing to give back.
    let next = at(60_000);
    assert!(limiter.admit_more(&metered, 102, now, next).is_err());
    assert_eq!(limiter.allowances(&metered, next)[0].remaining, 100);
}

#[test]
fn memory_is_limited() {
    let limiter = Limiter::default();
    for _ in 0..5_000 {
        let metered = Metered::new(&key("acme", Limits::default()), true);
        limiter.admit(&metered, 1, at(0)).expect("admitted");
    }
    assert!(limiter.remembered() <= 3_003, "{}", limiter.remembered());
}
