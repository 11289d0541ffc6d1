//! The revocations, suspensions, deletions and other losses in the audit log since a time.

use std::collections::BTreeMap;

use domain::{
    audit::{Action, Actor, Affected, HeldBy, RecordedEvent},
    key::{KeyActor, Mask, Person},
    limits::Limits,
    time::Timestamp,
};

use super::{edits::KeyChanges, policy::PolicyChange};
use crate::settings::OPERATION_TIMEOUT;

/// The changes of an account since the restored time.
#[derive(Default)]
pub(super) struct AccountChanges {
    pub(super) last_suspended: Option<Timestamp>,
    pub(super) is_suspended: bool,
    pub(super) role_changed: bool,
    pub(super) deleted: bool,
}

/// What a company's events since the restored time took away: keys, access, roles, accounts.
#[derive(Default)]
pub(super) struct ChangesSince {
    /// The keys that were revoked, when, and by whom if that is known.
    pub(super) revoked: BTreeMap<String, (Timestamp, Option<KeyActor>)>,
    /// The ends of secrets that rotations ended, by key and mask.
    ended: BTreeMap<(String, String), Timestamp>,
    /// The edits and holds of keys.
    pub(super) keys: BTreeMap<String, KeyChanges>,
    /// The changes of the key policy.
    pub(super) policies: Vec<PolicyChange>,
    pub(super) accounts: BTreeMap<String, AccountChanges>,
    pub(super) plan_changed: bool,
    /// The limits of requests after the last change.
    pub(super) limits: Option<Limits>,
}

impl ChangesSince {
    /// Adds an event. Events come in the order of their identifiers. For a new action, decide here whether it takes
    /// something away.
    pub(super) fn note(&mut self, event: &RecordedEvent) {
        // Only a release that knows an action can restore it.
        let Some(action) = Action::from_id(&event.action) else { return };
        match action {
            Action::RevokeApiKey | Action::RevokeLeakedApiKey => {
                let Affected::ApiKey { id, .. } = &event.affected else { return };
                let by = match &event.actor {
                    Actor::ApiKey { .. } => Some(KeyActor::Itself),
                    Actor::Reporter(reporter) => Some(KeyActor::Reporter(*reporter)),
                    actor => person(actor).map(KeyActor::Person),
                };
                self.revoked.insert(id.to_string(), (event.at, by));
            }
            Action::RotateApiKey
            | Action::UseNewApiKeySecret
            | Action::CompleteApiKeyRotation
            | Action::CancelApiKeyRotation => {
                let Affected::ApiKey { id, .. } = &event.affected else { return };
                let ended = event.details.secrets.as_ref().and_then(|secrets| secrets.ended.as_ref());
                let Some((mask, ends_at)) = ended else { return };
                let end = self.ended.entry((id.to_string(), mask.to_string())).or_insert(*ends_at);
                *end = (*end).min(*ends_at);
            }
            Action::SuspendAccount => {
                let Some(account) = self.account(event) else { return };
                (account.last_suspended, account.is_suspended) = (Some(event.at), true);
            }
            // An event has the time at which its attempt began. If two are this close, either may have committed last.
            Action::UnsuspendAccount => {
                let Some(account) = self.account(event) else { return };
                let last = account.last_suspended.map(|at| at.plus(OPERATION_TIMEOUT));
                account.is_suspended = last.is_some_and(|last| event.at <= last);
            }
            Action::ChangeRole => {
                let Some(account) = self.account(event) else { return };
                account.role_changed = true;
            }
            Action::DeleteAccount => {
                let Some(account) = self.account(event) else { return };
                account.deleted = true;
            }
            Action::ChangePlan => self.plan_changed = true,
            Action::ChangeLimits => self.limits = event.details.limits.or(self.limits),
            Action::UpdateApiKey => {
                let Affected::ApiKey { id, mask, .. } = &event.affected else { return };
                let changes = self.keys.entry(id.to_string()).or_default();
                let expiry = changes.note_edit(event.at, mask, &event.details, person(&event.actor));
                // An old secret ends no later than the current one that was edited.
                for ((key_id, _), end) in &mut self.ended {
                    *end = expiry.filter(|_| key_id == id.as_str()).map_or(*end, |expiry| expiry.min(*end));
                }
            }
            // The key policy itself is set again.
            Action::HoldApiKey if event.details.held_by == Some(HeldBy::Policy) => {}
            Action::HoldApiKey | Action::ReleaseApiKey => {
                let Affected::ApiKey { id, .. } = &event.affected else { return };
                let changes = self.keys.entry(id.to_string()).or_default();
                if action == Action::HoldApiKey {
                    changes.note_hold(event.at, person(&event.actor));
                } else {
                    changes.note_release(event.at);
                }
            }
            Action::ChangeKeyPolicy => {
                let policy = event.details.policy.clone();
                let change = PolicyChange { at: event.at, by: person(&event.actor), policy };
                self.policies.push(change);
            }
            // These actions take nothing away.
            Action::CreateApiKey
            | Action::ReportLeakedApiKey
            | Action::ExposeApiKey
            | Action::UseRevokedApiKey
            | Action::RefuseApiKeyNetwork
            | Action::ReachSuspensionLimit
            | Action::ReleaseSuspensionLimit
            | Action::CreateCompany
            | Action::CreateAccount
            | Action::UpdateAccount
            | Action::AddIdentity
            | Action::UndoKeySuspensions
            | Action::WithdrawSuspension
            | Action::AnnounceApiKeyExpiry
            | Action::ExpireApiKey
            | Action::ReportUnusedApiKey
            | Action::ReportUnusedApiKeySecret => {}
        }
    }

    /// When a secret of a key ended or will end, because of a rotation.
    pub(super) fn end_of(&self, key_id: &str, mask: &Mask) -> Option<Timestamp> {
        self.ended.get(&(key_id.to_owned(), mask.to_string())).copied()
    }

    /// The changes of the account that an event affects.
    fn account(&mut self, event: &RecordedEvent) -> Option<&mut AccountChanges> {
        let Affected::Account { id, .. } = &event.affected else { return None };
        Some(self.accounts.entry(id.to_string()).or_default())
    }
}

/// The administrator who did it, if it was one.
fn person(actor: &Actor) -> Option<Person> {
    match actor {
        Actor::Account { id, email, .. } => Some(Person { account_id: id.clone(), email: email.clone() }),
        Actor::ApiKey { .. }
        | Actor::Operator { .. }
        | Actor::Reporter(_)
        | Actor::Service
        | Actor::Unknown(_) => None,
    }
}
