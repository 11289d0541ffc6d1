//! The project's tasks. `cargo xtask --help` lists them.

mod apt;
mod architecture;
mod bench;
mod dashboard;
mod dependencies;
#[cfg(test)]
mod documents;
mod fuzz;
mod guide;
mod leak_rules;
mod ocsf;
mod process;
mod publish;
mod python;
mod sam;
mod schemathesis;
mod scim;
mod secret_managers;
mod smoke;
mod stack;
mod test;
mod tour;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use process::{Run, say};

#[derive(Parser)]
#[command(name = "cargo xtask", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run every check that a change must pass. CI runs the same.
    Test {
        /// Run only the checks that need nothing except the Rust toolchain.
        #[arg(long)]
        fast: bool,
    },
    /// Measure. Without an experiment, run all except "alternatives".
    Bench {
        /// The experiment.
        experiment: Option<bench::Experiment>,
        /// Parts of "contention": short, writers, arrivals, creations, limited, or a number of writers. Without one, all.
        parts: Vec<String>,
        /// Seconds of load.
        #[arg(long, default_value_t = 60)]
        seconds: u32,
    },
    /// Fuzz the code that reads clients' input. Needs cargo-fuzz and a C++ compiler.
    Fuzz {
        /// Seconds for each target.
        #[arg(long, default_value_t = 60)]
        seconds: u32,
    },
    /// Write openapi.json and docs/events/audit-event.schema.json.
    Openapi,
    /// Follow docs/adding-an-api.md in a copy of the project, and test the copy.
    Guide,
    /// Test the rules that find leaked keys with gitleaks and Hyperscan.
    LeakRules,
    /// Compare the audit events' form in OCSF with the published classes.
    Ocsf,
    /// Draw docs/architecture.svg: the crates and which of them uses which.
    Architecture,
    /// Paste the curl commands of README.md and docs/tour.md into bash, twice each. Needs curl.
    Tour,
    /// Build the dashboard and upload it to a deployed stack. Needs npm and the AWS CLI.
    Publish {
        /// The stack's name.
        stack: String,
        /// The stack's region, if it isn't the AWS CLI's.
        #[arg(long)]
        region: Option<String>,
    },
    /// Send valid and invalid requests from openapi.json to a running stack.
    Schemathesis {
        /// Number of requests of each kind to each operation.
        #[arg(long, default_value_t = 200)]
        examples: u32,
        /// The seed of an earlier run, to repeat it.
        #[arg(long)]
        seed: Option<u64>,
    },
    /// Run the compliance tests of scim2-cli and scim-sanity against the SCIM API.
    Scim,
    /// Run the examples that rotate a key from a secret manager, with a failure at each of their calls.
    SecretManagers,
    /// Check a deployed stack: routes, challenges, CORS, paths, tables, metrics, the life of a key. Needs the AWS CLI and curl.
    Smoke {
        /// The stack's name.
        #[arg(required_unless_present = "local")]
        stack: Option<String>,
        /// The stack's region, if it isn't the AWS CLI's.
        #[arg(long)]
        region: Option<String>,
        /// Run the checks that work on a local stack.
        #[arg(long, conflicts_with_all = ["stack", "region"])]
        local: bool,
    },
    /// Build the functions as they are deployed and run every case of events/ with "sam local invoke". Needs Docker.
    Sam,
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Test { fast } => test::run(fast),
        Command::Bench { experiment, parts, seconds } => bench::run(experiment, &parts, seconds),
        Command::Fuzz { seconds } => fuzz::run(seconds),
        Command::Openapi => openapi(),
        Command::Guide => guide::run(),
        Command::LeakRules => leak_rules::run(),
        Command::Ocsf => ocsf::run(),
        Command::Architecture => architecture::run(),
        Command::Tour => tour::run(),
        Command::Publish { stack, region } => publish::run(&stack, region.as_deref()),
        Command::Schemathesis { examples, seed } => schemathesis::run(examples, seed),
        Command::Scim => scim::run(),
        Command::SecretManagers => secret_managers::run(),
        Command::Smoke { stack: Some(stack), region, .. } => smoke::run(&stack, region.as_deref()),
        Command::Smoke { stack: None, .. } => smoke::run_locally(),
        Command::Sam => sam::run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            say(&format!("error: {sentence}"));
            ExitCode::FAILURE
        }
    }
}

/// Writes the descriptions that are generated from the code.
fn openapi() -> Result<(), String> {
    for (command, file) in
        [("openapi", "openapi.json"), ("event-schema", "docs/events/audit-event.schema.json")]
    {
        let document = Run::cargo(["run", "--quiet", "--package", "local", "--", command]).output()?;
        std::fs::write(process::root().join(file), document).map_err(|error| format!("{file}: {error}"))?;
    }
    Ok(())
}
