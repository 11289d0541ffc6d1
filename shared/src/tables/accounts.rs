//! `Accounts`, and `AccountLookups` beside them: who is a member, and under which address.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;

use super::{
    CommitError, Guard, Table, TableError, Tables,
    companies::{count_account, count_administrators},
    company_key,
    identities::bind,
    item::{Attributes, Item, at, n, s},
    key_in_company,
    transaction::{Transaction, Write},
};
use crate::{
    account::{Account, AccountId, AccountRef, AccountState, Email, Role},
    audit::AuditEvent,
    auth::{Caller, CompanyAdministrator, Identity, Operator},
    company::{CompanyId, Plan},
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

    /// An account of the caller's company: one read by ID, two by email address.
    pub async fn find_account<'c>(
        &self,
        caller: impl Into<Caller<'c>>,
        account: &AccountRef,
    ) -> Result<Option<Account>, TableError> {
        let caller = caller.into();
        let account_id = match account {
            AccountRef::Id(id) => id.clone(),
            AccountRef::Email(email) => {
                let key = key_in_company(caller, "lookup", &email_lookup(email));
                let Some(found) = self.get(Table::AccountLookups, key).await? else {
                    return Ok(None);
                };
                found.account_id()?
            }
        };
        let key = key_in_company(caller, "accountId", account_id.as_str());
        let found = self.get(Table::Accounts, key).await?.as_ref().map(account_from).transpose()?;
        // Between the two reads the address may have gone to somebody else.
        Ok(found.filter(|found| match account {
            AccountRef::Id(_) => true,
            AccountRef::Email(email) => found.email.folded() == email.folded(),
        }))
    }

    /// Changes role and state from what was read to what shall be, on condition that nothing changed in between
    /// and that the company keeps an active administrator.
    pub async fn change_account<'c>(
        &self,
        caller: impl Into<Caller<'c>>,
        before: &Account,
        after: &Account,
        event: &AuditEvent,
    ) -> Result<(), CommitError> {
        let caller = caller.into();
        let expression = match after.state {
            AccountState::Suspended => {
                "SET #role = :role, #state = :state, #version = :after, #suspendedAt = :suspendedAt, \
                 #sessionsNotBefore = :sessionsNotBefore"
            }
            AccountState::Active => {
                "SET #role = :role, #state = :state, #version = :after REMOVE #suspendedAt"
            }
        };
        let key = key_in_company(caller, "accountId", before.id.as_str());
        let mut write = Write::update(Guard::Account, Table::Accounts, key, expression)
            .when("#version = :before")
            .value(":before", n(before.version))
            .value(":after", n(after.version))
            .value(":role", s(after.role.id()))
            .value(":state", s(after.state.id()));
        if let (Some(suspended_at), Some(sessions)) = (after.suspended_at, after.sessions_not_before) {
            write = write.value(":suspendedAt", at(suspended_at)).value(":sessionsNotBefore", n(sessions));
        }
        if matches!(caller, Caller::KeyHolder(_)) && after.state == AccountState::Active {
            // The version says the same; this says it where nobody can overlook it.
            write = write.when("#role <> :protected").value(":protected", s(Role::CompanyAdmin.id()));
        }
        // A person changes accounts in the dashboard, which is for companies on the Enterprise plan.
        let plan = matches!(caller, Caller::Administrator(_)).then(|| {
            Write::check(Guard::Plan, Table::Companies, company_key(caller))
                .when("#plan = :enterprise")
                .value(":enterprise", s(Plan::Enterprise.id()))
        });
        Transaction::of(self, caller, event.at)
            .and(write)
            .and_all(count_administrators(company_key(caller), before, after))
            .and_all(plan)
            .and(self.append(event))
            .commit()
            .await
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
        let lookup = |email: &str| format!("{EMAIL}{email}");
        let request = self
            .client
            .query()
            .table_name(self.name(Table::AccountLookups))
            .key_condition_expression("#companyId = :company AND begins_with(#lookup, :prefix)")
            .expression_attribute_names("#companyId", "companyId")
            .expression_attribute_names("#lookup", "lookup")
            .expression_attribute_values(":company", s(admin.company_id()))
            .expression_attribute_values(":prefix", s(lookup(&prefix.to_ascii_lowercase())))
            .set_exclusive_start_key(after.map(|email| key_in_company(admin, "lookup", &lookup(email))))
            .consistent_read(true)
            .limit(limit);
        let page = request.send().await?;
        let ids = page.items().iter().map(Attributes::account_id).collect::<Result<Vec<_>, _>>()?;
        let accounts = self.accounts(admin, &ids).await?;
        let mut found = Vec::with_capacity(ids.len());
        for (item, id) in page.items().iter().zip(&ids) {
            // Between the two reads an account may have gone, or its address to somebody else.
            let account = accounts.iter().find(|account| account.id == *id);
            let current = account
                .filter(|account| item.text("lookup").is_ok_and(|text| text == email_lookup(&account.email)));
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

    /// Adds an account to the operator's company.
    pub async fn create_account(
        &self,
        operator: &Operator,
        account: &Account,
        identity: Option<&Identity>,
        event: &AuditEvent,
    ) -> Result<(), CommitError> {
        Transaction::of(self, operator, event.at)
            .and(count_account(company_key(operator), account))
            .and_all(put_account(account, identity))
            .and_all(identity.map(|identity| bind(identity, account)))
            .and(self.append(event))
            .commit()
            .await
    }
}

/// What stands before an address among the lookups.
const EMAIL: &str = "email#";

/// Some of a company's accounts, in the order of their addresses.
#[derive(Debug)]
pub struct AccountPage {
    /// The accounts.
    pub accounts: Vec<Account>,
    /// The last address that was read, folded, if there are more behind it.
    pub next: Option<String>,
}

fn email_lookup(email: &Email) -> String {
    format!("{EMAIL}{}", email.folded())
}

/// The writes that make an account and the lookup by its address. The account lists its identities, so that they
/// can go when it goes.
pub(super) fn put_account(account: &Account, identity: Option<&Identity>) -> [Write; 2] {
    let mut item = Item::from([
        ("companyId".into(), s(&account.company_id)),
        ("accountId".into(), s(&account.id)),
        ("email".into(), s(&account.email)),
        ("name".into(), s(&account.name)),
        ("role".into(), s(account.role.id())),
        ("state".into(), s(account.state.id())),
        ("version".into(), n(account.version)),
    ]);
    if let Some(identity) = identity {
        item.insert("identities".into(), AttributeValue::Ss(vec![identity.to_string()]));
    }
    let lookup = Item::from([
        ("companyId".into(), s(&account.company_id)),
        ("lookup".into(), s(email_lookup(&account.email))),
        ("accountId".into(), s(&account.id)),
    ]);
    [
        Write::put(Guard::Account, Table::Accounts, item).when("attribute_not_exists(#accountId)"),
        Write::put(Guard::Email, Table::AccountLookups, lookup).when("attribute_not_exists(#lookup)"),
    ]
}

pub(super) fn account_from(item: &Item) -> Result<Account, TableError> {
    Ok(Account {
        company_id: item.company_id()?,
        id: item.account_id()?,
        email: item.parsed("email", Email::parse)?,
        name: item.text("name")?.into(),
        role: item.parsed("role", Role::from_id)?,
        state: item.parsed("state", AccountState::from_id)?,
        suspended_at: item.optional_time("suspendedAt")?,
        sessions_not_before: item.optional_number("sessionsNotBefore")?,
        version: item.number("version")?,
    })
}
