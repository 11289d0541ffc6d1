//! Fuzzing: sends random input, guided by the code that it reaches, to the code that reads clients' input.

use std::fs;

use crate::process::{Run, root};

/// Runs every target for this many seconds. Stops at the first failure.
pub fn run(seconds: u32) -> Result<(), String> {
    if !Run::cargo(["fuzz", "--version"]).succeeds() {
        return Err("cargo-fuzz is not installed: run `cargo install cargo-fuzz` and try again".into());
    }
    for target in targets()? {
        let (corpus, words) = (format!("fuzz/corpus/{target}"), format!("-dict=fuzz/{target}.dict"));
        let time = format!("-max_total_time={seconds}");
        // Coverage instrumentation is unstable, so it needs RUSTC_BOOTSTRAP. There is no unsafe code for a sanitizer.
        let arguments = ["fuzz", "run", "--sanitizer", "none", &target, &corpus, "--", &time, &words];
        Run::cargo(arguments).env("RUSTC_BOOTSTRAP", "1").check()?;
    }
    Ok(())
}

fn targets() -> Result<Vec<String>, String> {
    let folder = root().join("fuzz").join("fuzz_targets");
    let files = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut targets: Vec<_> = files
        .filter_map(Result::ok)
        .filter_map(|file| Some(file.path().file_stem()?.to_string_lossy().into_owned()))
        .collect();
    targets.sort();
    Ok(targets)
}
