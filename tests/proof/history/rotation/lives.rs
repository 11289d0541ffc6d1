//! The life of each secret, from the events in the order of their commits.

use std::{
    collections::{BTreeMap, HashMap},
    time::Instant,
};

use domain::ulid::time_of_ulid;
use harness::Committed;
use serde_json::Value;

/// An event that changed a secret. It was committed between these times.
#[derive(Clone, Debug)]
pub(super) struct Moment {
    pub(super) after: Instant,
    pub(super) before: Instant,
    pub(super) action: String,
    /// The secret that the event says goes on, if any.
    pub(super) mask: String,
    /// Its place in the order of commits.
    pub(super) place: usize,
}

/// A secret of a key.
#[derive(Clone, Debug)]
pub(super) struct Secret {
    /// When it expires of its own.
    pub(super) expires_at: Option<i64>,
    overlap_seconds: i64,
    /// When it became the current one. The first secret of a key is current from the beginning.
    pub(super) current: Option<Moment>,
    /// The end that the first use of the next secret promised.
    pub(super) promised: Option<(i64, Moment)>,
    /// An administrator ended it.
    pub(super) ended: Option<Moment>,
}

impl Secret {
    fn lives(&self, now: i64) -> bool {
        let ends = self.expires_at.into_iter().chain(self.promised.as_ref().map(|(at, _)| *at));
        self.ended.is_none() && ends.min().is_none_or(|at| at > now)
    }
}

/// The secrets of a key by their masks.
type Secrets = BTreeMap<String, Secret>;

#[derive(Debug, Default)]
pub(super) struct Lives {
    pub(super) keys: HashMap<String, Secrets>,
    /// The numbers of events, by action.
    pub(super) counts: BTreeMap<String, usize>,
    /// Events that can't follow those before them.
    pub(super) impossible: Vec<String>,
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name]["S"].as_str().unwrap_or_default()
}

fn number(value: &Value, name: &str) -> Option<i64> {
    value[name]["N"].as_str()?.parse().ok()
}

/// Whether an event says that a key was revoked.
pub(super) fn is_revocation(action: &str) -> bool {
    ["REVOKE_API_KEY", "REVOKE_LEAKED_API_KEY"].contains(&action)
}

/// The mask of the secret with which a key did something.
pub(super) fn actor_mask(event: &Committed) -> &str {
    text(&event.event["actor"]["M"], "mask")
}

pub(super) fn lives(committed: &[Committed]) -> Lives {
    let mut lives = Lives::default();
    for (place, event) in committed.iter().enumerate() {
        *lives.counts.entry(event.action.clone()).or_default() += 1;
        if let Some(wrong) = lives.follow(place, event) {
            let after = lives.keys.get(&event.affected);
            lives.impossible.push(format!("{wrong}: {event:?} in {after:#?}"));
        }
    }
    lives
}

impl Lives {
    /// Takes one event into account. Returns what is wrong with it.
    fn follow(&mut self, place: usize, event: &Committed) -> Option<&'static str> {
        let now = time_of_ulid(text(&event.event, "eventId")).expect("a time").millis();
        let change = &event.event["details"]["M"]["secrets"]["M"];
        let (mask, ended) = (text(change, "mask"), text(change, "endedMask"));
        let moment = Moment {
            after: event.after,
            before: event.before,
            action: event.action.clone(),
            mask: mask.into(),
            place,
        };
        let secret = |expires_at, overlap_seconds, current| Secret {
            expires_at,

            overlap_seconds,
            current,
            promised: None,
            ended: None,
        };
        if event.action == "CREATE_API_KEY" {
            let first = text(&event.event["affected"]["M"], "mask").to_owned();
            let secrets = Secrets::from([(first, secret(None, 0, Some(moment.clone())))]);
            self.keys.insert(event.affected.clone(), secrets);
            return None;
        }
        let secrets = self.keys.get_mut(&event.affected)?;
        let waiting = secrets.iter().find(|(_, one)| one.lives(now) && one.current.is_none());
        let waiting = waiting.map(|(mask, _)| mask.clone()).unwrap_or_default();
        let newest = secrets.iter().filter(|(_, one)| one.current.is_some() && one.ended.is_none());
        let newest = newest.max_by_key(|(_, one)| one.current.as_ref().map(|moment| moment.place));
        let newest = newest.map(|(mask, _)| mask.clone()).unwrap_or_default();
        let is_replaced =
            secrets.iter().any(|(mask, one)| one.lives(now) && one.current.is_some() && *mask != newest);
        let end = |secrets: &mut Secrets, mask: &str| match secrets.get_mut(mask) {
            Some(secret) if secret.ended.is_none() => secret.ended = Some(moment.clone()),
            _ => {}
        };
        let wrong = match event.action.as_str() {
            "ROTATE_API_KEY" => {
                let overlap = number(change, "overlapSeconds").unwrap_or_default();
                let made = secret(number(change, "expiresAt"), overlap, None);
                let is_new = secrets.insert(mask.to_owned(), made).is_none();
                end(secrets, ended);
                (!is_new || is_replaced || ended != waiting).then_some("a rotation in between")
            }
            "USE_NEW_API_KEY_SECRET" => {
                let promised = number(change, "endsAt").unwrap_or_default();
                let new = secrets.get_mut(mask)?;
                new.current = Some(moment.clone());
                let overlap_end = now + 1_000 * new.overlap_seconds;
                let half = new.expires_at.map(|expiry| now.midpoint(expiry).max(now + 60_000));
                let old = secrets.get_mut(ended)?;
                old.promised = Some((promised, moment.clone()));
                let expected = [Some(overlap_end), old.expires_at, half].into_iter().flatten().min();
                let is_right = waiting == mask && newest == ended && Some(promised) == expected;
                (!is_right).then_some("a first use of another secret, or a wrong end")
            }
            "COMPLETE_API_KEY_ROTATION" => {
                end(secrets, ended);
                let new = secrets.get_mut(mask)?;
                let is_right = if new.current.is_some() { newest == mask } else { waiting == mask };
                new.current.get_or_insert(moment.clone());
                (!is_right).then_some("a completion of another rotation")
            }
            "CANCEL_API_KEY_ROTATION" => {
                end(secrets, ended);
                (waiting != ended || newest != mask).then_some("a cancellation of another rotation")
            }
            action if is_revocation(action) => {
                let mut ends = secrets.values().filter_map(|secret| secret.ended.as_ref());
                let is_second = ends.any(|ended| is_revocation(&ended.action));
                let masks: Vec<_> = secrets.keys().cloned().collect();
                for mask in &masks {
                    end(secrets, mask);
                }
                return is_second.then_some("a second revocation");
            }
            _ => return None,
        };
        let living = secrets.values().filter(|secret| secret.lives(now)).count();
        wrong.or((!(1..=2).contains(&living)).then_some("not one or two secrets"))
    }
}
