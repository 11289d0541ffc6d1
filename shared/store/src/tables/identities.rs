//! `Identities`: the account of each sign-in. Nothing else leads from a sign-in to an account.

use domain::{
    account::Account,
    identifiers::{AccountId, CompanyId},
    identity::Identity,
};

use super::Tables;
use crate::{
    caller::Operator,
    error::TableError,
    item::{Attributes, Item, s},
    table::Table,
    write::{Guard, Write},
};

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
}

/// The write that binds a sign-in to an account. Only one account can have it.
pub(crate) fn bind(identity: &Identity, account: &Account) -> Write {
    let item = Item::from([
        ("identity".into(), s(identity)),
        ("companyId".into(), s(&account.company_id)),
        ("accountId".into(), s(&account.id)),
    ]);
    Write::put(Guard::Identity, Table::Identities, item).when("attribute_not_exists(#identity)")
}

/// The write that deletes a sign-in together with its account.
pub(crate) fn unbind(identity: &str, account: &Account) -> Write {
    let key = Item::from([("identity".into(), s(identity))]);
    Write::delete(Guard::Identity, Table::Identities, key)
        .when("#companyId = :company AND #accountId = :account")
        .value(":company", s(&account.company_id))
        .value(":account", s(&account.id))
}
