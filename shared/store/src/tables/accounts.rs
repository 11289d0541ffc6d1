//! `Accounts`: the accounts of the companies.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::{
    operation::query::builders::QueryFluentBuilder,
    types::{AttributeValue, Select},
};
use domain::{
    account::{Account, AccountState, Names, Role},
    identifiers::{AccountId, AccountRef, CompanyId, Email, ExternalId, KeyId, UserName},
    identity::Identity,
    key::ApiKeyRecord,
};

use super::{
    Tables,
    api_keys::record_from,
    suspenders::{FORMER_SUSPENDERS, SUSPENDED_BY, former_suspenders, suspended_by, suspenders_from},
};
use crate::{
    caller::{Caller, CompanyAdministrator, KeyHolder},
    error::TableError,
    item::{Attributes, Item, at, key_in_company, n, s},
    table::Table,
    write::{Guard, Write},
};

impl Tables {
    /// The account that a sign-in is bound to.
    pub(crate) async fn account_at(
        &self,
        company_id: &CompanyId,
        account_id: &AccountId,
    ) -> Result<Option<Account>, TableError> {
        let key = Item::from([("companyId".into(), s(company_id)), ("accountId".into(), s(account_id))]);
        self.get(Table::Accounts, key).await?.as_ref().map(account_from).transpose()
    }

    /// An account of the caller's company. It costs one read by ID and two by any other name.
    pub async fn find_account<'c>(
        &self,
        caller: impl Into<Caller<'c>>,
        account: &AccountRef,
    ) -> Result<Option<Account>, TableError> {
        let caller = caller.into();
        let Some(account_id) = self.account_id(caller, account).await? else {
            return Ok(None);
        };
        let key = key_in_company(caller, "accountId", account_id.as_str());
        let found = self.get(Table::Accounts, key).await?.as_ref().map(account_from).transpose()?;
        // Between the two reads, the name may have moved to another account.
        Ok(found.filter(|found| found.is(account)))
    }

    /// The accounts of the caller's company with these names (at most 100), in their order. It costs one read if all are
    /// IDs, and two otherwise.
    pub async fn find_accounts(
        &self,
        caller: Caller<'_>,
        named: &[&AccountRef],
    ) -> Result<Vec<Option<Account>>, TableError> {
        if let [one] = named {
            return Ok(vec![self.find_account(caller, one).await?]);
        }
        let ids = self.account_ids(caller, named).await?;
        let known: Vec<_> = ids.iter().flatten().cloned().collect();
        let accounts = self.accounts(caller, &known).await?;
        let found = named.iter().zip(&ids).map(|(name, id)| {
            let account = accounts.iter().find(|account| Some(&account.id) == id.as_ref());
            // Between the two reads, the name may have moved to another account.
            account.filter(|account| account.is(name)).cloned()
        });
        Ok(found.collect())
    }

    /// The accounts of up to `limit` (at most 100) email addresses that begin with this text, in the order of the
    /// folded addresses, starting after `after`. Makes two strongly consistent reads.
    pub async fn accounts_by_email(
        &self,
        admin: &CompanyAdministrator,
        prefix: &str,
        after: Option<&str>,
        limit: i32,
    ) -> Result<AccountPage, TableError> {
        let (names, next) = self.names(admin.into(), prefix, after, limit).await?;
        let ids: Vec<_> = names.iter().map(|(_, id)| id.clone()).collect();
        let accounts = self.accounts(admin, &ids).await?;
        let mut found = Vec::with_capacity(names.len());
        for (name, id) in &names {
            // A user name that isn't an address also leads here. And between the two reads, an account may have been
            // deleted, or its address may have moved to another account.
            let account = accounts.iter().find(|account| account.id == *id);
            let current = account.filter(|account| account.email.folded() == *name);
            found.extend(current.cloned());
        }
        Ok(AccountPage { accounts: found, next })
    }

    /// The accounts that exist among these (at most 100), in no particular order.
    pub async fn accounts<'c>(
        &self,
        caller: impl Into<Caller<'c>>,
        ids: &[AccountId],
    ) -> Result<Vec<Account>, TableError> {
        let caller = caller.into();
        // `DynamoDB` refuses a request with the same key twice.
        let ids: BTreeSet<_> = ids.iter().map(AccountId::as_str).collect();
        let keys: Vec<Item> = ids.iter().map(|id| key_in_company(caller, "accountId", id)).collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let items = self.batch_get(vec![(Table::Accounts, keys)]).await?;
        items.iter().map(|(_, item)| account_from(item)).collect()
    }

    /// The keys and accounts of the administrator's company that exist among these, in no particular order. Makes one strongly
    /// consistent read. There must be at most 100, each once.
    pub async fn keys_and_accounts(
        &self,
        admin: &CompanyAdministrator,
        keys: &[KeyId],
        accounts: &[AccountId],
    ) -> Result<(Vec<ApiKeyRecord>, Vec<Account>), TableError> {
        let keys = keys.iter().map(|id| key_in_company(admin, "keyId", id.as_str())).collect::<Vec<_>>();
        let accounts = accounts.iter().map(|id| key_in_company(admin, "accountId", id.as_str()));
        let mut wanted = vec![(Table::ApiKeys, keys), (Table::Accounts, accounts.collect())];
        wanted.retain(|(_, keys)| !keys.is_empty());
        let (mut keys, mut accounts) = (Vec::new(), Vec::new());
        if wanted.is_empty() {
            return Ok((keys, accounts));
        }
        for (table, item) in self.batch_get(wanted).await? {
            match table {
                Table::ApiKeys => keys.push(record_from(&item)?),
                _ => accounts.push(account_from(&item)?),
            }
        }
        Ok((keys, accounts))
    }

    /// Up to `limit` accounts in the order of their identifiers, starting after `after`. Makes one strongly consistent
    /// read, which ends at 1 MB.
    pub async fn accounts_by_id<'c>(
        &self,
        caller: impl Into<Caller<'c>>,
        after: Option<&AccountId>,
        limit: usize,
    ) -> Result<(Vec<Account>, Option<AccountId>), TableError> {
        let page = self.accounts_query(caller.into(), after, limit).send().await?;
        let accounts = page.items().iter().map(account_from).collect::<Result<Vec<_>, _>>()?;
        Ok((accounts, page.last_evaluated_key.map(|key| key.account_id()).transpose()?))
    }

    /// Skips up to `count` accounts in the order of their identifiers, starting after `after`. Makes one strongly
    /// consistent read of up to 1 MB. Returns how many it skipped, and the last of them if there are more.
    pub async fn skip_accounts(
        &self,
        holder: &KeyHolder,
        after: Option<&AccountId>,
        count: usize,
    ) -> Result<(usize, Option<AccountId>), TableError> {
        let page = self.accounts_query(holder.into(), after, count).select(Select::Count).send().await?;
        let passed = usize::try_from(page.count).unwrap_or_default();
        Ok((passed, page.last_evaluated_key.map(|key| key.account_id()).transpose()?))
    }

    fn accounts_query(
        &self,
        caller: Caller<'_>,
        after: Option<&AccountId>,
        limit: usize,
    ) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(self.name(Table::Accounts))
            .key_condition_expression("#companyId = :company")
            .expression_attribute_names("#companyId", "companyId")
            .expression_attribute_values(":company", s(caller.company_id()))
            .set_exclusive_start_key(after.map(|id| key_in_company(caller, "accountId", id.as_str())))
            .consistent_read(true)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
    }
}

/// A page of a company's accounts, in the order of their addresses.
#[derive(Debug)]
pub struct AccountPage {
    /// The accounts.
    pub accounts: Vec<Account>,
    /// The last address that was read, folded, if there are more.
    pub next: Option<String>,
}

/// The write that creates an account. The account lists its identity, so that both are deleted together.
pub(crate) fn put_account(caller: Caller<'_>, account: &Account, identity: Option<&Identity>) -> Write {
    let mut item = key_in_company(caller, "accountId", account.id.as_str());
    for (name, value) in attributes(account) {
        item.extend(value.map(|value| (name.into(), value)));
    }
    if let Some(identity) = identity {
        item.insert("identities".into(), AttributeValue::Ss(vec![identity.to_string()]));
    }
    Write::put(Guard::Account, Table::Accounts, item).when("attribute_not_exists(#accountId)")
}

/// The write that changes an account from one state to another. It doesn't write unchanged attributes, because a later
/// release may have stored values there that this one doesn't know.
pub(crate) fn update_account(key: Item, before: &Account, after: &Account) -> Write {
    let (mut set, mut remove, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for ((name, value), (_, was)) in attributes(after).into_iter().zip(attributes(before)) {
        match value {
            value if value == was => {}
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

/// The write that deletes an account.
pub(crate) fn delete_account(key: Item) -> Write {
    Write::delete(Guard::Account, Table::Accounts, key)
}

/// The write that lists one more sign-in of an account that has fewer than [`Identity::PER_ACCOUNT`].
pub(crate) fn list_identity(caller: Caller<'_>, account: &Account, identity: &Identity) -> Write {
    let key = key_in_company(caller, "accountId", account.id.as_str());
    let expression = "ADD #identities :identity SET #version = :after";
    Write::update(Guard::Account, Table::Accounts, key, expression)
        .when("#version = :before")
        .when("(attribute_not_exists(#identities) OR size(#identities) < :limit)")
        .value(":limit", n(Identity::PER_ACCOUNT))
        .value(":identity", AttributeValue::Ss(vec![identity.to_string()]))
        .value(":before", n(account.version))
        .value(":after", n(account.version + 1))
}

/// The attributes of an account's item, except its key and its identities.
fn attributes(account: &Account) -> [(&'static str, Option<AttributeValue>); 14] {
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
        (SUSPENDED_BY, suspended_by(account)),
        (FORMER_SUSPENDERS, former_suspenders(account)),
        ("sessionsNotBefore", account.sessions_not_before.map(n)),
        ("createdAt", account.created_at.map(at)),
        ("modifiedAt", account.modified_at.map(at)),
        ("version", Some(n(account.version))),
    ]
}

pub(crate) fn account_from(item: &Item) -> Result<Account, TableError> {
    let state = item.known("state", AccountState::from_id, AccountState::Suspended)?;
    let suspended_at = item.optional_time("suspendedAt")?;
    Ok(Account {
        company_id: item.company_id()?,
        id: item.account_id()?,
        email: item.parsed("email", Email::parse)?,
        user_name: item.optional_parsed("userName", UserName::parse)?,
        external_id: item.optional_parsed("externalId", ExternalId::parse)?,
        names: names_from(item)?,
        role: item.known("role", Role::from_id, Role::Member)?,
        state,
        suspended_at,
        suspended_by: suspenders_from(item, state, suspended_at),
        sessions_not_before: item.optional_number("sessionsNotBefore")?,
        identities: item.optional("identities").and_then(|v| v.as_ss().ok()).cloned().unwrap_or_default(),
        created_at: item.optional_time("createdAt")?,
        modified_at: item.optional_time("modifiedAt")?,
        version: item.number("version")?,
    })
}

/// Items from before directories were supported have only a name to show.
fn names_from(item: &Item) -> Result<Names, TableError> {
    let Some(names) = item.optional("names") else {
        return Ok(Names::shown_as(item.text("name")?.into()));
    };
    let names = names.as_m().map_err(|_| TableError::Corrupt("names"))?;
    let name = |attribute| names.optional(attribute).and_then(|v| v.as_s().ok()).cloned();
    Ok(Names {
        display: name("display"),
        formatted: name("formatted"),
        given: name("given"),
        family: name("family"),
    })
}
