//! What an instance counted and has not reported.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::{
    day::Day,
    identifiers::KeyId,
    network::{ByNetwork, MOST_NETWORKS, SeenNetwork, address},
    time::Timestamp,
    uses::{LastUse, Use},
};

/// The shortest time between two reports of the same uses of a key on a day.
const INTERVAL: Duration = Duration::from_secs(1);
/// The number of keys whose uses an instance remembers. Uses of more keys within a second are not counted.
pub(super) const KEYS: usize = 1_000;

/// The counts of one key on one day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// The requests by what they were.
    pub(crate) uses: BTreeMap<Use, i64>,
    /// The same requests by their network, except for those of which it isn't counted. At most [`MOST_NETWORKS`] networks.
    pub(crate) networks: ByNetwork<i64>,
}

/// What an instance counted and has not reported. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct UseCounter(Arc<Mutex<Memory>>);

#[derive(Debug, Default)]
struct Memory {
    tallies: HashMap<(KeyId, Day), Tally>,
    /// Whether the table has the day on which counting began.
    began: bool,
}

#[derive(Debug, Default)]
struct Tally {
    counts: Counts,
    last: Option<LastUse>,
    /// What was reported before.
    reported: BTreeSet<Use>,
    /// The networks that were reported before, at most [`MOST_NETWORKS`].
    reported_networks: BTreeSet<SeenNetwork>,
    is_under_way: bool,
    reported_at: Option<Timestamp>,
}

impl UseCounter {
    /// Counts a request with this key from this address, which is kept only if the request was admitted. Its network is counted
    /// if it was admitted, or refused by the key's list of networks.
    pub(crate) fn count(&self, key_id: &KeyId, what: Use, at: Timestamp, ip: Option<&str>) {
        let mut memory = self.memory();
        let Some(tally) = memory.tally(key_id, Day::of(at)) else { return };
        tally.counts.add(what, address(ip), 1);
        if !matches!(what, Use::Refused(_)) {
            tally.keep_last(Some(LastUse { at, ip: ip.map(str::to_owned), scope: what.scope() }));
        }
    }

    /// Takes back the count of a request from this address that was admitted at this time and refused later.
    pub(crate) fn take_back(&self, key_id: &KeyId, what: Use, admitted_at: Timestamp, from: Option<IpAddr>) {
        if let Some(tally) = self.memory().tally(key_id, Day::of(admitted_at)) {
            tally.counts.add(what, from, -1);
        }
    }

    /// The counts that must be added to the table now. Each counts as under way until the report is dropped.
    #[must_use]
    pub fn reports(&self, now: Timestamp) -> Vec<Report> {
        let mut memory = self.memory();
        // What is left are keys that were used within a second, or whose reports failed.
        memory
            .tallies
            .retain(|_, tally| tally.is_under_way || !tally.counts.is_empty() || !tally.may_report(now));
        let due = memory.tallies.iter_mut().filter(|(_, tally)| tally.is_due(now));
        due.map(|((key_id, day), tally)| {
            let (counts, last) = tally.begin_report(now);
            Report { counter: self.clone(), key_id: key_id.clone(), day: *day, counts, last, is_added: true }
        })
        .collect()
    }

    /// Whether the table has yet to be told that counting has begun. If so, it counts as told until
    /// [`UseCounter::forget_beginning`].
    #[must_use]
    pub(crate) fn begins(&self) -> bool {
        !std::mem::replace(&mut self.memory().began, true)
    }

    /// The table was not told.
    pub(crate) fn forget_beginning(&self) {
        self.memory().began = false;
    }

    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        self.memory().tallies.len()
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    /// The counts of a key. `None` if too many other keys have counts.
    fn tally(&mut self, key_id: &KeyId, day: Day) -> Option<&mut Tally> {
        let key = (key_id.clone(), day);
        if self.tallies.len() >= KEYS && !self.tallies.contains_key(&key) {
            return None;
        }
        Some(self.tallies.entry(key).or_default())
    }
}

/// Adds to a count. Counts of zero are left out.
fn add<K: Ord + Copy>(counts: &mut BTreeMap<K, i64>, key: K, times: i64) {
    let count = counts.entry(key).or_default();
    *count += times;
    if *count == 0 {
        counts.remove(&key);
    }
}

impl Counts {
    fn add(&mut self, what: Use, from: Option<IpAddr>, times: i64) {
        add(&mut self.uses, what, times);
        if what.is_seen() {
            self.add_network(from.map(SeenNetwork::of), times);
        }
    }

    /// Adds to the count of a network, or to that of the others if too many networks have counts.
    fn add_network(&mut self, network: Option<SeenNetwork>, times: i64) {
        let has_room = self.networks.contains_key(&network) || self.named().count() < MOST_NETWORKS;
        add(&mut self.networks, network.filter(|_| has_room), times);
    }

    fn add_all(&mut self, other: Self) {
        for (what, times) in other.uses {
            add(&mut self.uses, what, times);
        }
        for (network, times) in other.networks {
            self.add_network(network, times);
        }
    }

    fn is_empty(&self) -> bool {
        self.uses.is_empty() && self.networks.is_empty()
    }

    /// The networks that have counts of their own.
    fn named(&self) -> impl Iterator<Item = SeenNetwork> {
        self.networks.keys().copied().flatten()
    }
}

impl Tally {
    fn keep_last(&mut self, last: Option<LastUse>) {
        if last.as_ref().map(|last| last.at) >= self.last.as_ref().map(|last| last.at) {
            self.last = last;
        }
    }

    fn may_report(&self, now: Timestamp) -> bool {
        self.reported_at.is_none_or(|at| at.plus(INTERVAL) <= now)
    }

    /// A scope that was needed once must not look unused, and a list of networks must not seem to refuse nothing. So what is new
    /// is reported at once.
    fn is_due(&self, now: Timestamp) -> bool {
        let is_new = self.counts.uses.keys().any(|what| !self.reported.contains(what))
            || self.reported_networks.len() < MOST_NETWORKS
                && self.counts.named().any(|network| !self.reported_networks.contains(&network));
        !self.counts.is_empty() && !self.is_under_way && (is_new || self.may_report(now))
    }

    fn begin_report(&mut self, now: Timestamp) -> (Counts, Option<LastUse>) {
        (self.is_under_way, self.reported_at) = (true, Some(now));
        self.reported.extend(self.counts.uses.keys());
        let room = MOST_NETWORKS.saturating_sub(self.reported_networks.len());
        self.reported_networks.extend(self.counts.named().take(room));
        (std::mem::take(&mut self.counts), self.last.take())
    }
}

/// Counts to add to the item of one key and day. They are forgotten when this is dropped, unless they were certainly not
/// added.
#[derive(Debug)]
pub struct Report {
    counter: UseCounter,
    key_id: KeyId,
    day: Day,
    counts: Counts,
    last: Option<LastUse>,
    is_added: bool,
}

impl Report {
    /// The key.
    #[must_use]
    pub fn key_id(&self) -> &KeyId {
        &self.key_id
    }

    /// The day.
    #[must_use]
    pub fn day(&self) -> Day {
        self.day
    }

    /// What to add.
    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// The last use that is among the counts.
    #[must_use]
    pub fn last(&self) -> Option<&LastUse> {
        self.last.as_ref()
    }

    /// The counts were certainly not added. They belong to the next report.
    pub fn not_added(mut self) {
        self.is_added = false;
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        let mut memory = self.counter.memory();
        let Some(tally) = memory.tallies.get_mut(&(self.key_id.clone(), self.day)) else { return };
        tally.is_under_way = false;
        if !self.is_added {
            tally.counts.add_all(std::mem::take(&mut self.counts));
            tally.keep_last(self.last.take());
        }
    }
}
