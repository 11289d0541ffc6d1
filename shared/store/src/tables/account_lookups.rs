//! `AccountLookups`: which account an email address, a user name or an external ID leads to.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    account::Account,
    identifiers::{AccountId, AccountRef, ExternalId},
};

use super::Tables;
use crate::{
    caller::Caller,
    error::TableError,
    item::{Attributes, key_in_company, s},
    table::Table,
    write::{Guard, Write},
};

/// The prefix of an address or a user name in the lookups.
const EMAIL: &str = "email#";

/// Some folded addresses and user names, each with its account, and the last of them if there are more.
type Names = (Vec<(String, AccountId)>, Option<String>);

impl Tables {
    /// Returns the ID of the account with this name in the caller's company. An ID needs no read. Anything else needs one.
    pub(crate) async fn account_id(
        &self,
        caller: Caller<'_>,
        account: &AccountRef,
    ) -> Result<Option<AccountId>, TableError> {
        let lookup = match lookup_or_id(account) {
            Ok(id) => return Ok(Some(id.clone())),
            Err(lookup) => lookup,
        };
        let key = key_in_company(caller, "lookup", &lookup);
        self.get(Table::AccountLookups, key).await?.as_ref().map(Attributes::account_id).transpose()
    }

    /// Returns the IDs of the accounts with these names (at most 100), in their order. IDs need no read. Anything else
    /// needs one.
    pub(crate) async fn account_ids(
        &self,
        caller: Caller<'_>,
        accounts: &[&AccountRef],
    ) -> Result<Vec<Option<AccountId>>, TableError> {
        let named: Vec<_> = accounts.iter().map(|account| lookup_or_id(account)).collect();
        // `DynamoDB` refuses a request with the same key twice.
        let lookups: BTreeSet<_> = named.iter().filter_map(|named| named.as_ref().err()).collect();
        let mut found = BTreeMap::new();
        if !lookups.is_empty() {
            let keys = lookups.iter().map(|lookup| key_in_company(caller, "lookup", lookup)).collect();
            for (_, item) in self.batch_get(vec![(Table::AccountLookups, keys)]).await? {
                found.insert(item.text("lookup")?.to_owned(), item.account_id()?);
            }
        }
        let id = |named: &Result<&AccountId, String>| match named {
            Ok(id) => Some((*id).clone()),
            Err(lookup) => found.get(lookup).cloned(),
        };
        Ok(named.iter().map(id).collect())
    }

    /// Returns up to `limit` addresses and user names that begin with this text, in order, after `after`. Needs one
    /// strongly consistent read.
    pub(crate) async fn names(
        &self,
        caller: Caller<'_>,
        prefix: &str,
        after: Option<&str>,
        limit: i32,
    ) -> Result<Names, TableError> {
        let request = self
            .client
            .query()
            .table_name(self.name(Table::AccountLookups))
            .key_condition_expression("#companyId = :company AND begins_with(#lookup, :prefix)")
            .expression_attribute_names("#companyId", "companyId")
            .expression_attribute_names("#lookup", "lookup")
            .expression_attribute_values(":company", s(caller.company_id()))
            .expression_attribute_values(":prefix", s(name_lookup(&prefix.to_ascii_lowercase())))
            .set_exclusive_start_key(after.map(|name| key_in_company(caller, "lookup", &name_lookup(name))))
            .consistent_read(true)
            .limit(limit);
        let page = request.send().await?;
        let name = |lookup: &str| lookup.strip_prefix(EMAIL).unwrap_or(lookup).to_owned();
        let names = page.items().iter().map(|item| Ok((name(item.text("lookup")?), item.account_id()?)));
        let names = names.collect::<Result<_, TableError>>()?;
        let last = page.last_evaluated_key.map(|key| key.text("lookup").map(name)).transpose()?;
        Ok((names, last))
    }
}

/// The ID, or the lookup that leads to it.
fn lookup_or_id(account: &AccountRef) -> Result<&AccountId, String> {
    match account {
        AccountRef::Id(id) => Ok(id),
        AccountRef::Email(email) => Err(name_lookup(&email.folded())),
        AccountRef::UserName(name) => Err(name_lookup(&name.folded())),
        AccountRef::ExternalId(id) => Err(external_id_lookup(id)),
    }
}

/// The lookup of an address or a user name, folded.
fn name_lookup(name: &str) -> String {
    format!("{EMAIL}{name}")
}

fn external_id_lookup(id: &ExternalId) -> String {
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
