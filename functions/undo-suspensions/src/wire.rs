//! The bodies of the operations, and their descriptions.

use accounts::MOST_ACCOUNTS;
use domain::{
    account::{Account, AccountState, Changer, Suspender, UndoEffect},
    identifiers::KeyId,
    time::Timestamp,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use web::{
    ProblemType,
    account_results::AccountResults,
    examples::{KEY_ID, MEMBER_EMAIL, member},
    openapi::{Content, Operation, Parameter, Security, Success, key_id, next_token, query},
};

use crate::list::{Harm, Names, also_by};

/// Lists what a key suspended.
pub(crate) const LIST: &str = "GET /admin/v1/api-keys/{keyId}/suspensions";
/// Takes suspensions by a key back.
pub(crate) const UNDO: &str = "POST /admin/v1/api-keys/{keyId}/undo-suspensions";

/// What a key suspended and deleted, newest first.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SuspensionList {
    /// The suspensions and deletions.
    pub(crate) suspensions: Vec<SuspensionView>,
    /// Position of the next page. Absent at the end of the range. A page may be short or empty and still have a
    /// `nextToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
}

/// A suspension or a deletion by the key, and the account as it is now.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "KeySuspension")]
pub(crate) struct SuspensionView {
    /// The audit event.
    event_id: String,
    /// When it happened.
    at: Timestamp,
    /// What happened.
    #[schemars(extend("enum" = ["SUSPEND_ACCOUNT", "DELETE_ACCOUNT"]))]
    action: &'static str,
    /// The account.
    account_id: String,
    /// Its email address now, or when it happened if the account was deleted.
    email: String,
    /// Its name now, or when it happened if the account was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The state of the account now.
    state: StateNow,
    /// What an undo since the start of the range would do with the account now.
    undo: UndoNow,
    /// Who else wants the account to be suspended, at most eight. If the key unsuspended the account since the start of the range,
    /// this names those who wanted the suspension before, too.
    also_by: Vec<SuspenderView>,
    /// `true` if more want it to be suspended, or the suspension is from before the service recorded who does.
    #[serde(skip_serializing_if = "Option::is_none")]
    others: Option<bool>,
}

#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum StateNow {
    Suspended,
    Unsuspended,
    Deleted,
}

#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
enum UndoNow {
    Unsuspends,
    StaysSuspended,
    Nothing,
}

/// Somebody who wants an account to be suspended.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Suspender")]
struct SuspenderView {
    /// `apiKey`, `account` or `operator`.
    #[schemars(extend("enum" = ["apiKey", "account", "operator"]))]
    r#type: &'static str,
    /// The identifier of a key or an account, or the name that an operator gave.
    id: String,
    /// When they suspended the account, or said that it is to stay suspended.
    at: Timestamp,
    /// The name of a key or an account now.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

impl SuspensionView {
    pub(crate) fn new(
        harm: &Harm,
        account: Option<&Account>,
        key_id: &KeyId,
        since: Timestamp,
        names: &Names,
    ) -> Self {
        let row = Self {
            event_id: harm.event_id.clone(),
            at: harm.at,
            action: harm.action.id(),
            account_id: harm.account_id.to_string(),
            email: harm.email.to_string(),
            name: harm.name.clone(),
            state: StateNow::Deleted,
            undo: UndoNow::Nothing,
            also_by: Vec::new(),
            others: None,
        };
        let Some(account) = account else { return row };
        let suspenders = &account.suspended_by;
        let others = also_by(account, key_id, since);
        Self {
            email: account.email.to_string(),
            name: Some(account.name()),
            state: match account.state {
                AccountState::Suspended => StateNow::Suspended,
                AccountState::Active => StateNow::Unsuspended,
            },
            undo: match suspenders.undo(key_id, since) {
                UndoEffect::Unsuspends => UndoNow::Unsuspends,
                UndoEffect::StaysSuspended => UndoNow::StaysSuspended,
                UndoEffect::Nothing => UndoNow::Nothing,
            },
            also_by: others.iter().map(|suspender| SuspenderView::new(suspender, names)).collect(),
            others: suspenders.after_undo(key_id, since).others().then_some(true),
            ..row
        }
    }
}

impl SuspenderView {
    fn new(suspender: &Suspender, names: &Names) -> Self {
        let (r#type, id, name) = match &suspender.who {
            Changer::Key(id) => ("apiKey", id.to_string(), names.of_key(id)),
            Changer::Account(id) => ("account", id.to_string(), names.of_account(id)),
            Changer::Operator(name) => ("operator", name.clone(), None),
        };
        Self { r#type, id, at: suspender.at, name: name.cloned() }
    }
}

/// The suspensions to take back.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "UndoSuspensions")]
struct UndoBody {
    /// The inclusive start. Earlier suspensions by the key stay.
    since: Timestamp,
    /// The IDs of the accounts, each once.
    #[schemars(length(min = 1, max = MOST_ACCOUNTS), inner(length(max = 64), regex(pattern = "^[0-9A-Za-z_-]+$")))]
    #[schemars(extend("uniqueItems" = true))]
    accounts: Vec<String>,
    /// The `undoId` of the first response, if this request continues an undo of more accounts.
    #[schemars(with = "String", regex(pattern = KeyId::PATTERN))]
    #[serde(skip_serializing_if = "Option::is_none")]
    undo_id: Option<String>,
}

/// The outcomes, in the order of the request.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UndoResults {
    /// The event of the undo. Send it with the next accounts.
    pub(crate) undo_id: String,
    /// The outcomes.
    #[serde(flatten)]
    pub(crate) results: AccountResults,
}

/// The function's operations.
#[must_use]
pub fn operations() -> Vec<Operation> {
    vec![list_suspensions(), undo_suspensions()]
}

fn list_suspensions() -> Operation {
    let date = || json!({"type": "string", "format": "date-time"});
    let since = Parameter { required: true, ..query("since", "Inclusive start.", date()) };
    let row = json!({
        "eventId": "01KGBA0RVS9W3T5V8YB2C4E6G8",
        "at": "2026-02-01T03:00:00.102Z",
        "action": "SUSPEND_ACCOUNT",
        "accountId": "grace",
        "email": MEMBER_EMAIL,
        "name": "Grace",
        "state": "suspended",
        "undo": "stays-suspended",
        "alsoBy": [{"type": "apiKey", "id": KEY_ID, "at": "2026-02-01T04:00:00.000Z", "name": "Okta"}],
    });
    Operation {
        route: LIST,
        id: "listKeySuspensions",
        summary: "List what an API key suspended",
        description: "Lists the accounts that the key suspended or deleted in a range, newest first, and what an undo would do \
                      with each. A page lists an account once, with the newest event. It doesn't list accounts that were \
                      suspended already when the key suspended them. Works on any plan.",
        security: Security::AccessToken,
        parameters: vec![
            key_id(),
            since,
            query("until", "Exclusive end. Default: now.", date()),
            next_token(),
        ],
        request: None,
        successes: vec![Success {
            status: 200,
            description: "The suspensions and deletions.",
            content: Content::of::<SuspensionList>(json!({"suspensions": [row]})),
            headers: vec![],
        }],
        problems: vec![
            ProblemType::NotCompanyAdministrator,
            ProblemType::AccountSuspended,
            ProblemType::NotFound,
        ],
    }
}

fn undo_suspensions() -> Operation {
    let undo_id = "01KGBA9QC0K5N7R8T1V3X5Z7B9";
    let Content { example: results, .. } = AccountResults::described(&member());
    Operation {
        route: UNDO,
        id: "undoKeySuspensions",
        summary: "Undo suspensions by an API key",
        description: "Takes back that the key suspended these accounts at `since` or later. An account is unsuspended if \
                      nobody else wants it to be suspended, and nobody did until the key unsuspended it at `since` or later. \
                      Otherwise it stays suspended, and the outcome is `changed`, too. \
                      Each account has an outcome of its own. The first request records the undo in the audit log. For more \
                      accounts, send its `undoId` with each further request. Deletions can't be undone. Repeating the \
                      request changes no account. Requires the Enterprise plan.",
        security: Security::AccessToken,
        parameters: vec![key_id()],
        request: Some(Content::of::<UndoBody>(
            json!({"since": "2026-02-01T02:00:00.000Z", "accounts": ["grace", "linus"]}),
        )),
        successes: vec![Success {
            status: 200,
            description: "The outcome for each account, in the order of the request.",
            content: Content::of::<UndoResults>(json!({"undoId": undo_id, "results": results["results"]})),
            headers: vec![],
        }],
        problems: vec![
            ProblemType::NotCompanyAdministrator,
            ProblemType::AccountSuspended,
            ProblemType::EnterprisePlanRequired,
            ProblemType::NotFound,
            ProblemType::PayloadTooLarge,
        ],
    }
}
