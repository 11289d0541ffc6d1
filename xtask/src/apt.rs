//! Installs Debian packages that the tests need, if that is allowed.

use crate::process::{Run, say};

/// Installs packages if root runs this on Debian. Otherwise the error says what to do.
pub fn install(what: &str, packages: &[&str], otherwise: &str) -> Result<(), String> {
    let root_user = Run::new("id", ["-u"]).output().is_ok_and(|id| id.trim_ascii() == b"0");
    if !root_user || !Run::new("apt-get", ["--version"]).succeeds() {
        return Err(otherwise.into());
    }
    say(&format!("Installing {what} with apt-get."));
    Run::new("apt-get", ["update", "-qq"]).check()?;
    let install = ["install", "-y", "-qq", "--no-install-recommends"].iter().chain(packages);
    Run::new("apt-get", install).env("DEBIAN_FRONTEND", "noninteractive").check()
}
