//! The event that API Gateway sends to a function: an HTTP API event in payload format 2.0
//! (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>).
//!
//! This module reads the event instead of `lambda_http`'s adapter. That adapter rebuilds a URL and panics on query
//! strings that any client can send, for example `?a=<>`. The response would be a 500. See
//! `docs/decisions/0001-event-adapter.md`.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The parts of an event that we use.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GatewayEvent {
    pub(crate) route_key: String,
    pub(crate) raw_path: String,
    pub(crate) raw_query_string: String,
    #[serde(deserialize_with = "nullable")]
    pub(crate) cookies: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    pub(crate) headers: BTreeMap<String, String>,
    #[serde(deserialize_with = "nullable")]
    pub(crate) query_string_parameters: BTreeMap<String, String>,
    #[serde(deserialize_with = "nullable")]
    pub(crate) path_parameters: BTreeMap<String, String>,
    pub(crate) body: Option<String>,
    pub(crate) is_base64_encoded: bool,
    pub(crate) request_context: RequestContext,
}

/// Shows only its route, and nothing that a client sent.
impl fmt::Debug for GatewayEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GatewayEvent({}, …)", self.route_key)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RequestContext {
    pub(crate) request_id: String,
    pub(crate) domain_name: String,
    pub(crate) http: HttpContext,
    #[serde(deserialize_with = "nullable")]
    pub(crate) authorizer: Authorizer,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct HttpContext {
    pub(crate) method: String,
    pub(crate) source_ip: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Authorizer {
    #[serde(deserialize_with = "nullable")]
    pub(crate) jwt: Jwt,
}

/// The claims that the JWT authorizer verified. Each should be a string, with an array written as `[a b]`. Numbers
/// occur too.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Jwt {
    #[serde(deserialize_with = "nullable")]
    pub(crate) claims: BTreeMap<String, Value>,
}

fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
