//! Tests the API with `schemathesis` (<https://schemathesis.readthedocs.io>): valid and invalid requests from `openapi.json`,
//! one by one and in chains.

use crate::{
    process::{Run, root},
    python, scim,
    stack::Stack,
};

/// The only administrator of the company, who can't be locked out during the run.
const ADMINISTRATOR: &str = "admin@events.example";

/// Sends about this many requests of each kind to each operation. The seed is printed. It repeats the same choice.
pub fn run(examples: u32, seed: Option<u64>) -> Result<(), String> {
    let program = python::SCHEMATHESIS.tool("schemathesis")?;
    let key = scim::published_key()?;
    let stack = Stack::start("127.0.0.1:0")?;
    let port = stack.url.rsplit(':').next().unwrap_or_default();
    let local = root().join("target/debug/local");
    // More requests than the default limits allow.
    let limits = root().join("xtask/limits.json");
    Run::new(&local, ["provision", "--port", port, &limits.to_string_lossy()]).output()?;
    let token = Run::new(&local, ["token", "--port", port, ADMINISTRATOR]).output()?;
    let token = String::from_utf8_lossy(&token).trim().to_owned();
    let (examples, seed) = (examples.to_string(), seed.map(|seed| seed.to_string()));
    // The operations with a key are first, because an administrator then revokes this key, and has as many keys as a company can have.
    for plane in ["^/(enterprise|leaks)/", "^/admin/"] {
        let common = [
            "--config-file",
            "xtask/schemathesis.toml",
            "--no-color",
            "run",
            "openapi.json",
            "--url",
            &stack.url,
        ];
        let choice = ["--include-path-regex", plane, "--max-examples", &examples];
        let seed = seed.iter().flat_map(|seed| ["--seed", seed]);
        Run::new(&program, common.into_iter().chain(choice).chain(seed))
            .env("ACCESS_TOKEN", &token)
            .env("API_KEY", &key)
            .env("API_URL", &stack.url)
            .check()?;
    }
    Ok(())
}
