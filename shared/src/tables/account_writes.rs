//! Making, changing and deleting accounts: the item, its lookups, the company's counters and the events, together.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    account::{Account, After, Names, Role},
    audit::AuditEvent,
    company::Plan,
    identity::Identity,
    time::Timestamp,
};

use super::{
    CommitError, Guard, Table, TableError, Tables,
    accounts::{external_id_lookup, name_lookup},
    companies::{count_account, count_administrators, count_deletion},
    company_key,
    identities::{bind, unbind},
    item::{Item, at, n, s},
    key_in_company,
    transaction::{Transaction, Write},
};
use crate::auth::Caller;

impl Tables {
    /// Changes an account from what was read to what shall be, on condition that nothing changed in between, that its new
    /// names are free and that the company keeps an active administrator.
    pub async fn change_account<'c>(
        &self,
        caller: impl Into<Caller<'c>>,
        before: &Account,
        after: &After,
        events: &[AuditEvent],
        now: Timestamp,
    ) -> Result<(), CommitError> {
        let caller = caller.into();
        let key = key_in_company(caller, "accountId", before.id.as_str());
        let mut write = match after {
            After::Same => return Ok(()),
            After::Changed(after) => update(key, after),
            After::Gone => Write::delete(Guard::Account, Table::Accounts, key),
        }
        .when("#version = :before")
        .value(":before", n(before.version));
        if matches!(caller, Caller::KeyHolder(_)) && before.is_raised_by(after) {
            // The version says the same; this says it where nobody can overlook it.
            write = write.when("#role <> :protected").value(":protected", s(Role::CompanyAdmin.id()));
        }
        // A person changes accounts in the dashboard, which is for companies on the Enterprise plan.
        let plan = matches!(caller, Caller::Administrator(_)).then(|| {
            Write::check(Guard::Plan, Table::Companies, company_key(caller))
                .when("#plan = :enterprise")
                .value(":enterprise", s(Plan::Enterprise.id()))
        });
        let counted = match after.account() {
            Some(after) => count_administrators(company_key(caller), before, after),
            None => Some(count_deletion(company_key(caller), before)),
        };
        let gone = if matches!(after, After::Gone) { before.identities.as_slice() } else { &[] };
        Transaction::of(self, caller, now)
            .and(write)
            .and_all(move_lookups(caller, Some(before), after.account()))
            .and_all(gone.iter().map(|identity| unbind(identity, before)))
            .and_all(counted)
            .and_all(plan)
            .and_all(events.iter().map(|event| self.append(event)))
            .commit()
            .await
    }

    /// Adds an account to the caller's company. An API key adds members, whatever it asks for.
    pub async fn create_account<'c>(
        &self,
        caller: impl Into<Caller<'c>>,
        account: &Account,
        identity: Option<&Identity>,
        events: &[AuditEvent],
        now: Timestamp,
    ) -> Result<(), CommitError> {
        let caller = caller.into();
        if matches!(caller, Caller::KeyHolder(_)) && account.role != Role::Member {
            let error = TableError::Internal("an API key can't make an administrator".into());
            return Err(CommitError::Failed(error));
        }
        Transaction::of(self, caller, now)
            .and(count_account(company_key(caller), account))
            .and_all(put_account(caller, account, identity))
            .and_all(identity.map(|identity| bind(identity, account)))
            .and_all(events.iter().map(|event| self.append(event)))
            .commit()
            .await
    }
}

/// The writes that make an account and its lookups. The account lists its identities, so that they can go when it goes.
pub(super) fn put_account(caller: Caller<'_>, account: &Account, identity: Option<&Identity>) -> Vec<Write> {
    let mut item = key_in_company(caller, "accountId", account.id.as_str());
    for (name, value) in attributes(account) {
        item.extend(value.map(|value| (name.into(), value)));
    }
    if let Some(identity) = identity {
        item.insert("identities".into(), AttributeValue::Ss(vec![identity.to_string()]));
    }
    let put = Write::put(Guard::Account, Table::Accounts, item).when("attribute_not_exists(#accountId)");
    let mut writes = vec![put];
    writes.extend(move_lookups(caller, None, Some(account)));
    writes
}

fn update(key: Item, after: &Account) -> Write {
    let (mut set, mut remove, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for (name, value) in attributes(after) {
        match value {
            Some(value) => {
                set.push(format!("#{name} = :{name}"));
                values.push((format!(":{name}"), value));
            }
            None => remove.push(format!("#{name}")),
        }
    }
    let mut expression = format!("SET {}", set.join(", "));
    if !remove.is_empty() {
        expression = format!("{expression} REMOVE {}", remove.join(", "));
    }
    let write = Write::update(Guard::Account, Table::Accounts, key, expression);
    values.into_iter().fold(write, |write, (name, value)| write.value(&name, value))
}

/// The attributes of an account's item beside its key and its identities.
fn attributes(account: &Account) -> [(&'static str, Option<AttributeValue>); 12] {
    let Names { display, formatted, given, family } = &account.names;
    let names = [("display", display), ("formatted", formatted), ("given", given), ("family", family)];
    let names = names.into_iter().filter_map(|(name, value)| Some((name.to_owned(), s(value.as_ref()?))));
    [
        ("email", Some(s(&account.email))),
        ("userName", account.user_name.as_ref().map(s)),
        ("externalId", account.external_id.as_ref().map(s)),
        ("name", Some(s(account.name()))),
        ("names", Some(AttributeValue::M(names.collect()))),
        ("role", Some(s(account.role.id()))),
        ("state", Some(s(account.state.id()))),
        ("suspendedAt", account.suspended_at.map(at)),
        ("sessionsNotBefore", account.sessions_not_before.map(n)),
        ("createdAt", account.created_at.map(at)),
        ("modifiedAt", account.modified_at.map(at)),
        ("version", Some(n(account.version))),
    ]
}

/// The writes that take away the lookups which lead to the account no longer, and put those that do now.
fn move_lookups(caller: Caller<'_>, before: Option<&Account>, after: Option<&Account>) -> Vec<Write> {
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
