use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use domain::{
    day::Day,
    identifiers::KeyId,
    network::{MOST_NETWORKS, SeenNetwork, address},
    scope::Scope,
    time::Timestamp,
    uses::{Refusal, Use},
};

use super::{Report, UseCounter, memory::KEYS};
use crate::random;

/// 2 s before midnight.
const BEGAN: i64 = 1_799_971_200_000 + 86_400_000 - 2_000;
const SCIM: Use = Use::Needed(Scope::Scim);

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(BEGAN + millis)
}

fn key() -> KeyId {
    random::key_id(at(0))
}

fn only(mut reports: Vec<Report>) -> Report {
    assert_eq!(reports.len(), 1);
    reports.pop().expect("a report")
}

fn times(report: &Report, what: Use) -> i64 {
    report.counts().uses.get(&what).copied().unwrap_or(0)
}

#[test]
fn the_first_use_is_reported_at_once_and_others_once_a_second() {
    let (counter, key) = (UseCounter::default(), key());
    let mut reports = Vec::new();
    for millis in (0..2_000).step_by(100) {
        counter.count(&key, SCIM, at(millis), Some("192.0.2.1"));
        reports.extend(counter.reports(at(millis)).into_iter().map(|report| (millis, times(&report, SCIM))));
    }
    assert_eq!(reports, [(0, 1), (1_000, 10)]);
    // What is left is reported after any request.
    assert_eq!(times(&only(counter.reports(at(2_000))), SCIM), 9);
    assert!(counter.reports(at(9_000)).is_empty());
}

#[test]
fn every_use_is_counted_by_what_it_needed_and_by_its_day() {
    let (counter, key) = (UseCounter::default(), key());
    let refused = Use::Refused(Refusal::Scope);
    counter.count(&key, SCIM, at(0), Some("192.0.2.1"));
    counter.count(&key, Use::AnyScope, at(1), None);
    counter.count(&key, refused, at(2), None);
    counter.count(&key, SCIM, at(2_000), Some("192.0.2.2"));
    let mut reports = counter.reports(at(2_000));
    reports.sort_by_key(Report::day);
    let [before, after] = &reports[..] else { panic!("{reports:?}") };
    assert_eq!(before.counts().uses, BTreeMap::from([(SCIM, 1), (Use::AnyScope, 1), (refused, 1)]));
    assert_eq!(after.counts().uses, BTreeMap::from([(SCIM, 1)]));
    assert_eq!([before.day(), after.day()], [0, 2_000].map(|millis| Day::of(at(millis))));
    assert_ne!(before.day(), after.day());
    // A refused request is no use.
    let last = [before, after].map(|report| report.last().cloned().expect("a use"));
    assert_eq!((last[0].at, last[0].ip.clone(), last[0].scope), (at(1), None, None));
    assert_eq!(
        (last[1].at, last[1].ip.as_deref(), last[1].scope),
        (at(2_000), Some("192.0.2.2"), Some(Scope::Scim))
    );
}

#[test]
fn a_report_that_was_certainly_not_added_belongs_to_the_next() {
    let (counter, key) = (UseCounter::default(), key());
    counter.count(&key, SCIM, at(0), Some("192.0.2.1"));
    let report = only(counter.reports(at(0)));
    // Meanwhile nothing else is reported for the key and day.
    counter.count(&key, Use::Refused(Refusal::Limited), at(1_500), None);
    assert!(counter.reports(at(1_500)).is_empty());
    report.not_added();
    let report = only(counter.reports(at(1_500)));
    assert_eq!((times(&report, SCIM), times(&report, Use::Refused(Refusal::Limited))), (1, 1));
    assert_eq!(report.last().map(|last| last.at), Some(at(0)));
}

#[test]
fn a_report_whose_outcome_is_unknown_is_not_repeated() {
    let (counter, key) = (UseCounter::default(), key());
    counter.count(&key, SCIM, at(0), None);
    drop(counter.reports(at(0)));
    counter.count(&key, SCIM, at(1_000), None);
    assert_eq!(times(&only(counter.reports(at(1_000))), SCIM), 1);
}

#[test]
fn the_last_use_is_never_replaced_by_an_earlier_one() {
    let (counter, key) = (UseCounter::default(), key());
    counter.count(&key, SCIM, at(0), Some("192.0.2.1"));
    let report = only(counter.reports(at(0)));
    counter.count(&key, SCIM, at(900), Some("192.0.2.3"));
    counter.count(&key, SCIM, at(800), Some("192.0.2.2"));
    report.not_added();
    let report = only(counter.reports(at(1_000)));
    assert_eq!((times(&report, SCIM), report.last().map(|last| last.at)), (3, Some(at(900))));
}

#[test]
fn what_is_taken_back_is_not_counted() {
    let (counter, key) = (UseCounter::default(), key());
    counter.count(&key, SCIM, at(0), None);
    counter.take_back(&key, SCIM, at(0), None);
    assert!(counter.reports(at(0)).is_empty());
    counter.count(&key, SCIM, at(1), None);
    drop(counter.reports(at(1)));
    counter.take_back(&key, SCIM, at(1), None);
    assert_eq!(times(&only(counter.reports(at(1_001))), SCIM), -1);
}

#[test]
fn memory_is_limited_and_becomes_free() {
    let counter = UseCounter::default();
    for _ in 0..3 * KEYS {
        counter.count(&key(), SCIM, at(0), None);
    }
    assert_eq!(counter.remembered(), KEYS);
    drop(counter.reports(at(0)));
    // Keys that were used within a second are remembered.
    drop(counter.reports(at(999)));
    assert_eq!(counter.remembered(), KEYS);
    drop(counter.reports(at(1_000)));
    assert_eq!(counter.remembered(), 0);
}

/// Instances with clocks that differ, and a table that fails for certain, loses answers and works.
#[test]
fn every_use_is_added_once_or_lost_with_its_answer() {
    let keys: Vec<_> = (0..5).map(|_| key()).collect();
    let counters: Vec<_> = (0..4).map(|_| UseCounter::default()).collect();
    let (mut table, mut lost) = (HashMap::<(KeyId, Day, Use), i64>::new(), HashMap::<_, i64>::new());
    let mut used = HashMap::<(KeyId, Day, Use), i64>::new();
    let add = |to: &mut HashMap<_, i64>, report: &Report| {
        for (what, times) in &report.counts().uses {
            *to.entry((report.key_id().clone(), report.day(), *what)).or_default() += times;
        }
    };
    let pick = |count: usize| usize::try_from(random::number_in(0..=count as u64 - 1)).expect("few");
    let all: Vec<_> = Use::all().collect();
    for step in 0..4_000 {
        let (counter, key, what) = (pick(counters.len()), &keys[pick(keys.len())], all[pick(all.len())]);
        let now = at(step * 20 + i64::try_from(counter).expect("few") * 500);
        counters[counter].count(key, what, now, None);
        *used.entry((key.clone(), Day::of(now), what)).or_default() += 1;
        for report in counters[counter].reports(now) {
            match pick(4) {
                0 => report.not_added(),
                1 => add(&mut lost, &report),
                _ => add(&mut table, &report),
            }
        }
    }
    let end = at(200_000);
    for report in counters.iter().flat_map(|counter| counter.reports(end)) {
        add(&mut table, &report);
    }
    for (what, times) in lost {
        *table.entry(what).or_default() += times;
    }
    assert_eq!(table, used);
    assert!(counters.iter().all(|counter| counter.reports(end.plus(Duration::from_secs(1))).is_empty()));
}

/// A scope that is only needed right after another one must not look unused.
#[test]
fn what_is_new_on_a_day_is_reported_at_once() {
    let (counter, key) = (UseCounter::default(), key());
    let read = Use::Needed(Scope::ScimRead);
    let mut reported = Vec::new();
    for (millis, what) in [(0, read), (10, SCIM), (20, read), (30, Use::Refused(Refusal::Scope)), (40, SCIM)]
    {
        counter.count(&key, what, at(millis), None);
        let whats = counter
            .reports(at(millis))
            .into_iter()
            .flat_map(|r| r.counts().uses.keys().copied().collect::<Vec<_>>());
        reported.push(whats.collect::<Vec<_>>());
    }
    assert_eq!(reported, [vec![read], vec![SCIM], vec![], vec![read, Use::Refused(Refusal::Scope)], vec![]]);
}

fn network(ip: &str) -> Option<SeenNetwork> {
    address(Some(ip)).map(SeenNetwork::of)
}

fn by_network(reports: &[Report], ip: &str) -> i64 {
    reports.iter().filter_map(|report| report.counts().networks.get(&network(ip))).sum()
}

#[test]
fn admitted_requests_and_those_that_the_list_refused_are_counted_by_network() {
    let (counter, key) = (UseCounter::default(), key());
    let uses = [SCIM, Use::AnyScope].into_iter().chain(Refusal::ALL.map(Use::Refused));
    for (what, ip) in uses.zip([
        "192.0.2.1",
        "::ffff:192.0.2.9",
        "192.0.2.2",
        "192.0.2.3",
        "192.0.2.4",
        "192.0.2.5",
        "192.0.2.6",
    ]) {
        counter.count(&key, what, at(0), Some(ip));
    }
    for ip in [None, Some(""), Some("192.0.2.1:443"), Some("2001:db8::1")] {
        counter.count(&key, SCIM, at(0), ip);
    }
    let report = only(counter.reports(at(0)));
    // The first two, and one of the refusals.
    let expected = [(network("192.0.2.1"), 3), (network("2001:db8::1"), 1), (None, 3)];
    assert_eq!(report.counts().networks, BTreeMap::from(expected));
    // What the list refused is no use.
    assert_eq!(report.last().and_then(|last| last.ip.clone()).as_deref(), Some("2001:db8::1"));
}

#[test]
fn a_new_network_is_reported_at_once() {
    let (counter, key) = (UseCounter::default(), key());
    let mut reported = Vec::new();
    for (millis, ip) in [(0, "192.0.2.1"), (10, "198.51.100.1"), (20, "192.0.2.2"), (30, "198.51.100.2")] {
        counter.count(&key, SCIM, at(millis), Some(ip));
        reported.push(counter.reports(at(millis)).len());
    }
    assert_eq!(reported, [1, 1, 0, 0]);
}

#[test]
fn a_network_is_taken_back() {
    let (counter, key) = (UseCounter::default(), key());
    counter.count(&key, SCIM, at(0), Some("192.0.2.1"));
    counter.count(&key, SCIM, at(0), Some("198.51.100.1"));
    counter.take_back(&key, SCIM, at(0), address(Some("192.0.2.9")));
    let reports = counter.reports(at(0));
    assert_eq!((by_network(&reports, "192.0.2.1"), by_network(&reports, "198.51.100.1")), (0, 1));
    // The sum of the uses is zero here, but the networks changed.
    counter.count(&key, SCIM, at(10), Some("198.51.100.1"));
    counter.take_back(&key, SCIM, at(0), address(Some("192.0.2.9")));
    drop(reports);
    let reports = counter.reports(at(1_000));
    assert_eq!((by_network(&reports, "192.0.2.1"), by_network(&reports, "198.51.100.1")), (-1, 1));
}

/// Further networks are counted together, in memory as well.
#[test]
fn an_instance_remembers_64_networks_of_a_key() {
    let (counter, key) = (UseCounter::default(), key());
    let ips: Vec<_> = (0..100).map(|n| format!("10.0.{n}.1")).collect();
    // While a report is under way, nothing else is reported.
    counter.count(&key, SCIM, at(0), Some("192.0.2.1"));
    let under_way = only(counter.reports(at(0)));
    for ip in &ips {
        counter.count(&key, SCIM, at(1), Some(ip));
    }
    under_way.not_added();
    let report = only(counter.reports(at(2)));
    let networks = &report.counts().networks;
    assert_eq!(networks.keys().flatten().count(), MOST_NETWORKS);
    assert_eq!((networks[&None], times(&report, SCIM)), (100 - 64 + 1, 101));
    drop(report);
    // After 64 networks, a new one no longer causes a report at once.
    counter.count(&key, SCIM, at(3), Some("10.1.0.1"));
    assert!(counter.reports(at(3)).is_empty());
    assert_eq!(by_network(&counter.reports(at(1_002)), "10.1.0.1"), 1);
}
