//! Builds the Company Dashboard with npm if it is missing or older than its sources.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{ErrorKind, Write, stderr},
    path::{Path, PathBuf},
    process::{Command, Output},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// The sources of the page, relative to `dashboard/`. Some of the documents become pages too.
const SOURCES: [&str; 9] = [
    "../docs",
    "build",
    "index.html",
    "package-lock.json",
    "package.json",
    "public",
    "src",
    "tsconfig.json",
    "vite.config.ts",
];
/// The oldest version of Node.js that Vite supports.
const NODE: (u32, u32) = (20, 19);

/// The folder of the page's sources.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../dashboard")
}

/// Builds `dist/` unless it was built from the current sources. The error is a sentence that says what to do.
pub(crate) fn build(folder: &Path) -> Result<(), String> {
    let wrong = |error: std::io::Error| format!("{}: {error}", folder.display());
    // One build at a time: another `cargo run` may be building.
    let lock = File::create(folder.join(".build-lock")).map_err(wrong)?;
    lock.lock().map_err(wrong)?;
    let (inputs, dist) = (fingerprint(folder, &SOURCES).map_err(wrong)?, folder.join("dist"));
    if fs::read_to_string(dist.join(".inputs")).is_ok_and(|built| built == inputs) {
        return Ok(());
    }
    require_node()?;
    say("building the Company Dashboard, because it is new or has changed");
    install(folder)?;
    // Built in another folder and then moved, so that a running stack never serves half a page.
    let fresh = folder.join("dist.new");
    npm(
        folder,
        &["run", "--silent", "build", "--", "--outDir", "dist.new", "--emptyOutDir", "--logLevel", "warn"],
    )?;
    fs::write(fresh.join(".inputs"), inputs).map_err(wrong)?;
    match fs::remove_dir_all(&dist) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(wrong(error)),
        _ => {}
    }
    fs::rename(fresh, dist).map_err(wrong)
}

/// Installs the packages of `package-lock.json`, unless they are already installed.
fn install(folder: &Path) -> Result<(), String> {
    let wrong = |error: std::io::Error| format!("{}: {error}", folder.display());
    let (wanted, mark) =
        (fingerprint(folder, &["package-lock.json"]).map_err(wrong)?, folder.join("node_modules/.installed"));
    if fs::read_to_string(&mark).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    npm(folder, &["ci", "--no-audit", "--no-fund"])?;
    fs::write(mark, wanted).map_err(wrong)
}

fn require_node() -> Result<(), String> {
    let sentence = format!(
        "the Company Dashboard can't be built: install Node.js {}.{} or later with npm and start again (the API works \
         without it)",
        NODE.0, NODE.1
    );
    let Ok(Output { stdout, .. }) = Command::new("node").arg("--version").output() else {
        return Err(sentence);
    };
    let version = String::from_utf8_lossy(&stdout);
    let mut numbers =
        version.trim().trim_start_matches('v').split('.').map_while(|part| part.parse::<u32>().ok());
    let enough =
        matches!((numbers.next(), numbers.next()), (Some(major), Some(minor)) if (major, minor) >= NODE);
    let npm = Command::new(NPM).arg("--version").output().is_ok_and(|output| output.status.success());
    if enough && npm { Ok(()) } else { Err(sentence) }
}

const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

/// Runs npm. Its output goes to standard error.
fn npm(folder: &Path, arguments: &[&str]) -> Result<(), String> {
    say(&format!("$ npm {}   (in dashboard/)", arguments.join(" ")));
    let status = Command::new(NPM).args(arguments).current_dir(folder).stdout(stderr()).status();
    if status.is_ok_and(|status| status.success()) {
        return Ok(());
    }
    Err(format!(
        "the Company Dashboard can't be built: `npm {}` failed, see above (the API works without it)",
        arguments[0]
    ))
}

/// A digest of the names and contents of files and folders.
fn fingerprint(folder: &Path, names: &[&str]) -> std::io::Result<String> {
    let mut digest = Sha256::new();
    for name in names {
        add(&mut digest, &folder.join(name), OsStr::new(name))?;
    }
    Ok(URL_SAFE_NO_PAD.encode(digest.finalize()))
}

fn add(digest: &mut Sha256, path: &Path, name: &OsStr) -> std::io::Result<()> {
    digest.update(name.as_encoded_bytes());
    digest.update([0]);
    if path.is_dir() {
        let mut entries = fs::read_dir(path)?.collect::<Result<Vec<_>, _>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            add(digest, &entry.path(), &entry.file_name())?;
        }
    } else {
        let content = fs::read(path)?;
        digest.update(content.len().to_le_bytes());
        digest.update(content);
    }
    Ok(())
}

pub(crate) fn say(line: &str) {
    let _ = writeln!(stderr(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_of_a_source_changes_the_fingerprint() {
        let folder = std::env::temp_dir().join(format!("fingerprint-{}", std::process::id()));
        fs::create_dir_all(folder.join("src/deep")).expect("a folder");
        fs::write(folder.join("src/deep/a"), "1").expect("a file");
        let first = fingerprint(&folder, &["src"]).expect("readable");
        assert_eq!(fingerprint(&folder, &["src"]).expect("readable"), first);
        fs::write(folder.join("src/deep/a"), "2").expect("a file");
        let changed = fingerprint(&folder, &["src"]).expect("readable");
        fs::rename(folder.join("src/deep/a"), folder.join("src/deep/b")).expect("a file");
        let renamed = fingerprint(&folder, &["src"]).expect("readable");
        assert!(first != changed && changed != renamed);
        assert!(fingerprint(&folder, &["gone"]).is_err());
        fs::remove_dir_all(folder).expect("removed");
    }
}
