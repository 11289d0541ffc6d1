//! A directory's changes to a user's email addresses. We store one: the primary address, otherwise the work address,
//! and otherwise, for a new account, the first.

use domain::identifiers::Email;
use serde_json::Value;
use web::{Problem, ScimType};

use crate::{
    edit::{Op, boolean, invalid, required},
    patch::member,
    syntax::Selection,
};

/// The effect of an operation on `emails` on the stored address.
pub(crate) enum AddressChange {
    /// No effect: the operation concerns other addresses, or has no value.
    Unchanged,
    /// This is the new address.
    Address(Email),
    /// The operation is not possible.
    Refused(Problem),
}

/// Reads an operation on `emails` or a part of it. `add` replaces nothing (RFC 7644 §3.5.2.1), so the account keeps its
/// address, unless the added one is primary. `creates` means that there is no account yet.
pub(crate) fn read(
    op: Op,
    part: Option<&str>,
    selection: &Selection,
    value: &Value,
    creates: bool,
) -> AddressChange {
    if !matches!(part, None | Some("value")) {
        return AddressChange::Unchanged;
    }
    match selects(selection) {
        Ok(true) => {}
        Ok(false) => return AddressChange::Unchanged,
        Err(problem) => return AddressChange::Refused(problem),
    }
    if op == Op::Remove {
        return AddressChange::Refused(required("emails"));
    }
    let entries = match value {
        Value::Array(entries) => entries.as_slice(),
        single => std::slice::from_ref(single),
    };
    let entries: Vec<Entry<'_>> = entries.iter().filter_map(Entry::read).collect();
    let kind =
        |kind: &str| entries.iter().find(|entry| entry.kind.is_some_and(|k| k.eq_ignore_ascii_case(kind)));
    let untyped = || entries.iter().find(|entry| entry.kind.is_none());
    let primary = entries.iter().find(|entry| entry.is_primary);
    let chosen = if *selection != Selection::All(Vec::new()) {
        entries.first()
    } else if op == Op::Add && !creates {
        primary
    } else {
        // An address without a type counts as a work address.
        let first = entries.first().filter(|_| creates);
        primary.or_else(|| kind("work")).or_else(untyped).or(first)
    };
    let Some(chosen) = chosen else { return AddressChange::Unchanged };
    let email = chosen.address.as_str().map(str::trim).and_then(Email::parse_new);
    let detail = format!(
        "must have an email address of at most {} bytes without spaces, invisible or control characters as its value",
        Email::LENGTH
    );
    email.map_or_else(|| AddressChange::Refused(invalid("emails", &detail)), AddressChange::Address)
}

/// Whether the filter in brackets selects the stored address.
fn selects(selection: &Selection) -> Result<bool, Problem> {
    let unsupported = || {
        let detail = "A filter on emails can use type and primary, with `eq` and `and`.";
        Problem::scim(ScimType::NoTarget, detail)
    };
    let Selection::All(comparisons) = selection else { return Err(unsupported()) };
    let mut all = true;
    for comparison in comparisons {
        all &= match (comparison.attribute.name.as_str(), &comparison.value) {
            ("type", Value::String(kind)) => kind.eq_ignore_ascii_case("work"),
            ("primary", value) => boolean(value).unwrap_or(false),
            _ => return Err(unsupported()),
        };
    }
    Ok(all)
}

/// One address of a list.
struct Entry<'v> {
    address: &'v Value,
    kind: Option<&'v str>,
    is_primary: bool,
}

impl<'v> Entry<'v> {
    /// `None` if there is no value (RFC 7643 §2.5).
    fn read(entry: &'v Value) -> Option<Self> {
        let members = entry.as_object();
        let of = |name| members.and_then(|members| member(members, name));
        let address = if members.is_some() { of("value")? } else { entry };
        if address.is_null() || address.as_str().is_some_and(|text| text.trim().is_empty()) {
            return None;
        }
        let kind = of("type").and_then(Value::as_str).filter(|kind| !kind.is_empty());
        Some(Self { address, kind, is_primary: of("primary").and_then(boolean).unwrap_or(false) })
    }
}
