//! `Identities`: the only way from a person's sign-in to an account.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    account::Account,
    audit::AuditEvent,
    identifiers::{AccountId, CompanyId},
    identity::Identity,
};

use super::{
    CommitError, Guard, Table, TableError, Tables,
    item::{Attributes, Item, n, s},
    key_in_company,
    transaction::{Transaction, Write},
};
use crate::auth::Operator;

impl Tables {
    /// The account that a sign-in is bound to.
    pub(crate) async fn bound_account(
        &self,
        identity: &Identity,
    ) -> Result<Option<(CompanyId, AccountId)>, TableError> {
        let key = Item::from([("identity".into(), s(identity))]);
        let Some(item) = self.get(Table::Identities, key).await? else {
            return Ok(None);
        };
        Ok(Some((item.company_id()?, item.account_id()?)))
    }

    /// Whether a sign-in is bound to this account of the operator's company.
    pub async fn is_bound_to(
        &self,
        operator: &Operator,
        account: &Account,
        identity: &Identity,
    ) -> Result<bool, TableError> {
        let bound = self.bound_account(identity).await?;
        Ok(bound.is_some_and(|(company, id)| company == *operator.company_id() && id == account.id))
    }

    /// Binds one more sign-in to an account that has fewer than [`Identity::PER_ACCOUNT`].
    pub async fn add_identity(
        &self,
        operator: &Operator,
        account: &Account,
        identity: &Identity,
        event: &AuditEvent,
    ) -> Result<(), CommitError> {
        let key = key_in_company(operator, "accountId", account.id.as_str());
        let note = Write::update(
            Guard::Account,
            Table::Accounts,
            key,
            "ADD #identities :identity SET #version = :after",
        )
        .when("#version = :before")
        .when("(attribute_not_exists(#identities) OR size(#identities) < :limit)")
        .value(":limit", n(Identity::PER_ACCOUNT))
        .value(":identity", AttributeValue::Ss(vec![identity.to_string()]))
        .value(":before", n(account.version))
        .value(":after", n(account.version + 1));
        Transaction::of(self, operator, event.at)
            .and(bind(identity, account))
            .and(note)
            .and(self.append(event))
            .commit()
            .await
    }
}

/// The write that binds a sign-in to an account, once and for all.
pub(super) fn bind(identity: &Identity, account: &Account) -> Write {
    let item = Item::from([
        ("identity".into(), s(identity)),
        ("companyId".into(), s(&account.company_id)),
        ("accountId".into(), s(&account.id)),
    ]);
    Write::put(Guard::Identity, Table::Identities, item).when("attribute_not_exists(#identity)")
}

/// The write that ends a sign-in of an account that goes.
pub(super) fn unbind(identity: &str, account: &Account) -> Write {
    let key = Item::from([("identity".into(), s(identity))]);
    Write::delete(Guard::Identity, Table::Identities, key)
        .when("#companyId = :company AND #accountId = :account")
        .value(":company", s(&account.company_id))
        .value(":account", s(&account.id))
}
