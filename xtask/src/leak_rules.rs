//! Tests the rules that find leaked API keys (docs/leaks.md) with the tools themselves: gitleaks, and Hyperscan, the library
//! of GitHub's secret scanning.

use crate::{process::Run, python};

/// Runs the tests that need the tools.
pub fn run() -> Result<(), String> {
    let gitleaks = python::LEAK_RULES.tool("gitleaks")?;
    let python = python::LEAK_RULES.tool("python")?;
    Run::cargo(["test", "--quiet", "--package", "tests", "--test", "leak_rules", "--", "--ignored"])
        .env("GITLEAKS", gitleaks)
        .env("PYTHON", python)
        .check()
}
