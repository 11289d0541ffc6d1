//! Checks the project's dependencies: licenses, sources, duplicates, and crates that a function must not contain.

use crate::process::{Run, root, say};

const CARGO_DENY: &str = "0.20.2";
/// Crates of a second TLS or HTTP stack, and of features that may be enabled by mistake.
const UNWANTED: [&str; 6] =
    ["aws-lc-rs", "aws-lc-sys", "openssl-sys", "native-tls", "regex-automata", "reqwest"];

/// Checks the lock file of the fuzz targets, the dependencies against `deny.toml`, and that functions have one TLS stack
/// and one HTTP stack.
pub fn check() -> Result<(), String> {
    one_stack()?;
    // The fuzz targets are a workspace of their own, so no other command notices that their lock file is out of date.
    let lock = ["update", "--quiet", "--workspace", "--locked", "--manifest-path", "fuzz/Cargo.toml"];
    Run::cargo(lock).check().map_err(
        |_| "fuzz/Cargo.lock is out of date: run `cargo update --workspace --manifest-path fuzz/Cargo.toml`",
    )?;
    let tools = root().join("target/tools");
    let program = tools.join("bin/cargo-deny");
    let is_there = Run::new(&program, ["--version"])
        .output()
        .is_ok_and(|said| String::from_utf8_lossy(&said).contains(CARGO_DENY));
    if !is_there {
        say("Building cargo-deny into target/tools. This takes some minutes.");
        let folder = tools.to_string_lossy();
        let what = ["install", "--quiet", "--locked", "--debug", "--version", CARGO_DENY, "--root", &folder];
        // Nobody debugs it, and it has hundreds of crates.
        Run::cargo(what.iter().chain(&["cargo-deny"])).env("CARGO_PROFILE_DEV_DEBUG", "none").check()?;
    }
    // Advisories are not checked. Their repository may be unreachable, which has nothing to do with a change.
    Run::new(&program, ["--log-level", "error", "check", "licenses", "bans", "sources"]).check()
}

fn one_stack() -> Result<(), String> {
    let functions =
        std::fs::read_dir(root().join("functions")).map_err(|error| format!("functions: {error}"))?;
    for function in functions.filter_map(Result::ok) {
        let name = function.file_name().to_string_lossy().into_owned();
        let tree = ["tree", "--package", &name, "--edges", "normal", "--prefix", "none", "--format", "{p}"];
        let tree = Run::cargo(tree).output()?;
        let tree = String::from_utf8_lossy(&tree).into_owned();
        let crates: Vec<_> = tree.lines().filter_map(|line| line.split_once(" v")).collect();
        if let Some((unwanted, _)) = crates.iter().find(|(name, _)| UNWANTED.contains(name)) {
            return Err(format!(
                "{name} depends on {unwanted}: `cargo tree -p {name} -i {unwanted}` says why"
            ));
        }
        if crates.iter().any(|(name, version)| *name == "hyper" && version.starts_with("0.")) {
            return Err(format!("{name} depends on a second, older hyper"));
        }
    }
    Ok(())
}
