//! Repairs tables after a point-in-time restore: it applies the later revocations and suspensions again, and counts
//! everything again. See `docs/operating.md`.
//!
//! For operators, on tables that nobody else uses yet. It makes plain writes, one by one, and may be repeated. It never
//! grants anything that the restored tables don't grant. If the log doesn't show whether something was taken away, it
//! is taken away.

mod changes;
mod edits;
mod key_limits;
mod keys;
mod policy;
mod secrets;
mod work;

use std::collections::{BTreeMap, HashSet};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    account::{AccountState, Role},
    company::Plan,
    limits::Limits,
    time::Timestamp,
    ulid::ulids_of,
};

use crate::{
    error::TableError,
    item::{Attributes, Item, LIMITS, at, limits_attribute, n, s},
    table::Table,
    tables::{Tables, audit_events::event_from},
};
use changes::ChangesSince;
use keys::{ActiveKeys, fenced_digest};
use work::Restoration;
pub use work::Restored;

/// How much earlier than its commit the time of an event may be, and by how much the times of restored tables may
/// differ, in ms.
const MARGIN: i64 = 60_000;

impl Tables {
    /// Applies to restored tables what the audit log took away `since` the restored time: revoked, edited and held keys, secrets
    /// that rotations ended, suspended and deleted accounts, and changed roles, plans, limits and key policies. It also removes
    /// items that belong to nothing, and counts everything again. Returns what it did, or what it would do if `applies` is false. A second run returns only what
    /// must be done by hand.
    pub async fn restore(
        &self,
        since: Timestamp,
        now: Timestamp,
        applies: bool,
    ) -> Result<Restored, TableError> {
        let mut restoration = Restoration { tables: self, now, applies, restored: Restored::default() };
        restoration.take_over_fences().await?;
        let mut renewed = 0;
        let mut digests = BTreeMap::<String, Vec<Item>>::new();
        for item in restoration.all(Table::KeyDigests, None).await? {
            if fenced_digest(&item)?.is_none() {
                renewed += usize::from(restoration.begin_generation(&item, since).await?);
                digests.entry(item.text("companyId")?.into()).or_default().push(item);
            }
        }
        if renewed > 0 {
            restoration
                .say(format!("{renewed} secrets of keys get a new generation, which the gates let through"));
        }
        for company in restoration.all(Table::Companies, None).await? {
            let id = company.text("companyId")?.to_owned();
            let changes_since = restoration.changes_since(&id, since).await?;
            let digests = digests.remove(&id).unwrap_or_default();
            let plan = if changes_since.plan_changed { Plan::Team.id() } else { company.text("plan")? };
            let limits = restoration.limits(&company, changes_since.limits.as_ref()).await?;
            let policy = restoration.policy(&company, &changes_since.policies).await?;
            let rules = (&limits, policy.as_ref());
            let keys = restoration.keys(&company, plan, rules, &changes_since, &digests).await?;
            let (accounts, administrators) = restoration.accounts(&id, &changes_since).await?;
            restoration.count(&company, plan, accounts, administrators, keys).await?;
            if changes_since.plan_changed {
                restoration.say(format!(
                    "{id}: its plan was changed since then. The plan is set to {plan}, and the keys are frozen. To \
                     correct it, run change-plan"
                ));
            }
        }
        for (id, digests) in digests {
            restoration
                .end(&id, "belongs to a company that doesn't exist; it is revoked", digests.iter())
                .await?;
        }
        Ok(restoration.restored)
    }
}

impl Tables {
    /// Takes over the revocations in progress of an earlier release: see `docs/operating.md`. Returns a sentence for each
    /// key that is refused now. A second call does nothing.
    pub async fn take_over_fences(&self, now: Timestamp) -> Result<Vec<String>, TableError> {
        let restored = Restored::default();
        let mut restoration = Restoration { tables: self, now, applies: true, restored };
        restoration.take_over_fences().await?;
        Ok(restoration.restored.done)
    }
}

impl Restoration<'_> {
    async fn changes_since(&mut self, company: &str, since: Timestamp) -> Result<ChangesSince, TableError> {
        let [first, _] = ulids_of(Timestamp::from_millis(since.millis() - MARGIN));
        let mut changes_since = ChangesSince::default();
        for item in self.all(Table::AuditEvents, Some((company, "eventId", &first))).await? {
            let event = event_from(&item)?;
            changes_since.note(&event);
            if event.at >= since {
                self.restored.events += 1;
                self.restored.newest = self.restored.newest.max(Some(event.at));
            }
        }
        if !self.restored.reaches_back {
            let before =
                self.query(Table::AuditEvents, company, "eventId", "<", &first).limit(1).send().await?;
            self.restored.reaches_back = !before.items().is_empty();
        }
        Ok(changes_since)
    }

    /// Suspends and demotes accounts again. Returns how many accounts and active administrators remain.
    async fn accounts(
        &mut self,
        id: &str,
        changes_since: &ChangesSince,
    ) -> Result<(usize, usize), TableError> {
        let accounts = self.all(Table::Accounts, Some((id, "accountId", " "))).await?;
        let mut administrators = 0;
        for account in &accounts {
            let account_id = account.text("accountId")?;
            let mut is_active = account.text("state")? == AccountState::Active.id();
            let mut is_administrator = account.text("role")? == Role::CompanyAdmin.id();
            let mut changes = Vec::new();
            if let Some(account_changes) = changes_since.accounts.get(account_id) {
                let suspended = account_changes.last_suspended.unwrap_or(self.now);
                if is_active && (account_changes.is_suspended || account_changes.deleted) {
                    let why = if account_changes.deleted {
                        "was deleted since then; its restored copy is suspended"
                    } else {
                        "is suspended again"
                    };
                    self.say(format!("{id}: account {account_id} {why}"));
                    is_active = false;
                    changes.push(("state", s(AccountState::Suspended.id())));
                    changes.push(("suspendedAt", at(suspended)));
                }
                // It was suspended when the tables were as restored, and has been unsuspended and suspended again since. Without
                // the time of that, those who wanted the earlier suspension would count as those who want this one.
                let last = account_changes.last_suspended.filter(|_| !is_active && changes.is_empty());
                if let Some(last) =
                    last.filter(|last| account.optional_time("suspendedAt").ok().flatten() != Some(*last))
                {
                    self.say(format!("{id}: who wants account {account_id} to be suspended is not known"));
                    changes.push(("suspendedAt", at(last)));
                }
                let ended =
                    account_changes.last_suspended.or_else(|| (!changes.is_empty()).then_some(self.now));
                let ended = ended.map(|ended| ended.seconds() + 1);
                let before = account.optional_number::<i64>("sessionsNotBefore")?;
                if let Some(ended) = ended.filter(|ended| before.is_none_or(|before| before < *ended)) {
                    self.say(format!("{id}: the sessions of account {account_id} are ended again"));
                    changes.push(("sessionsNotBefore", n(ended)));
                }
                if is_administrator && account_changes.role_changed {
                    self.say(format!(
                        "{id}: the role of account {account_id} was changed since then. The role is set to member. If \
                         the account is an administrator, run change-role"
                    ));
                    is_administrator = false;
                    changes.push(("role", s(Role::Member.id())));
                }
            }
            if !changes.is_empty() {
                changes.push(("version", n(account.number::<u64>("version")? + 1)));
                self.set(Table::Accounts, account, &["companyId", "accountId"], changes).await?;
            }
            administrators += usize::from(is_active && is_administrator);
        }
        let there: HashSet<_> =
            accounts.iter().filter_map(|account| account.text("accountId").ok()).collect();
        for lookup in self.all(Table::AccountLookups, Some((id, "lookup", " "))).await? {
            let account_id = lookup.text("accountId")?;
            // Otherwise nobody could ever use its address or external ID.
            if !there.contains(account_id) {
                self.say(format!("{id}: account {account_id} doesn't exist; a lookup of it is removed"));
                self.remove(Table::AccountLookups, &lookup, &["companyId", "lookup"]).await?;
            }
        }
        Ok((accounts.len(), administrators))
    }

    /// Gives the company the limits of requests that it had last. Returns them.
    async fn limits(&mut self, company: &Item, last: Option<&Limits>) -> Result<Limits, TableError> {
        let restored = company.limits()?;
        let Some(last) = last.filter(|last| !last.allows_the_same(&restored)) else { return Ok(restored) };
        self.say(format!("{}: the limits of requests are changed again", company.text("companyId")?));
        let changes = limits_attribute(&last.explicit()).map(|limits| (LIMITS, limits));
        self.set(Table::Companies, company, &["companyId"], changes.into_iter().collect()).await?;
        Ok(*last)
    }

    async fn count(
        &mut self,
        company: &Item,
        plan: &str,
        accounts: usize,
        administrators: usize,
        keys: ActiveKeys,
    ) -> Result<(), TableError> {
        let id = company.text("companyId")?;
        if administrators == 0 {
            self.say(format!(
                "{id}: no Company Administrator is active. Make one with change-role or unsuspend-account"
            ));
        }
        // The number of accounts is the sum of the company's own number and the parts.
        let parts = self.all(Table::AccountCounts, Some((id, "part", " "))).await?;
        let counted = parts.iter().map(|part| part.number::<i64>("accounts")).sum::<Result<i64, _>>()?;
        let began = i64::try_from(accounts).unwrap_or(i64::MAX) - counted;
        let right = [
            ("plan", s(plan)),
            ("accounts", n(began)),
            ("activeAdministrators", n(administrators)),
            ("activeKeys", AttributeValue::M(keys.all)),
            ("rotatingKeys", AttributeValue::M(keys.rotating)),
        ];
        let changes: Vec<_> =
            right.into_iter().filter(|(name, value)| company.get(*name) != Some(value)).collect();
        if !changes.is_empty() {
            let names: Vec<_> = changes.iter().map(|(name, _)| *name).collect();
            self.say(format!("{id}: corrected values: {}", names.join(", ")));
            self.set(Table::Companies, company, &["companyId"], changes).await?;
        }
        Ok(())
    }
}
