//! At most one mail an hour about the same thing, as a state that events and attempts to send change.
//!
//! The first mail is sent at once. What happens in the hour after it waits, and is then told in one mail. What is being sent is
//! part of the state, so that an attempt that was broken off is repeated with the same events and the same identifier.

use std::{collections::BTreeSet, time::Duration};

use super::batch::{Batch, Happening};
use crate::{identifiers::AccountId, time::Timestamp};

/// The least time between two mails about the same thing.
pub const HOUR: Duration = Duration::from_hours(1);
/// How long an attempt to send has. After that, another one begins. It must be longer than an invocation can last.
pub const ATTEMPT: Duration = Duration::from_mins(5);
/// How long a mail is tried.
pub const PATIENCE: Duration = Duration::from_hours(14 * 24);
/// How many events are remembered that people were told of.
pub const REMEMBERED: usize = 1_300;

/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);

/// What is known of the mails about one thing: a kind of mail and a key of a company.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailState {
    /// When the last mail was sent.
    pub sent_at: Option<Timestamp>,
    /// The events that no mail was sent about.
    pub waiting: Batch,
    /// What is being sent.
    pub sending: Option<Sending>,
    /// The last events that people were told of, at most [`REMEMBERED`], the latest at the end.
    pub told: Vec<String>,
}

/// A mail that is being sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sending {
    /// What it is about. This doesn't change.
    pub batch: Batch,
    /// When the first attempt began.
    pub begun_at: Timestamp,
    /// When the next attempt may begin. Each attempt has another time, by which it is recognized.
    pub next_at: Timestamp,
    /// How many attempts have begun.
    pub attempts: u32,
    /// The people who certainly got it.
    pub reached: BTreeSet<AccountId>,
}

impl Sending {
    /// Whether it has been tried for long enough. An attempt that ends now is the last one.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        now >= self.begun_at.plus(PATIENCE)
    }
}

/// How an attempt to send ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Everybody got it.
    Completed,
    /// There was no time for some people. The next attempt may begin at once.
    OutOfTime,
    /// It was refused for some people. The next attempt waits.
    Refused,
}

impl MailState {
    /// Whether this event is known.
    #[must_use]
    pub fn knows(&self, event_id: &str) -> bool {
        let sending = self.sending.iter().flat_map(|sending| sending.batch.event_ids());
        let told = self.told.iter().map(String::as_str);
        self.waiting.event_ids().chain(sending).chain(told).any(|known| known == event_id)
    }

    /// Notes an event. Returns whether it is new.
    pub fn note(&mut self, happening: Happening) -> bool {
        let is_new = !self.knows(&happening.event_id);
        if is_new {
            self.waiting.add(happening);
        }
        is_new
    }

    /// When something is to be sent, if anything is.
    #[must_use]
    pub fn due_at(&self) -> Option<Timestamp> {
        match &self.sending {
            Some(sending) => Some(sending.next_at),
            None if self.waiting.is_empty() => None,
            None => Some(self.sent_at.map_or(Timestamp::from_millis(0), |sent| sent.plus(HOUR))),
        }
    }

    /// Begins an attempt to send what is due. Returns what to send.
    pub fn begin(&mut self, now: Timestamp) -> Option<Sending> {
        if self.due_at().is_none_or(|due| due > now) {
            return None;
        }
        let sending = match self.sending.take() {
            Some(before) => Sending { attempts: before.attempts + 1, next_at: now.plus(ATTEMPT), ..before },
            None => Sending {
                batch: std::mem::take(&mut self.waiting),
                begun_at: now,
                next_at: now.plus(ATTEMPT),
                attempts: 1,
                reached: BTreeSet::new(),
            },
        };
        self.sending = Some(sending.clone());
        Some(sending)
    }

    /// Ends an attempt, which reached these people in addition. Returns whether this was the attempt in progress. If not, another
    /// one has begun, and the state doesn't change.
    pub fn end(
        &mut self,
        attempt: &Sending,
        reached: BTreeSet<AccountId>,
        ended: Ended,
        now: Timestamp,
    ) -> bool {
        let is_this = |sending: &Sending| {
            sending.batch.id() == attempt.batch.id() && sending.attempts == attempt.attempts
        };
        let Some(mut sending) = self.sending.take_if(|sending| is_this(sending)) else { return false };
        sending.reached.extend(reached);
        if ended == Ended::Completed || sending.is_over(now) {
            if !sending.reached.is_empty() {
                self.sent_at = Some(now);
            }
            self.told.extend(sending.batch.event_ids().map(str::to_owned));
            let forgotten = self.told.len().saturating_sub(REMEMBERED);
            self.told.drain(..forgotten);
            return true;
        }
        sending.next_at = match ended {
            Ended::OutOfTime | Ended::Completed => now,
            Ended::Refused => now.plus(pause_after(sending.attempts)),
        };
        self.sending = Some(sending);
        true
    }
}

/// 5, 10, 20, 40 minutes, then an hour.
fn pause_after(attempts: u32) -> Duration {
    (ATTEMPT * 2_u32.pow(attempts.saturating_sub(1).min(8))).min(LONGEST_PAUSE)
}
