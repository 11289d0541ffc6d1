//! The bodies of the operations, and their descriptions.

use std::collections::BTreeMap;

use domain::mails::{MailChoices, MailKind};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::json;
use web::{
    ProblemType,
    openapi::{Content, Operation, Security, Success},
};

/// Reads the choice.
pub(crate) const READ: &str = "GET /admin/v1/notifications";
/// Changes the choice.
pub(crate) const CHANGE: &str = "PUT /admin/v1/notifications";

/// Which mails an administrator gets.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Notifications")]
pub(crate) struct NotificationsView {
    /// Whether the service sends mails at all.
    mail: MailView,
    /// Every kind of mail, always in the same order.
    kinds: Vec<KindView>,
}

/// Whether the service sends mails.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
struct MailView {
    /// `false` if the service has no sender. Then the choices have no effect until it has one.
    sent: bool,
}

/// A kind of mail, and whether the administrator wants it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "MailKind")]
struct KindView {
    /// Identifies the kind. A later release may have further kinds.
    #[schemars(schema_with = "kind_schema")]
    kind: &'static str,
    /// Whether the administrator gets mails of this kind.
    wanted: bool,
    /// Whether an administrator who has chosen nothing gets them.
    default: bool,
}

impl NotificationsView {
    pub(crate) fn new(choices: &MailChoices, sent: bool) -> Self {
        let kinds = MailKind::ALL.map(|kind| KindView {
            kind: kind.id(),
            wanted: choices.want(kind),
            default: kind.is_default(),
        });
        Self { mail: MailView { sent }, kinds: kinds.into() }
    }
}

/// A change of which mails an administrator gets.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NotificationChanges")]
struct NotificationChanges {
    /// For each kind of mail whether the administrator wants it. A kind that is absent stays as it is.
    #[schemars(schema_with = "kinds_schema")]
    kinds: BTreeMap<&'static str, bool>,
}

fn kind_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "enum": MailKind::ALL.map(MailKind::id)})
}

fn kinds_schema(_: &mut SchemaGenerator) -> Schema {
    let kinds: BTreeMap<_, _> =
        MailKind::ALL.into_iter().map(|kind| (kind.id(), json!({"type": "boolean"}))).collect();
    json_schema!({"type": "object", "properties": kinds, "additionalProperties": false, "minProperties": 1})
}

/// The function's operations.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let chosen = MailChoices::from_iter([(MailKind::MadeOrRotated, false)]);
    let example = json!(NotificationsView::new(&chosen, true));
    let success = || {
        vec![Success {
            status: 200,
            description: "Every kind of mail, and whether the administrator wants it.",
            content: Content::of::<NotificationsView>(example.clone()),
            headers: vec![],
        }]
    };
    vec![
        Operation {
            route: READ,
            id: "getNotifications",
            summary: "Get which mails you get",
            description: "Returns which mails the service sends to the administrator who asks. They are about what an \
                          administrator must not miss, for example an API key that expires.",
            security: Security::AccessToken,
            parameters: vec![],
            request: None,
            successes: success(),
            problems: vec![ProblemType::NotCompanyAdministrator, ProblemType::AccountSuspended],
        },
        Operation {
            route: CHANGE,
            id: "setNotifications",
            summary: "Choose which mails you get",
            description: "Changes which mails the service sends to the administrator who asks. Other administrators choose for \
                          themselves. Safe to repeat.",
            security: Security::AccessToken,
            parameters: vec![],
            request: Some(Content::of::<NotificationChanges>(json!({"kinds": {"made-or-rotated": false}}))),
            successes: success(),
            problems: vec![
                ProblemType::NotCompanyAdministrator,
                ProblemType::AccountSuspended,
                ProblemType::PayloadTooLarge,
            ],
        },
    ]
}
