//! Compares the tables with each other: counters, lists and duplicated data must equal a recount.

use std::collections::BTreeSet;

use harness::World;
use serde_json::Value;

/// The tables whose items each belong to a company.
const OF_COMPANIES: [&str; 7] =
    ["Companies", "Accounts", "AccountLookups", "Identities", "ApiKeys", "KeyDigests", "AccountCounts"];

/// Recounts every company.
pub(crate) async fn recount(world: &World, what: &str) {
    recount_after(world, what, Revocations::OneByOne).await;
}

/// How keys were revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Revocations {
    OneByOne,
    /// Several attempts to revoke a key at the same time. One that is broken off after another has revoked the key leaves some gates
    /// at the earlier attempt's generation, which is enough: no request was admitted since the first attempt.
    AtOnce,
}

/// Recounts every company after such revocations.
pub(crate) async fn recount_after(world: &World, what: &str, revocations: Revocations) {
    let mut tables = Tables { items: Vec::new(), now: world.clock.now().millis(), what, revocations };
    for table in OF_COMPANIES.into_iter().chain(["KeyGates"]) {
        tables.items.push((table, world.dynamodb.items(table).await));
    }
    let companies: Vec<_> = tables.of("Companies", None).collect();
    assert!(companies.len() >= 3, "{what}");
    for company in &companies {
        tables.recount_accounts(company);
        tables.recount_keys(company);
    }
    let known: BTreeSet<_> = companies.iter().map(|company| text(company, "companyId")).collect();
    tables.recount_gates();
    for (table, items) in tables.items.iter().filter(|(table, _)| OF_COMPANIES.contains(table)) {
        let strange = items.iter().find(|item| !known.contains(text(item, "companyId")));
        assert_eq!(strange, None, "{what}: {table}: of no company");
    }
}

pub(super) struct Tables<'w> {
    items: Vec<(&'static str, Vec<Value>)>,
    pub(super) now: i64,
    pub(super) what: &'w str,
    pub(super) revocations: Revocations,
}

impl Tables<'_> {
    /// The items of a table, of one company or all.
    pub(super) fn of(&self, table: &str, company: Option<&str>) -> impl Iterator<Item = &Value> {
        let (_, items) = self.items.iter().find(|(name, _)| *name == table).expect("a table that was read");
        items.iter().filter(move |item| company.is_none_or(|id| item["companyId"] == id))
    }

    /// Checks both counters, of which the first is shared out. Checks that every name and sign-in of every account leads to
    /// it, and that there are no other lookups.
    fn recount_accounts(&self, company: &Value) {
        let (id, what) = (text(company, "companyId"), self.what);
        let accounts: Vec<_> = self.of("Accounts", Some(id)).collect();
        let active = |account: &&&Value| account["role"] == "company_admin" && account["state"] == "active";
        let counted: i64 = self.of("AccountCounts", Some(id)).map(|part| number(part, "accounts")).sum();
        let count = i64::try_from(accounts.len()).expect("few accounts");
        assert_eq!(number(company, "accounts") + counted, count, "{what}: {id}");
        assert_eq!(company["activeAdministrators"], accounts.iter().filter(active).count(), "{what}: {id}");
        let (mut names, mut sign_ins) = (BTreeSet::new(), BTreeSet::new());
        for account in accounts {
            let account_id = text(account, "accountId");
            for name in ["email", "userName"].into_iter().filter_map(|name| account[name].as_str()) {
                names.insert((format!("email#{}", name.to_ascii_lowercase()), account_id));
            }
            if let Some(external_id) = account["externalId"].as_str() {
                names.insert((format!("externalId#{external_id}"), account_id));
            }
            for identity in account["identities"].as_array().into_iter().flatten() {
                sign_ins.insert((identity.as_str().expect("a text").to_owned(), account_id));
            }
        }
        let found = |table: &str, name: &str| -> BTreeSet<_> {
            self.of(table, Some(id))
                .map(|item| (text(item, name).to_owned(), text(item, "accountId")))
                .collect()
        };
        assert_eq!(found("AccountLookups", "lookup"), names, "{what}: {id}");
        assert_eq!(found("Identities", "identity"), sign_ins, "{what}: {id}");
    }
}

pub(super) fn number(item: &Value, name: &str) -> i64 {
    item[name].as_i64().unwrap_or_else(|| panic!("{name}: {item}"))
}

pub(super) fn text<'v>(item: &'v Value, name: &str) -> &'v str {
    item[name].as_str().unwrap_or_else(|| panic!("{name}: {item}"))
}

/// A set, which has no order.
pub(super) fn set<'v>(item: &'v Value, name: &str) -> BTreeSet<&'v str> {
    item[name].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}
