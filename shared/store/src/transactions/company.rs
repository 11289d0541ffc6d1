//! Creates companies, and changes their plans and limits together with their keys.

use domain::{
    account::Account,
    audit::AuditEvent,
    company::{Company, Plan},
    identity::Identity,
    key::{ApiKeyRecord, Digest},
    limits::Limits,
    time::Timestamp,
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

    /// Changes the limits of requests, of the company and of its keys' secrets in the same transaction. These are the keys that
    /// were read with the company. The conditions on the active keys and on the number of rotations ensure that
    /// no secret was added.
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
            .and_all(living(keys, event.at).map(|digest| limit_digest(digest, limits)))
            .and(self.append(event))
            .commit()
            .await
    }

    /// Changes the plan, and freezes or releases all secrets of the company's keys in the same transaction. These are the keys
    /// that were read with the company. The conditions on the active keys and on the number of rotations ensure that
    /// no secret was added.
    pub async fn change_plan(
        &self,
        operator: &Operator,
        company: &Company,
        keys: &[ApiKeyRecord],
        plan: Plan,
        event: &AuditEvent,
    ) -> Result<(), CommitError> {
        let secrets: Vec<_> = match plan {
            Plan::Enterprise => living(keys, event.at).map(release_digest).collect(),
            Plan::Team => {
                let digests = living(keys, event.at);
                let generations = self.generations(digests).await.map_err(CommitError::Failed)?;
                generations.iter().map(|generation| freeze_digest(generation, event.at)).collect()
            }
        };
        Transaction::of(self, operator, event.at)
            .and(set_plan(company_key(operator), company, plan))
            .and_all(secrets)
            .and(self.append(event))
            .commit()
            .await
    }
}

/// The secrets of these keys that may work: at most 90, so that a change of all fits one transaction.
fn living(keys: &[ApiKeyRecord], now: Timestamp) -> impl Iterator<Item = &Digest> {
    keys.iter().flat_map(move |key| key.living_digests(now))
}
