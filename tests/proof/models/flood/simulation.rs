//! The simulation: a queue of events, each of which may add later ones.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap},
    ops::RangeInclusive,
    time::Duration,
};

use store::retry::Pace;

use super::{limits::Limits, pauses, random::Random};

pub(super) const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// One call to the database.
const CALL: Duration = millis(4);
/// How long a transaction holds its items.
const HOLD: Duration = millis(10);
/// An administrator whose revocation got no instance tries again this much later.
const ADMINISTRATOR_PAUSE: Duration = millis(1_000);

/// How requests with a key go on after a conflict.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// The shortest and the longest pause after a conflict, by the number of conflicts before it.
    pub(super) pause: fn(u32) -> RangeInclusive<Duration>,
    /// The pauses of a request take no longer than this in all. Then it returns 503.
    pub(super) limit: Duration,
}

/// What is simulated.
#[derive(Clone, Copy, Debug)]
pub(super) struct World {
    pub(super) seed: u64,
    /// The function instances of the account.
    pub(super) instances: usize,
    pub(super) gates: usize,
    pub(super) patience: Patience,
    /// Requests per second of the flooding company's key. `None`: there is no flood.
    pub(super) flood: Option<f64>,
    /// Requests per second of the other company's key.
    pub(super) other: f64,
    /// Whether the limits of requests apply.
    pub(super) is_limited: bool,
    pub(super) revoked_at: Duration,
    /// No request arrives from then on.
    pub(super) end: Duration,
}

/// What happened to the requests of one key that arrived before the administrator asked for the revocation.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcomes {
    /// The times that the successful ones took.
    pub(super) times: Vec<Duration>,
    /// 429: there was no instance.
    pub(super) throttled: usize,
    /// 503: conflicts until the limit.
    pub(super) unavailable: usize,
    /// 429: a limit refused them.
    pub(super) limited: usize,
    /// When the first was refused by a limit.
    pub(super) limited_from: Option<Duration>,
    /// 401: the key was revoked while they ran.
    pub(super) refused: usize,
    pub(super) attempts: usize,
    /// The most instances that requests with this key held at once, including later requests.
    pub(super) most_instances: usize,
    /// The same from a second after the first was refused by a limit.
    pub(super) most_instances_limited: usize,
}

impl Outcomes {
    /// 99 of 100 successful requests took no longer than this.
    pub(super) fn p99(&self) -> Duration {
        let mut times = self.times.clone();
        times.sort_unstable();
        times.get(times.len() * 99 / 100).copied().unwrap_or_default()
    }
}

/// What happened.
#[derive(Clone, Debug, Default)]
pub(super) struct Report {
    pub(super) flood: Outcomes,
    pub(super) other: Outcomes,
    /// The tries of the administrator that got no instance.
    pub(super) revocation_throttled: usize,
    /// The time that the revocation took, from its first try to its response. `None`: it has none.
    pub(super) revocation: Option<Duration>,
}

/// The key of a company.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Flooding,
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Arrive(Key),
    /// The response to the read of the digest item.
    Verified(Request),
    /// The account was read. The transaction is next.
    Attempt(Request),
    Respond(Request, Outcome),
    /// The instance has reported what it admitted, and is free.
    Free(Key, usize),
    /// The administrator asks for the revocation.
    Revoke,
    /// The digest item names the revocation, so every verification refuses the key.
    Ending,
    Raise(usize),
    Revoked,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Request {
    key: Key,
    instance: usize,
    began: Duration,
    conflicts: u32,
    paused: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Succeeded,
    Limited,
    Unavailable,
    Refused,
}

/// What exists once for each key.
struct KeyState {
    per_second: Option<f64>,
    random: Random,
    /// Verification refuses the key.
    ends: bool,
    /// The time until which a transaction holds the gate.
    held_until: Vec<Duration>,
    raised: BTreeSet<usize>,
    /// The instances that its requests hold.
    instances: usize,
    outcomes: Outcomes,
}

struct Simulation {
    world: World,
    now: Duration,
    queue: BinaryHeap<Reverse<(Duration, Event)>>,
    keys: [KeyState; 2],
    /// The random numbers of the administrator.
    random: Random,
    revocation_runs: bool,
    limits: Limits,
    report: Report,
}

/// Runs until the last request has its response.
pub(super) fn run(world: World) -> Report {
    let key = |number, per_second| KeyState {
        per_second,
        random: Random::from_seed(world.seed * 3 + number),
        ends: false,
        held_until: vec![Duration::ZERO; world.gates],
        raised: BTreeSet::new(),
        instances: 0,
        outcomes: Outcomes::default(),
    };
    let mut simulation = Simulation {
        world,
        now: Duration::ZERO,
        queue: BinaryHeap::new(),
        keys: [key(0, world.flood), key(1, Some(world.other))],
        random: Random::from_seed(world.seed * 3 + 2),
        revocation_runs: false,
        limits: Limits::default(),
        report: Report::default(),
    };
    simulation.next_arrival(Key::Flooding);
    simulation.next_arrival(Key::Other);
    simulation.queue.push(Reverse((world.revoked_at, Event::Revoke)));
    while let Some(Reverse((now, event))) = simulation.queue.pop() {
        simulation.now = now;
        simulation.happen(event);
    }
    let [flood, other] = simulation.keys.map(|key| key.outcomes);
    Report { flood, other, ..simulation.report }
}

impl Simulation {
    fn after(&mut self, pause: Duration, event: Event) {
        self.queue.push(Reverse((self.now + pause, event)));
    }

    fn key(&mut self, key: Key) -> &mut KeyState {
        &mut self.keys[match key {
            Key::Flooding => 0,
            Key::Other => 1,
        }]
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Arrive(key) => self.arrive(key),
            Event::Verified(request) if self.key(request.key).ends => {
                self.respond(request, Outcome::Refused);
            }
            Event::Verified(request) if request.conflicts == 0 && !self.admits(request) => {
                self.respond(request, Outcome::Limited);
            }
            Event::Verified(request) => self.after(CALL, Event::Attempt(request)),
            Event::Attempt(request) => self.attempt(request),
            Event::Respond(request, outcome) => self.respond(request, outcome),
            Event::Free(key, instance) => {
                self.key(key).instances -= 1;
                self.limits.free(instance);
            }
            Event::Revoke if self.has_instance() => {
                self.revocation_runs = true;
                // It reads the administrator and the key. Then a transaction changes the digest item.
                self.after(CALL + HOLD, Event::Ending);
            }
            Event::Revoke => {
                self.report.revocation_throttled += 1;
                self.after(ADMINISTRATOR_PAUSE, Event::Revoke);
            }
            Event::Ending => {
                self.key(Key::Flooding).ends = true;
                for gate in 0..self.world.gates {
                    self.after(Duration::ZERO, Event::Raise(gate));
                }
            }
            Event::Raise(gate) => self.raise(gate),
            Event::Revoked => {
                self.revocation_runs = false;
                self.report.revocation = Some(self.now.saturating_sub(self.world.revoked_at));
            }
        }
    }

    fn has_instance(&self) -> bool {
        let held: usize = self.keys.iter().map(|key| key.instances).sum();
        held + usize::from(self.revocation_runs) < self.world.instances
    }

    fn next_arrival(&mut self, name: Key) {
        let key = self.key(name);
        if let Some(per_second) = key.per_second {
            let pause = key.random.interval(per_second);
            if self.now + pause < self.world.end {
                self.after(pause, Event::Arrive(name));
            }
        }
    }

    fn arrive(&mut self, name: Key) {
        self.next_arrival(name);
        let has_instance = self.has_instance();
        let instance = if has_instance { self.limits.take() } else { 0 };
        let request = Request { key: name, instance, began: self.now, conflicts: 0, paused: Duration::ZERO };
        let (now, counts) = (self.now, self.counts(request));
        let key = self.key(name);
        if has_instance {
            key.instances += 1;
            let outcomes = &mut key.outcomes;
            outcomes.most_instances = outcomes.most_instances.max(key.instances);
            if outcomes.limited_from.is_some_and(|from| from + millis(1_000) <= now) {
                outcomes.most_instances_limited = outcomes.most_instances_limited.max(key.instances);
            }
            self.after(CALL, Event::Verified(request));
        } else if counts {
            key.outcomes.throttled += 1;
        }
    }

    /// Whether the request arrived before the administrator asked for the revocation.
    fn counts(&self, request: Request) -> bool {
        request.began < self.world.revoked_at
    }

    /// The accounts of the requests are all different, so only the gate can be held by another transaction.
    fn attempt(&mut self, request: Request) {
        let (now, gates) = (self.now, self.world.gates);
        let counts = self.counts(request);
        let key = self.key(request.key);
        if counts {
            key.outcomes.attempts += 1;
        }
        let gate = key.random.below(gates);
        if key.held_until[gate] > now {
            self.pause(request);
        } else if key.raised.contains(&gate) {
            // The response to the attempt, then another verification.
            self.after(CALL * 2, Event::Verified(request));
        } else {
            key.held_until[gate] = now + HOLD;
            self.after(HOLD, Event::Respond(request, Outcome::Succeeded));
        }
    }

    fn pause(&mut self, request: Request) {
        let Patience { pause, limit } = self.world.patience;
        let pause = self.key(request.key).random.within(&pause(request.conflicts));
        let paused = request.paused + pause;
        if paused > limit {
            self.after(CALL, Event::Respond(request, Outcome::Unavailable));
        } else {
            let request = Request { conflicts: request.conflicts + 1, paused, ..request };
            // The response to the attempt, then the pause. Only the gate was held, so nothing is read again.
            self.after(CALL + pause, Event::Attempt(request));
        }
    }

    /// Whether the limits admit the request. A request that verifies its key again was admitted before.
    fn admits(&mut self, request: Request) -> bool {
        !self.world.is_limited || self.limits.admit(request.key as usize, request.instance, self.now)
    }

    /// The client has the response. The instance may then report, and is held meanwhile.
    fn respond(&mut self, request: Request, outcome: Outcome) {
        let (now, counts) = (self.now, self.counts(request));
        let reports = self.limits.report(request.instance, now);
        let free = Event::Free(request.key, request.instance);
        self.after(if reports { CALL } else { Duration::ZERO }, free);
        let outcomes = &mut self.key(request.key).outcomes;
        match outcome {
            _ if !counts => {}
            Outcome::Succeeded => outcomes.times.push(now.saturating_sub(request.began)),
            Outcome::Limited => {
                outcomes.limited += 1;
                outcomes.limited_from.get_or_insert(now);
            }
            Outcome::Unavailable => outcomes.unavailable += 1,
            Outcome::Refused => outcomes.refused += 1,
        }
    }

    fn raise(&mut self, gate: usize) {
        let now = self.now;
        let key = self.key(Key::Flooding);
        if key.held_until[gate] > now {
            let pause = self.random.within(&pauses(Pace::Urgent, 0));
            self.after(CALL + pause, Event::Raise(gate));
            return;
        }
        key.raised.insert(gate);
        if key.raised.len() == self.world.gates {
            // The response to this update, and the transaction that revokes.
            self.after(CALL + HOLD, Event::Revoked);
        }
    }
}
