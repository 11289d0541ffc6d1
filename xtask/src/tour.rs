//! Runs the blocks of `README.md` and `docs/tour.md` that readers paste into bash. Each document is pasted twice on the
//! same data, and with another port than the document's.

use std::{env, fs};

use crate::{
    process::{Run, root, say},
    stack::Stack,
};

/// A document, the heading above its blocks, and the minimum number of responses that it must show.
const TOURS: [(&str, &str, usize); 2] =
    [("README.md", "## Three minutes with curl", 3), ("docs/tour.md", "## With curl", 10)];

/// Pastes every document twice. The printed HTTP statuses must be those that the document shows.
pub fn run() -> Result<(), String> {
    let stack = Stack::start("127.0.0.1:0")?;
    for (document, heading, least) in TOURS {
        let text =
            fs::read_to_string(root().join(document)).map_err(|error| format!("{document}: {error}"))?;
        let section = text.split_once(heading).map(|(_, rest)| rest.split("\n## ").next().unwrap_or(rest));
        let section = section.ok_or_else(|| format!("{document} has no section `{heading}`"))?;
        let expected = statuses(&blocks(section, "text"));
        let script = script(section, &stack)?;
        for _ in 0..2 {
            say(&format!("Pasting the blocks of {document}."));
            let output = Run::new("bash", ["-c", &script]).outcome()?;
            let printed = String::from_utf8_lossy(&output.stdout).into_owned();
            let answered = statuses(&printed);
            if answered != expected || expected.len() < least {
                return Err(format!(
                    "{document} shows {expected:?}, but the responses are {answered:?}:\n{printed}"
                ));
            }
        }
    }
    Ok(())
}

/// The blocks to paste, with the port and the program of this stack.
fn script(section: &str, stack: &Stack) -> Result<String, String> {
    let port = stack.url.rsplit(':').next().unwrap_or_default();
    let program = env::current_exe().map_err(|error| error.to_string())?.with_file_name("local");
    let script = blocks(section, "bash")
        .replace("\nPORT=3000\n", &format!("\nPORT={port}\n"))
        .replace("cargo run --quiet --", &program.to_string_lossy());
    Ok(script)
}

/// The code blocks of one kind, joined.
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

#[cfg(test)]
mod tests {
    use super::*;

    /// `README.md` and `docs/tour.md` contain the code blocks that `cargo xtask tour` pastes.
    #[test]
    fn each_document_has_its_blocks() {
        for (document, heading, least) in TOURS {
            let text = fs::read_to_string(root().join(document)).expect("a document");
            let (_, section) = text.split_once(heading).expect("the heading");
            assert!(blocks(section, "bash").contains("\nPORT=3000\n"), "{document}");
            assert!(statuses(&blocks(section, "text")).len() >= least, "{document}");
        }
    }
}
