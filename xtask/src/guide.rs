//! Follows `docs/adding-an-api.md` in a copy of the project: applies its code blocks, builds the copy and runs its tests.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use crate::process::{Run, root, say};

const DOCUMENT: &str = "docs/adding-an-api.md";

/// A code block that names a file after its language.
struct Block<'a> {
    /// A `diff` is an edit. In any other language, the block is the whole file.
    is_edit: bool,
    file: &'a str,
    text: &'a str,
}

/// Follows the guide. Cargo's own folder is shared with the project, so only the project's packages are built again.
pub fn run() -> Result<(), String> {
    say(&format!("Following {DOCUMENT} in a copy of the project."));
    let text = read(&root().join(DOCUMENT))?;
    let copy = root().join("target").join("guide");
    copy_project(&copy)?;
    for block in blocks(&text) {
        apply(&block, &copy)?;
    }
    rename_version(&copy.join("Cargo.toml"))?;
    let cargo = |arguments: &[&str]| {
        Run::cargo(arguments).env("CARGO_TARGET_DIR", root().join("target")).folder(&copy)
    };
    let document = cargo(&["run", "--quiet", "--package", "local", "--", "openapi"]).output()?;
    write(&copy.join("openapi.json"), &String::from_utf8_lossy(&document))?;
    cargo(&["fmt", "--all", "--check"]).check()?;
    let tests = ["test", "--quiet", "--package", "tests", "--test", "e2e", "--test", "architecture", "--"];
    cargo(
        &[&tests[..], &["company_info", "scopes", "stack", "callers", "crates", "modules", "sources"]]
            .concat(),
    )
    .check()
}

/// The blocks that name a file.
fn blocks(text: &str) -> impl Iterator<Item = Block<'_>> {
    text.split("\n```").skip(1).step_by(2).filter_map(|block| {
        let (kind, text) = block.split_once('\n')?;
        let (language, file) = kind.split_once(' ')?;
        Some(Block { is_edit: language == "diff", file, text })
    })
}

fn apply(block: &Block<'_>, copy: &Path) -> Result<(), String> {
    let path = copy.join(block.file);
    if !block.is_edit {
        return write(&path, &format!("{}\n", block.text));
    }
    let before = read(&path)?;
    let after =
        edited(&before, block.text).map_err(|reason| format!("{DOCUMENT}, {}: {reason}", block.file))?;
    write(&path, &after)
}

/// The text with a diff applied, whose lines without `+` must be in it exactly once.
fn edited(text: &str, diff: &str) -> Result<String, String> {
    let lines_without = |sign: char| {
        let lines = diff.lines().filter(|line| !line.starts_with(sign));
        lines.fold(String::new(), |all, line| all + line.get(1..).unwrap_or("") + "\n")
    };
    let (old, new) = (lines_without('+'), lines_without('-'));
    match text.matches(&old).count() {
        1 => Ok(text.replacen(&old, &new, 1)),
        found => Err(format!("these lines are in the file {found} times instead of once:\n{old}")),
    }
}

/// Gives the copy's packages another version. Cargo names what it builds after packages and versions, not after folders.
/// In the shared folder, the copy's crates would replace the project's.
fn rename_version(manifest: &Path) -> Result<(), String> {
    let text = read(manifest)?;
    let renamed = text.replacen("\nversion = \"", "\nversion = \"99", 1);
    if renamed == text {
        return Err("Cargo.toml states no version for its packages".into());
    }
    write(manifest, &renamed)
}

/// Copies what Git would commit. A file that is equal already keeps its time, so that Cargo doesn't build it again.
fn copy_project(copy: &Path) -> Result<(), String> {
    let list = Run::new("git", ["ls-files", "--cached", "--others", "--exclude-standard"]).output()?;
    let files: BTreeSet<PathBuf> = String::from_utf8_lossy(&list).lines().map(PathBuf::from).collect();
    for file in &files {
        let Ok(content) = fs::read(root().join(file)) else { continue };
        let to = copy.join(file);
        if fs::read(&to).is_ok_and(|earlier| earlier == content) {
            continue;
        }
        create_folder(&to)?;
        fs::write(&to, content).map_err(|error| format!("{}: {error}", to.display()))?;
    }
    remove_others(copy, copy, &files)
}

/// Removes what the project doesn't have, for example a test of an earlier version.
fn remove_others(folder: &Path, copy: &Path, files: &BTreeSet<PathBuf>) -> Result<(), String> {
    for entry in fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))? {
        let path = entry.map_err(|error| error.to_string())?.path();
        if path.is_dir() {
            remove_others(&path, copy, files)?;
        } else if !path.strip_prefix(copy).is_ok_and(|file| files.contains(file)) {
            fs::remove_file(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    create_folder(path)?;
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

fn create_folder(file: &Path) -> Result<(), String> {
    let folder = file.parent().ok_or("a file without a folder")?;
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guide_fits_the_project_and_needs_few_files() {
        let text = read(&root().join(DOCUMENT)).expect("a document");
        let mut files = BTreeSet::new();
        for block in blocks(&text) {
            files.insert(block.file);
            let path = root().join(block.file);
            if block.is_edit {
                edited(&read(&path).expect("a file"), block.text)
                    .unwrap_or_else(|reason| panic!("{}: {reason}", block.file));
            } else {
                assert!(!path.exists(), "{}", block.file);
            }
        }
        // The guide says so. More would be too many.
        assert_eq!(files.len(), 13, "{files:?}");
    }

    #[test]
    fn an_edit_applies_to_exactly_one_place() {
        assert_eq!(edited("a\nb\nc\n", " a\n-b\n+B\n+B2\n"), Ok("a\nB\nB2\nc\n".into()));
        assert!(edited("a\na\n", " a\n+b\n").is_err());
        assert!(edited("c\n", " a\n+b\n").is_err());
    }
}
