//! Every check that a change must pass.

use std::thread;

use crate::{
    bench, dashboard, dependencies, guide, leak_rules, ocsf,
    process::{Run, say},
    python, schemathesis, scim, secret_managers, smoke, tour,
};

/// The templates for `CloudFormation`: the service's, and those of the examples.
const TEMPLATES: [&str; 6] = [
    "template.yaml",
    "examples/event-rules/from-another-account.yaml",
    "examples/event-rules/queue.yaml",
    "examples/event-rules/siem.yaml",
    "examples/event-rules/to-another-account.yaml",
    "examples/secrets-manager/template.yaml",
];

/// Runs all checks. If `fast`, only those that need nothing except the Rust toolchain.
pub fn run(fast: bool) -> Result<(), String> {
    // Downloads while Cargo compiles. `cargo run` installs the npm packages.
    let downloads =
        (!fast).then(|| thread::spawn(|| python::prepare().and_then(|()| dashboard::require_browser())));
    Run::cargo(["fmt", "--all", "--check"]).check()?;
    Run::cargo(["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"]).check()?;
    Run::cargo(["test", "--workspace"]).check()?;
    bench::short()?;
    guide::run()?;
    if fast {
        say(
            "All fast checks passed. `cargo xtask test` also checks the dashboard, SCIM compliance, the examples, and \
             template.yaml with its code.",
        );
        return Ok(());
    }
    if let Some(downloads) = downloads {
        downloads.join().map_err(|_| "the preparation of the tools panicked")??;
    }
    dependencies::check()?;
    tour::run()?;
    smoke::run_locally()?;
    scim::run()?;
    secret_managers::run()?;
    leak_rules::run()?;
    ocsf::run()?;
    schemathesis::run(20, Some(1))?;
    dashboard::check()?;
    Run::new(python::AWS.tool("cfn-lint")?, [&["--regions", "us-east-1", "--"], &TEMPLATES[..]].concat())
        .check()?;
    Run::new(
        python::AWS.tool("sam")?,
        ["validate", "--lint", "--template", "template.yaml", "--region", "us-east-1"],
    )
    .env("SAM_CLI_TELEMETRY", "0")
    .check()?;
    Run::new(python::CHECKOV.tool("checkov")?, ["--config-file", "xtask/checkov.yaml"]).check()?;
    Run::new("node", ["--test", "xtask/page-addresses.test.mjs"]).check()?;
    say("All checks passed.");
    Ok(())
}
