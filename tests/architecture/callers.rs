use std::fs;

use crate::{root, sources_below};

/// The types that determine the company that a method may access.
const CALLERS: [&str; 7] =
    ["Caller<", "CompanyAdministrator", "KeyHolder", "Operator", "RefusedHolder", "KeyFinder", "ServiceWork"];

/// A company's data is accessed through a caller. A function without a caller is private, or clippy forbids it except
/// at the expected places.
#[test]
fn public_methods_of_tables_take_a_caller_or_are_forbidden() {
    let forbidden = fs::read_to_string(root().join("clippy.toml")).expect("readable");
    let mut methods = 0;
    for file in sources_below(&root().join("shared/store/src")) {
        let source = fs::read_to_string(&file).expect("readable");
        let mut rest = source.as_str();
        while let Some((_, after)) = rest.split_once("\nimpl Tables {") {
            let (body, after) = after.split_once("\n}\n").expect("an end");
            for method in body.split("    pub async fn ").skip(1) {
                let (signature, _) = method.split_once(" {\n").expect("a body");
                let (name, _) = signature.split_once(['(', '<']).expect("parameters");
                let takes_caller = CALLERS.iter().any(|caller| signature.contains(caller));
                let is_forbidden = forbidden.contains(&format!("\"store::Tables::{name}\""));
                assert!(takes_caller != is_forbidden, "{name} in {}", file.display());
                methods += 1;
            }
            rest = after;
        }
    }
    assert!(methods > 20, "{methods} methods were found");
}
