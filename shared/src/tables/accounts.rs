//! `Accounts`, and `AccountLookups` beside them: who is a member, and under which address.

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
    auth::{Caller, Identity, Operator},
    company::CompanyId,
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
        Transaction::of(self, caller, event.at)
            .and(write)
            .and_all(count_administrators(company_key(caller), before, after))
            .and(self.append(event))
            .commit()
            .await
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

fn email_lookup(email: &Email) -> String {
    format!("email#{}", email.folded())
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
