//! The dependencies between the modules of a crate, read from its sources: from `use`, and from paths with `crate::` or
//! `super::`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use crate::{SHARED, root, sources_below};

/// A module, as the names of its path. Empty for the root of a crate.
type Module = Vec<String>;

/// The names in a crate's sources.
#[derive(Default)]
struct Names {
    modules: BTreeSet<Module>,
    /// The names that a module re-exports, and where they come from.
    offered: BTreeMap<(Module, String), Vec<String>>,
}

/// One path in a source, and whether it is `pub use`.
struct UsedPath {
    segments: Vec<String>,
    is_offered: bool,
}

fn module_of(file: &Path, source_folder: &Path) -> Module {
    let path = file.strip_prefix(source_folder).expect("inside").with_extension("");
    let mut names: Module = path.iter().map(|name| name.to_str().expect("UTF-8").to_owned()).collect();
    if ["lib", "main", "mod"].contains(&names.last().expect("a name").as_str()) {
        names.pop();
    }
    names
}

/// A source without its comments and its unit tests.
fn code(source: &str) -> String {
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    source.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

fn paths(code: &str) -> Vec<UsedPath> {
    let mut paths = Vec::new();
    let mut others = String::new();
    for statement in code.split_inclusive(';') {
        let start = statement.trim_start();
        // Another item may come before it. A `use` begins a line.
        let found = start.match_indices("use ").find(|(at, _)| {
            let line = start[..*at].rsplit('\n').next().unwrap_or_default().trim();
            line.is_empty() || line == "pub" || line.starts_with("pub(") && line.ends_with(')')
        });
        let Some((at, _)) = found else {
            others.push_str(statement);
            continue;
        };
        let line = start[..at].rsplit('\n').next().unwrap_or_default();
        others.push_str(&start[..at]);
        let tree = start[at + 4..].trim_end_matches(';');
        let is_offered = line.contains("pub");
        for segments in leaves(tree) {
            paths.push(UsedPath { segments, is_offered });
        }
    }
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    for path in others.split(|c| !is_part(c)).filter(|path| path.contains("::")) {
        let segments: Vec<_> = path.split("::").map(str::to_owned).collect();
        if ["crate", "super"].contains(&segments[0].as_str()) {
            paths.push(UsedPath { segments, is_offered: false });
        }
    }
    paths
}

/// The paths of a `use` tree.
fn leaves(tree: &str) -> Vec<Vec<String>> {
    let tree = tree.trim();
    let Some((prefix, rest)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default().trim();
        let path: Vec<_> = path.split("::").map(|name| name.trim().to_owned()).collect();
        return vec![path];
    };
    let prefix: Vec<_> =
        prefix.trim().split("::").filter(|name| !name.is_empty()).map(str::to_owned).collect();
    let rest = rest.trim().strip_suffix('}').expect("a closed tree");
    let (mut depth, mut from, mut parts) = (0, 0, Vec::new());
    for (at, c) in rest.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&rest[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&rest[from..]);
    let parts = parts.into_iter().map(str::trim).filter(|part| !part.is_empty());
    parts.flat_map(leaves).map(|leaf| [prefix.clone(), leaf].concat()).collect()
}

impl Names {
    /// The path from the root of the crate, or `None` if it leads out of the crate.
    fn absolute(&self, from: &Module, segments: &[String]) -> Option<Vec<String>> {
        let (mut base, mut rest) = (from.clone(), segments);
        match segments.first()?.as_str() {
            "crate" => (base, rest) = (Module::new(), &segments[1..]),
            "self" => rest = &segments[1..],
            "super" => {
                while rest.first().is_some_and(|name| name == "super") {
                    base.pop();
                    rest = &rest[1..];
                }
            }
            child => {
                if !self.modules.contains(&[base.as_slice(), &[child.to_owned()]].concat()) {
                    return None;
                }
            }
        }
        Some([base.as_slice(), rest].concat())
    }

    /// The module that defines the item of the path.
    fn home(&self, path: &[String]) -> Module {
        let length = (0..=path.len()).rev().find(|length| self.modules.contains(&path[..*length]));
        let (module, rest) = path.split_at(length.expect("the root is a module"));
        match rest.first().and_then(|name| self.offered.get(&(module.to_vec(), name.clone()))) {
            Some(origin) => self.home(origin),
            None => module.to_vec(),
        }
    }
}

/// The modules that each module uses. A re-export of a child counts as the child, not as the module.
fn arrows(source_folder: &Path) -> BTreeMap<Module, BTreeSet<Module>> {
    let files = sources_below(source_folder);
    let read = |file: &Path| paths(&code(&fs::read_to_string(file).expect("readable")));
    let modules = files.iter().map(|file| module_of(file, source_folder)).collect();
    let mut names = Names { modules, ..Names::default() };
    for file in &files {
        let module = module_of(file, source_folder);
        for path in read(file).into_iter().filter(|path| path.is_offered) {
            if let Some(origin) = names.absolute(&module, &path.segments) {
                let name = origin.last().expect("a name").clone();
                names.offered.insert((module.clone(), name), origin);
            }
        }
    }
    let mut arrows = BTreeMap::<Module, BTreeSet<Module>>::new();
    for file in &files {
        let module = module_of(file, source_folder);
        for path in read(file) {
            let Some(absolute) = names.absolute(&module, &path.segments) else { continue };
            let used = names.home(&absolute);
            let is_own_child = path.is_offered && used.starts_with(&module);
            if used != module && !is_own_child {
                arrows.entry(module.clone()).or_default().insert(used);
            }
        }
    }
    arrows
}

/// A cycle of modules, if there is one.
fn circle(arrows: &BTreeMap<Module, BTreeSet<Module>>) -> Option<Vec<Module>> {
    fn follow(
        arrows: &BTreeMap<Module, BTreeSet<Module>>,
        way: &mut Vec<Module>,
        done: &mut BTreeSet<Module>,
    ) -> bool {
        let here = way.last().expect("somewhere").clone();
        for next in arrows.get(&here).into_iter().flatten() {
            if let Some(at) = way.iter().position(|module| module == next) {
                way.drain(..at);
                return true;
            }
            if done.contains(next) {
                continue;
            }
            way.push(next.clone());
            if follow(arrows, way, done) {
                return true;
            }
            way.pop();
        }
        done.insert(here);
        false
    }
    let mut done = BTreeSet::new();
    arrows.keys().find_map(|start| {
        let mut way = vec![start.clone()];
        follow(arrows, &mut way, &mut done).then_some(way)
    })
}

#[test]
fn modules_of_a_shared_crate_have_no_cycle() {
    for (name, _) in SHARED {
        let arrows = arrows(&root().join("shared").join(name).join("src"));
        let found = circle(&arrows)
            .map(|circle| circle.iter().map(|module| module.join("::")).collect::<Vec<_>>().join(" → "));
        assert_eq!(found, None, "modules of {name} use each other");
        assert!(!arrows.is_empty(), "no arrow was found in {name}");
    }
}

#[test]
fn the_scanner_finds_dependencies_in_every_notation() {
    let folder = std::env::temp_dir().join(format!("architecture-{}", std::process::id()));
    fs::create_dir_all(folder.join("a")).expect("a folder");
    let write = |file: &str, text: &str| fs::write(folder.join(file), text).expect("written");
    write("lib.rs", "mod a;\nmod b;\nmod c;\n");
    write("a/mod.rs", "mod inner;\npub use inner::{Deep, Other};\n");
    write("a/inner.rs", "use std::fmt;\n\nuse crate::{b::B, c::{self, C}};\n// crate::d\npub struct Deep;");
    write("b.rs", "fn b() { crate::c::done() }\n#[cfg(test)]\nmod tests { use crate::a::Deep; }");
    write("c.rs", "pub struct C;");
    let module = |name: &str| -> Module { name.split("::").map(str::to_owned).collect() };
    let found = arrows(&folder);
    let uses = |from: &str, to: &str| found.get(&module(from)).is_some_and(|all| all.contains(&module(to)));
    assert!(uses("a::inner", "b") && uses("a::inner", "c") && uses("b", "c"), "{found:?}");
    assert!(!found.contains_key(&module("a")) && circle(&found).is_none(), "{found:?}");
    // A cycle through a re-export of another module.
    write("c.rs", "pub(crate) use super::a::Deep;\n");
    let circle = circle(&arrows(&folder)).expect("a circle");
    assert!(circle.contains(&module("c")) && circle.contains(&module("a::inner")), "{circle:?}");
    fs::remove_dir_all(folder).expect("removed");
}
