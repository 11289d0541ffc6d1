//! Shapes about what limits a key: its networks, how many accounts it may suspend, and how many requests it may make.

use domain::{
    company::Company,
    key::ApiKeyRecord,
    limits::{Limit, Limits},
    network::{AllowedNetworks, MOST_RANGES},
    suspensions::{SUSPENSIONS_PER_HOUR, SuspensionCount, SuspensionLimit},
    time::Timestamp,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

/// The networks from which an API key may be used.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "AllowedNetworks")]
pub struct NetworksView {
    /// `enforce` refuses requests from elsewhere. `report` refuses nothing: the key's details show what it would refuse.
    #[schemars(extend("enum" = ["report", "enforce"]))]
    pub mode: &'static str,
    /// Addresses and ranges in CIDR notation, IPv4 and IPv6.
    #[schemars(length(min = 1, max = MOST_RANGES), extend("examples" = [["203.0.113.0/24", "2001:db8::/48"]]))]
    pub ranges: Vec<String>,
}

impl From<&AllowedNetworks> for NetworksView {
    fn from(networks: &AllowedNetworks) -> Self {
        let ranges = networks.ranges.iter().map(ToString::to_string).collect();
        Self { mode: networks.mode.id(), ranges }
    }
}

/// The limit of suspensions of a key as it is sent: `policy`, `unlimited` or a number.
#[derive(Clone, Copy, Debug)]
pub struct SuspensionLimitView(SuspensionLimit);

impl From<SuspensionLimit> for SuspensionLimitView {
    fn from(limit: SuspensionLimit) -> Self {
        Self(limit)
    }
}

impl Serialize for SuspensionLimitView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            SuspensionLimit::PerHour(number) => serializer.serialize_u16(number),
            named @ (SuspensionLimit::Policy | SuspensionLimit::Unlimited) => serializer.collect_str(&named),
        }
    }
}

impl JsonSchema for SuspensionLimitView {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SuspensionLimit".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let number = suspensions_schema(generator);
        let named = [SuspensionLimit::POLICY, SuspensionLimit::UNLIMITED];
        json_schema!({
            "description": "How many accounts a key may suspend and delete in an hour: a number, `unlimited`, or `policy` for \
                            the number of the company's key policy.",
            "oneOf": [number, {"type": "string", "enum": named}],
        })
    }
}

/// The schema of a number of suspensions an hour.
#[must_use]
pub fn suspensions_schema(_: &mut SchemaGenerator) -> Schema {
    let (least, most) = (SUSPENSIONS_PER_HOUR.start(), SUSPENSIONS_PER_HOUR.end());
    json_schema!({"type": "integer", "minimum": least, "maximum": most})
}

/// The schema of a key's networks in a request, which can be `null`.
#[must_use]
pub fn networks_or_null(generator: &mut SchemaGenerator) -> Schema {
    let networks = generator.subschema_for::<NetworksView>();
    json_schema!({"oneOf": [networks, {"type": "null"}]})
}

/// The schema of a key's limit of suspensions in a request, which can be `null`.
#[must_use]
pub fn suspension_limit_or_null(generator: &mut SchemaGenerator) -> Schema {
    let limit = generator.subschema_for::<SuspensionLimitView>();
    json_schema!({"oneOf": [limit, {"type": "null"}]})
}

/// What limits an API key.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeyLimitsView {
    /// The networks from which the key may be used. Absent if it may be used from anywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub networks: Option<NetworksView>,
    /// The key's own limit of suspensions and deletions of accounts in an hour.
    pub suspension_limit: SuspensionLimitView,
    /// The limit that applies. Absent if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "suspensions_schema")]
    pub suspensions_per_hour: Option<u16>,
    /// When the key reached the limit. Present while it may therefore suspend and delete no accounts: until the next hour, or
    /// until an administrator lets it go on. Only in lists of keys and in the details of a key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspension_limit_reached_at: Option<Timestamp>,
}

impl KeyLimitsView {
    /// What limits a key of this company.
    #[must_use]
    pub fn new(key: &ApiKeyRecord, company: &Company) -> Self {
        Self {
            networks: key.networks.as_ref().map(NetworksView::from),
            suspension_limit: key.suspension_limit.into(),
            suspensions_per_hour: company.suspensions_per_hour(key),
            suspension_limit_reached_at: None,
        }
    }

    /// Notes how many suspensions of this hour were counted.
    pub(crate) fn note_count(&mut self, count: &SuspensionCount) {
        self.suspension_limit_reached_at = count.stopped_at(self.suspensions_per_hour);
    }
}

/// How many requests a minute are allowed.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RequestLimits {
    /// Requests with one API key.
    pub key: u32,
    /// Requests to the audit log with one API key.
    pub audit_log: u32,
    /// Requests with all API keys of the company together.
    pub company: u32,
}

impl From<&Limits> for RequestLimits {
    fn from(limits: &Limits) -> Self {
        let [key, audit_log, company] =
            [Limit::Key, Limit::AuditLog, Limit::Company].map(|limit| limits.number(limit));
        Self { key, audit_log, company }
    }
}
