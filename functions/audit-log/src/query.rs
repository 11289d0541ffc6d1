//! The request's selection, and how long the request waits.

use std::time::Duration;

use domain::{audit::Action, identifiers::Email, time::Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use web::{
    Input, Problem,
    fields::{Fields, page_size, string, text},
    page_token,
};

use crate::{AHEAD, COLLECTORS_AHEAD, DEFAULT_RESULTS, HORIZON, LARGEST_RESULTS, dates, page::Page};

/// The maximum number of actions in a request.
pub(crate) const ACTIONS: usize = 100;
/// The default range.
const DEFAULT_RANGE: Duration = Duration::from_hours(7 * 24);
const PARAMETERS: [&str; 8] = [
    "format",
    "maxResults",
    "filter[action]",
    "filter[date][since]",
    "filter[date][until]",
    "filter[actor]",
    "filter[involving]",
    "nextToken",
];

/// The form in which events are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Format {
    /// The form that MURAL's log has.
    #[default]
    AuditEvent,
    /// The Open Cybersecurity Schema Framework.
    Ocsf,
}

impl Format {
    /// Every format.
    pub(crate) const ALL: [Self; 2] = [Self::AuditEvent, Self::Ocsf];

    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::AuditEvent => "audit-event",
            Self::Ocsf => "ocsf",
        }
    }

    /// Whether it is the one that a request gets that names none.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Nobody gets another format than the named one, so an unknown one is refused.
    fn read(value: &Value) -> Result<Self, String> {
        let name = string(value)?;
        let known = Self::ALL.into_iter().find(|format| format.id() == name);
        known.ok_or_else(|| format!("must be {}", Self::ALL.map(Self::id).join(" or ")))
    }
}

/// The reader of the log, one for each route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// A machine. Its log ends where the log is complete, and its query is read leniently.
    Collector,
    /// A person in the dashboard. The log ends in the present.
    Person,
}

impl Reader {
    /// The exclusive end of the log for this reader.
    pub(crate) fn end(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Collector => now.minus(HORIZON),
            Self::Person => now.plus(AHEAD),
        }
    }

    fn parameters(self, input: &Input) -> Map<String, Value> {
        let parameters = input.query_parameters();
        match self {
            Self::Collector => parameters.filter_map(|(name, value)| leniently(name, value)).collect(),
            Self::Person => parameters.map(|(name, value)| (name.to_owned(), value.into())).collect(),
        }
    }
}

/// Collectors that were written for other logs escape brackets, and send parameters that are empty or unknown here.
fn leniently(name: &str, value: &str) -> Option<(String, Value)> {
    let name = name.replace('\\', "");
    let known = PARAMETERS.into_iter().find(|known| known.eq_ignore_ascii_case(name.trim()))?;
    let is_empty = value.chars().all(|c| c == ',' || c.is_whitespace());
    (!is_empty).then(|| (known.to_owned(), value.trim().into()))
}

/// The events that a request asks for.
#[derive(Debug)]
pub(crate) enum Selection {
    /// A range or actions that no event can have.
    Nothing,
    /// The first page of a range.
    First(First),
    /// The events after a page.
    Next(Page),
}

/// A range from the request's parameters.
#[derive(Debug)]
pub(crate) struct First {
    format: Format,
    max_results: usize,
    /// Empty for any action.
    actions: Vec<String>,
    actor: Option<String>,
    involving: Option<String>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl Selection {
    pub(crate) fn read(input: &Input, reader: Reader, now: Timestamp) -> Result<Self, Problem> {
        let mut parameters = reader.parameters(input);
        let follows = parameters.contains_key("nextToken");
        if follows {
            // The token contains the filters. Filters sent with it are ignored.
            parameters.retain(|name, _| ["nextToken", "maxResults", "format"].contains(&name.as_str()));
        }
        let mut fields = Fields::of_value(Value::Object(parameters))?;
        let format = fields.optional("format", Format::read);
        let max_results = fields.optional("maxResults", |value| page_size(value, LARGEST_RESULTS));
        if follows {
            let token = fields.optional("nextToken", text);
            let mut page: Page = page_token::read(&fields.finish(token)?)?;
            if !page.is_ours(reader.end(now), now) {
                return Err(page_token::refused());
            }
            page.max_results = max_results.unwrap_or(page.max_results);
            page.format = format.unwrap_or(page.format);
            return Ok(Self::Next(page));
        }
        let actions = fields.optional("filter[action]", |value| actions(string(value)?));
        let mut date = |field| {
            fields.optional(field, |value| dates::read(string(value)?).ok_or_else(|| dates::FORMS.into()))
        };
        let (since, until) = (date("filter[date][since]"), date("filter[date][until]"));
        let mut who = |field| {
            fields.optional(field, |value| {
                let name = string(value)?.trim();
                let fits = (1..=Email::LENGTH).contains(&name.len());
                fits.then(|| name.to_owned()).ok_or_else(|| {
                    "must be an account ID, an email address, or a key's ID, name or mask".into()
                })
            })
        };
        let (actor, involving) = (who("filter[actor]"), who("filter[involving]"));
        fields.optional("nextToken", |_| Ok(()));
        let asks_for_nothing =
            actions.as_ref().is_some_and(Vec::is_empty) || until.is_some_and(|until| since >= Some(until));
        let first = First {
            format: format.unwrap_or_default(),
            max_results: max_results.unwrap_or(DEFAULT_RESULTS),
            actions: actions.unwrap_or_default(),
            actor,
            involving,
            since,
            until,
        };
        fields.finish(Some(if asks_for_nothing { Self::Nothing } else { Self::First(first) }))
    }

    /// When the log will be complete up to the end of the requested range. `None` if it already is, or won't be within
    /// the time that a request may wait.
    pub(crate) fn complete_at(&self, now: Timestamp) -> Option<Timestamp> {
        let until = match self {
            Self::First(First { until: Some(until), .. }) => *until,
            // The clock of the instance that wrote the token may be ahead of ours.
            Self::Next(page) => page.until(),
            Self::First(_) | Self::Nothing => return None,
        };
        let at = until.plus(HORIZON);
        (now < at && until <= now.plus(COLLECTORS_AHEAD)).then_some(at)
    }

    /// The page to read, or `None` if no event can match.
    pub(crate) fn page(self, reader: Reader, now: Timestamp) -> Option<Page> {
        let asked = match self {
            Self::Nothing => return None,
            Self::First(first) => first,
            Self::Next(page) => return Some(page),
        };
        let end = reader.end(now);
        let default = || asked.until.map_or(now, |until| until.min(end)).minus(DEFAULT_RANGE);
        // No event is from before 1970.
        let since = asked.since.unwrap_or_else(default).millis().max(0);
        let until = asked.until.map_or(end, |until| until.min(end)).millis();
        (since < until).then(|| Page {
            format: asked.format,
            max_results: asked.max_results,
            actions: asked.actions,
            actor: asked.actor,
            involving: asked.involving,
            involved: None,
            since,
            until,
            snapshot: now.minus(HORIZON).millis(),
            after: None,
        })
    }
}

/// The named actions that exist, each once. No event has any other action.
fn actions(text: &str) -> Result<Vec<String>, String> {
    let names: Vec<_> = text.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    if names.is_empty() {
        return Err("must name an action".into());
    }
    if names.len() > ACTIONS {
        return Err(format!("must have at most {ACTIONS} actions, separated by commas"));
    }
    Ok(known(|action| names.contains(&action.id())))
}

/// The identifiers of these actions, always in the same order.
pub(crate) fn known(wanted: impl Fn(Action) -> bool) -> Vec<String> {
    Action::ALL.into_iter().filter(|action| wanted(*action)).map(|action| action.id().to_owned()).collect()
}
