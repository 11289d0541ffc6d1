//! The program itself: `cargo run` with its options, as a person runs it.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Output, Stdio},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_local");

/// A folder of its own for each test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    folder
}

struct Running {
    child: Child,
    lines: BufReader<ChildStdout>,
    port: String,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(PROGRAM)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output"));
        let port = loop {
            let mut line = String::new();
            assert_ne!(lines.read_line(&mut line).expect("a line"), 0, "it ended before it listened");
            if let Some(port) = line.trim().strip_prefix("listening on http://127.0.0.1:") {
                break port.to_owned();
            }
        };
        Self { child, lines, port }
    }

    fn token(&self, email: &str) -> Output {
        let arguments = ["token", email, "--port", &self.port];
        Command::new(PROGRAM).args(arguments).output().expect("the program runs")
    }

    /// Interrupts it as Ctrl-C does; it must end by itself and say so.
    fn interrupt(mut self) {
        let pid = self.child.id().to_string();
        let kill = Command::new("sh").args(["-c", &format!("kill -INT {pid}")]).status().expect("a shell");
        assert!(kill.success());
        assert!(self.child.wait().expect("an end").success());
        let rest: Vec<String> = self.lines.lines().map_while(Result::ok).collect();
        assert_eq!(rest, ["stopping"]);
    }
}

fn refused(arguments: &[&str]) -> String {
    let output = Command::new(PROGRAM).args(arguments).output().expect("the program runs");
    assert!(!output.status.success());
    let text = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(text.lines().count(), 1, "one sentence: {text}");
    text
}

#[test]
fn it_listens_gives_tokens_and_stops_on_interrupt() {
    let running = Running::start(&["--in-memory", "--port", "0"]);
    let token = running.token("admin@acme.example");
    assert!(token.status.success());
    assert_eq!(String::from_utf8(token.stdout).expect("UTF-8").trim().split('.').count(), 3);
    let nobody = running.token("nobody@acme.example");
    assert!(!nobody.status.success());
    assert!(String::from_utf8(nobody.stderr).expect("UTF-8").contains("admin@acme.example"));
    running.interrupt();
}

#[test]
fn data_and_signing_key_are_kept_and_the_demonstration_is_made_once() {
    let data = folder("kept");
    let arguments =
        ["--data", data.to_str().expect("UTF-8"), "--port", "0", "--dynamodb-addr", "127.0.0.1:0"];
    Running::start(&arguments).interrupt();
    let key = fs::read(data.join("signing-key.der")).expect("a signing key");
    let again = Running::start(&arguments);
    assert!(again.token("admin@acme.example").status.success());
    assert!(refused(&arguments).contains("another `cargo run` uses"));
    again.interrupt();
    assert_eq!(fs::read(data.join("signing-key.der")).expect("a signing key"), key);
}

#[test]
fn what_is_in_the_way_is_named_in_one_sentence() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let sentence = refused(&["--in-memory", "--port", &port]);
    assert!(sentence.contains(&port) && sentence.contains("--port"), "{sentence}");
    let sentence = refused(&["--in-memory", "--port", "0", "--dynamodb-addr", &format!("127.0.0.1:{port}")]);
    assert!(sentence.contains(&port) && sentence.contains("--dynamodb-addr"), "{sentence}");

    let file = folder("a-file");
    fs::write(&file, "").expect("a file");
    let sentence = refused(&["--data", file.join("data").to_str().expect("UTF-8"), "--port", "0"]);
    assert!(sentence.contains("--data"), "{sentence}");

    drop(taken);
    let sentence =
        refused(&["--in-memory", "--port", "0", "--dynamodb-endpoint", &format!("http://127.0.0.1:{port}")]);
    assert!(sentence.contains("doesn't answer") && sentence.contains("--dynamodb-endpoint"), "{sentence}");
    let sentence = refused(&["token", "admin@acme.example", "--port", &port]);
    assert!(sentence.contains("cargo run"), "{sentence}");
}
