//! Checks the inputs that reached new code while fuzzing.

use std::{collections::BTreeSet, fs, path::Path};

type Property = (&'static str, fn(&str));

const PROPERTIES: [Property; 9] = [
    ("api_key", properties::api_key::check),
    ("authorization", properties::authorization::check),
    ("found_address", properties::found_address::check),
    ("found_keys", properties::found_keys::check),
    ("github_matches", properties::github_matches::check),
    ("idempotency_key", properties::idempotency_key::check),
    ("page_token", properties::page_token::check),
    ("scim_syntax", properties::scim_syntax::check),
    ("time", properties::time::check),
];

#[test]
fn every_property_holds_for_its_corpus() {
    for (name, check) in PROPERTIES {
        let inputs = inputs(name);
        assert!(inputs.len() > 1, "{name}");
        for input in inputs {
            // As in the fuzz target: only inputs that are UTF-8.
            let text = input.utf8_chunks().next().map_or("", |chunk| chunk.valid());
            assert!(std::panic::catch_unwind(|| check(text)).is_ok(), "{name}: {text:?}");
        }
    }
}

#[test]
fn no_target_is_forgotten() {
    let targets = fuzz("fuzz_targets").into_iter().map(|name| name.trim_end_matches(".rs").to_owned());
    let tried = PROPERTIES.iter().map(|(name, _)| (*name).to_owned());
    assert_eq!(targets.collect::<BTreeSet<_>>(), tried.collect());
}

fn inputs(target: &str) -> Vec<Vec<u8>> {
    let folder = format!("corpus/{target}");
    fuzz(&folder).iter().map(|file| fs::read(path(&folder).join(file)).expect("a file")).collect()
}

fn path(within: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz").join(within)
}

/// The file names in a folder of `fuzz/`.
fn fuzz(folder: &str) -> Vec<String> {
    let files = fs::read_dir(path(folder)).expect("a folder");
    files.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned()).collect()
}
