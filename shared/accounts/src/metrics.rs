//! Metrics of changes to accounts.

use domain::audit::Action;
use store::metrics::{Metric, count};

/// Counts the accounts that were suspended and unsuspended.
pub(crate) fn count_changes(actions: impl IntoIterator<Item = Action>) {
    for action in actions {
        match action {
            Action::SuspendAccount => count(Metric::AccountsSuspended, None),
            Action::UnsuspendAccount => count(Metric::AccountsUnsuspended, None),
            Action::CreateAccount
            | Action::UpdateAccount
            | Action::DeleteAccount
            | Action::ChangeRole
            | Action::AddIdentity
            | Action::CreateCompany
            | Action::ChangePlan
            | Action::ChangeLimits
            | Action::CreateApiKey
            | Action::RevokeApiKey
            | Action::RevokeLeakedApiKey
            | Action::ReportLeakedApiKey
            | Action::ExposeApiKey
            | Action::AnnounceApiKeyExpiry
            | Action::ExpireApiKey
            | Action::ReportUnusedApiKey
            | Action::ReportUnusedApiKeySecret
            | Action::RotateApiKey
            | Action::UseNewApiKeySecret
            | Action::CompleteApiKeyRotation
            | Action::CancelApiKeyRotation
            | Action::UpdateApiKey
            | Action::HoldApiKey
            | Action::ReleaseApiKey
            | Action::ChangeKeyPolicy
            | Action::UseRevokedApiKey
            | Action::RefuseApiKeyNetwork
            | Action::ReachSuspensionLimit
            | Action::ReleaseSuspensionLimit
            | Action::UndoKeySuspensions
            | Action::WithdrawSuspension => {}
        }
    }
}
