//! Which class of OCSF an action has, and how severe it is. `docs/ocsf.md` has the same table.

use domain::audit::Action;

/// A class of events in OCSF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// An event that no other class fits.
    BaseEvent,
    /// Something that somebody should look at.
    DetectionFinding,
    /// A change of a person's account.
    AccountChange,
    /// An attempt to authenticate.
    Authentication,
    /// A change of an API key, of the key policy or of the company.
    EntityManagement,
}

impl Class {
    /// The class's number.
    #[must_use]
    pub const fn uid(self) -> u32 {
        match self {
            Self::BaseEvent => 0,
            Self::DetectionFinding => 2004,
            Self::AccountChange => 3001,
            Self::Authentication => 3002,
            Self::EntityManagement => 3004,
        }
    }

    /// The class's name.
    #[must_use]
    pub const fn caption(self) -> &'static str {
        match self {
            Self::BaseEvent => "Base Event",
            Self::DetectionFinding => "Detection Finding",
            Self::AccountChange => "Account Change",
            Self::Authentication => "Authentication",
            Self::EntityManagement => "Entity Management",
        }
    }

    /// The number and the name of the class's category.
    pub(crate) const fn category(self) -> (u32, &'static str) {
        match self {
            Self::BaseEvent => (0, "Uncategorized"),
            Self::DetectionFinding => (2, "Findings"),
            Self::AccountChange | Self::Authentication | Self::EntityManagement => {
                (3, "Identity & Access Management")
            }
        }
    }
}

/// How severe an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// An action of a later release.
    Unknown,
    /// Nobody has to do anything.
    Informational,
    /// Somebody should do something, in time.
    Low,
    /// A key may be in the wrong hands, or go there.
    Medium,
    /// A key is in the wrong hands, or does what a stolen one does.
    High,
}

impl Severity {
    pub(crate) const fn uid(self) -> u32 {
        match self {
            Self::Unknown => 0,
            Self::Informational => 1,
            Self::Low => 2,
            Self::Medium => 3,
            Self::High => 4,
        }
    }

    /// The severity's name.
    #[must_use]
    pub const fn caption(self) -> &'static str {
        match self {
            Self::Unknown => "Unknown",
            Self::Informational => "Informational",
            Self::Low => "Low",
            Self::Medium => "Medium",
            Self::High => "High",
        }
    }
}

/// The state that an event reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// An action of a later release.
    Unknown,
    /// What somebody did succeeded. The audit log has no other changes.
    Success,
    /// A request was refused.
    Failure,
    /// A finding that somebody should look at.
    New,
    /// A finding that the service has already answered: it revoked the key.
    Resolved,
}

impl Status {
    pub(crate) const fn uid(self) -> u32 {
        match self {
            Self::Unknown => 0,
            Self::Success | Self::New => 1,
            Self::Failure => 2,
            Self::Resolved => 4,
        }
    }

    /// The state's name.
    #[must_use]
    pub const fn caption(self) -> &'static str {
        match self {
            Self::Unknown => "Unknown",
            Self::Success => "Success",
            Self::Failure => "Failure",
            Self::New => "New",
            Self::Resolved => "Resolved",
        }
    }
}

/// How an action is written in OCSF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The class.
    pub class: Class,
    /// The number of the activity in this class, and its name. [`OTHER`] has the action's own name.
    pub activity: (u32, &'static str),
    /// How severe it is.
    pub severity: Severity,
    /// The state.
    pub status: Status,
    /// What happened, for people. The title of a finding.
    pub message: &'static str,
}

/// The activity that OCSF has no number for.
pub(crate) const OTHER: u32 = 99;

const CREATE: (u32, &str) = (1, "Create");
const UPDATE: (u32, &str) = (3, "Update");
const LOGON: (u32, &str) = (1, "Logon");

const fn account(activity: (u32, &'static str), message: &'static str) -> Mapping {
    let (class, severity, status) = (Class::AccountChange, Severity::Informational, Status::Success);
    Mapping { class, activity, severity, status, message }
}

const fn entity(activity: (u32, &'static str), message: &'static str) -> Mapping {
    let (class, severity, status) = (Class::EntityManagement, Severity::Informational, Status::Success);
    Mapping { class, activity, severity, status, message }
}

const fn refusal(message: &'static str) -> Mapping {
    let (class, severity, status) = (Class::Authentication, Severity::Medium, Status::Failure);
    Mapping { class, activity: LOGON, severity, status, message }
}

const fn finding(severity: Severity, message: &'static str) -> Mapping {
    let (class, status) = (Class::DetectionFinding, Status::New);
    Mapping { class, activity: CREATE, severity, status, message }
}

/// An action of a later release.
pub(crate) const UNKNOWN: Mapping = Mapping {
    class: Class::BaseEvent,
    activity: (OTHER, "Other"),
    severity: Severity::Unknown,
    status: Status::Unknown,
    message: "An action that this release doesn't know",
};

/// How this action is written.
#[must_use]
pub const fn mapping(action: Action) -> Mapping {
    match action {
        Action::CreateApiKey => entity(CREATE, "An API key was created"),
        Action::RevokeApiKey => entity((4, "Delete"), "An API key was revoked"),
        Action::RevokeLeakedApiKey => Mapping {
            status: Status::Resolved,
            ..finding(Severity::High, "An API key was found by somebody else, and revoked")
        },
        Action::ReportLeakedApiKey => {
            finding(Severity::High, "An API key was found in public. It still works")
        }
        Action::ExposeApiKey => {
            finding(Severity::Medium, "A request contained an API key where it is often logged")
        }
        Action::RotateApiKey => entity(UPDATE, "An API key got a new secret"),
        Action::UseNewApiKeySecret => {
            entity(UPDATE, "A new secret of an API key was used for the first time")
        }
        Action::CompleteApiKeyRotation => entity(UPDATE, "The old secret of an API key was ended"),
        Action::CancelApiKeyRotation => entity(UPDATE, "An unused new secret of an API key was ended"),
        Action::UpdateApiKey => entity(UPDATE, "An API key was edited"),
        Action::HoldApiKey => entity((12, "Suspend"), "An API key was put on hold"),
        Action::ReleaseApiKey => entity((13, "Resume"), "An API key was released from a hold"),
        Action::ChangeKeyPolicy => entity(UPDATE, "The key policy was changed"),
        Action::UseRevokedApiKey => refusal("A revoked API key, or an ended secret, was used"),
        Action::RefuseApiKeyNetwork => refusal("An API key was used from a network that isn't on its list"),
        Action::ReachSuspensionLimit => {
            finding(Severity::High, "An API key reached its limit of suspensions in an hour")
        }
        Action::ReleaseSuspensionLimit => {
            entity((13, "Resume"), "An API key that had reached its limit of suspensions was released")
        }
        Action::SuspendAccount => account((5, "Disable"), "An account was suspended"),
        Action::UnsuspendAccount => account((2, "Enable"), "An account was unsuspended"),
        Action::CreateCompany => entity(CREATE, "The company was created"),
        Action::ChangePlan => entity(UPDATE, "The company's plan was changed"),
        Action::ChangeLimits => entity(UPDATE, "The company's limits of requests were changed"),
        Action::CreateAccount => account(CREATE, "An account was added"),
        Action::UpdateAccount => account((OTHER, "Update"), "An account was changed"),
        Action::DeleteAccount => account((6, "Delete"), "An account was deleted"),
        Action::ChangeRole => account((OTHER, "Change Role"), "An account got another role"),
        Action::AddIdentity => account((OTHER, "Add Identity"), "A sign-in was bound to an account"),
        Action::UndoKeySuspensions => {
            entity((OTHER, "Undo Suspensions"), "An undo of the suspensions by an API key began")
        }
        Action::WithdrawSuspension => account(
            (OTHER, "Withdraw Suspension"),
            "An API key's suspension of an account was taken back. The account stays suspended",
        ),
        Action::AnnounceApiKeyExpiry => finding(Severity::Low, "An API key expires soon"),
        Action::ExpireApiKey => finding(Severity::Low, "An API key has expired"),
        Action::ReportUnusedApiKey => finding(Severity::Low, "Nobody has used an API key for long"),
        Action::ReportUnusedApiKeySecret => {
            finding(Severity::Low, "Nobody has used the new secret of an API key")
        }
    }
}
