//! Who gets mails: the active Company Administrators of a company, and what they have chosen.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    account::{Account, AccountState, Role},
    identifiers::AccountId,
    mails::MailChoices,
};

use super::{
    Tables,
    accounts::account_from,
    mail_choices::{choice_key, choices_from},
};
use crate::{
    caller::{Caller, ServiceWork},
    error::TableError,
    item::{Attributes, Item, key_in_company, s},
    table::Table,
};

/// How many administrators of a company get mails at most. Who got a mail is stored with it, in one item.
const MOST: usize = 500;
/// How many accounts are read at once, each with its choice. `DynamoDB` reads 100 items.
const AT_ONCE: usize = 50;

impl Tables {
    /// The active Company Administrators of a company, at most 500 of them. Reads all its accounts, with as many queries as that
    /// takes.
    pub async fn administrators(&self, work: &ServiceWork) -> Result<Vec<AccountId>, TableError> {
        let (mut administrators, mut start) = (Vec::new(), None);
        loop {
            let page = self
                .client
                .query()
                .table_name(self.name(Table::Accounts))
                .key_condition_expression("companyId = :company")
                .filter_expression("#role = :admin AND #state = :active")
                .projection_expression("accountId")
                .expression_attribute_names("#role", "role")
                .expression_attribute_names("#state", "state")
                .expression_attribute_values(":company", s(work.company_id()))
                .expression_attribute_values(":admin", s(Role::CompanyAdmin.id()))
                .expression_attribute_values(":active", s(AccountState::Active.id()))
                .set_exclusive_start_key(start)
                .consistent_read(true)
                .send()
                .await?;
            for item in page.items() {
                administrators.push(item.account_id()?);
            }
            start = page.last_evaluated_key;
            administrators.truncate(MOST);
            if start.is_none() || administrators.len() == MOST {
                return Ok(administrators);
            }
        }
    }

    /// Those of these accounts that are active Company Administrators now, with what they have chosen, in the order of their
    /// identifiers.
    pub async fn mail_recipients(
        &self,
        work: &ServiceWork,
        ids: &[AccountId],
    ) -> Result<Vec<(Account, MailChoices)>, TableError> {
        let caller = Caller::from(work);
        let mut recipients = Vec::new();
        for ids in ids.chunks(AT_ONCE) {
            let accounts = ids.iter().map(|id| key_in_company(caller, "accountId", id.as_str())).collect();
            let choices = ids.iter().map(|id| choice_key(caller, id)).collect();
            let items = self.batch_get(vec![(Table::Accounts, accounts), (Table::Notices, choices)]).await?;
            let (accounts, choices): (Vec<_>, Vec<_>) =
                items.into_iter().partition(|(table, _)| *table == Table::Accounts);
            for (_, account) in accounts {
                let account = account_from(&account)?;
                if account.is_active_administrator() {
                    let choices = choices_of(&account, caller, &choices);
                    recipients.push((account, choices));
                }
            }
        }
        recipients.sort_by(|(one, _), (other, _)| one.id.cmp(&other.id));
        Ok(recipients)
    }
}

fn choices_of(account: &Account, caller: Caller<'_>, items: &[(Table, Item)]) -> MailChoices {
    let key = choice_key(caller, &account.id);
    let is_of =
        |item: &Item| key.iter().all(|(name, value): (_, &AttributeValue)| item.get(name) == Some(value));
    let item = items.iter().find(|(_, item)| is_of(item));
    item.map(|(_, item)| choices_from(item, account)).unwrap_or_default()
}
