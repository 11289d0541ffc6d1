//! The range of a list, and the position in it.

use std::{ops::RangeInclusive, time::Duration};

use domain::{
    time::Timestamp,
    ulid::{is_canonical, time_of_ulid, ulids_of},
};
use serde::{Deserialize, Serialize};
use web::{
    Input, Problem,
    expiry::date_time,
    fields::{Fields, string, text},
    page_token,
};

/// How far the clock of the instance that wrote an event may be ahead of ours.
const AHEAD: Duration = Duration::from_mins(1);

/// Which events, and the position. A `nextToken` contains this, but never the company or the key.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Page {
    /// The inclusive start, in milliseconds.
    since: i64,
    /// The exclusive end, in milliseconds.
    until: i64,
    /// The event after which the page begins.
    pub(crate) after: Option<String>,
}

/// Reads the range, or the position in it.
pub(crate) fn read(input: &Input, now: Timestamp) -> Result<Page, Problem> {
    let mut fields = Fields::of_query(input)?;
    if let Some(token) = fields.optional("nextToken", text) {
        for filter in ["since", "until"] {
            fields.optional(filter, |_| Ok(()));
        }
        let page: Page = page_token::read(&fields.finish(Some(token))?)?;
        return page.is_ours().then_some(page).ok_or_else(page_token::refused);
    }
    let since = fields.required("since", |value| date_time(string(value)?));
    let until = fields.optional("until", |value| date_time(string(value)?));
    let until = until.unwrap_or_else(|| now.plus(AHEAD));
    // No event is from before 1970.
    let page = since.map(|since| Page { since: since.millis().max(0), until: until.millis(), after: None });
    fields.finish(page)
}

impl Page {
    /// Whether each part of a token is one that we could have written, because the token came from a client.
    fn is_ours(&self) -> bool {
        let is_time = |millis: i64| (0..=Timestamp::LATEST.millis()).contains(&millis);
        let after = self.after.as_deref().filter(|id| is_canonical(id)).and_then(time_of_ulid);
        is_time(self.since)
            && is_time(self.until)
            && after.is_some_and(|after| (self.since..self.until).contains(&after.millis()))
    }

    /// The event identifiers at the ends of the range, or `None` if it is empty.
    pub(crate) fn ids(&self) -> Option<RangeInclusive<String>> {
        if self.since >= self.until {
            return None;
        }
        let [first, _] = ulids_of(self.since());
        let [_, last] = ulids_of(Timestamp::from_millis(self.until - 1));
        Some(first..=last)
    }

    /// The inclusive start.
    pub(crate) fn since(&self) -> Timestamp {
        Timestamp::from_millis(self.since)
    }

    /// The token for the events after this one.
    pub(crate) fn token(&self, after: String) -> String {
        page_token::write(&Self { after: Some(after), ..self.clone() })
    }
}
