//! Creates, changes and deletes accounts. Each write covers the item, its lookups, the company's counters and the
//! events.

use domain::{
    account::{Account, AccountState, After, Role},
    audit::AuditEvent,
    company::Plan,
    identity::Identity,
    time::Timestamp,
};

use crate::{
    caller::{Caller, CompanyAdministrator, Operator},
    error::TableError,
    item::{company_key, key_in_company, n, s},
    tables::{
        Tables,
        account_counts::count_accounts,
        account_lookups::move_lookups,
        accounts::{delete_account, list_identity, put_account, update_account},
        companies::{check_plan, count_administrators, count_deleted_administrator, count_new_administrator},
        identities::{bind, unbind},
        suspension_counts::count_suspensions,
    },
    transaction::{CommitError, Transaction},
    write::Write,
};

/// A change of one account, with its events.
#[derive(Debug)]
pub struct AccountTransition {
    /// The account as it was read.
    pub before: Account,
    /// The account after the change.
    pub after: After,
    /// What the audit log says about it.
    pub events: Vec<AuditEvent>,
}

impl AccountTransition {
    /// How many accounts that stand alone fit in one transaction: an update and an event for each, two checks of
    /// the caller's authority, and two counts of suspensions. `DynamoDB` allows 100 operations.
    pub const TOGETHER: usize = 47;

    /// Whether a limit of suspensions counts the change.
    #[must_use]
    pub fn is_suspension(&self) -> bool {
        match &self.after {
            After::Same => false,
            After::Changed(after) => {
                self.before.state == AccountState::Active && after.state == AccountState::Suspended
            }
            After::Deleted => true,
        }
    }

    /// Whether the change writes no item but the account's own, and one event. Such changes fit together in one
    /// transaction. The counter of administrators, for example, can be in a transaction only once.
    #[must_use]
    pub fn stands_alone(&self) -> bool {
        let Self { before, after, events } = self;
        after.account().is_some_and(|after| {
            before.role == Role::Member
                && after.role == Role::Member
                && before.claims() == after.claims()
                && before.external_id == after.external_id
                && events.len() <= 1
        })
    }
}

impl Tables {
    /// Changes accounts from the states that were read to new ones, all in one transaction. Conditions: none of them
    /// changed in between, their new names are free, and the company keeps an active administrator. A refusal or a
    /// conflict names an account by its place among the transitions. Of several accounts, each must be one that
    /// [stands alone](AccountTransition::stands_alone).
    pub async fn change_accounts(
        &self,
        caller: Caller<'_>,
        transitions: &[AccountTransition],
        now: Timestamp,
    ) -> Result<(), CommitError> {
        // Administrators change accounts in the dashboard, which requires the Enterprise plan.
        let plan = matches!(caller, Caller::Administrator(_))
            .then(|| check_plan(company_key(caller), Plan::Enterprise));
        let writes = transitions.iter().enumerate().flat_map(|(place, transition)| {
            self.changes_of(caller, transition).into_iter().map(move |write| write.about(place))
        });
        let suspensions = match caller {
            Caller::KeyHolder(holder) => {
                let number = transitions.iter().filter(|transition| transition.is_suspension()).count();
                count_suspensions(holder, number, now)
            }
            Caller::Administrator(_)
            | Caller::Operator(_)
            | Caller::Refused(_)
            | Caller::Finder(_)
            | Caller::Service(_) => Vec::new(),
        };
        Transaction::of(self, caller, now).and_all(writes).and_all(plan).and_all(suspensions).commit().await
    }

    fn changes_of(&self, caller: Caller<'_>, transition: &AccountTransition) -> Vec<Write> {
        let AccountTransition { before, after, events } = transition;
        let key = key_in_company(caller, "accountId", before.id.as_str());
        let mut write = match after {
            After::Same => return Vec::new(),
            After::Changed(after) => update_account(key, before, after),
            After::Deleted => delete_account(key),
        }
        .when("#version = :before")
        .value(":before", n(before.version));
        if matches!(caller, Caller::KeyHolder(_)) && before.grants_authority(after) {
            // The check of the version covers this too. This condition makes the rule explicit.
            write = write.when("#role <> :protected").value(":protected", s(Role::CompanyAdmin.id()));
        }
        let counted = match after.account() {
            Some(after) => count_administrators(company_key(caller), before, after),
            None => count_deleted_administrator(company_key(caller), before),
        };
        let is_deleted = matches!(after, After::Deleted);
        let gone = if is_deleted { before.identities.as_slice() } else { &[] };
        let mut writes = vec![write];
        writes.extend(move_lookups(caller, Some(before), after.account()));
        writes.extend(gone.iter().map(|identity| unbind(identity, before)));
        writes.extend(counted);
        writes.extend(is_deleted.then(|| count_accounts(caller, -1)));
        writes.extend(events.iter().map(|event| self.append(event)));
        writes
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

    /// Adds the event with which an administrator begins to undo what a key did. The company must be on the Enterprise plan.
    pub async fn begin_undo(
        &self,
        admin: &CompanyAdministrator,
        event: &AuditEvent,
    ) -> Result<(), CommitError> {
        Transaction::of(self, admin, event.at)
            .and(check_plan(company_key(admin), Plan::Enterprise))
            .and(self.append(event))
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
