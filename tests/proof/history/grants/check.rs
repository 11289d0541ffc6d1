//! Finds violations in a history of grants.

use std::time::Instant;

use harness::Committed;

use super::{
    lives::{Lives, lives, needed_scope},
    record::{History, Outcome, Recorded, What},
};

#[derive(Debug)]
#[expect(dead_code, reason = "their content is for the output of a failed test")]
pub(super) enum Violation {
    /// A request began after an answer that took away what it needs, and succeeded.
    UsedAfter(Recorded, Recorded),
    /// A write was committed after an answer that took away what it needs.
    CommittedAfter(Committed, Recorded),
    /// A request was refused although nothing had been taken away from its key.
    Refused(Recorded),
    /// A change that can't follow the ones before it.
    Impossible(String),
    /// The items of secrets didn't say what the key and the policy did.
    Disagrees(String),
}

#[derive(Debug)]
#[expect(dead_code, reason = "for the output")]
pub(super) struct Summary {
    pub(super) uses: usize,
    pub(super) refused: usize,
    pub(super) unknown: usize,
    pub(super) narrowed: usize,
    pub(super) held: usize,
    pub(super) policies: usize,
    pub(super) conflicts: usize,
    pub(super) crashes: usize,
    pub(super) compared: usize,
    pub(super) events: Vec<(String, usize)>,
}

pub(super) fn summary(history: &History) -> Summary {
    let count = |wanted: &dyn Fn(&Recorded) -> bool| history.recorded.iter().filter(|r| wanted(r)).count();
    let is_use = |one: &Recorded| matches!(one.what, What::Use(_));
    let lives = lives(&history.committed);
    let happened = |action: &str| lives.counts.get(action).copied().unwrap_or_default();
    Summary {
        uses: count(&|one| is_use(one) && one.outcome == Outcome::Done),
        refused: count(&|one| is_use(one) && matches!(one.outcome, Outcome::Refused(..))),
        unknown: count(&|one| one.outcome == Outcome::Unknown),
        narrowed: count(&|one| matches!(one.what, What::Narrow(_)) && one.outcome == Outcome::Done),
        held: happened("HOLD_API_KEY"),
        policies: happened("CHANGE_KEY_POLICY"),
        conflicts: history.conflicts,
        crashes: history.crashes,
        compared: history.sampled.counts,
        events: lives.counts.clone().into_iter().collect(),
    }
}

pub(super) fn violations(history: &History) -> Vec<Violation> {
    let lives = lives(&history.committed);
    let mut found: Vec<_> = lives.impossible.iter().cloned().map(Violation::Impossible).collect();
    found.extend(history.sampled.wrong.iter().cloned().map(Violation::Disagrees));
    let taking: Vec<_> = history.recorded.iter().filter(|one| takes_away(one)).collect();
    for used in &history.recorded {
        let What::Use(needed) = &used.what else { continue };
        match used.outcome {
            Outcome::Done => {
                let since = |one: &&&Recorded| {
                    one.key == used.key
                        && used.began > one.ended
                        && takes(one, *needed, used.clock.0)
                        && !may_be_released(history, &lives, one, used.ended)
                };
                found.extend(
                    taking.iter().filter(since).map(|one| Violation::UsedAfter(used.clone(), (*one).clone())),
                );
            }
            Outcome::Refused(status, _) if !may_refuse(history, used, *needed, status) => {
                found.push(Violation::Refused(used.clone()));
            }
            _ => {}
        }
    }
    for event in history.committed.iter().filter(|event| event.action.ends_with("_ACCOUNT")) {
        let needed = needed_scope(event);
        let since = |one: &&&Recorded| {
            one.key == event.actor
                && event.after > one.ended
                // Requests that were verified before the expiry may still go on.
                && !matches!(one.what, What::Expire(_))
                && takes(one, needed, 0)
                && !may_be_released(history, &lives, one, event.before)
        };
        let since = taking.iter().filter(since);
        found.extend(since.map(|one| Violation::CommittedAfter(event.clone(), (*one).clone())));
    }
    found
}

/// Whether an answer promises that something was taken away.
fn takes_away(one: &Recorded) -> bool {
    let is_one = matches!(one.what, What::Narrow(_) | What::Hold | What::Expire(_) | What::Revoke);
    is_one && one.outcome == Outcome::Done
}

/// Whether the answered request took away what this scope needs, at this time of the clock.
fn takes(one: &Recorded, needed: Option<&str>, clock: i64) -> bool {
    match &one.what {
        What::Narrow(scopes) => needed.is_some_and(|needed| !scopes.contains(&needed)),
        What::Hold | What::Revoke => true,
        What::Expire(at) => *at <= clock,
        What::Use(_) | What::Release | What::Other => false,
    }
}

/// Whether the key may have been released again before this moment, after it was held.
fn may_be_released(history: &History, lives: &Lives, hold: &Recorded, until: Instant) -> bool {
    if hold.what != What::Hold {
        return false;
    }
    // One of several that were asked for at the same moment may have come after this one.
    let overlaps = |one: &&Recorded| {
        one.what == What::Release
            && one.key == hold.key
            && one.began < hold.ended
            && (one.ended > hold.began || one.outcome == Outcome::Unknown)
    };
    if history.recorded.iter().any(|one| overlaps(&one)) {
        return true;
    }
    let Some(life) = lives.keys.get(&hold.key) else { return false };
    let held = life.holds.iter().filter(|held| held.before <= hold.ended).map(|held| held.place).max();
    let Some(held) = held else { return false };
    life.releases.iter().any(|release| release.place > held && release.after < until)
}

/// Whether something may have been taken away from the key before this request was answered.
fn may_refuse(history: &History, used: &Recorded, needed: Option<&str>, status: u16) -> bool {
    let is_off = history.off_plan.iter().any(|(began, ended)| *began < used.ended && *ended > used.began);
    if is_off && status == 401 {
        return true;
    }
    let refuses = |one: &&Recorded| {
        let is_tried =
            one.key == used.key && one.began < used.ended && (!matches!(one.outcome, Outcome::Refused(..)));
        is_tried
            && match &one.what {
                What::Narrow(_) => status == 403 && takes(one, needed, 0),
                What::Hold => status == 401 && !is_released(history, one, used),
                What::Revoke => status == 401,
                What::Expire(at) => status == 401 && *at <= used.clock.1,
                What::Use(_) | What::Release | What::Other => false,
            }
    };
    history.recorded.iter().any(|one| refuses(&one))
}

/// Whether a release was answered that was asked for after the answer to this hold, before this use began.
fn is_released(history: &History, hold: &Recorded, used: &Recorded) -> bool {
    let is_one = |one: &&Recorded| {
        one.what == What::Release
            && one.key == hold.key
            && one.outcome == Outcome::Done
            && one.began > hold.ended
            && one.ended < used.began
    };
    history.recorded.iter().any(|one| is_one(&one))
}
