//! Creates, changes and deletes accounts. Each write covers the item, its lookups, the company's counters and the
//! events.

use domain::{
    account::{Account, After, Role},
    audit::AuditEvent,
    company::Plan,
    identity::Identity,
    time::Timestamp,
};

use crate::{
    caller::{Caller, Operator},
    error::TableError,
    item::{company_key, key_in_company, n, s},
    tables::{
        Tables,
        account_counts::count_accounts,
        account_lookups::move_lookups,
        accounts::{delete_account, list_identity, put_account, update_account},
        companies::{check_plan, count_administrators, count_deleted_administrator, count_new_administrator},
        identities::{bind, unbind},
    },
    transaction::{CommitError, Transaction},
};

impl Tables {
    /// Changes an account from the state that was read to a new one. Conditions: the account didn't change in between,
    /// its new names are free, and the company keeps an active administrator.
    pub async fn change_account<'c>(
        &self,
        caller: impl Into<Caller<'c>>,
        before: &Account,
        after: &After,
        events: &[AuditEvent],
        now: Timestamp,
    ) -> Result<(), CommitError> {
        let caller = caller.into();
        let key = key_in_company(caller, "accountId", before.id.as_str());
        let mut write = match after {
            After::Same => return Ok(()),
            After::Changed(after) => update_account(key, before, after),
            After::Deleted => delete_account(key),
        }
        .when("#version = :before")
        .value(":before", n(before.version));
        if matches!(caller, Caller::KeyHolder(_)) && before.grants_authority(after) {
            // The check of the version covers this too. This condition makes the rule explicit.
            write = write.when("#role <> :protected").value(":protected", s(Role::CompanyAdmin.id()));
        }
        // Administrators change accounts in the dashboard, which requires the Enterprise plan.
        let plan = matches!(caller, Caller::Administrator(_))
            .then(|| check_plan(company_key(caller), Plan::Enterprise));
        let counted = match after.account() {
            Some(after) => count_administrators(company_key(caller), before, after),
            None => count_deleted_administrator(company_key(caller), before),
        };
        let is_deleted = matches!(after, After::Deleted);
        let gone = if is_deleted { before.identities.as_slice() } else { &[] };
        Transaction::of(self, caller, now)
            .and(write)
            .and_all(move_lookups(caller, Some(before), after.account()))
            .and_all(gone.iter().map(|identity| unbind(identity, before)))
            .and_all(counted)
            .and_all(is_deleted.then(|| count_accounts(caller, -1)))
            .and_all(plan)
            .and_all(events.iter().map(|event| self.append(event)))
            .commit()
            .await
    }

    /// Adds an account to the caller's company. An API key can only add members.
    pub async fn create_account<'c>(
        &self,
        caller: impl Into<Caller<'c>>,
        account: &Account,
        identity: Option<&Identity>,
        events: &[AuditEvent],
        now: Timestamp,
    ) -> Result<(), CommitError> {
        let caller = caller.into();
        if matches!(caller, Caller::KeyHolder(_)) && account.role != Role::Member {
            let error = TableError::Internal("an API key can't create an administrator".into());
            return Err(CommitError::Failed(error));
        }
        Transaction::of(self, caller, now)
            .and(count_accounts(caller, 1))
            .and_all(count_new_administrator(caller, account))
            .and(put_account(caller, account, identity))
            .and_all(move_lookups(caller, None, Some(account)))
            .and_all(identity.map(|identity| bind(identity, account)))
            .and_all(events.iter().map(|event| self.append(event)))
            .commit()
            .await
    }

    /// Binds another sign-in to an account that has fewer than [`Identity::PER_ACCOUNT`].
    pub async fn add_identity(
        &self,
        operator: &Operator,
        account: &Account,
        identity: &Identity,
        event: &AuditEvent,
    ) -> Result<(), CommitError> {
        Transaction::of(self, operator, event.at)
            .and(bind(identity, account))
            .and(list_identity(operator.into(), account, identity))
            .and(self.append(event))
            .commit()
            .await
    }
}
