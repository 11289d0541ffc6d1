//! Finds violations in a history of rotations.

use std::time::Instant;

use harness::Committed;

use super::{
    lives::{Lives, Moment, Secret, actor_mask, is_revocation, lives},
    record::{History, Outcome, Recorded, What},
};

#[derive(Debug)]
#[expect(dead_code, reason = "their content is for the output of a failed test")]
pub(super) enum Violation {
    /// A request began after an answer that ended its secret, and succeeded.
    UsedAfterEnd(Recorded, Moment),
    /// A write was committed after an answer that ended its secret.
    CommittedAfterEnd(Committed, Moment),
    /// A secret worked after the end that was promised, or after its expiry.
    UsedAfterPromise(Recorded, Secret),
    /// A request succeeded with a new secret although nothing recorded its first use.
    UsedUnrecorded(Recorded),
    /// A secret that works was refused.
    Refused(Recorded, Option<Secret>),
    /// A key was revoked although nobody asked who had the right to.
    RevokedWithoutRight(Committed),
    /// An answer says that a key is revoked, and it was not.
    NotRevoked(Recorded),
    /// A change that can't follow the one before it, or a number of secrets that must not be.
    Impossible(String),
}

#[derive(Debug)]
#[expect(dead_code, reason = "for the output")]
pub(super) struct Summary {
    pub(super) uses: usize,
    pub(super) refused: usize,
    pub(super) unknown: usize,
    pub(super) conflicts: usize,
    pub(super) crashes: usize,
    pub(super) counted: usize,
    pub(super) events: Vec<(String, usize)>,
    /// Secrets whose promised end came during the run.
    pub(super) ended_in_time: usize,
}

pub(super) fn summary(history: &History) -> Summary {
    let count = |wanted: &dyn Fn(&Recorded) -> bool| history.recorded.iter().filter(|r| wanted(r)).count();
    let lives = lives(&history.committed);
    let now = history.world.clock.now().millis();
    let secrets = lives.keys.values().flat_map(|secrets| secrets.values());
    let in_time = |secret: &&Secret| {
        secret.ended.is_none() && secret.promised.as_ref().is_some_and(|(at, _)| *at <= now)
    };
    Summary {
        uses: count(&|r| r.what == What::Use && r.outcome == Outcome::Done),
        refused: count(&|r| r.what == What::Use && matches!(r.outcome, Outcome::Refused(..))),
        unknown: count(&|r| r.outcome == Outcome::Unknown),
        conflicts: history.conflicts,
        crashes: history.crashes,
        counted: history.sampled.counts,
        ended_in_time: secrets.filter(in_time).count(),
        events: lives.counts.into_iter().collect(),
    }
}

pub(super) fn violations(history: &History) -> Vec<Violation> {
    let lives = lives(&history.committed);
    let wrong = lives.impossible.iter().chain(&history.sampled.wrong);
    let mut found: Vec<_> = wrong.map(|wrong| Violation::Impossible(wrong.clone())).collect();
    for used in history.recorded.iter().filter(|one| one.what == What::Use) {
        let secret = lives.keys.get(&used.key).and_then(|secrets| secrets.get(&used.mask));
        match (&used.outcome, secret) {
            (Outcome::Done, Some(secret)) => check_used(history, &lives, used, secret, &mut found),
            (Outcome::Done, None) => found.push(Violation::UsedUnrecorded(used.clone())),
            (Outcome::Refused(..), secret) if !may_refuse(history, &lives, used, secret) => {
                found.push(Violation::Refused(used.clone(), secret.cloned()));
            }
            _ => {}
        }
    }
    check_written(history, &lives, &mut found);
    found
}

fn check_used(
    history: &History,
    lives: &Lives,
    used: &Recorded,
    secret: &Secret,
    found: &mut Vec<Violation>,
) {
    if secret.current.as_ref().is_none_or(|moment| moment.after > used.ended) {
        found.push(Violation::UsedUnrecorded(used.clone()));
    }
    if let Some((answered, ended)) = answered_end(history, lives, &used.key, secret)
        && used.began > answered
    {
        found.push(Violation::UsedAfterEnd(used.clone(), ended.clone()));
    }
    if is_over(history, secret, used) {
        found.push(Violation::UsedAfterPromise(used.clone(), secret.clone()));
    }
}

/// Checks the writes of keys, each with the secret that made it.
fn check_written(history: &History, lives: &Lives, found: &mut Vec<Violation>) {
    let written = history.committed.iter().enumerate();
    for (place, event) in written.filter(|(_, event)| event.action.ends_with("SUSPEND_ACCOUNT")) {
        let secret = lives.keys.get(&event.actor).and_then(|secrets| secrets.get(actor_mask(event)));
        let Some(secret) = secret else {
            found.push(Violation::Impossible(format!("a write of no secret: {event:?}")));
            continue;
        };
        if secret.current.as_ref().is_none_or(|moment| moment.place > place) {
            found.push(Violation::Impossible(format!("a write before the first use: {event:?}")));
        }
        let Some(ended) = &secret.ended else { continue };
        let is_revoked = is_revocation(&ended.action) && ended.place < place;
        let answered = answered_end(history, lives, &event.actor, secret);
        if is_revoked || answered.is_some_and(|(answered, _)| event.after > answered) {
            found.push(Violation::CommittedAfterEnd(event.clone(), ended.clone()));
        }
    }
}

/// The first answer that says that the secret has ended.
fn answered_end<'s>(
    history: &History,
    lives: &Lives,
    key: &str,
    secret: &'s Secret,
) -> Option<(Instant, &'s Moment)> {
    let ended = secret.ended.as_ref()?;
    let says = |one: &&Recorded| {
        let is_about = match (ended.action.as_str(), one.what) {
            ("COMPLETE_API_KEY_ROTATION", What::Complete) | ("CANCEL_API_KEY_ROTATION", What::Cancel) => {
                one.mask == ended.mask
            }
            ("ROTATE_API_KEY", What::Rotate) => one.mask == ended.mask,
            // Every later rotation follows one that has ended.
            ("COMPLETE_API_KEY_ROTATION", What::Rotate) => is_made_after(history, one, ended.place),
            (action, _) if is_revocation(action) => says_revoked(history, lives, one),
            _ => false,
        };
        one.key == key && one.outcome == Outcome::Done && is_about && one.ended > ended.after
    };
    let answered = history.recorded.iter().filter(says).map(|one| one.ended).min()?;
    Some((answered, ended))
}

fn is_made_after(history: &History, rotation: &Recorded, place: usize) -> bool {
    let is_one = |event: &Committed| {
        let mask = &event.event["details"]["M"]["secrets"]["M"]["mask"]["S"];
        event.action == "ROTATE_API_KEY" && *mask == rotation.mask.as_str()
    };
    history.committed[place..].iter().any(is_one)
}

/// Whether this answer says that the key is revoked. That to a finder does so if the secret worked until then.
pub(super) fn says_revoked(history: &History, lives: &Lives, one: &Recorded) -> bool {
    let says = match one.what {
        What::Revoke | What::RevokeItself => true,
        What::Find => secret_of(lives, one).is_some_and(|secret| {
            let may_have_ended = |ended: &Moment| !is_revocation(&ended.action) && ended.after < one.ended;
            !secret.ended.as_ref().is_some_and(may_have_ended) && !may_be_over(history, secret, one)
        }),
        _ => false,
    };
    says && one.outcome == Outcome::Done
}

/// Whether this request may have revoked the key, even if it has no answer. A secret gives that right as long as it works.
pub(super) fn may_revoke(history: &History, lives: &Lives, one: &Recorded) -> bool {
    let has_right = || {
        secret_of(lives, one).is_some_and(|secret| {
            let had_ended = |ended: &Moment| !is_revocation(&ended.action) && ended.before < one.began;
            !secret.ended.as_ref().is_some_and(had_ended) && !is_over(history, secret, one)
        })
    };
    let may = match one.what {
        What::Revoke => true,
        What::RevokeItself | What::Find => has_right(),
        _ => false,
    };
    may && !matches!(one.outcome, Outcome::Refused(..))
}

fn secret_of<'l>(lives: &'l Lives, one: &Recorded) -> Option<&'l Secret> {
    lives.keys.get(&one.key)?.get(&one.mask)
}

/// Whether the time of a secret had come before this request began.
fn is_over(history: &History, secret: &Secret, one: &Recorded) -> bool {
    let promised = secret.promised.as_ref().filter(|(_, moment)| moment.before < one.began);
    let mut ends = secret.expires_at.into_iter().chain(promised.map(|(at, _)| *at));
    ends.any(|at| at + history.skew <= one.clock.0)
}

/// Whether the time of a secret may have come before this request ended.
fn may_be_over(history: &History, secret: &Secret, one: &Recorded) -> bool {
    let promised = secret.promised.as_ref().filter(|(_, moment)| moment.after < one.ended);
    let mut ends = secret.expires_at.into_iter().chain(promised.map(|(at, _)| *at));
    ends.any(|at| at - history.skew <= one.clock.1)
}

/// Whether the secret may have ended before this request did, or its key may have been about to, or may have been held.
fn may_refuse(history: &History, lives: &Lives, used: &Recorded, secret: Option<&Secret>) -> bool {
    let is_refused = |one: &Recorded| matches!(one.outcome, Outcome::Refused(..));
    let ends = |one: &Recorded| {
        let holds = one.what == What::Hold && !is_refused(one);
        one.key == used.key && one.began < used.ended && (holds || may_revoke(history, lives, one))
    };
    if history.recorded.iter().any(ends) {
        return true;
    }
    // Nobody can know a secret that was not made.
    let Some(secret) = secret else { return false };
    secret.ended.as_ref().is_some_and(|ended| ended.after < used.ended) || may_be_over(history, secret, used)
}
