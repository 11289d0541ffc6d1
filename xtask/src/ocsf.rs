//! Compares the audit events' form in OCSF (docs/ocsf.md) with the published classes.

use crate::{process::Run, python};

/// Runs the tests that need the published classes.
pub fn run() -> Result<(), String> {
    let python = python::OCSF.tool("python")?;
    let tests = ["--test", "e2e", "audit_events::published", "--", "--ignored"];
    Run::cargo([&["test", "--quiet", "--package", "tests"], &tests[..]].concat())
        .env("PYTHON", python)
        .check()
}
