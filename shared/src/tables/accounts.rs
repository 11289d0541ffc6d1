//! `Accounts`, and `AccountLookups` beside them: who is a member, and under which address.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::{operation::query::builders::QueryFluentBuilder, types::Select};
use domain::{
    account::{Account, AccountState, Names, Role},
    identifiers::{AccountId, AccountRef, CompanyId, Email, ExternalId, UserName},
};

use super::{
    Table, TableError, Tables,
    item::{Attributes, Item, s},
    key_in_company,
};
use crate::auth::{Caller, CompanyAdministrator, KeyHolder};

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

    /// An account of the caller's company: one read by ID, two by anything else.
    pub async fn find_account<'c>(
        &self,
        caller: impl Into<Caller<'c>>,
        account: &AccountRef,
    ) -> Result<Option<Account>, TableError> {
        let caller = caller.into();
        let account_id = match account {
            AccountRef::Id(id) => Ok(id.clone()),
            AccountRef::Email(email) => Err(name_lookup(&email.folded())),
            AccountRef::UserName(name) => Err(name_lookup(&name.folded())),
            AccountRef::ExternalId(id) => Err(external_id_lookup(id)),
        };
        let account_id = match account_id {
            Ok(id) => id,
            Err(lookup) => {
                let key = key_in_company(caller, "lookup", &lookup);
                let Some(found) = self.get(Table::AccountLookups, key).await? else {
                    return Ok(None);
                };
                found.account_id()?
            }
        };
        let key = key_in_company(caller, "accountId", account_id.as_str());
        let found = self.get(Table::Accounts, key).await?.as_ref().map(account_from).transpose()?;
        // Between the two reads the name may have gone to somebody else.
        Ok(found.filter(|found| found.is(account)))
    }

    /// The accounts behind up to `limit` (at most 100) email addresses that begin with this text, in the order of the
    /// folded addresses, from behind `after`: two strongly consistent reads.
    pub async fn accounts_by_email(
        &self,
        admin: &CompanyAdministrator,
        prefix: &str,
        after: Option<&str>,
        limit: i32,
    ) -> Result<AccountPage, TableError> {
        let request = self
            .client
            .query()
            .table_name(self.name(Table::AccountLookups))
            .key_condition_expression("#companyId = :company AND begins_with(#lookup, :prefix)")
            .expression_attribute_names("#companyId", "companyId")
            .expression_attribute_names("#lookup", "lookup")
            .expression_attribute_values(":company", s(admin.company_id()))
            .expression_attribute_values(":prefix", s(name_lookup(&prefix.to_ascii_lowercase())))
            .set_exclusive_start_key(after.map(|email| key_in_company(admin, "lookup", &name_lookup(email))))
            .consistent_read(true)
            .limit(limit);
        let page = request.send().await?;
        let ids = page.items().iter().map(Attributes::account_id).collect::<Result<Vec<_>, _>>()?;
        let accounts = self.accounts(admin, &ids).await?;
        let mut found = Vec::with_capacity(ids.len());
        for (item, id) in page.items().iter().zip(&ids) {
            // A user name that isn't an address leads here too; and between the two reads an account may have gone, or
            // its address to somebody else.
            let account = accounts.iter().find(|account| account.id == *id);
            let current = account.filter(|account| {
                item.text("lookup").is_ok_and(|text| text == name_lookup(&account.email.folded()))
            });
            found.extend(current.cloned());
        }
        let next = match page.last_evaluated_key {
            Some(key) => key.text("lookup")?.strip_prefix(EMAIL).map(str::to_owned),
            None => None,
        };
        Ok(AccountPage { accounts: found, next })
    }

    /// Those of the accounts that are there, in no particular order; at most 100 are asked for.
    pub async fn accounts(
        &self,
        admin: &CompanyAdministrator,
        ids: &[AccountId],
    ) -> Result<Vec<Account>, TableError> {
        // An account twice would be refused.
        let ids: BTreeSet<_> = ids.iter().map(AccountId::as_str).collect();
        let keys: Vec<Item> = ids.iter().map(|id| key_in_company(admin, "accountId", id)).collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let items = self.batch_get(vec![(Table::Accounts, keys)]).await?;
        items.iter().map(|(_, item)| account_from(item)).collect()
    }

    /// Up to `limit` accounts in the order of their identifiers, from behind `after`: one strongly consistent read, which
    /// ends earlier where the accounts are more than 1 MB.
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

    /// Passes over up to `count` accounts in the order of their identifiers, from behind `after`: one strongly consistent
    /// read of up to 1 MB. Returns how many, and the last of them if there are more behind it.
    pub async fn pass_over_accounts(
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

/// What stands before an address or a user name among the lookups.
const EMAIL: &str = "email#";

/// Some of a company's accounts, in the order of their addresses.
#[derive(Debug)]
pub struct AccountPage {
    /// The accounts.
    pub accounts: Vec<Account>,
    /// The last address that was read, folded, if there are more behind it.
    pub next: Option<String>,
}

/// The lookup of an address or a user name, folded.
pub(super) fn name_lookup(name: &str) -> String {
    format!("{EMAIL}{name}")
}

pub(super) fn external_id_lookup(id: &ExternalId) -> String {
    format!("externalId#{id}")
}

pub(super) fn account_from(item: &Item) -> Result<Account, TableError> {
    Ok(Account {
        company_id: item.company_id()?,
        id: item.account_id()?,
        email: item.parsed("email", Email::parse)?,
        user_name: item.optional_parsed("userName", UserName::parse)?,
        external_id: item.optional_parsed("externalId", ExternalId::parse)?,
        names: names_from(item)?,
        role: item.parsed("role", Role::from_id)?,
        state: item.parsed("state", AccountState::from_id)?,
        suspended_at: item.optional_time("suspendedAt")?,
        sessions_not_before: item.optional_number("sessionsNotBefore")?,
        identities: item.optional("identities").and_then(|v| v.as_ss().ok()).cloned().unwrap_or_default(),
        created_at: item.optional_time("createdAt")?,
        modified_at: item.optional_time("modifiedAt")?,
        version: item.number("version")?,
    })
}

/// Items from before there were directories have a name to show and nothing else.
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
