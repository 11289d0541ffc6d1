//! Tests the SCIM API with the compliance tests of two clients: `scim2-cli` (<https://scim2-cli.readthedocs.io>) and
//! `scim-sanity` (<https://pypi.org/project/scim-sanity/>), which accepts no deviation from the RFCs.

use std::fs;

use serde_json::Value;

use crate::{
    process::{Run, root},
    python,
    stack::Stack,
};

/// An event with the demonstration's published key, which has every scope.
const EVENT: &str = "events/scim-users/listed.json";

/// Runs the tests. Those of `scim2-cli` run once with each scheme for a key.
pub fn run() -> Result<(), String> {
    let program = python::SCIM.tool("scim2")?;
    let key = published_key()?;
    let stack = Stack::start("127.0.0.1:0")?;
    let address = format!("{}/enterprise/v1/scim", stack.url);
    for scheme in ["apikey", "Bearer"] {
        Run::new(&program, ["--url", &address, "test"])
            .env("SCIM_CLI_HEADERS", format!("Authorization: {scheme} {key}"))
            .check()?;
    }
    let probe = python::SCIM.tool("scim-sanity")?;
    Run::new(probe, ["probe", &address, "--token", &key, "--strict", "--i-accept-side-effects"]).check()
}

/// The demonstration's API key in the cases of `events/`.
pub fn published_key() -> Result<String, String> {
    let event = fs::read_to_string(root().join(EVENT)).map_err(|error| format!("{EVENT}: {error}"))?;
    let event: Value = serde_json::from_str(&event).map_err(|error| format!("{EVENT}: {error}"))?;
    let authorization = event["headers"]["authorization"].as_str().unwrap_or_default();
    let key = authorization.strip_prefix("apikey ").ok_or_else(|| format!("{EVENT} contains no API key"))?;
    Ok(key.to_owned())
}
