//! The checks of the Company Dashboard: style and types, unit tests, and tests in a real browser.

use std::{env, path::Path};

use crate::{apt, process::Run};

const BROWSERS: [&str; 3] = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/// Runs all checks against the stack of this workspace. They need Node.js, npm and Chromium.
pub fn check() -> Result<(), String> {
    Run::cargo(["run", "--quiet", "--package", "local", "--", "build-page"]).check()?;
    for script in ["check", "test"] {
        npm(script)?;
    }
    require_browser()?;
    npm("e2e")
}

fn npm(script: &str) -> Result<(), String> {
    Run::new("npm", ["--prefix", "dashboard", "run", "--silent", script]).check()
}

/// Installs Chromium if it is missing.
pub fn require_browser() -> Result<(), String> {
    if env::var_os("CHROMIUM").is_some() || BROWSERS.iter().any(|browser| Path::new(browser).exists()) {
        return Ok(());
    }
    apt::install(
        "Chromium",
        &["chromium"],
        "Chromium is needed for the tests of the page: install it (Debian: `apt-get install chromium`), or name it in the \
         environment variable CHROMIUM, or run `cargo xtask test --fast`",
    )
}
