//! The networks that a key was seen from, and what a list of networks would have refused.

use domain::{
    day::Day,
    key::ApiKeyRecord,
    network::{MOST_NETWORKS, MOST_RANGES, Ranges, SEEN_DAYS, Seen, SeenNetworks, Trial, TrialOutcome},
    time::Timestamp,
    uses::Uses,
};
use schemars::JsonSchema;
use serde::Serialize;
use store::{PlanRule, Service};
use web::{
    Call, Problem, Reply,
    auth::company_administrator_and_key,
    fields::Fields,
    key_fields::{named_key, network_ranges},
};

/// The networks that requests with a key came from in the last 30 days: admitted requests, and those that the key's list of
/// networks refused. They are counted after the response. So the last ones may be missing for a second, and a few may be
/// missing permanently.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "SeenNetworks")]
pub struct SeenNetworksView {
    /// The first day of these. It is later than 30 days ago if the key is younger, or if networks have been counted for less
    /// than 30 days.
    pub since: Day,
    /// The number of requests.
    pub requests: u64,
    /// The networks with the most requests.
    #[schemars(length(max = MOST_NETWORKS))]
    pub networks: Vec<SeenNetworkView>,
    /// The number of requests from other networks, or from addresses that can't be read. Absent if there were none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_requests: Option<u64>,
}

/// A network that requests with a key came from.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "SeenNetwork")]
pub struct SeenNetworkView {
    /// A /24 network of IPv4 addresses, or a /48 network of IPv6 addresses.
    pub network: String,
    /// The number of requests.
    pub requests: u64,
    /// The day of the last one.
    pub last_seen_on: Day,
}

/// What a list of networks would have done with the requests of the last 30 days.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "NetworksTrial")]
pub struct NetworksTrialView {
    /// The first day of the requests. It is later than 30 days ago if the key is younger, or if networks have been counted for
    /// less than 30 days.
    pub since: Day,
    /// The number of requests.
    pub requests: u64,
    /// How many requests the list would have refused.
    pub refused: u64,
    /// Of how many requests nobody can tell: a range of the list is narrower than the network that was kept, or the network
    /// wasn't kept.
    pub undecided: u64,
    /// At most 64 networks that requests came from: first those that the list would have refused, then those of which nobody can
    /// tell. Of these, the ones with the most requests come first.
    #[schemars(length(max = MOST_NETWORKS))]
    pub networks: Vec<TriedNetwork>,
}

/// A network, and what a list of networks would have done with the requests from it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TriedNetwork {
    /// The network.
    #[serde(flatten)]
    pub seen: SeenNetworkView,
    /// Whether the list would have refused the requests. `undecided` if a range of the list is narrower than the network.
    #[schemars(extend("enum" = TrialOutcome::ALL.map(TrialOutcome::id)))]
    pub outcome: &'static str,
}

/// Networks to try.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NetworksToTry {
    /// Addresses and ranges in CIDR notation, IPv4 and IPv6.
    #[schemars(length(min = 1, max = MOST_RANGES))]
    ranges: Vec<String>,
}

/// Tells what a list with these ranges would have refused. Nothing is written.
pub(crate) async fn try_networks(service: Service, call: Call) -> Result<Reply, Problem> {
    let (admin, key, input) = company_administrator_and_key(&service, call, PlanRule::Any).await?;
    let mut fields = Fields::of_body(&input)?;
    let ranges = fields.required("ranges", network_ranges);
    let ranges = fields.finish(ranges)?;
    let key = named_key(&input, key)?;
    let now = service.clock.now();
    let uses = service.tables.uses(&admin, &key, now, SEEN_DAYS).await?;
    Ok(Reply::json(200, &NetworksTrialView::new(&uses, &key, Day::of(now), &ranges)))
}

/// The first of the days that are shown.
fn first_day(today: Day) -> Day {
    today.plus(1 - SEEN_DAYS)
}

/// The first of the days of which the networks were counted.
fn counted_since(uses: &Uses, key: &ApiKeyRecord, today: Day) -> Day {
    let counted = uses.networks_counted_since.unwrap_or(today);
    first_day(today).max(counted).max(Day::of(key.created_at))
}

impl SeenNetworksView {
    pub(crate) fn new(uses: &Uses, key: &ApiKeyRecord, now: Timestamp) -> Self {
        let today = Day::of(now);
        let seen = uses.networks(first_day(today));
        Self {
            since: counted_since(uses, key, today),
            requests: seen.requests(),
            networks: seen.most().iter().map(SeenNetworkView::from).collect(),
            other_requests: Some(seen.other_requests()).filter(|requests| *requests > 0),
        }
    }
}

impl NetworksTrialView {
    pub(crate) fn new(uses: &Uses, key: &ApiKeyRecord, today: Day, ranges: &Ranges) -> Self {
        let seen: SeenNetworks = uses.networks(first_day(today));
        let Trial { requests, refused, undecided, networks } = seen.trial(ranges);
        let networks =
            networks.iter().map(|(seen, outcome)| TriedNetwork { seen: seen.into(), outcome: outcome.id() });
        let since = counted_since(uses, key, today);
        Self { since, requests, refused, undecided, networks: networks.collect() }
    }
}

impl From<&Seen> for SeenNetworkView {
    fn from(seen: &Seen) -> Self {
        Self { network: seen.network.to_string(), requests: seen.requests, last_seen_on: seen.last_on }
    }
}
