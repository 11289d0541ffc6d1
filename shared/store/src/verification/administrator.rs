//! Verifies Company Administrators, by the claims of an access token that API Gateway's JWT authorizer has verified.
//!
//! The token says who the person is. On every request, the tables say what the person may do.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    account::{Account, AccountState, Role},
    company::{Company, Plan},
    identifiers::{AccountId, CompanyId, KeyId},
    key::ApiKeyRecord,
};
use thiserror::Error;

use crate::{
    caller::CompanyAdministrator,
    error::TableError,
    item::{Item, s},
    service::Service,
    table::Table,
    tables::{Tables, accounts::account_from, api_keys::record_from, companies::company_from},
};

/// Whether an operation requires the Enterprise plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanRule {
    /// The company must be on the Enterprise plan.
    Enterprise,
    /// Any plan. A company that has left the Enterprise plan may still list and revoke its keys.
    Any,
}

/// The reason why a person is not accepted as a Company Administrator.
#[derive(Debug, Error)]
pub enum AdministratorRefused {
    /// The account doesn't exist, or isn't a Company Administrator.
    #[error("not a Company Administrator")]
    NotAdministrator,
    /// The account is suspended.
    #[error("the account is suspended")]
    Suspended,
    /// The session began too early: before a suspension, or before the account was created.
    #[error("the session has ended")]
    SessionEnded,
    /// The company isn't on the Enterprise plan.
    #[error("the company is not on the Enterprise plan")]
    EnterprisePlanRequired,
    /// The tables did not respond.
    #[error(transparent)]
    Failed(#[from] TableError),
}

impl CompanyAdministrator {
    /// Verifies with one read that an account is a Company Administrator, for a session that began at `auth_time`. The
    /// calling code must know from a verified token that the account is the caller's.
    pub async fn verify(
        service: &Service,
        company_id: &CompanyId,
        account_id: &AccountId,
        auth_time: i64,
        rule: PlanRule,
    ) -> Result<Self, AdministratorRefused> {
        let read = authority(&service.tables, company_id, account_id, None).await?;
        Self::admit(read, auth_time, rule).map(|(admin, _)| admin)
    }

    /// The same, and one of the company's keys, with the same read.
    pub async fn verify_with_key(
        service: &Service,
        company_id: &CompanyId,
        account_id: &AccountId,
        auth_time: i64,
        rule: PlanRule,
        key: Option<&KeyId>,
    ) -> Result<(Self, Option<ApiKeyRecord>), AdministratorRefused> {
        Self::admit(authority(&service.tables, company_id, account_id, key).await?, auth_time, rule)
    }

    fn admit(
        read: Authority,
        auth_time: i64,
        rule: PlanRule,
    ) -> Result<(Self, Option<ApiKeyRecord>), AdministratorRefused> {
        let Authority { company, account, key } = read;
        let (Some(company), Some(account)) = (company, account) else {
            return Err(AdministratorRefused::NotAdministrator);
        };
        if account.state == AccountState::Suspended {
            return Err(AdministratorRefused::Suspended);
        }
        if !account.admits(auth_time) {
            return Err(AdministratorRefused::SessionEnded);
        }
        if account.role != Role::CompanyAdmin {
            return Err(AdministratorRefused::NotAdministrator);
        }
        if rule == PlanRule::Enterprise && company.plan != Plan::Enterprise {
            return Err(AdministratorRefused::EnterprisePlanRequired);
        }
        Ok((Self { company, account, auth_time }, key))
    }

    /// Reads the company and the account again, and repeats the first checks. For an operation whose transaction was
    /// refused because something changed.
    #[expect(clippy::disallowed_methods, reason = "the account is that of a caller who was verified")]
    pub async fn refresh(&mut self, service: &Service, rule: PlanRule) -> Result<(), AdministratorRefused> {
        let now = Self::verify(service, &self.company.id, &self.account.id, self.auth_time, rule).await?;
        if now.account.created_at != self.account.created_at {
            // The account was deleted and created again under the same ID.
            return Err(AdministratorRefused::SessionEnded);
        }
        *self = now;
        Ok(())
    }

    /// Whether the person still has the authority of the request's start, in a company on the Enterprise plan.
    pub async fn is_still_authorized(&self, service: &Service) -> Result<bool, TableError> {
        let Authority { company, account, .. } =
            authority(&service.tables, &self.company.id, &self.account.id, None).await?;
        Ok(company.is_some_and(|company| company.plan == Plan::Enterprise)
            && account.is_some_and(|account| {
                account.is_active_administrator()
                    && account.admits(self.auth_time)
                    && account.created_at == self.account.created_at
            }))
    }
}

/// What a decision about an administrator depends on.
struct Authority {
    company: Option<Company>,
    account: Option<Account>,
    key: Option<ApiKeyRecord>,
}

/// Reads a company, one of its accounts and perhaps one of its keys in one strongly consistent read.
async fn authority(
    tables: &Tables,
    company_id: &CompanyId,
    account_id: &AccountId,
    key_id: Option<&KeyId>,
) -> Result<Authority, TableError> {
    let company = Item::from([("companyId".into(), s(company_id))]);
    let with = |name: &str, value: AttributeValue| {
        let mut key = company.clone();
        key.insert(name.into(), value);
        vec![key]
    };
    let mut wanted = vec![(Table::Accounts, with("accountId", s(account_id)))];
    wanted.extend(key_id.map(|key_id| (Table::ApiKeys, with("keyId", s(key_id)))));
    wanted.push((Table::Companies, vec![company]));
    let mut read = Authority { company: None, account: None, key: None };
    for (table, item) in tables.batch_get(wanted).await? {
        match table {
            Table::Companies => read.company = Some(company_from(&item)?),
            Table::Accounts => read.account = Some(account_from(&item)?),
            _ => read.key = Some(record_from(&item)?),
        }
    }
    Ok(read)
}

/// During Lambda's init phase, opens the connection to `DynamoDB` with the read that every request makes. A failure
/// does no harm: then the first request opens the connection.
pub async fn warm_up_administrators(service: &Service) {
    if let (Some(company), Some(account)) = (CompanyId::parse("warm-up"), AccountId::parse("warm-up")) {
        let _ = authority(&service.tables, &company, &account, None).await;
    }
}
