//! The rules in the tools themselves: gitleaks, and Hyperscan, the library of GitHub's secret scanning. `TruffleHog`'s
//! expression runs in gitleaks too: both use RE2's syntax. `cargo xtask leak-rules` installs the tools and runs this.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::key::{EXAMPLE, contains_api_key};
use serde_json::{Value, json};

use crate::{
    folder, root,
    rules::{CustomPattern, read},
    texts::{KINDS, SURROUNDINGS, altered, keys, near_misses, random, surrounded},
};

/// gitleaks reads a large file in pieces that end at an empty line. Without empty lines it may cut a key in two.
const EMPTY_LINE: &str = "\n\n";

/// What gitleaks does without the option.
const DECODINGS: &str = "5";

/// The file with the example of the documentation.
const EXAMPLE_FILE: &str = "example";

/// What is found in each file, by its name.
type Found = BTreeMap<String, BTreeSet<String>>;

/// The path of a tool, from the environment.
fn tool(variable: &str) -> PathBuf {
    env::var_os(variable)
        .unwrap_or_else(|| panic!("{variable} is not set: use `cargo xtask leak-rules`"))
        .into()
}

/// An empty folder for a test.
fn empty(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("leak-rules").join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).expect("a folder");
    path
}

/// Runs a program with this input and returns its output.
fn output(command: &mut Command, input: &str) -> String {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program is installed");
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("the program reads");
    let output = child.wait_with_output().expect("the program ends");
    assert!(output.status.success(), "{command:?}: {}", output.status);
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// What gitleaks reports with this configuration. `decodings` is how often it decodes Base64 and escapes.
fn gitleaks(configuration: &Path, decodings: &str, folder: &Path) -> Found {
    let mut command = Command::new(tool("GITLEAKS"));
    command.args([
        "dir",
        "--no-banner",
        "--log-level",
        "error",
        "--exit-code",
        "0",
        "--report-format",
        "json",
    ]);
    command
        .args(["--max-decode-depth", decodings, "--report-path", "-", "--config"])
        .arg(configuration)
        .arg(folder);
    let report: Value = serde_json::from_str(&output(&mut command, "")).expect("JSON");
    let mut found = Found::new();
    for finding in report.as_array().expect("an array") {
        let [path, secret] = ["File", "Secret"].map(|name| finding[name].as_str().expect("a text"));
        let file = Path::new(path).file_name().expect("a name").to_string_lossy();
        // gitleaks' own rules find other things, but they must not find the example.
        if finding["RuleID"] == "company-api-key" || file == EXAMPLE_FILE {
            found.entry(file.into()).or_default().insert(secret.into());
        }
    }
    found
}

/// `TruffleHog`'s rule in the form of gitleaks.
fn trufflehog_for_gitleaks() -> PathBuf {
    let file: Value = serde_saphyr::from_str(&read("trufflehog.yaml")).expect("YAML");
    let detector = &file["detectors"][0];
    let excluded = json!([{ "regexTarget": "match", "regexes": detector["exclude_regexes_match"] }]);
    let rule = json!({
        "id": "company-api-key",
        "description": detector["description"],
        "regex": detector["regex"]["key"],
        "secretGroup": 1,
        "entropy": detector["entropy"],
        "keywords": detector["keywords"],
        "allowlists": excluded,
    });
    // Strings and lists are written alike in JSON and TOML.
    let members = |object: &Value| {
        let members = object.as_object().expect("an object").iter().filter(|(name, _)| *name != "allowlists");
        members.map(|(name, value)| format!("{name} = {value}")).collect::<Vec<_>>().join("\n")
    };
    let text =
        format!("[[rules]]\n{}\n[[rules.allowlists]]\n{}\n", members(&rule), members(&rule["allowlists"][0]));
    let path = empty("trufflehog").join("gitleaks.toml");
    fs::write(&path, text).expect("a file");
    path
}

/// What Hyperscan finds with the custom pattern.
fn hyperscan(folder: &Path) -> Found {
    let files = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let files = files.collect::<Vec<_>>();
    let pattern = CustomPattern::read();
    let request = json!({
        "before": pattern.before, "format": pattern.format, "after": pattern.after,
        "mustMatch": pattern.must_match, "mustNotMatch": pattern.must_not_match, "files": files,
    });
    let mut command = Command::new(tool("PYTHON"));
    command.arg("-B").arg(root().join("examples/tests/hyperscan_scan.py"));
    let found = output(&mut command, &request.to_string());
    let found: Vec<BTreeSet<String>> = serde_json::from_str(&found).expect("a list for each file");
    assert_eq!(found.len(), files.len());
    let names = files.iter().map(|path| path.file_name().expect("a name").to_string_lossy().into_owned());
    names.zip(found).filter(|(_, found)| !found.is_empty()).collect()
}

/// Compares what each tool finds in the folder.
fn expect(folder: &Path, expected: &Found) {
    for (tool, found) in [
        ("gitleaks", gitleaks(&crate::folder().join("gitleaks.toml"), DECODINGS, folder)),
        ("TruffleHog's rule in gitleaks", gitleaks(&trufflehog_for_gitleaks(), "0", folder)),
        ("Hyperscan", hyperscan(folder)),
    ] {
        for (file, expected) in expected {
            let found = found.get(file).cloned().unwrap_or_default();
            let missed = expected.difference(&found).collect::<Vec<_>>();
            assert!(missed.is_empty(), "{tool} misses {} keys in {file}: {:?}…", missed.len(), missed[0]);
        }
        for (file, found) in &found {
            let others =
                found.difference(expected.get(file).unwrap_or(&BTreeSet::new())).cloned().collect::<Vec<_>>();
            assert!(
                others.is_empty(),
                "{tool} finds {} other texts in {file}: {:?}…",
                others.len(),
                others[0]
            );
        }
    }
}

#[test]
#[ignore = "needs gitleaks and Hyperscan: cargo xtask leak-rules"]
fn the_tools_find_every_key_in_every_surrounding_and_nothing_else() {
    let (folder, mut random) = (empty("with-keys"), random(4));
    let keys = keys(1_000);
    let mut texts = vec![Vec::new(); SURROUNDINGS.len()];
    for key in &keys {
        let surrounded = surrounded(key.expose());
        texts.iter_mut().zip(surrounded).for_each(|(texts, text)| texts.push(text));
    }
    let all: BTreeSet<String> = keys.iter().map(|key| key.expose().to_owned()).collect();
    let mut expected = Found::new();
    let mut write = |name: String, lines: &[String], found: BTreeSet<String>| {
        fs::write(folder.join(&name), lines.join(EMPTY_LINE)).expect("a file");
        if !found.is_empty() {
            expected.insert(name, found);
        }
    };
    for (number, texts) in texts.iter().enumerate() {
        write(format!("surrounding-{number:02}"), texts, all.clone());
    }
    let changed = keys.iter().flat_map(|key| altered(key.expose(), &mut random).collect::<Vec<_>>());
    let changed = changed.collect::<Vec<_>>();
    write("changed".into(), &changed, changed.iter().cloned().collect());
    write(EXAMPLE_FILE.into(), &surrounded(EXAMPLE), BTreeSet::new());
    let words = keys.iter().flat_map(|key| [format!("x{}", key.expose()), format!("{}x", key.expose())]);
    write("in-words".into(), &words.collect::<Vec<_>>(), BTreeSet::new());
    expect(&folder, &expected);
}

#[test]
#[ignore = "needs gitleaks and Hyperscan: cargo xtask leak-rules"]
fn the_tools_find_nothing_in_fifty_megabytes_without_keys() {
    let folder = empty("without-keys");
    for kind in &KINDS {
        for number in 0..9 {
            fs::write(folder.join(format!("{}-{number}", kind.name)), kind.text(number, 1_000_000))
                .expect("a file");
        }
    }
    expect(&folder, &Found::new());
}

#[test]
#[ignore = "needs gitleaks: cargo xtask leak-rules"]
fn gitleaks_finds_keys_in_base64() {
    let folder = empty("in-base64");
    let key = keys(1).remove(0);
    let text = format!("data:\n  key: {}\n", STANDARD.encode(format!("API_KEY={}", key.expose())));
    fs::write(folder.join("secret.yaml"), text).expect("a file");
    let expected = Found::from([("secret.yaml".into(), [key.expose().to_owned()].into())]);
    assert_eq!(gitleaks(&crate::folder().join("gitleaks.toml"), DECODINGS, &folder), expected);
}

#[test]
#[ignore = "needs Python: cargo xtask leak-rules"]
fn the_check_of_the_checksum_accepts_keys_and_nothing_else_and_prints_none() {
    let mut random = random(5);
    for key in keys(20) {
        let others = altered(key.expose(), &mut random).collect::<Vec<_>>();
        let misses = near_misses(key.expose(), &mut random).into_iter();
        // A key inside a word is a key for this program: the rules keep words out.
        let misses = misses.filter(|text| !contains_api_key(text.as_bytes()));
        let lines = surrounded(key.expose()).into_iter().chain(others.iter().cloned()).chain(misses);
        let mut command = Command::new(tool("PYTHON"));
        command.args(["-B", "-W", "error"]).arg(folder().join("check_keys.py"));
        let printed = output(&mut command, &lines.collect::<Vec<_>>().join("\n"));
        let lines = printed.lines().collect::<Vec<_>>();
        assert_eq!(lines[0], format!("{}  {}", key.mask(), key.digest().to_hex()));
        let refused =
            lines[1..].iter().filter(|line| line.ends_with("  wrong checksum, so it is no API key"));
        assert!(refused.count() >= others.len(), "{printed}");
        assert_eq!(lines[1..].iter().filter(|line| !line.ends_with("API key")).count(), 0, "{printed}");
        assert!(!printed.contains(key.expose()));
    }
}
