//! Creates companies, and changes their plans and limits together with their keys.

use domain::{
    account::Account,
    audit::AuditEvent,
    company::{Company, Plan},
    identity::Identity,
    key::ApiKeyRecord,
    limits::Limits,
};

use crate::{
    caller::Operator,
    item::company_key,
    tables::{
        Tables,
        account_lookups::move_lookups,
        accounts::put_account,
        companies::{put_company, set_limits, set_plan},
        identities::bind,
        key_digests::{freeze_digest, limit_digest, release_digest},
    },
    transaction::{CommitError, Transaction},
};

impl Tables {
    /// Creates a company with its first administrator.
    pub async fn create_company(
        &self,
        operator: &Operator,
        company: &Company,
        administrator: &Account,
        identity: Option<&Identity>,
        event: &AuditEvent,
    ) -> Result<(), CommitError> {
        Transaction::of(self, operator, event.at)
            .and(put_company(company_key(operator), company))
            .and(put_account(operator.into(), administrator, identity))
            .and_all(move_lookups(operator.into(), None, Some(administrator)))
            .and_all(identity.map(|identity| bind(identity, administrator)))
            .and(self.append(event))
            .commit()
            .await
    }

    /// Changes the limits of requests, of the company and of its active keys in the same transaction. These are the keys that
    /// were read with the company. The condition on the map of active keys ensures that they haven't changed.
    pub async fn change_limits(
        &self,
        operator: &Operator,
        company: &Company,
        keys: &[ApiKeyRecord],
        limits: &Limits,
        event: &AuditEvent,
    ) -> Result<(), CommitError> {
        Transaction::of(self, operator, event.at)
            .and(set_limits(company_key(operator), company, limits))
            .and_all(keys.iter().map(|key| limit_digest(&key.digest, limits)))
            .and(self.append(event))
            .commit()
            .await
    }

    /// Changes the plan, and freezes or releases the company's active keys in the same transaction. These are the keys
    /// that were read with the company. The condition on the map of active keys ensures that they haven't changed.
    pub async fn change_plan(
        &self,
        operator: &Operator,
        company: &Company,
        keys: &[ApiKeyRecord],
        plan: Plan,
        event: &AuditEvent,
    ) -> Result<(), CommitError> {
        let keys: Vec<_> = match plan {
            Plan::Enterprise => keys.iter().map(|key| release_digest(&key.digest)).collect(),
            Plan::Team => {
                let generations = self.generations(keys).await.map_err(CommitError::Failed)?;
                generations.iter().map(|generation| freeze_digest(generation, event.at)).collect()
            }
        };
        Transaction::of(self, operator, event.at)
            .and(set_plan(company_key(operator), company, plan))
            .and_all(keys)
            .and(self.append(event))
            .commit()
            .await
    }
}
