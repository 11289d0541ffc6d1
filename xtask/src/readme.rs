//! The README's tour with curl, pasted word by word: twice on the same data, and on another port than the README's.

use std::{env, fs};

use crate::{
    process::{Run, root, say},
    stack::Stack,
};

const TOUR: &str = "## Five minutes with curl";

/// Runs the tour twice. What it prints must be what the README says, as far as statuses go.
pub fn run() -> Result<(), String> {
    let readme =
        fs::read_to_string(root().join("README.md")).map_err(|error| format!("README.md: {error}"))?;
    let tour = readme.split_once(TOUR).and_then(|(_, rest)| rest.split_once("\n## ")).map(|(tour, _)| tour);
    let tour = tour.ok_or_else(|| format!("README.md has no section `{TOUR}`"))?;
    let expected = statuses(&blocks(tour, "text"));
    let stack = Stack::start("127.0.0.1:0")?;
    let port = stack.url.rsplit(':').next().unwrap_or_default();
    let program = env::current_exe().map_err(|error| error.to_string())?.with_file_name("local");
    let script = blocks(tour, "bash")
        .replace("\nPORT=3000\n", &format!("\nPORT={port}\n"))
        .replace("cargo run --quiet --", &program.to_string_lossy());
    for _ in 0..2 {
        say("Pasting the README's tour.");
        let output = Run::new("bash", ["-c", &script]).outcome()?;
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        if statuses(&printed) != expected || expected.len() < 10 {
            return Err(format!(
                "README.md's tour answers {:?} where it says {expected:?}:\n{printed}",
                statuses(&printed)
            ));
        }
    }
    Ok(())
}

/// The code blocks of a kind, one behind the other.
fn blocks(text: &str, kind: &str) -> String {
    let begin = format!("```{kind}\n");
    let blocks = text.split(begin.as_str()).skip(1).filter_map(|rest| rest.split_once("```"));
    blocks.fold("\n".to_owned(), |all, (block, _)| all + block)
}

/// The HTTP statuses that begin a line.
fn statuses(text: &str) -> Vec<u16> {
    let first_words = text.lines().filter_map(|line| line.split(' ').next());
    first_words.filter(|word| word.len() == 3).filter_map(|word| word.parse().ok()).collect()
}
