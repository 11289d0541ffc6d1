//! The request to undo suspensions.

use std::collections::BTreeSet;

use domain::{
    identifiers::{AccountId, AccountRef},
    time::Timestamp,
    ulid::is_canonical,
};
use web::{Input, Problem, account_results::read_entries, expiry::date_time, fields::string};

/// What to undo.
pub(crate) struct Undo {
    pub(crate) since: Timestamp,
    pub(crate) accounts: Vec<AccountRef>,
    /// The event of the undo that the request continues. Absent if one begins.
    pub(crate) continued: Option<String>,
}

const UNDO_ID: &str = "must be the unchanged undoId of an earlier response for this key and `since`";

/// Reads the body.
pub(crate) fn read(input: &Input) -> Result<Undo, Problem> {
    let (entries, mut fields) = read_entries(input)?;
    let since = fields.required("since", |value| date_time(string(value)?));
    let continued = fields.optional("undoId", |value| {
        let id = string(value)?;
        if is_canonical(id) { Ok(id.to_owned()) } else { Err(UNDO_ID.into()) }
    });
    let (mut accounts, mut seen) = (Vec::new(), BTreeSet::new());
    for (i, entry) in entries.iter().enumerate() {
        let Some(id) = entry.as_str().and_then(AccountId::parse) else {
            fields.wrong(&format!("accounts[{i}]"), "must be an account ID");
            continue;
        };
        if !seen.insert(id.to_string()) {
            fields.wrong(&format!("accounts[{i}]"), "must not be in the list twice");
        }
        accounts.push(AccountRef::Id(id));
    }
    fields.finish(since.map(|since| Undo { since, accounts, continued }))
}

/// The request continues an undo that didn't begin so.
pub(crate) fn not_an_undo() -> Problem {
    Problem::invalid_field("undoId", UNDO_ID)
}
