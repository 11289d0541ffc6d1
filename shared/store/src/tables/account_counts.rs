//! `AccountCounts`: parts of the number of a company's accounts.
//!
//! A company's item has the number with which the company began, and each part counts creations and deletions since. A
//! write picks one part, so that creations and deletions don't wait for each other. The write of a key holder picks the
//! part with the number of its gate: two writes of a key that pick different gates don't meet at a part either.

use domain::key::GATES;

use super::Tables;
use crate::{
    caller::{Caller, KeyHolder},
    error::TableError,
    item::{Attributes, Item, company_key, key_in_company, n, s},
    random,
    table::Table,
    write::{Guard, Write},
};

impl Tables {
    /// The number of accounts of the company, in any state. Makes two strongly consistent reads at once.
    pub async fn account_count(&self, holder: &KeyHolder) -> Result<Option<u64>, TableError> {
        let counted = self
            .client
            .query()
            .table_name(self.name(Table::AccountCounts))
            .key_condition_expression("#companyId = :company")
            .expression_attribute_names("#companyId", "companyId")
            .expression_attribute_values(":company", s(holder.company_id()))
            .consistent_read(true);
        let counted = async { counted.send().await.map_err(TableError::from) };
        let company = self.get(Table::Companies, company_key(holder));
        let (company, counted) = tokio::try_join!(company, counted)?;
        let Some(company) = company else { return Ok(None) };
        let began: i64 = company.number("accounts")?;
        let parts = counted.items().iter().map(|part| part.number::<i64>("accounts"));
        let since: i64 = parts.sum::<Result<i64, TableError>>()?;
        Ok(Some(u64::try_from(began + since).unwrap_or(0)))
    }
}

/// The write that counts a new account (1) or a deleted one (-1).
pub(crate) fn count_accounts(caller: Caller<'_>, change: i8) -> Write {
    let part = match caller {
        Caller::KeyHolder(holder) => u64::from(holder.gate()),
        _ => random::number_in(0..=u64::from(GATES) - 1),
    };
    let key: Item = key_in_company(caller, "part", &format!("{part:x}"));
    Write::update(Guard::Company, Table::AccountCounts, key, "ADD #accounts :change")
        .value(":change", n(change))
}
