//! The picture of the crates, `docs/architecture.svg`: drawn from the dependencies that Cargo knows.

mod arrows;
mod drawing;

use std::fs;

use crate::process::{Run, root};

const FILE: &str = "docs/architecture.svg";

/// Writes the picture.
pub fn run() -> Result<(), String> {
    fs::write(root().join(FILE), picture()?).map_err(|error| format!("{FILE}: {error}"))
}

fn picture() -> Result<String, String> {
    drawing::draw(&boxes()?)
}

fn boxes() -> Result<arrows::Boxes, String> {
    let metadata = Run::cargo(["metadata", "--format-version", "1", "--no-deps", "--locked"]).output()?;
    arrows::read(&metadata)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_is_fresh() {
        let stored = fs::read_to_string(root().join(FILE)).unwrap_or_default();
        let is_fresh = stored == picture().expect("a picture");
        assert!(is_fresh, "{FILE} doesn't show the crates as they are: run `cargo xtask architecture`");
    }

    #[test]
    fn the_document_describes_every_crate_of_the_picture() {
        let document = fs::read_to_string(root().join("docs/architecture.md")).expect("readable");
        for name in boxes().expect("boxes").keys().filter(|name| *name != arrows::DYNAMODB) {
            let is_described = document.lines().any(|line| line.starts_with(&format!("| `{name}` |")));
            assert!(is_described, "docs/architecture.md has no line about {name} in its table of crates");
        }
    }
    #[test]
    fn every_path_in_the_document_exists() {
        let document = fs::read_to_string(root().join("docs/architecture.md")).expect("readable");
        let folders =
            ["dashboard/", "docs/", "events/", "functions/", "local/", "shared/", "tests/", "xtask/"];
        let quoted = document.split('`').skip(1).step_by(2);
        let paths: Vec<_> =
            quoted.filter(|path| folders.iter().any(|folder| path.starts_with(folder))).collect();
        assert!(paths.len() > 30, "{paths:?}");
        for path in paths {
            assert!(root().join(path).exists(), "docs/architecture.md names {path}, which doesn't exist");
        }
    }
}
