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
    let stack = Stack::start("127.0.0.1:0")?;
    let port = stack.url.rsplit(':').next().unwrap_or_default();
    let local = root().join("target/debug/local");
    let token = Run::new(local, ["token", "--port", port, ADMINISTRATOR]).output()?;
    Run::new(
        python::SECRET_MANAGERS.tool("python")?,
        ["-B", "-W", "error", "-m", "unittest", "discover", "--start-directory", "examples/tests"],
    )
    .env("API_URL", &stack.url)
    .env("ACCESS_TOKEN", String::from_utf8_lossy(&token).trim())
    .check()
}
