//! The pinned Python tools (SAM CLI, cfn-lint, cargo-lambda), in a virtual environment of the project's own.

use std::{fs, path::PathBuf};

use crate::{
    apt,
    process::{Run, root, say},
};

/// What is wanted, and the versions of everything that comes with it.
const PINS: &str = concat!(include_str!("../requirements.txt"), include_str!("../constraints.txt"));

/// A tool of the virtual environment, which is made if it is missing or stale.
pub fn tool(name: &str) -> Result<PathBuf, String> {
    let folder = root().join(".venv");
    let marker = folder.join("pins.txt");
    if fs::read_to_string(&marker).is_ok_and(|installed| installed == PINS) {
        return Ok(folder.join("bin").join(name));
    }
    say("Installing SAM CLI, cfn-lint and cargo-lambda into .venv; this takes a minute.");
    let make =
        || Run::new("python3", ["-m".as_ref(), "venv".as_ref(), "--clear".as_ref(), folder.as_os_str()]);
    if !make().succeeds() {
        install_python()?;
        make().check()?;
    }
    let pip = folder.join("bin").join("pip");
    Run::new(
        pip,
        [
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "-r",
            "xtask/requirements.txt",
            "-c",
            "xtask/constraints.txt",
        ],
    )
    .check()?;
    fs::write(&marker, PINS).map_err(|error| format!("{}: {error}", marker.display()))?;
    Ok(folder.join("bin").join(name))
}

fn install_python() -> Result<(), String> {
    apt::install(
        "Python",
        &["python3", "python3-venv"],
        "Python 3 with venv is needed for the checks of template.yaml: install it (Debian: `apt-get install \
         python3-venv`), or run `cargo xtask test --fast`",
    )
}
