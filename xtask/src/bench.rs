//! Runs measurements. `docs/proof.md` says what each experiment shows and how to read it.

use std::fs;

use clap::ValueEnum;

use crate::{
    apt,
    process::{Run, root, say},
};

/// The experiments.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Experiment {
    #[value(help = "Round trips to DynamoDB of every operation")]
    RoundTrips,
    /// Round trips to read companies of up to 100,000 accounts and a million events. Takes some minutes.
    Sizes,
    /// Mixed traffic on a complete stack.
    Load,
    /// 100,000 requests with revoked keys.
    Revoked,
    /// `key-watch` over 1,000 and 10,000 companies with 50 keys each: memory, calls and units. Takes some minutes.
    KeyWatch,
    /// Writes with one API key under contention, with conflicts and without. Takes three minutes, or less with
    /// parts, and the first build six.
    Contention,
    /// Cold start, warm requests, memory and size of functions, compared with baselines. Builds them first, which takes
    /// long.
    ColdStart,
    /// Cold start and size of one read with another TLS library, other root certificates and another configuration.
    Alternatives,
}

/// Binaries that are measured while they run. Of the others, only the size is measured.
const MEASURED: [&str; 3] = ["baseline-constant", "baseline-get-item", "account-status"];
/// The alternatives: name, features of `baseline-get-item`, and whether it is built without jitter entropy.
const ALTERNATIVES: [(&str, &str, bool); 5] = [
    ("ring", "ring", false),
    ("aws-config", "ring,aws-config", false),
    ("system-roots", "ring,system-roots", false),
    ("aws-lc", "aws-lc", false),
    ("aws-lc-no-jitter", "aws-lc", true),
];

/// Runs one experiment, or all except `Alternatives`.
pub fn run(experiment: Option<Experiment>, parts: &[String], seconds: u32) -> Result<(), String> {
    if !parts.is_empty() && experiment != Some(Experiment::Contention) {
        return Err("only contention has parts".into());
    }
    let wanted = |this| experiment.is_none_or(|experiment| experiment == this);
    if wanted(Experiment::RoundTrips) {
        bench("round_trips", &[])?;
    }
    if wanted(Experiment::Sizes) {
        bench("sizes", &["10", "1000", "100000"])?;
    }
    if wanted(Experiment::Load) {
        load(seconds)?;
    }
    if wanted(Experiment::Revoked) {
        bench("revoked", &["100000"])?;
    }
    if wanted(Experiment::KeyWatch) {
        bench("key_watch", &["1000", "10000"])?;
    }
    if wanted(Experiment::Contention) {
        contention(parts)?;
    }
    if wanted(Experiment::ColdStart) {
        cold_start()?;
    }
    // A decision depends on this experiment, but no deployed code does. So it runs only if it is named.
    if experiment == Some(Experiment::Alternatives) {
        alternatives()?;
    }
    Ok(())
}

/// Runs the experiments that are quick enough for every test run.
pub fn short() -> Result<(), String> {
    bench("round_trips", &[])?;
    bench("sizes", &["10", "1000"])?;
    bench("revoked", &["1000"])?;
    bench("key_watch", &["20", "200"])?;
    let function = MEASURED[2];
    Run::cargo(["build", "--quiet", "--package", function]).check()?;
    bench("cold_start", &["short", &root().join("target/debug").to_string_lossy(), function])?;
    load(5)
}

/// Runs a benchmark. The counts are the same in every build profile, so it uses the one that is already built.
fn bench(name: &str, arguments: &[&str]) -> Result<(), String> {
    let command = ["test", "--quiet", "--package", "tests", "--bench", name, "--"];
    Run::cargo(command.iter().chain(arguments)).check()
}

/// Uses a profile of its own: in a debug build, the work of the functions and of the engine takes longer than the waits
/// that it measures. The first build takes about six minutes.
fn contention(parts: &[String]) -> Result<(), String> {
    let command =
        ["bench", "--quiet", "--profile", "measured", "--package", "tests", "--bench", "contention", "--"];
    let parts = if parts.is_empty() { &["all".to_owned()] } else { parts };
    Run::cargo(command.into_iter().chain(parts.iter().map(String::as_str))).check()
}

fn load(seconds: u32) -> Result<(), String> {
    Run::cargo(["build", "--quiet", "--package", "local"]).check()?;
    let program = root().join("target/debug/local");
    bench("load", &[&program.to_string_lossy(), &seconds.to_string()])
}

fn cold_start() -> Result<(), String> {
    install_valgrind()?;
    let functions = fs::read_dir(root().join("functions")).map_err(|error| format!("functions: {error}"))?;
    let functions =
        functions.filter_map(Result::ok).map(|folder| folder.file_name().to_string_lossy().into_owned());
    let mut programs: Vec<_> = MEASURED.map(str::to_owned).into_iter().chain(functions).collect();
    programs.sort();
    programs.dedup();
    say("Building the functions as they are deployed, one by one. The first time, this takes half an hour.");
    for program in &programs {
        // One by one, because in one build they would share features.
        Run::cargo(["build", "--quiet", "--release", "--package", program]).check()?;
    }
    let folder = root().join("target/release");
    bench("cold_start", &[&["full", &*folder.to_string_lossy()], &MEASURED[..]].concat())?;
    let baseline = size(&folder.join(MEASURED[1]))?;
    for program in &programs {
        let bytes = size(&folder.join(program))?;
        say(&format!("{program:<20}{bytes:>10} bytes, {:>4} % of {}", 100 * bytes / baseline, MEASURED[1]));
    }
    Ok(())
}

fn alternatives() -> Result<(), String> {
    install_valgrind()?;
    let folder = root().join("target/alternatives");
    let baseline = MEASURED[1];
    for (name, features, no_jitter) in ALTERNATIVES {
        let build = ["build", "--quiet", "--release", "--package", baseline, "--no-default-features"];
        let target = folder.join(if no_jitter { "no-jitter" } else { "as-it-is" });
        let target = target.to_string_lossy();
        let build = Run::cargo(build.iter().chain(&["--features", features, "--target-dir", &target]));
        let build = if no_jitter { build.env("AWS_LC_SYS_NO_JITTER_ENTROPY", "1") } else { build };
        build.check()?;
        let program = root().join(&*target).join("release").join(baseline);
        fs::copy(&program, folder.join(name)).map_err(|error| format!("{name}: {error}"))?;
    }
    let names = ALTERNATIVES.map(|(name, ..)| name);
    bench("cold_start", &[&["full", &*folder.to_string_lossy()], &names[..]].concat())
}

fn size(program: &std::path::Path) -> Result<u64, String> {
    fs::metadata(program).map(|file| file.len()).map_err(|error| format!("{}: {error}", program.display()))
}

fn install_valgrind() -> Result<(), String> {
    if Run::new("valgrind", ["--version"]).succeeds() {
        return Ok(());
    }
    apt::install(
        "valgrind",
        &["valgrind"],
        "valgrind counts instructions: install it (Debian: `apt-get install valgrind`) and try again",
    )
}
