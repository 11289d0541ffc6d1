//! Finds violations in a history of suspensions. It counts the committed events, each at its true time, and knows nothing of
//! the items in which the service counts.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

use domain::{time::Timestamp, ulid::time_of_ulid};
use harness::Committed;
use serde_json::Value;

use super::record::{Asked, Change, HOUR, History, SKEW};

/// How far from the end of an hour a suspension may count for both hours, by the clock of an instance.
const ALLOWANCE: i64 = 6_000;
/// How long after an instance has read its clock a write may be committed.
const LATE: i64 = 5_500;

#[derive(Debug)]
#[expect(dead_code, reason = "their content is for the output of a failed test")]
pub(super) enum Violation {
    /// More were committed in an hour than the number that was in force.
    Passed(Committed, Excess),
    /// Fewer were committed than the number when a request was refused.
    RefusedBelow(Asked, Below),
}

/// How many were committed, and the numbers that may have been in force.
#[derive(Debug)]
#[expect(dead_code, reason = "for the output")]
pub(super) struct Excess {
    pub(super) count: usize,
    pub(super) number: usize,
    /// The time before the next full hour, or after the last, in milliseconds.
    pub(super) from_hour: i64,
    /// Whether a number before this one let it through.
    pub(super) is_lowered: bool,
}

#[derive(Debug)]
#[expect(dead_code, reason = "for the output")]
pub(super) struct Below {
    most: usize,
    number: Option<usize>,
    from_hour: i64,
}

#[derive(Debug)]
#[expect(dead_code, reason = "for the output")]
pub(super) struct Summary {
    pub(super) suspended: usize,
    pub(super) deleted: usize,
    pub(super) refused: usize,
    pub(super) unknown: usize,
    pub(super) changes: usize,
    pub(super) releases: usize,
    pub(super) reached: usize,
    pub(super) conflicts: usize,
    pub(super) crashes: usize,
    /// How often exactly the number in force was committed.
    pub(super) full: usize,
    /// What the other key did in the first hour and in the second.
    pub(super) other: [usize; 2],
}

/// Whether the event counts for the limit.
fn is_counted(event: &Committed) -> bool {
    ["SUSPEND_ACCOUNT", "DELETE_ACCOUNT"].contains(&event.action.as_str())
}

fn is_release(event: &Committed) -> bool {
    event.action == "RELEASE_SUSPENSION_LIMIT"
}

/// The numbers that may have been in force in this time.
fn numbers_in_force<'c>(
    changes: &'c [&Change],
    began: Instant,
    ended: Instant,
) -> impl Iterator<Item = Option<usize>> + 'c {
    let first = changes.iter().rposition(|change| change.ended < began).unwrap_or(0);
    changes[first..].iter().filter(move |change| change.began < ended).map(|change| change.number)
}

/// What a history shows.
#[derive(Default)]
struct Judged {
    violations: Vec<Violation>,
    full: usize,
}

pub(super) fn violations(history: &History) -> Vec<Violation> {
    judge(history).violations
}

fn judge(history: &History) -> Judged {
    let mut judged = Judged::default();
    for (place, key) in history.keys.iter().enumerate() {
        let changes: Vec<_> = history.changes.iter().filter(|change| change.key == place).collect();
        let concerns = |event: &&Committed| event.actor == key.id || event.affected == key.id;
        let events: Vec<_> = history.committed.iter().filter(concerns).collect();
        check_passed(history, &changes, &events, &mut judged);
        for asked in history.asked.iter().filter(|asked| asked.key == place && asked.refused > 0) {
            let below = below(history, &changes, &events, asked);
            judged.violations.extend(below.map(|below| Violation::RefusedBelow(asked.clone(), below)));
        }
    }
    judged
}

/// The time since the nearest full hour, negative before it.
fn from_hour(time: i64) -> i64 {
    (time + HOUR / 2).rem_euclid(HOUR) - HOUR / 2
}

/// Counts again in each true hour, and from each release on.
fn check_passed(history: &History, changes: &[&Change], events: &[&Committed], judged: &mut Judged) {
    let (mut hour, mut count) = (0, 0);
    for event in events {
        let [from, until] = [event.after, event.before].map(|at| history.time(at).div_euclid(HOUR));
        if hour != from {
            (hour, count) = (from, 0);
        }
        if is_release(event) {
            count = 0;
        }
        // It may belong to either hour.
        if from != until || !is_counted(event) {
            continue;
        }
        let in_force: Vec<_> = numbers_in_force(changes, event.after, event.before).collect();
        // Without a limit nothing is counted.
        let Some(number) =
            in_force.iter().copied().min().flatten().and(in_force.iter().copied().max().flatten())
        else {
            continue;
        };
        count += 1;
        judged.full += usize::from(count == number);
        if count > number {
            let before = changes.iter().rfind(|change| change.ended < event.after);
            let before = changes.iter().rfind(|change| before.is_some_and(|last| change.ended < last.ended));
            let is_lowered = before.is_some_and(|before| before.number.is_none_or(|before| count <= before));
            let from_hour = from_hour(history.time(event.after));
            judged
                .violations
                .push(Violation::Passed((*event).clone(), Excess { count, number, from_hour, is_lowered }));
        }
    }
}

/// What was wrong with a refusal: fewer than the number had been committed.
fn below(history: &History, changes: &[&Change], events: &[&Committed], asked: &Asked) -> Option<Below> {
    let number = numbers_in_force(changes, asked.began, asked.ended).flatten().min();
    let (began, ended) = (history.time(asked.began), history.time(asked.ended));
    let reach = ALLOWANCE + SKEW;
    let hours = (began - reach).div_euclid(HOUR)..=(ended + reach).div_euclid(HOUR);
    let most = hours.map(|hour| most_counted(history, events, asked, hour)).max().unwrap_or_default();
    let from_hour = from_hour(began);
    number.is_none_or(|number| most < number).then_some(Below { most, number, from_hour })
}

/// The most that may have been counted for an hour at any moment of the request.
fn most_counted(history: &History, events: &[&Committed], asked: &Asked, hour: i64) -> usize {
    let counts_for = hour * HOUR - ALLOWANCE - SKEW..(hour + 1) * HOUR + ALLOWANCE + SKEW + LATE;
    let (mut most, mut count) = (0, 0);
    for event in events.iter().filter(|event| event.after < asked.ended) {
        if is_release(event) {
            most = if event.before < asked.began { 0 } else { most.max(count) };
            count = 0;
        } else if is_counted(event)
            && (counts_for.contains(&history.time(event.after))
                || counts_for.contains(&history.time(event.before)))
        {
            count += 1;
        }
    }
    most.max(count)
}

pub(super) fn summary(history: &History) -> Summary {
    let happened = |action: &str| history.committed.iter().filter(|event| event.action == action).count();
    let by = |key: usize, is_later: bool| {
        let is_one = |event: &&Committed| {
            let is_after = from_hour(history.time(event.after)) >= 0;
            event.actor == history.keys[key].id && is_counted(event) && is_after == is_later
        };
        history.committed.iter().filter(is_one).count()
    };
    Summary {
        suspended: happened("SUSPEND_ACCOUNT"),
        deleted: happened("DELETE_ACCOUNT"),
        refused: history.asked.iter().filter(|asked| asked.refused > 0).count(),
        unknown: history.asked.iter().filter(|asked| asked.is_unknown).count(),
        changes: history.changes.len() - history.keys.len(),
        releases: happened("RELEASE_SUSPENSION_LIMIT"),
        reached: happened("REACH_SUSPENSION_LIMIT"),
        conflicts: history.conflicts,
        crashes: history.crashes,
        full: judge(history).full,
        other: [by(1, false), by(1, true)],
    }
}

/// Compares the counts of the other key, which nobody releases, with its events. An event has the time at which it was counted.
pub(super) async fn miscounts(history: &History) -> Vec<String> {
    let key = &history.keys[1].id;
    let mut expected = BTreeMap::<String, i64>::new();
    for event in history.committed.iter().filter(|event| event.actor == *key && is_counted(event)) {
        let id = event.event["eventId"]["S"].as_str().and_then(time_of_ulid).expect("an identifier");
        let near =
            [-ALLOWANCE, 0, ALLOWANCE - 1].map(|by| Timestamp::from_millis(id.millis() + by).to_string());
        let hours: BTreeSet<_> = near.iter().map(|at| at[..13].to_owned()).collect();
        for hour in hours {
            *expected.entry(format!("suspensions#{key}#{hour}")).or_default() += 1;
        }
    }
    let mut items = history.world.dynamodb.items("KeyUsage").await;
    items.retain(|item| {
        item["window"].as_str().is_some_and(|window| window.starts_with(&format!("suspensions#{key}")))
    });
    let counted =
        |item: &Value| (item["window"].as_str().unwrap_or_default().to_owned(), item["suspensions"].as_i64());
    let counted: BTreeMap<_, _> = items.iter().map(counted).collect();
    let expected: BTreeMap<_, _> =
        expected.into_iter().map(|(window, count)| (window, Some(count))).collect();
    if counted == expected { Vec::new() } else { vec![format!("{counted:?}, not {expected:?}")] }
}
