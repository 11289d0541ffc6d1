//! Compares the tables with each other: counters, lists and duplicated data must equal a recount.

use std::collections::BTreeSet;

use harness::World;
use serde_json::Value;

/// Recounts every company.
pub(crate) async fn recount(world: &World, what: &str) {
    let mut tables = Tables { items: Vec::new(), what };
    for table in ["Companies", "Accounts", "AccountLookups", "Identities", "ApiKeys", "KeyDigests"] {
        tables.items.push((table, world.dynamodb.items(table).await));
    }
    let companies: Vec<_> = tables.of("Companies", None).collect();
    assert!(companies.len() >= 3, "{what}");
    for company in &companies {
        tables.recount_accounts(company);
        tables.recount_keys(company);
    }
    let known: BTreeSet<_> = companies.iter().map(|company| text(company, "companyId")).collect();
    for (table, items) in &tables.items {
        let strange = items.iter().find(|item| !known.contains(text(item, "companyId")));
        assert_eq!(strange, None, "{what}: {table}: of no company");
    }
}

struct Tables<'w> {
    items: Vec<(&'static str, Vec<Value>)>,
    what: &'w str,
}

impl Tables<'_> {
    /// The items of a table, of one company or all.
    fn of(&self, table: &str, company: Option<&str>) -> impl Iterator<Item = &Value> {
        let (_, items) = self.items.iter().find(|(name, _)| *name == table).expect("a table that was read");
        items.iter().filter(move |item| company.is_none_or(|id| item["companyId"] == id))
    }

    /// Checks both counters, that every name and sign-in of every account leads to it, and that there are no other
    /// lookups.
    fn recount_accounts(&self, company: &Value) {
        let (id, what) = (text(company, "companyId"), self.what);
        let accounts: Vec<_> = self.of("Accounts", Some(id)).collect();
        let active = |account: &&&Value| account["role"] == "company_admin" && account["state"] == "active";
        assert_eq!(company["accounts"], accounts.len(), "{what}: {id}");
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

    /// Checks the map of active keys, that each key is the same in both tables and frozen according to the plan, and
    /// that no working key has a fence.
    fn recount_keys(&self, company: &Value) {
        let (id, what) = (text(company, "companyId"), self.what);
        let keys: Vec<_> = self.of("ApiKeys", Some(id)).collect();
        let is_revoked = |key: &Value| key.get("revokedAt").is_some();
        let active: BTreeSet<_> =
            keys.iter().filter(|key| !is_revoked(key)).map(|key| text(key, "keyId")).collect();
        let listed = company["activeKeys"].as_object().expect("a map");
        assert_eq!(listed.keys().map(String::as_str).collect::<BTreeSet<_>>(), active, "{what}: {id}");
        let (fences, digests): (Vec<_>, Vec<_>) =
            self.of("KeyDigests", Some(id)).partition(|item| text(item, "digest").starts_with("fence#"));
        assert_eq!(digests.len(), keys.len(), "{what}: {id}");
        for key in keys {
            let digest = digests.iter().find(|item| item["digest"] == key["digest"]);
            let digest = digest.unwrap_or_else(|| panic!("{what}: {key} can't be verified"));
            for member in ["keyId", "name", "mask", "expiresAt", "revokedAt"] {
                assert_eq!(digest.get(member), key.get(member), "{what}: {member} of {key}");
            }
            assert_eq!(set(digest, "scopes"), set(key, "scopes"), "{what}: {key}");
            // A revoked key stays unchanged.
            let frozen = company["plan"] != "enterprise";
            assert!(is_revoked(key) || digest.get("frozen").is_some() == frozen, "{what}: {digest}");
        }
        for fence in fences {
            let behind = text(fence, "digest").trim_start_matches("fence#");
            let key = digests.iter().find(|item| item["digest"] == behind);
            assert!(key.is_some_and(|key| is_revoked(key)), "{what}: {fence}");
        }
    }
}

fn text<'v>(item: &'v Value, name: &str) -> &'v str {
    item[name].as_str().unwrap_or_else(|| panic!("{name}: {item}"))
}

/// A set, which has no order.
fn set<'v>(item: &'v Value, name: &str) -> BTreeSet<&'v str> {
    item[name].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}
