//! Checks the dependencies between the crates of `shared/` and between the modules inside them.

mod callers;
mod crates;
mod modules;
mod sources;

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The crates of `shared/`, with the crates that each may use.
const SHARED: [(&str, &[&str]); 5] = [
    ("domain", &[]),
    ("store", &["domain"]),
    ("keys", &["domain", "store"]),
    ("accounts", &["domain", "store"]),
    ("web", &["accounts", "domain", "keys", "store"]),
];

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a root").into()
}

/// The Rust files below a folder.
fn sources_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(sources_below(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}
