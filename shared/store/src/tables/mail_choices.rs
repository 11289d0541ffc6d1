//! The choices of mails in `Notices`: which mails an administrator wants.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    account::Account,
    identifiers::AccountId,
    mails::{MailChoices, MailKind},
    time::Timestamp,
};

use super::Tables;
use crate::{
    caller::{Caller, CompanyAdministrator},
    error::TableError,
    item::{Attributes, Item, n, notice_in_company},
    table::Table,
    transaction::{CommitError, Transaction},
    write::{Change, Guard, Write},
};

/// When the account was created whose choice it is. Another person's account may later get the same identifier.
const ACCOUNT_CREATED_AT: &str = "accountCreatedAt";

/// The key of a person's choice.
pub(crate) fn choice_key(caller: Caller<'_>, account_id: &AccountId) -> Item {
    notice_in_company(caller, &format!("choice#{account_id}"))
}

impl Tables {
    /// Which mails an administrator has chosen.
    pub async fn mail_choices(&self, admin: &CompanyAdministrator) -> Result<MailChoices, TableError> {
        let key = choice_key(admin.into(), &admin.account().id);
        let item = self.get(Table::Notices, key).await?;
        Ok(item.map(|item| choices_from(&item, admin.account())).unwrap_or_default())
    }

    /// Changes which mails an administrator has chosen. Kinds that aren't named stay as they are.
    pub async fn choose_mails(
        &self,
        admin: &CompanyAdministrator,
        chosen: &MailChoices,
        now: Timestamp,
    ) -> Result<(), CommitError> {
        let commit = async |write| Transaction::of(self, admin, now).and(write).commit().await;
        let named = MailKind::ALL.into_iter().filter_map(|kind| Some((kind, chosen.chosen(kind)?)));
        let own = "(attribute_not_exists(#accountCreatedAt) OR #accountCreatedAt = :created)";
        let write = choice(admin, named.map(|(kind, wanted)| (kind, Some(wanted)))).when(own);
        match commit(write).await {
            // It is the choice of an account that was deleted. Nothing of it remains.
            Err(CommitError::Refused(refusals)) if refusals.contains_alone(Guard::Notice) => {
                let all = MailKind::ALL.into_iter().map(|kind| (kind, chosen.chosen(kind)));
                commit(choice(admin, all).when("#accountCreatedAt <> :created")).await
            }
            other => other,
        }
    }
}

fn choice(admin: &CompanyAdministrator, chosen: impl Iterator<Item = (MailKind, Option<bool>)>) -> Write {
    let key = choice_key(admin.into(), &admin.account().id);
    let created = created_at(admin.account());
    let chosen = chosen.map(|(kind, wanted)| (attribute(kind), wanted.map(AttributeValue::Bool).into()));
    let attributes = chosen.chain([(ACCOUNT_CREATED_AT, Change::Set(created.clone()))]);
    Write::set(Guard::Notice, Table::Notices, key, attributes).value(":created", created)
}

/// Accounts from before this was recorded count as created at the beginning of time.
fn created_at(account: &Account) -> AttributeValue {
    n(account.created_at.map_or(0, Timestamp::millis))
}

/// The choices in the item of this account.
pub(crate) fn choices_from(item: &Item, account: &Account) -> MailChoices {
    if item.optional(ACCOUNT_CREATED_AT) != Some(&created_at(account)) {
        return MailChoices::default();
    }
    let wanted = |kind| item.optional(attribute(kind))?.as_bool().ok().copied();
    MailKind::ALL.into_iter().filter_map(|kind| Some((kind, wanted(kind)?))).collect()
}

/// The attribute with the choice of this kind.
const fn attribute(kind: MailKind) -> &'static str {
    match kind {
        MailKind::Expiring => "expiring",
        MailKind::Leaked => "leaked",
        MailKind::UsedAfterEnd => "usedAfterEnd",
        MailKind::SuspensionLimit => "suspensionLimit",
        MailKind::MadeOrRotated => "madeOrRotated",
        MailKind::Unused => "unused",
    }
}
