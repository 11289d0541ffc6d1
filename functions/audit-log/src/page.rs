//! The selection of events for a page.

use std::{ops::RangeInclusive, time::Duration};

use domain::{
    audit::{Actor, Affected, RecordedEvent, UnknownParty},
    identifiers::{AccountId, Email, KeyId},
    key::Mask,
    time::Timestamp,
    ulid::{time_of_ulid, ulids_of},
};
use serde::{Deserialize, Serialize};
use web::page_token;

use crate::{
    HORIZON, LARGEST_RESULTS,
    query::{Format, known},
};

/// How far the clock of the instance that wrote a token may be ahead of the clock of the one that reads it.
const CLOCKS_DIFFER: Duration = Duration::from_secs(3);

/// Which events, how many, and the position. A `nextToken` contains this, but never the company.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Page {
    pub(crate) max_results: usize,
    /// Identifiers of actions. Empty for any action.
    pub(crate) actions: Vec<String>,
    /// The actor: an account ID, an email address, or a key's ID, name or mask.
    pub(crate) actor: Option<String>,
    /// The actor or the affected party. Takes the same values.
    pub(crate) involving: Option<String>,
    /// The account that had the address in `involving` when the first page was read.
    pub(crate) involved: Option<String>,
    /// The inclusive start, in milliseconds.
    pub(crate) since: i64,
    /// The exclusive end, in milliseconds.
    pub(crate) until: i64,
    /// The time up to which the log was complete when the first page was read.
    pub(crate) snapshot: i64,
    /// The event after which the page begins.
    pub(crate) after: Option<String>,
    /// The form of the events. Absent in the tokens of earlier releases, which had one form.
    #[serde(default, skip_serializing_if = "Format::is_default")]
    pub(crate) format: Format,
}

impl Page {
    /// Whether each part of a token is one that we could have written, because the token came from a client. Range and
    /// snapshot may end a little later than by our clock, because another instance may have written the token.
    pub(crate) fn is_ours(&self, end: Timestamp, now: Timestamp) -> bool {
        let mut who = [&self.actor, &self.involving].into_iter().flatten();
        let after = self.after.as_deref().and_then(KeyId::parse).and_then(|id| time_of_ulid(id.as_str()));
        let is_past = |at: i64, end: Timestamp| (0..=end.plus(CLOCKS_DIFFER).millis()).contains(&at);
        (1..=LARGEST_RESULTS).contains(&self.max_results)
            && self.actions == known(|action| self.actions.iter().any(|name| name == action.id()))
            && who.all(|name| (1..=Email::LENGTH).contains(&name.len()) && name.trim() == name)
            && self
                .involved
                .as_deref()
                .is_none_or(|id| AccountId::parse(id).is_some() && self.address().is_some())
            && is_past(self.since, end)
            && is_past(self.until, end)
            && is_past(self.snapshot, now.minus(HORIZON))
            && self.until - self.snapshot <= end.millis() - now.minus(HORIZON).millis()
            && after.is_some_and(|after| (self.since..self.until).contains(&after.millis()))
    }

    /// The event identifiers at the ends of the range.
    pub(crate) fn ids(&self) -> RangeInclusive<String> {
        let [first, _] = ulids_of(Timestamp::from_millis(self.since));
        let [_, last] = ulids_of(Timestamp::from_millis(self.until - 1));
        first..=last
    }

    pub(crate) fn until(&self) -> Timestamp {
        Timestamp::from_millis(self.until)
    }

    /// The time up to which the log was complete when the first page was read.
    pub(crate) fn snapshot(&self) -> Timestamp {
        Timestamp::from_millis(self.snapshot)
    }

    /// The email address in `involving`. The account that has it must be looked up once, for the first page.
    pub(crate) fn address(&self) -> Option<Email> {
        self.involving.as_deref().and_then(Email::parse)
    }

    pub(crate) fn is_filtered(&self) -> bool {
        !self.actions.is_empty() || self.actor.is_some() || self.involving.is_some()
    }

    pub(crate) fn wants(&self, event: &RecordedEvent) -> bool {
        (self.actions.is_empty() || self.actions.contains(&event.action))
            && self.actor.as_deref().is_none_or(|name| is_actor(event, name))
            && self.involving.as_deref().is_none_or(|name| self.is_involved(event, name))
    }

    fn is_involved(&self, event: &RecordedEvent, name: &str) -> bool {
        let emails = event.details.email_change.iter().flat_map(|emails| [&emails.before, &emails.after]);
        is_actor(event, name)
            || is_affected(event, name)
            || emails.into_iter().any(|email| email.as_str().eq_ignore_ascii_case(name))
            || self.involved.as_deref().is_some_and(|id| is_actor(event, id) || is_affected(event, id))
    }

    /// The token for the events after this one.
    pub(crate) fn token(&self, after: String) -> String {
        page_token::write(&Self { after: Some(after), ..self.clone() })
    }
}

fn is_actor(event: &RecordedEvent, name: &str) -> bool {
    match &event.actor {
        Actor::Account { id, email, .. } => names_account(name, id, email),
        Actor::ApiKey { id, name: called, mask } => names_key(name, id, called, mask),
        Actor::Operator { .. } | Actor::Service => false,
        Actor::Reporter(reporter) => reporter.id().eq_ignore_ascii_case(name),
        Actor::Unknown(party) => names_unknown_party(name, party),
    }
}

fn is_affected(event: &RecordedEvent, name: &str) -> bool {
    match &event.affected {
        Affected::Account { id, email, .. } => names_account(name, id, email),
        Affected::ApiKey { id, name: called, mask } => names_key(name, id, called, mask),
        Affected::Company => false,
        Affected::Unknown(party) => names_unknown_party(name, party),
    }
}

/// Account IDs are opaque, and two may differ only in case. Addresses are compared without regard to the case of ASCII
/// letters.
fn names_account(name: &str, id: &AccountId, email: &Email) -> bool {
    id.as_str() == name || email.as_str().eq_ignore_ascii_case(name)
}

fn names_unknown_party(name: &str, party: &UnknownParty) -> bool {
    party.id.as_deref() == Some(name)
        || [&party.email, &party.name].into_iter().flatten().any(|text| text.eq_ignore_ascii_case(name))
}

/// A ULID means the same in upper and lower case. A mask may have three dots instead of its ellipsis.
fn names_key(name: &str, id: &KeyId, called: &str, mask: &Mask) -> bool {
    id.as_str().eq_ignore_ascii_case(name)
        || called.to_lowercase() == name.to_lowercase()
        || mask.to_string() == name.replace("...", "…")
}
