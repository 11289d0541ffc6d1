use std::fs;

use crate::{root, sources_below};

/// The places that import the SDK, with the reasons.
const IMPORTERS: [(&str, &str); 3] = [
    ("shared/store/src/", "the one place that talks to DynamoDB"),
    ("tests/baselines/get-item/", "measures the SDK alone, without our code"),
    ("tests/architecture/sources.rs", "this test, which names it"),
];

#[test]
fn no_other_source_names_the_sdk() {
    let mut seen = Vec::new();
    for folder in ["shared", "functions", "local", "tests", "xtask", "fuzz/fuzz_targets"] {
        for file in sources_below(&root().join(folder)) {
            let source = fs::read_to_string(&file).expect("readable");
            if !["aws_sdk_dynamodb", "aws_config"].iter().any(|sdk| source.contains(sdk)) {
                continue;
            }
            let path = file.strip_prefix(root()).expect("inside").to_str().expect("UTF-8").to_owned();
            let importer = IMPORTERS.iter().find(|(importer, _)| path.starts_with(importer));
            let importer = importer.unwrap_or_else(|| panic!("{path} imports the SDK; `store` alone does"));
            seen.push(importer.0);
        }
    }
    assert!(IMPORTERS.iter().all(|(importer, _)| seen.contains(importer)), "an exception that isn't needed");
}
