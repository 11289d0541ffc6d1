//! The key policy of a restored company.
//!
//! Each change in the log is made again, in their order. The restored rules stay in force too, so that nothing is granted.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    key::{ApiKeyRecord, Person},
    policy::{KeyPolicy, PolicyInForce},
    time::Timestamp,
};

use super::{
    key_limits::{applied, is_item_of},
    work::{Change, Restoration},
};
use crate::{
    error::TableError,
    item::{Attributes, Item, n},
    settings::OPERATION_TIMEOUT,
    table::Table,
    tables::{
        companies::{POLICY, POLICY_VERSION},
        key_limits::SUSPENSIONS_PER_HOUR,
        key_policies::{
            DENIED_FROM, HELD_FROM, UNUSED, USED_ON, in_force_attribute, in_force_from, verdict_attributes,
        },
    },
};

/// A change of the key policy since the restored time.
pub(super) struct PolicyChange {
    pub(super) at: Timestamp,
    /// The administrator, if this release knows such actors.
    pub(super) by: Option<Person>,
    /// The policy after it, if this release can read it.
    pub(super) policy: Option<KeyPolicy>,
}

/// The restored policy after these changes. If two are close together, either may have come last, so the rules of both
/// apply.
fn replayed(restored: Option<PolicyInForce>, changes: &[PolicyChange]) -> Option<PolicyInForce> {
    let Some(last) = changes.last() else { return restored };
    let (mut strictest, mut current) = (restored.clone(), restored);
    for PolicyChange { at, by, policy } in changes {
        let is_done = strictest.as_ref().is_some_and(|done| at.plus(OPERATION_TIMEOUT) <= done.changed_at);
        let by = by.as_ref().or_else(|| current.as_ref().and_then(|current| current.changed_by.as_ref()));
        let (Some(policy), Some(by), false) = (policy, by, is_done) else { continue };
        let next = PolicyInForce::changed(current.as_ref(), policy.clone(), by.clone(), *at);
        if at.plus(OPERATION_TIMEOUT) >= last.at {
            strictest = Some(strictest.map_or_else(|| next.clone(), |strictest| strictest.and(&next)));
        }
        current = Some(next);
    }
    strictest
}

impl Restoration<'_> {
    /// Sets the company's key policy again if it was changed. Returns it.
    pub(super) async fn policy(
        &mut self,
        company: &Item,
        changes: &[PolicyChange],
    ) -> Result<Option<PolicyInForce>, TableError> {
        let id = company.text("companyId")?;
        let restored = company.optional_map(POLICY)?.map(in_force_from).transpose()?;
        let policy = replayed(restored.clone(), changes);
        let Some(last) = changes.last() else { return Ok(policy) };
        if let Some(policy) = policy.as_ref().filter(|policy| restored.as_ref() != Some(policy)) {
            self.say(format!("{id}: the key policy is set again"));
            let version = company.optional_number::<u64>(POLICY_VERSION)?.unwrap_or(0) + 1;
            let changes = vec![(POLICY, in_force_attribute(policy)), (POLICY_VERSION, n(version))];
            self.set(Table::Companies, company, &["companyId"], changes).await?;
        }
        let in_force = policy.as_ref().map(|policy| &policy.policy);
        let by_hand = match &last.policy {
            None => Some("The log doesn't show to what"),
            Some(last) if in_force.is_some_and(|in_force| in_force != last) => {
                Some("Rules that it lifted still apply")
            }
            Some(_) => None,
        };
        if let Some(why) = by_hand {
            self.say(format!(
                "{id}: the key policy was changed since then. {why}. To correct it, an administrator must set the key policy"
            ));
        }
        Ok(policy)
    }

    /// Makes the items of a key's secrets say what the policy does, and which suspension limit applies.
    pub(super) async fn judge(
        &mut self,
        id: &str,
        key: &ApiKeyRecord,
        secrets: &[&Item],
        policy: Option<&PolicyInForce>,
    ) -> Result<(), TableError> {
        let verdicts = policy.map(|policy| policy.verdicts(key)).unwrap_or_default();
        let limit = applied(key, policy).map(|number| (SUSPENSIONS_PER_HOUR.to_owned(), n(number)));
        let (mut has_new_times, mut has_new_limit) = (false, false);
        let mut corrected = Vec::new();
        for digest in key.living_digests(self.now) {
            let Some(item) = secrets.iter().find(|item| is_item_of(item, digest)) else { continue };
            let mut changes = Vec::new();
            if let Some(verdict) = verdicts.iter().find(|verdict| verdict.digest == digest) {
                let mut wanted: Item = verdict_attributes(verdict).collect();
                if let (Some(wanted), Some(noted)) = (wanted.get_mut(USED_ON), item.get(USED_ON)) {
                    wanted.clone_from(noted);
                }
                let names = [HELD_FROM, DENIED_FROM, UNUSED, USED_ON].into_iter();
                changes.extend(names.filter_map(|name| change(name, item, &wanted)));
                has_new_times |= !changes.is_empty();
            }
            let limit = change(SUSPENSIONS_PER_HOUR, item, &limit.clone().into_iter().collect());
            has_new_limit |= limit.is_some();
            changes.extend(limit);
            corrected.push((*item, changes));
        }
        let told = [(has_new_times, "the times of the key policy"), (has_new_limit, "its suspension limit")];
        for (_, what) in told.into_iter().filter(|(is_changed, _)| *is_changed) {
            self.say(format!("{id}: key {} gets {what}", key.key_id));
        }
        for (item, changes) in corrected.into_iter().filter(|(_, changes)| !changes.is_empty()) {
            self.change(Table::KeyDigests, item, &["digest"], changes).await?;
        }
        Ok(())
    }
}

fn change(name: &'static str, item: &Item, wanted: &Item) -> Option<Change> {
    match wanted.get(name) {
        Some(value) if item.get(name) != Some(value) => Some(Change::Set(name, AttributeValue::clone(value))),
        None if item.contains_key(name) => Some(Change::Remove(name)),
        _ => None,
    }
}
