//! `AccountLookups`: which account an email address, a user name or an external ID leads to.

use std::collections::BTreeSet;

use domain::{account::Account, identifiers::ExternalId};

use crate::{
    caller::Caller,
    item::{key_in_company, s},
    table::Table,
    transaction::{Guard, Write},
};

/// The prefix of an address or a user name in the lookups.
pub(crate) const EMAIL: &str = "email#";

/// The lookup of an address or a user name, folded.
pub(crate) fn name_lookup(name: &str) -> String {
    format!("{EMAIL}{name}")
}

pub(crate) fn external_id_lookup(id: &ExternalId) -> String {
    format!("externalId#{id}")
}

/// The writes that remove the account's old lookups and add its new ones.
pub(crate) fn move_lookups(
    caller: Caller<'_>,
    before: Option<&Account>,
    after: Option<&Account>,
) -> Vec<Write> {
    let names = |account: Option<&Account>| -> BTreeSet<String> {
        account.map(Account::claims).unwrap_or_default().iter().map(|name| name_lookup(name)).collect()
    };
    let external_id = |account: Option<&Account>| -> BTreeSet<String> {
        account.and_then(|account| account.external_id.as_ref()).map(external_id_lookup).into_iter().collect()
    };
    let mut writes = Vec::new();
    for (guard, had, has) in [
        (Guard::Email, names(before), names(after)),
        (Guard::ExternalId, external_id(before), external_id(after)),
    ] {
        for lookup in had.difference(&has) {
            let key = key_in_company(caller, "lookup", lookup);
            writes.push(Write::delete(guard, Table::AccountLookups, key));
        }
        for lookup in has.difference(&had) {
            let mut item = key_in_company(caller, "lookup", lookup);
            item.extend(after.map(|account| ("accountId".to_owned(), s(&account.id))));
            let put = Write::put(guard, Table::AccountLookups, item).when("attribute_not_exists(#lookup)");
            writes.push(put);
        }
    }
    writes
}
