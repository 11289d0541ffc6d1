use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use serde_json::Value;

use crate::{SHARED, root};

/// The functions that call another service than `DynamoDB`, and the crates for it.
const OTHER_SERVICES: [(&str, &[&str]); 2] =
    [("publish-events", &["aws-sdk-eventbridge", "aws-sdk-sqs"]), ("send-mail", &["aws-sdk-sesv2"])];

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(root()).output().expect("cargo");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The packages of the workspace, with the folder and the normal dependencies of each.
fn packages() -> BTreeMap<String, (String, BTreeSet<String>)> {
    let metadata = cargo(&["metadata", "--no-deps", "--locked", "--format-version", "1"]);
    let metadata: Value = serde_json::from_str(&metadata).expect("JSON");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let packages = metadata["packages"].as_array().expect("packages").iter();
    packages
        .map(|package| {
            let dependencies = package["dependencies"].as_array().expect("dependencies").iter();
            let normal = dependencies.filter(|dependency| dependency["kind"].is_null());
            let folder = text(&package["manifest_path"]).replace("/Cargo.toml", "");
            let folder = folder.strip_prefix(root().to_str().expect("UTF-8")).expect("inside").to_owned();
            (text(&package["name"]), (folder, normal.map(|one| text(&one["name"])).collect()))
        })
        .collect()
}

#[test]
fn the_crates_of_shared_use_only_their_permitted_dependencies() {
    let packages = packages();
    let names: BTreeSet<_> = SHARED.iter().map(|(name, _)| *name).collect();
    let found: BTreeSet<_> = packages
        .iter()
        .filter(|(_, (folder, _))| folder.starts_with("/shared/"))
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(found, names, "the crates of shared/ and those that this test knows");
    for (name, behind) in SHARED {
        let (_, dependencies) = &packages[name];
        let used: BTreeSet<_> =
            dependencies.iter().map(String::as_str).filter(|used| packages.contains_key(*used)).collect();
        let behind: BTreeSet<_> = behind.iter().copied().collect();
        assert_eq!(used, behind, "{name}");
    }
}

#[test]
fn functions_depend_neither_on_each_other_nor_on_local() {
    let packages = packages();
    let is_function =
        |name: &str| packages.get(name).is_some_and(|(folder, _)| folder.starts_with("/functions/"));
    for (name, (folder, dependencies)) in &packages {
        let is_deployed = folder.starts_with("/shared/") || is_function(name);
        let unwanted = |name: &&String| is_function(name) || *name == "local";
        let found: Vec<_> = dependencies.iter().filter(|_| is_deployed).filter(unwanted).collect();
        assert!(found.is_empty(), "{name} depends on {found:?}");
    }
}

#[test]
fn domain_is_pure() {
    let tree = cargo(&["tree", "--locked", "-p", "domain", "-e", "normal", "--prefix", "none"]);
    let impure = ["aws", "tokio", "lambda", "hyper", "http", "getrandom", "tracing", "store", "web"];
    let names = tree.lines().filter_map(|line| line.split(' ').next());
    let found: Vec<_> = names.filter(|name| impure.iter().any(|impure| name.starts_with(impure))).collect();
    assert!(found.is_empty(), "domain depends on {found:?}");
    assert!(tree.contains("sha2"), "a tree: {tree}");
}

#[test]
fn store_alone_depends_on_the_sdk_of_dynamodb() {
    for (name, (folder, dependencies)) in packages() {
        if !(folder.starts_with("/shared/") || folder.starts_with("/functions/")) {
            continue;
        }
        let mut found: Vec<_> = dependencies.iter().filter(|name| name.starts_with("aws-")).collect();
        let known = OTHER_SERVICES.iter().find(|(function, _)| *function == name);
        for service in known.iter().flat_map(|(_, services)| services.iter()) {
            assert!(found.iter().any(|one| one == service), "{name}: {service}");
            found.retain(|one| one != service);
        }
        assert_eq!(found.is_empty(), name != "store", "{name}: {found:?}");
    }
}
