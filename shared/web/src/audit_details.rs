//! The details of an audit event, as they are sent.

use domain::{
    audit::{EmailChange, KeyGrant, SecretChange},
    scope::Scope,
    time::Timestamp,
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::wire::{MASK_PATTERN, NetworksView, SelfRotationView, SuspensionLimitView};

/// The changes of an account or a key.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AuditChanges")]
pub(crate) struct Changes {
    /// The changed attributes. Those of an account have their SCIM names, and those of a key their names in this API.
    attributes: Vec<String>,
    /// The previous email address, if it changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    email_before: Option<String>,
    /// The new email address, if it changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    email_after: Option<String>,
}

impl Changes {
    pub(crate) fn of(attributes: Vec<String>, email_change: Option<EmailChange>) -> Option<Self> {
        if attributes.is_empty() && email_change.is_none() {
            return None;
        }
        let (before, after) = email_change.map(|emails| (emails.before, emails.after)).unzip();
        let [email_before, email_after] = [before, after].map(|email| email.map(|email| email.to_string()));
        Some(Self { attributes, email_before, email_after })
    }
}

/// What a step of a rotation did with a key's secrets.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AuditSecret")]
pub(crate) struct SecretView {
    /// The secret that was made, or that works from now on.
    #[schemars(regex(pattern = MASK_PATTERN))]
    mask: String,
    /// When that secret expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    /// How long the old secret works after the first use of the new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    overlap_seconds: Option<u32>,
    /// The secret that ended or will end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = MASK_PATTERN))]
    ended_mask: Option<String>,
    /// When that secret ends or ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    ends_at: Option<Timestamp>,
}

impl From<SecretChange> for SecretView {
    fn from(change: SecretChange) -> Self {
        let SecretChange { mask, expires_at, overlap_seconds, ended } = change;
        let (ended_mask, ends_at) = ended.unzip();
        let ended_mask = ended_mask.map(|mask| mask.to_string());
        Self { mask: mask.to_string(), expires_at, overlap_seconds, ended_mask, ends_at }
    }
}

/// What a key may do.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AuditGrant")]
pub(crate) struct GrantView {
    /// Its scopes.
    scopes: Vec<Scope>,
    /// When its current secret expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    /// Present if it may rotate itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    self_rotation: Option<SelfRotationView>,
    /// The networks from which it may be used. Absent if it may be used from anywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    networks: Option<NetworksView>,
    /// Its own limit of suspensions and deletions of accounts in an hour.
    suspension_limit: SuspensionLimitView,
}

impl From<KeyGrant> for GrantView {
    fn from(grant: KeyGrant) -> Self {
        let KeyGrant { scopes, expires_at, self_rotation, networks, suspension_limit } = grant;
        Self {
            scopes: scopes.into_iter().collect(),
            expires_at,
            self_rotation: self_rotation.map(SelfRotationView::from),
            networks: networks.as_ref().map(NetworksView::from),
            suspension_limit: suspension_limit.into(),
        }
    }
}
