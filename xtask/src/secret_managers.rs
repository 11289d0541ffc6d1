//! Tests the examples that rotate an API key from a secret manager (docs/secret-managers.md): against a local stack, with
//! `moto` (<https://docs.getmoto.org>) in place of AWS Secrets Manager.

use crate::{
    process::{Run, root},
    python,
    stack::Stack,
};

/// The administrator who creates the keys.
const ADMINISTRATOR: &str = "admin@acme.example";

/// Checks the style of the examples, then runs their tests.
pub fn run() -> Result<(), String> {
    let ruff = python::SECRET_MANAGERS.tool("ruff")?;
    Run::new(&ruff, ["check", "--quiet", "--no-cache", "examples"]).check()?;
    Run::new(&ruff, ["format", "--quiet", "--no-cache", "--check", "examples"]).check()?;
    let python = python::SECRET_MANAGERS.tool("python")?;
    let stack = Stack::start("127.0.0.1:0")?;
    let port = stack.url.rsplit(':').next().unwrap_or_default();
    let local = root().join("target/debug/local");
    let token = Run::new(local, ["token", "--port", port, ADMINISTRATOR]).output()?;
    let token = String::from_utf8_lossy(&token).trim().to_owned();
    let tests = |tests: &[&str]| {
        Run::new(&python, ["-B", "-W", "error", "-m", "unittest"].iter().chain(tests))
            .folder(&root().join("examples/tests"))
            .env("API_URL", &stack.url)
            .env("ACCESS_TOKEN", &token)
    };
    // A key rotates itself once a minute. What takes two rotations waits for that, while the other tests run.
    let mut minute = tests(&["minute"]).start()?;
    let others = tests(&["discover"]).check();
    let minute = minute.wait().map_err(|error| error.to_string())?;
    others?;
    if minute.success() { Ok(()) } else { Err("the tests that take two rotations of a key failed".into()) }
}
