//! Turns the errors of the lower layers into problems, with one exhaustive match for each error type.

use accounts::{AccountRefused, ChangeError};
use domain::{
    key::{EditRefused, RotationRefused},
    policy::PolicyRefused,
};
use keys::{CreateError, EditError, PolicyError, RevokeError, RotateError};
use store::{
    AdministratorRefused, KeyHolderRefused, LostAuthority, TableError, limiter::OverLimit, retry::Contended,
};

use crate::{
    problem::{FieldError, Problem},
    problem_type::ProblemType,
    rate_limit::rate_limited,
};

impl From<TableError> for Problem {
    fn from(error: TableError) -> Self {
        let kind = match error {
            TableError::Unavailable(_) => ProblemType::Unavailable,
            TableError::Corrupt(_) | TableError::Internal(_) => ProblemType::InternalError,
        };
        Self::of(kind).with_source(error)
    }
}

impl From<Contended> for Problem {
    fn from(contended: Contended) -> Self {
        Self::of(ProblemType::Unavailable).with_source(contended)
    }
}

impl From<AdministratorRefused> for Problem {
    fn from(refused: AdministratorRefused) -> Self {
        match refused {
            AdministratorRefused::NotAdministrator => Self::of(ProblemType::NotCompanyAdministrator),
            AdministratorRefused::Suspended => Self::of(ProblemType::AccountSuspended),
            AdministratorRefused::SessionEnded => Self::session_ended(),
            AdministratorRefused::EnterprisePlanRequired => Self::of(ProblemType::EnterprisePlanRequired),
            AdministratorRefused::Failed(error) => error.into(),
        }
    }
}

impl From<KeyHolderRefused> for Problem {
    fn from(refused: KeyHolderRefused) -> Self {
        match refused {
            // The caller gets the same response for each reason.
            KeyHolderRefused::Key(_) => Self::of(ProblemType::Unauthenticated),
            KeyHolderRefused::OverLimit(refused) => refused.into(),
            KeyHolderRefused::Network => Self::of(ProblemType::NetworkNotAllowed),
            KeyHolderRefused::InsufficientScope(Some(scope)) => Self::insufficient_scope(scope),
            KeyHolderRefused::InsufficientScope(None) => Self::of(ProblemType::InsufficientScope),
            KeyHolderRefused::Contended(contended) => contended.into(),
            KeyHolderRefused::Failed(error) => error.into(),
        }
    }
}

impl From<AccountRefused> for Problem {
    fn from(refused: AccountRefused) -> Self {
        match refused {
            AccountRefused::NotFound => Self::of(ProblemType::NotFound),
            AccountRefused::AdministratorProtected => Self::of(ProblemType::AdministratorProtected),
            AccountRefused::LastAdministrator => Self::of(ProblemType::LastAdministrator),
            AccountRefused::NameTaken => Self::name_taken(),
            AccountRefused::ExternalIdTaken => Self::external_id_taken(),
            AccountRefused::SuspensionLimitReached { per_hour, seconds_left } => {
                Self::of(ProblemType::SuspensionLimitReached)
                    .with_detail(format!(
                        "The API key may suspend and delete {per_hour} accounts an hour, and has done so in this hour. \
                         The account was not changed. Repeat the request in {seconds_left} s, or ask a Company \
                         Administrator to let the key go on."
                    ))
                    .with_retry_after(seconds_left)
            }
        }
    }
}

impl From<OverLimit> for Problem {
    fn from(refused: OverLimit) -> Self {
        rate_limited(refused)
    }
}

impl From<ChangeError> for Problem {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Refused(refused) => refused.into(),
            ChangeError::AuthorityLost(LostAuthority::Caller) => Self::of(ProblemType::Unauthenticated),
            ChangeError::AuthorityLost(LostAuthority::Scope(scope)) => Self::insufficient_scope(scope),
            ChangeError::AuthorityLost(LostAuthority::Network) => Self::of(ProblemType::NetworkNotAllowed),
            ChangeError::Contended(contended) => contended.into(),
            ChangeError::Failed(error) => error.into(),
        }
    }
}

impl From<CreateError> for Problem {
    fn from(error: CreateError) -> Self {
        match error {
            CreateError::LimitReached => Self::of(ProblemType::KeyLimitReached),
            CreateError::Policy(refused) => Self::key_policy(&refused),
            CreateError::IdempotencyKeyReused => Self::of(ProblemType::IdempotencyKeyReused),
            CreateError::AuthorityLost(refused) => refused.into(),
            error @ CreateError::ItemMissing => Self::of(ProblemType::InternalError).with_source(error),
            CreateError::Contended(contended) => contended.into(),
            CreateError::Failed(error) => error.into(),
        }
    }
}

impl From<RevokeError> for Problem {
    fn from(error: RevokeError) -> Self {
        match error {
            RevokeError::NotFound => Self::of(ProblemType::NotFound),
            RevokeError::Mismatch => Self::of(ProblemType::KeyMismatch),
            RevokeError::KeyRefused => Self::of(ProblemType::Unauthenticated),
            RevokeError::AuthorityLost(refused) => refused.into(),
            RevokeError::Contended(contended) => contended.into(),
            RevokeError::Failed(error) => error.into(),
        }
    }
}

impl From<RotateError> for Problem {
    fn from(error: RotateError) -> Self {
        match error {
            RotateError::NotFound => Self::of(ProblemType::NotFound),
            RotateError::Mismatch => Self::of(ProblemType::KeyMismatch).with_detail(
                "The first four and last four characters don't match the new secret of this API key. Nothing was \
                 changed. Somebody else may have rotated the key. Compare them with the list of keys.",
            ),
            RotateError::Refused(refused) => refused.into(),
            RotateError::LimitReached => Self::of(ProblemType::SecretLimitReached),
            RotateError::NotAllowed => Self::of(ProblemType::SelfRotationNotAllowed),
            RotateError::TooSoon { seconds_left } => Self::rotated_too_soon(seconds_left),
            RotateError::LivesTooLong => Self::invalid_field(
                "expiresAt",
                "must not be null, and at most selfRotation.lifetimeDays days ahead",
            ),
            RotateError::Policy(refused) => Self::key_policy(&[refused]),
            RotateError::KeyRefused => Self::of(ProblemType::Unauthenticated),
            RotateError::NetworkRefused => Self::of(ProblemType::NetworkNotAllowed),
            RotateError::AuthorityLost(refused) => refused.into(),
            RotateError::Contended(contended) => contended.into(),
            RotateError::Failed(error) => error.into(),
        }
    }
}

impl From<RotationRefused> for Problem {
    fn from(refused: RotationRefused) -> Self {
        match refused {
            RotationRefused::NotActive => Self::of(ProblemType::KeyNotActive),
            RotationRefused::InUse(until) => Self::of(ProblemType::RotationInProgress).with_detail(format!(
                "The new secret is in use, and the old one works until {until}. Complete the rotation, or wait until \
                 then."
            )),
            RotationRefused::Waiting => Self::of(ProblemType::RotationInProgress).with_detail(
                "A Company Administrator made a new secret for this API key, and nobody has used it yet. Put that \
                 secret in place, or ask the administrator to cancel the rotation.",
            ),
            RotationRefused::Held => Self::of(ProblemType::KeyHeld),
            RotationRefused::NoRotation => Self::of(ProblemType::NoRotation),
        }
    }
}

impl From<EditError> for Problem {
    fn from(error: EditError) -> Self {
        match error {
            EditError::NotFound => Self::of(ProblemType::NotFound),
            EditError::Refused(EditRefused::NotActive) => Self::of(ProblemType::KeyNotActive),
            EditError::Refused(EditRefused::NoSuchScope(scope)) => Self::invalid_field(
                "scopes",
                format!(
                    "contains {scope}, which the key doesn't have; scopes can be taken away from a key, not added"
                ),
            ),
            EditError::Policy(refused) => Self::key_policy(&refused),
            EditError::HeldByPolicy(rules) => {
                let rules: Vec<_> = rules.iter().map(|rule| rule.id()).collect();
                Self::of(ProblemType::KeyPolicy).with_detail(format!(
                    "The key policy holds this API key, because it breaks these rules: {}. Edit or rotate the \
                     key until it complies, or change the policy.",
                    rules.join(", ")
                ))
            }
            EditError::AuthorityLost(refused) => refused.into(),
            EditError::Contended(contended) => contended.into(),
            EditError::Failed(error) => error.into(),
        }
    }
}

impl From<PolicyError> for Problem {
    fn from(error: PolicyError) -> Self {
        match error {
            PolicyError::AuthorityLost(refused) => refused.into(),
            PolicyError::Contended(contended) => contended.into(),
            PolicyError::Failed(error) => error.into(),
        }
    }
}

impl Problem {
    /// The company's key policy doesn't allow what was asked for.
    fn key_policy(refused: &[PolicyRefused]) -> Self {
        let error = |refused: &PolicyRefused| {
            let field = match refused {
                PolicyRefused::MustExpire | PolicyRefused::LivesTooLong(_) => "expiresAt",
                PolicyRefused::RotatesTooLong(_) => "selfRotation",
                PolicyRefused::NotOffered(_) => "scopes",
                PolicyRefused::MustEnforceNetworks => "networks",
            };
            FieldError { field: field.into(), detail: refused.to_string() }
        };
        Self::of(ProblemType::KeyPolicy).with_errors(refused.iter().map(error).collect())
    }
}
