//! Checks that every link between documents resolves.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::process::root;

/// Every document of the repository.
fn documents() -> Vec<PathBuf> {
    let folder = |name: &str| {
        fs::read_dir(root().join(name)).expect("a folder").map(|entry| entry.expect("an entry").path())
    };
    let mut documents: Vec<_> = folder("docs").chain(folder("docs/decisions")).collect();
    documents.extend([root().join("README.md"), root().join("events/README.md")]);
    documents.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    documents
}

/// A document without its code blocks.
fn prose(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.split("```").step_by(2).collect()
}

/// The targets of a document's links, except those on the web.
fn links(prose: &str) -> Vec<&str> {
    let targets = prose.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
    targets.filter(|target| !target.starts_with("http")).collect()
}

/// The anchors of a document's headings, as GitHub makes them.
fn anchors(prose: &str) -> Vec<String> {
    let headings = prose.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            let heading = line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
            heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
        })
        .collect()
}

#[test]
fn every_link_between_documents_resolves() {
    let documents = documents();
    assert!(documents.len() > 25, "{documents:?}");
    for document in documents {
        let text = prose(&document);
        for link in links(&text) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() {
                document.clone()
            } else {
                document.parent().expect("a folder").join(file)
            };
            assert!(target.exists(), "{} links to {link}, which doesn't exist", document.display());
            let is_found = anchor.is_empty() || anchors(&prose(&target)).iter().any(|known| known == anchor);
            assert!(is_found, "{} links to {link}, which has no such heading", document.display());
        }
    }
}
