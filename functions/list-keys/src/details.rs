//! One key with its uses.

use std::collections::BTreeMap;

use domain::{
    day::Day,
    identifiers::KeyId,
    key::{ApiKeyRecord, KeyState},
    scope::Scope,
    time::Timestamp,
    uses::{DayOfUses, Unused, Use, Uses},
};
use schemars::JsonSchema;
use serde::Serialize;
use store::{PlanRule, Service};
use tracing::Span;
use web::{
    Call, Problem, ProblemType, Reply, auth::company_administrator_and_key, fields::Fields, wire::ApiKeyView,
};

use crate::{
    networks::{NetworksTrialView, SeenNetworksView},
    suspended_owners,
};

/// The number of days that a response lists.
const DAYS: usize = 30;

/// An API key without its secrets, and what it was used for.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyDetails {
    /// The key.
    #[serde(flatten)]
    pub key: ApiKeyView,
    /// What it was used for.
    pub uses: KeyUses,
    /// How many accounts it suspended and deleted in this hour. Counted only for a key with a limit.
    pub suspensions_this_hour: u16,
    /// The networks that it was used from.
    pub seen: SeenNetworksView,
    /// What its list of networks would have done with these requests. Absent if it has no list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub networks_trial: Option<NetworksTrialView>,
}

/// What a key was used for in the last 90 days. Uses are counted after the response. So the last ones may be missing for a
/// second, and a few may be missing permanently.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeyUses {
    /// The last 30 days, newest first. Days without requests are omitted.
    #[schemars(length(max = DAYS))]
    pub days: Vec<UsesOnDay>,
    /// The last use. Absent if there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_use: Option<LastUseView>,
    /// Each scope of the key, with its last use.
    pub scopes: Vec<ScopeUse>,
    /// The scopes that no request has needed for 90 days. Absent if the key is not active or less than 90 days old, or if uses
    /// have been counted for less than 90 days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unused_scopes: Option<Vec<Scope>>,
    /// Fewer or narrower scopes that were enough for the requests of the last 90 days. Present only with `unusedScopes`, and
    /// if a request needed a scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub narrowed: Option<Vec<Scope>>,
}

/// The requests with a key on a day.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsesOnDay {
    /// The day.
    pub date: Day,
    /// The admitted requests, by the least scope that they needed.
    pub scopes: BTreeMap<&'static str, u64>,
    /// The admitted requests that any scope allows: the key asked about itself, or rotated itself. Absent if there were none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub any_scope: Option<u64>,
    /// The refused requests.
    pub refused: RefusedUses,
}

/// The refused requests with a key on a day, by the reason. Absent reasons refused none.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RefusedUses {
    /// A limit refused them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limited: Option<u64>,
    /// The key lacked the scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<u64>,
    /// The key was held, or frozen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<u64>,
    /// The key had expired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expired: Option<u64>,
    /// The key's list of networks refused them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<u64>,
}

/// The last use of a key.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LastUse")]
pub struct LastUseView {
    /// When the request was admitted.
    pub at: Timestamp,
    /// The address that it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    /// The least scope that it needed. Absent if any scope allows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
}

/// A scope of a key, and when a request last needed it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScopeUse {
    /// The scope.
    pub scope: Scope,
    /// The last day on which a request needed it. Absent if there was none in 90 days. A request that a narrower scope
    /// allows doesn't need a wider one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_on: Option<Day>,
}

/// Answers with one key.
pub(crate) async fn get(service: Service, call: Call) -> Result<Reply, Problem> {
    let (admin, key, input) = company_administrator_and_key(&service, call, PlanRule::Any).await?;
    let mut fields = Fields::of_query(&input)?;
    let key_id = KeyId::parse(input.path_parameter("keyId"));
    if key_id.is_none() {
        fields.wrong("keyId", "must be the keyId of an API key, with 26 characters");
    }
    Span::current().record("keyId", fields.finish(key_id)?.as_str());
    let key = key.ok_or_else(|| Problem::of(ProblemType::NotFound))?;
    let now = service.clock.now();
    let uses =
        async { service.tables.uses(&admin, &key, now, domain::uses::DAYS).await.map_err(Problem::from) };
    let owners = suspended_owners(&admin, &service, std::slice::from_ref(&key));
    let (uses, suspended) = tokio::try_join!(uses, owners)?;
    let trial = key.networks.as_ref();
    let trial = trial.map(|list| NetworksTrialView::new(&uses, &key, Day::of(now), &list.ranges));
    let is_suspended = suspended.contains(&key.created_by.account_id);
    Ok(Reply::json(
        200,
        &ApiKeyDetails {
            key: ApiKeyView::new(&key, admin.company(), now)
                .with_owner_suspended(is_suspended)
                .with_suspensions(uses.suspensions.as_ref()),
            uses: KeyUses::new(&uses, &key, now),
            suspensions_this_hour: uses.suspensions.as_ref().map_or(0, |count| count.number),
            seen: SeenNetworksView::new(&uses, &key, now),
            networks_trial: trial,
        },
    ))
}

impl KeyUses {
    fn new(uses: &Uses, key: &ApiKeyRecord, now: Timestamp) -> Self {
        let today = Day::of(now);
        let first = today.plus(1 - i64::try_from(DAYS).unwrap_or(0));
        let unused = uses.unused(&key.scopes, Day::of(key.created_at), today);
        let unused = unused.filter(|_| key.state(now) == KeyState::Active);
        let (unused_scopes, narrowed) = match unused {
            Some(Unused { scopes, narrowed }) => (Some(scopes), narrowed),
            None => (None, None),
        };
        Self {
            days: uses.days.iter().filter(|day| day.day >= first).map(UsesOnDay::from).collect(),
            last_use: uses.last().map(|last| LastUseView {
                at: last.at,
                ip: last.ip.clone(),
                scope: last.scope,
            }),
            scopes: key
                .scopes
                .iter()
                .map(|scope| ScopeUse { scope: *scope, last_used_on: uses.last_needed(*scope) })
                .collect(),
            unused_scopes: unused_scopes.map(|scopes| scopes.into_iter().collect()),
            narrowed: narrowed.map(|scopes| scopes.into_iter().collect()),
        }
    }
}

impl From<&DayOfUses> for UsesOnDay {
    fn from(day: &DayOfUses) -> Self {
        use domain::uses::Refusal::{Expired, Held, Limited, Network, Scope as Lacking};
        let times = |what| day.counts.get(&what).copied();
        let [limited, scope, held, expired, network] =
            [Limited, Lacking, Held, Expired, Network].map(|reason| times(Use::Refused(reason)));
        let scopes =
            Scope::ALL.into_iter().filter_map(|scope| Some((scope.id(), times(Use::Needed(scope))?)));
        Self {
            date: day.day,
            scopes: scopes.collect(),
            any_scope: times(Use::AnyScope),
            refused: RefusedUses { limited, scope, held, expired, network },
        }
    }
}
