//! Which crate uses which, from `cargo metadata`.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use serde::Deserialize;

/// What stands for `DynamoDB` in the picture: every crate that depends on its SDK uses it.
pub(super) const DYNAMODB: &str = "DynamoDB";
const DYNAMODB_SDK: &str = "aws-sdk-dynamodb";

/// Folders whose crates share one box.
const GROUPS: [&str; 2] = ["functions", "tests"];
/// Crates that measure others and are part of nothing.
const LEFT_OUT: &str = "tests/baselines";

/// What is in a box of the picture, and where its arrows go.
#[derive(Debug, Default)]
pub(super) struct Content {
    /// The crates in it, if it is a folder of crates.
    pub(super) crates: BTreeSet<String>,
    /// The boxes that it uses.
    pub(super) uses: BTreeSet<String>,
}

/// The boxes by their names: `store`, `functions/`.
pub(super) type Boxes = BTreeMap<String, Content>;

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_root: PathBuf,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// `dev` or `build`. Normal dependencies have none.
    kind: Option<String>,
}

/// The boxes of the workspace that `cargo metadata` describes. A box without any arrow is left out.
pub(super) fn read(metadata: &[u8]) -> Result<Boxes, String> {
    let metadata: Metadata =
        serde_json::from_slice(metadata).map_err(|error| format!("cargo metadata: {error}"))?;
    let root = metadata.workspace_root.as_path();
    let named = metadata.packages.iter().filter_map(|package| Some((&*package.name, box_of(package, root)?)));
    let mut box_of_crate: BTreeMap<&str, String> = named.collect();
    box_of_crate.insert(DYNAMODB_SDK, DYNAMODB.into());

    let mut boxes = Boxes::new();
    for package in &metadata.packages {
        let Some(name) = box_of_crate.get(&*package.name) else { continue };
        let normal = package.dependencies.iter().filter(|dependency| dependency.kind.is_none());
        let used = normal.filter_map(|dependency| box_of_crate.get(&*dependency.name));
        let content = boxes.entry(name.clone()).or_default();
        content.uses.extend(used.filter(|used| *used != name).cloned());
        if name.strip_suffix('/').is_some_and(|folder| folder != package.name) {
            content.crates.insert(package.name.clone());
        }
    }
    boxes.entry(DYNAMODB.into()).or_default();
    let used: BTreeSet<_> = boxes.values().flat_map(|content| &content.uses).cloned().collect();
    boxes.retain(|name, content| !content.uses.is_empty() || used.contains(name));
    Ok(boxes)
}

fn box_of(package: &Package, root: &Path) -> Option<String> {
    let folder = package.manifest_path.strip_prefix(root).ok()?.parent()?;
    if folder.starts_with(LEFT_OUT) {
        return None;
    }
    let group = GROUPS.into_iter().find(|group| folder.starts_with(group));
    Some(group.map_or_else(|| package.name.clone(), |group| format!("{group}/")))
}

/// The boxes in layers, from the bottom: a box is above all that it uses. The error is a circle of arrows.
pub(super) fn layers(boxes: &Boxes) -> Result<Vec<Vec<&str>>, String> {
    let mut layers = Vec::new();
    let mut placed = BTreeSet::<&str>::new();
    while placed.len() < boxes.len() {
        let can_stand = |(name, content): &(&String, &Content)| {
            !placed.contains(name.as_str()) && content.uses.iter().all(|used| placed.contains(used.as_str()))
        };
        let layer: Vec<_> = boxes.iter().filter(can_stand).map(|(name, _)| name.as_str()).collect();
        if layer.is_empty() {
            let others: Vec<_> = boxes.keys().filter(|name| !placed.contains(name.as_str())).collect();
            return Err(format!("these crates use each other in a circle: {others:?}"));
        }
        placed.extend(&layer);
        layers.push(layer);
    }
    Ok(layers)
}

/// The arrows that no longer path implies, as pairs of user and used. The boxes must have no circle.
pub(super) fn direct_arrows(boxes: &Boxes) -> Vec<(&str, &str)> {
    let mut arrows = Vec::new();
    for (name, content) in boxes {
        let implied: BTreeSet<_> = content.uses.iter().flat_map(|used| all_used(boxes, used)).collect();
        let direct = content.uses.iter().map(String::as_str).filter(|used| !implied.contains(used));
        arrows.extend(direct.map(|used| (name.as_str(), used)));
    }
    arrows
}

/// Everything that a box uses, directly or not.
fn all_used<'a>(boxes: &'a Boxes, name: &str) -> BTreeSet<&'a str> {
    let direct = boxes.get(name).into_iter().flat_map(|content| &content.uses);
    direct.flat_map(|used| all_used(boxes, used).into_iter().chain([used.as_str()])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxes(arrows: &[(&str, &[&str])]) -> Boxes {
        let content = |uses: &[&str]| Content {
            uses: uses.iter().copied().map(Into::into).collect(),
            ..Content::default()
        };
        arrows.iter().map(|(name, uses)| ((*name).into(), content(uses))).collect()
    }

    #[test]
    fn an_arrow_is_drawn_unless_a_longer_path_implies_it() {
        let boxes = boxes(&[("a", &["b", "c", "d"]), ("b", &["d"]), ("c", &["d"]), ("d", &[])]);
        assert_eq!(layers(&boxes).expect("no circle"), [vec!["d"], vec!["b", "c"], vec!["a"]]);
        assert_eq!(direct_arrows(&boxes), [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")]);
    }

    #[test]
    fn a_circle_is_refused() {
        let error = layers(&boxes(&[("a", &["b"]), ("b", &["a"]), ("c", &[])])).expect_err("a circle");
        assert!(error.contains(r#"["a", "b"]"#), "{error}");
    }

    #[test]
    fn folders_share_a_box_and_only_normal_dependencies_count() {
        let package = |folder: &str, name: &str, dependencies: &str| {
            format!(
                r#"{{"name": "{name}", "manifest_path": "/w/{folder}/Cargo.toml", "dependencies": [{dependencies}]}}"#
            )
        };
        let packages = [
            package("functions/one", "one", r#"{"name": "store"}"#),
            package("functions/two", "two", r#"{"name": "one"}, {"name": "task", "kind": "dev"}"#),
            package("shared/store", "store", r#"{"name": "aws-sdk-dynamodb"}, {"name": "serde"}"#),
            package("tests/baselines/sdk", "sdk", r#"{"name": "aws-sdk-dynamodb"}"#),
            package("task", "task", ""),
        ];
        let metadata = format!(r#"{{"workspace_root": "/w", "packages": [{}]}}"#, packages.join(","));
        let boxes = read(metadata.as_bytes()).expect("boxes");
        assert_eq!(boxes.keys().collect::<Vec<_>>(), [DYNAMODB, "functions/", "store"]);
        assert_eq!(boxes["functions/"].crates.iter().collect::<Vec<_>>(), ["one", "two"]);
        assert_eq!(direct_arrows(&boxes), [("functions/", "store"), ("store", DYNAMODB)]);
    }
}
