//! Which events a request is about.

use std::{ops::RangeInclusive, time::Duration};

use serde::{Deserialize, Serialize};
use shared::{
    account::{AccountId, Email},
    audit::{Action, Actor, Affected, RecordedEvent},
    clock::Timestamp,
    http::{
        Input, Problem,
        fields::{Fields, string},
        page_token,
    },
    key::{KeyId, time_of_ulid, ulids_of},
};

use crate::{DEFAULT_RESULTS, HORIZON, LARGEST_RESULTS, dates};

/// Most actions that a request filters by.
pub(crate) const ACTIONS: usize = 10;
/// The range where the request doesn't say.
const DEFAULT_RANGE: Duration = Duration::from_hours(7 * 24);
/// The longest range.
const LONGEST_RANGE: Duration = Duration::from_hours(30 * 24);
/// How far the clock of the instance that wrote a token may be ahead of the one that reads it.
const CLOCKS_DIFFER: Duration = Duration::from_secs(5);
/// A range to the present grows while the request is under way.
const UNDER_WAY: Duration = Duration::from_mins(5);

/// Which events, how many, from where. This is what a `nextToken` holds, never the company.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Page {
    pub(crate) max_results: usize,
    /// Identifiers of actions; any where there are none.
    actions: Vec<String>,
    /// Who did it: an account ID, a key ID or an email address.
    actor: Option<String>,
    /// Who did it or to whom or what it was done: the same.
    involving: Option<String>,
    /// The first millisecond.
    since: i64,
    /// The first millisecond that isn't in it any more.
    until: i64,
    /// Until when the log was complete when the first page was read.
    snapshot: i64,
    /// The event behind which it goes on.
    pub(crate) after: Option<String>,
}

impl Page {
    /// Reads the query; no event from `last` on is shown.
    pub(crate) fn read(input: &Input, now: Timestamp, last: Timestamp) -> Result<Self, Problem> {
        if let Some(token) = input.query_parameter("nextToken") {
            // It carries the filters: those beside it are passed over.
            let page: Self = page_token::read(token)?;
            return page.is_ours(now, last).then_some(page).ok_or_else(page_token::refused);
        }
        let mut fields = Fields::of_query(input)?;
        let max_results = fields.optional("maxResults", |value| {
            let results =
                string(value)?.parse().ok().filter(|results| (1..=LARGEST_RESULTS).contains(results));
            results.ok_or_else(|| format!("must be a number from 1 to {LARGEST_RESULTS}"))
        });
        let actions = fields.optional("filter[action]", |value| {
            let actions: Vec<_> = string(value)?.split(',').map(|name| name.trim().to_owned()).collect();
            let known = actions.iter().all(|action| Action::from_id(action).is_some());
            let fits = known && (1..=ACTIONS).contains(&actions.len());
            fits.then_some(actions).ok_or_else(|| {
                let names = Action::ALL.map(Action::id).join(", ");
                format!("must be 1 to {ACTIONS} of these, separated by commas: {names}")
            })
        });
        let mut date = |field| {
            fields.optional(field, |value| dates::read(string(value)?).ok_or_else(|| dates::FORMS.into()))
        };
        let (since, until) = (date("filter[date][since]"), date("filter[date][until]"));
        let mut who = |field| {
            fields.optional(field, |value| {
                let name = string(value)?.trim();
                let fits = (1..=Email::LENGTH).contains(&name.len());
                fits.then(|| name.to_owned())
                    .ok_or_else(|| "must be an account ID, a key ID or an email address".into())
            })
        };
        let (actor, involving) = (who("filter[actor]"), who("filter[involving]"));
        fields.optional("nextToken", |_| Ok(()));
        let end = until.unwrap_or(now);
        let start = since.unwrap_or_else(|| end.minus(DEFAULT_RANGE));
        let longest = if until.is_some() { LONGEST_RANGE } else { LONGEST_RANGE + UNDER_WAY };
        if until.is_some() && end < start {
            fields.wrong("filter[date][until]", "must not be before filter[date][since]");
        } else if end.minus(longest) > start {
            let detail = "must be at most 30 days before filter[date][until], or before now where there is none: \
                          to read further back, send both";
            fields.wrong("filter[date][since]", detail);
        }
        fields.finish(Some(Self {
            max_results: max_results.unwrap_or(DEFAULT_RESULTS),
            actions: actions.unwrap_or_default(),
            actor,
            involving,
            since: start.millis(),
            until: until.map_or(last, |until| until.min(last)).millis(),
            snapshot: now.minus(HORIZON).millis(),
            after: None,
        }))
    }

    /// Whether a token is one that we could have written: it came from a client. Its range ends at the horizon of whoever
    /// wrote it, which may be a little later than here.
    fn is_ours(&self, now: Timestamp, last: Timestamp) -> bool {
        let who = [&self.actor, &self.involving].into_iter().flatten();
        let after = self.after.as_deref().and_then(time_of_ulid).map(Timestamp::millis);
        (1..=LARGEST_RESULTS).contains(&self.max_results)
            && self.actions.len() <= ACTIONS
            && who.into_iter().all(|name| name.len() <= Email::LENGTH)
            && self.until <= last.plus(CLOCKS_DIFFER).millis()
            && self.snapshot <= now.minus(HORIZON).plus(CLOCKS_DIFFER).millis()
            && after.is_some_and(|after| (self.since..self.until).contains(&after))
    }

    /// The identifiers of the range, unless it is empty.
    pub(crate) fn ids(&self) -> Option<RangeInclusive<String>> {
        let last = Timestamp::from_millis(self.until.checked_sub(1)?);
        let first = Timestamp::from_millis(self.since);
        if last < first || last.millis() < 0 {
            return None;
        }
        let [first, _] = ulids_of(first);
        let [_, last] = ulids_of(last);
        Some(first..=last)
    }

    /// Until when the log was complete when the first page was read.
    pub(crate) fn snapshot(&self) -> Timestamp {
        Timestamp::from_millis(self.snapshot)
    }

    pub(crate) fn is_filtered(&self) -> bool {
        !self.actions.is_empty() || self.actor.is_some() || self.involving.is_some()
    }

    pub(crate) fn wants(&self, event: &RecordedEvent) -> bool {
        let of_actor = |name: &str| match &event.actor {
            Actor::Account { id, email, .. } => names_account(name, id, email),
            Actor::ApiKey { id, .. } => names_key(name, id),
            Actor::Operator { .. } => false,
        };
        let of_affected = |name: &str| match &event.affected {
            Affected::Account { id, email, .. } => names_account(name, id, email),
            Affected::ApiKey { id, .. } => names_key(name, id),
            Affected::Company => false,
        };
        (self.actions.is_empty() || self.actions.contains(&event.action))
            && self.actor.as_deref().is_none_or(of_actor)
            && self.involving.as_deref().is_none_or(|name| of_actor(name) || of_affected(name))
    }

    /// The token for what comes behind this event.
    pub(crate) fn token(&self, after: String) -> String {
        page_token::write(&Self { after: Some(after), ..self.clone() })
    }
}

/// Account IDs are opaque, and two may differ in case alone; addresses are compared with ASCII letters folded.
fn names_account(name: &str, id: &AccountId, email: &Email) -> bool {
    id.as_str() == name || email.as_str().eq_ignore_ascii_case(name)
}

/// The letters of a ULID mean the same in either case.
fn names_key(name: &str, id: &KeyId) -> bool {
    id.as_str().eq_ignore_ascii_case(name)
}
