//! The revocations, suspensions, deletions and other losses in the audit log since a time.

use std::collections::BTreeMap;

use domain::{
    audit::{Action, Actor, Affected, RecordedEvent},
    key::{KeyActor, Mask, Person},
    limits::Limits,
    time::Timestamp,
};

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
            Action::RevokeApiKey => {
                let Affected::ApiKey { id, .. } = &event.affected else { return };
                let by = match &event.actor {
                    Actor::Account { id, email, .. } => {
                        Some(KeyActor::Person(Person { account_id: id.clone(), email: email.clone() }))
                    }
                    Actor::ApiKey { .. } => Some(KeyActor::Itself),
                    Actor::Operator { .. } | Actor::Unknown(_) => None,
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
            // These actions take nothing away.
            Action::UpdateApiKey | Action::HoldApiKey | Action::ReleaseApiKey | Action::ChangeKeyPolicy => {}
            Action::CreateApiKey
            | Action::UseRevokedApiKey
            | Action::CreateCompany
            | Action::CreateAccount
            | Action::UpdateAccount
            | Action::AddIdentity => {}
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
