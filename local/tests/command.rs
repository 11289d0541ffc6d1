//! The program itself: `cargo run` with its options, as a person runs it.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Output, Stdio},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_local");

/// A separate folder for each test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    folder
}

struct Running {
    child: Child,
    lines: BufReader<ChildStdout>,
    port: String,
    dynamodb: String,
    /// What the program printed before it listened.
    greeting: String,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(PROGRAM)
            .args(arguments)
            .arg("--no-page")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output"));
        let (mut dynamodb, mut greeting) = (String::new(), String::new());
        let port = loop {
            let mut line = String::new();
            assert_ne!(lines.read_line(&mut line).expect("a line"), 0, "it ended before it listened");
            if let Some(address) = line.trim().strip_prefix("DynamoDB on http://") {
                address.clone_into(&mut dynamodb);
            }
            if let Some(port) = line.trim().strip_prefix("listening on http://127.0.0.1:") {
                break port.to_owned();
            }
            greeting.push_str(&line);
        };
        Self { child, lines, port, dynamodb, greeting }
    }

    fn dynamodb(&self) -> &str {
        &self.dynamodb
    }

    fn token(&self, email: &str) -> Output {
        let arguments = ["token", email, "--port", &self.port];
        Command::new(PROGRAM).args(arguments).output().expect("the program runs")
    }

    /// Interrupts the program as Ctrl-C does. It must end by itself and say so.
    fn interrupt(mut self) {
        let pid = self.child.id().to_string();
        let kill = Command::new("sh").args(["-c", &format!("kill -INT {pid}")]).status().expect("a shell");
        assert!(kill.success());
        assert!(self.child.wait().expect("an end").success());
        let rest: Vec<String> = self.lines.lines().map_while(Result::ok).collect();
        assert_eq!(rest, ["stopping; press Ctrl-C again to stop at once"]);
    }
}

fn refused(arguments: &[&str]) -> String {
    let is_command = arguments.first().is_some_and(|first| !first.starts_with("--"));
    let no_page = if is_command { &[][..] } else { &["--no-page"] };
    let output = Command::new(PROGRAM).args(no_page).args(arguments).output().expect("the program runs");
    assert!(!output.status.success());
    let text = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(text.lines().count(), 1, "one sentence: {text}");
    text
}

#[test]
fn it_listens_gives_tokens_and_stops_on_interrupt() {
    let running = Running::start(&["--in-memory", "--port", "0"]);
    // It prints the address and the account to sign in with.
    let page = format!("Company Dashboard on http://localhost:{}\n", running.port);
    assert!(running.greeting.contains(&page), "{}", running.greeting);
    assert!(running.greeting.contains("sign in as admin@acme.example"), "{}", running.greeting);
    let token = running.token("admin@acme.example");
    assert!(token.status.success());
    assert_eq!(String::from_utf8(token.stdout).expect("UTF-8").trim().split('.').count(), 3);
    let nobody = running.token("nobody@acme.example");
    assert!(!nobody.status.success());
    assert!(String::from_utf8(nobody.stderr).expect("UTF-8").contains("admin@acme.example"));
    running.interrupt();
}

#[test]
fn operators_work_through_the_running_stack() {
    let running = Running::start(&["--in-memory", "--port", "0"]);
    let folder = folder("provision");
    fs::create_dir_all(&folder).expect("a folder");
    let provision = |request: &str| {
        let file = folder.join("request.json");
        fs::write(&file, request).expect("a file");
        Command::new(PROGRAM)
            .args(["provision", "--port", &running.port])
            .arg(file)
            .output()
            .expect("the program runs")
    };
    let request =
        r#"{"operation": "change-plan", "operator": "O", "companyId": "COMPANY", "plan": "enterprise"}"#;
    let done = provision(&request.replace("COMPANY", "basic"));
    assert!(done.status.success());
    serde_json::from_slice::<serde_json::Value>(&done.stdout).expect("JSON");
    for (request, says) in [(request.replace("COMPANY", "nobody"), "company"), ("{".into(), "is not JSON")] {
        let refused = provision(&request);
        let sentence = String::from_utf8(refused.stderr).expect("UTF-8");
        assert!(!refused.status.success() && sentence.contains(says), "{sentence}");
    }
    running.interrupt();
}

#[test]
fn data_and_signing_key_are_kept_and_the_demonstration_is_created_once() {
    let data = folder("kept");
    let arguments =
        ["--data", data.to_str().expect("UTF-8"), "--port", "0", "--dynamodb-addr", "127.0.0.1:0"];
    Running::start(&arguments).interrupt();
    let key = fs::read(data.join("signing-key.pem")).expect("a signing key");
    let again = Running::start(&arguments);
    assert!(again.token("admin@acme.example").status.success());
    assert!(refused(&arguments).contains("another `cargo run` uses"));
    again.interrupt();
    assert_eq!(fs::read(data.join("signing-key.pem")).expect("a signing key"), key);
}

/// The embedded `DynamoDB` answers programs and containers, but no page of another site.
#[test]
fn pages_do_not_reach_the_tables() {
    use std::io::{Read, Write};
    let running = Running::start(&["--in-memory", "--port", "0"]);
    let ask = |host: &str, more: &str| {
        let mut stream = std::net::TcpStream::connect(running.dynamodb()).expect("a connection");
        let head = format!(
            "POST / HTTP/1.1\r\nHost: {host}\r\nX-Amz-Target: DynamoDB_20120810.ListTables\r\nX-Amz-Date: 20260101T000000Z\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, \
             Signature=0\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: 2\r\nConnection: close\r\n{more}\r\n{{}}"
        );
        stream.write_all(head.as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("answered");
        answer
    };
    for host in ["localhost:8000", "127.0.0.1", "host.docker.internal:8000"] {
        let answer = ask(host, "");
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("KeyDigests"), "{host}: {answer}");
        assert!(!answer.to_lowercase().contains("access-control"), "{answer}");
    }
    assert!(ask("evil.example", "").starts_with("HTTP/1.1 421"));
    assert!(ask("localhost", "Origin: https://evil.example\r\n").starts_with("HTTP/1.1 403"));
    running.interrupt();
}

#[cfg(unix)]
#[test]
fn an_existing_folder_keeps_its_mode() {
    use std::os::unix::fs::PermissionsExt;
    let data = folder("existing");
    fs::create_dir_all(&data).expect("a folder");
    fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).expect("a mode");
    Running::start(&[
        "--data",
        data.to_str().expect("UTF-8"),
        "--port",
        "0",
        "--dynamodb-addr",
        "127.0.0.1:0",
    ])
    .interrupt();
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o755);
    assert_eq!(mode(&data.join("signing-key.pem")), 0o600);
    assert_eq!(mode(&data.join("dynamodb.sqlite")), 0o600);
}

#[test]
fn a_failure_to_start_is_explained_in_one_sentence() {
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
    assert!(sentence.contains("doesn't respond") && sentence.contains("--dynamodb-endpoint"), "{sentence}");
    for (endpoint, says) in
        [("", "must be a URL"), ("foo", "must be a URL"), ("https://dynamodb.example", "AWS_REGION")]
    {
        let sentence = refused(&["--in-memory", "--port", "0", "--dynamodb-endpoint", endpoint]);
        assert!(sentence.contains(says), "{sentence}");
    }
    let web = Running::start(&["--in-memory", "--port", "0"]);
    let sentence = refused(&[
        "--in-memory",
        "--port",
        "0",
        "--dynamodb-endpoint",
        &format!("http://127.0.0.1:{}", web.port),
    ]);
    assert!(sentence.contains("is not a DynamoDB"), "{sentence}");
    web.interrupt();
    let junk = folder("junk");
    fs::create_dir_all(&junk).expect("a folder");
    fs::write(junk.join("dynamodb.sqlite"), "junk ".repeat(1_000)).expect("a file");
    let sentence =
        refused(&["--data", junk.to_str().expect("UTF-8"), "--port", "0", "--dynamodb-addr", "127.0.0.1:0"]);
    assert!(sentence.contains("not a database of this program"), "{sentence}");
    let sentence = refused(&["token", "admin@acme.example", "--port", &port]);
    assert!(sentence.contains("cargo run"), "{sentence}");
}

/// A person who presses Ctrl-C twice does not wait for running requests.
#[cfg(unix)]
#[test]
fn a_second_interrupt_ends_it_at_once() {
    use std::io::{Read, Write};
    let mut running = Running::start(&["--in-memory", "--port", "0"]);
    // A request that doesn't end delays the clean stop.
    let mut open = std::net::TcpStream::connect(format!("127.0.0.1:{}", running.port)).expect("a connection");
    open.write_all(b"POST /local/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n")
        .expect("sent");
    let interrupt = |child: &Child| {
        let kill = Command::new("sh").args(["-c", &format!("kill -INT {}", child.id())]).status();
        assert!(kill.expect("a shell").success());
    };
    interrupt(&running.child);
    let mut said = String::new();
    while !said.contains("stopping") {
        assert_ne!(running.lines.read_line(&mut said).expect("a line"), 0, "{said}");
    }
    interrupt(&running.child);
    assert_eq!(running.child.wait().expect("an end").code(), Some(130));
    let _ = open.read(&mut [0]);
}

#[test]
fn the_command_line_explains_itself() {
    let run = |arguments: &[&str]| {
        let output = Command::new(PROGRAM).args(arguments).output().expect("the program runs");
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(text).expect("UTF-8"))
    };
    let (done, version) = run(&["--version"]);
    assert!(done && version.trim().ends_with(env!("CARGO_PKG_VERSION")), "{version}");
    for (arguments, port) in [
        (&["--help"][..], "Port for the dashboard and the API"),
        (&["token", "--help"], "Port of the running stack"),
        (&["provision", "--help"], "Port of the running stack"),
    ] {
        let (done, help) = run(arguments);
        assert!(done && help.contains(port) && !help.contains('`'), "{help}");
    }
    assert!(!run(&["restore", "--help"]).1.contains("--port"));
    for (mistyped, meant) in [(&["--in-memroy"][..], "--in-memory"), (&["tokn", "x"], "token")] {
        let (done, help) = run(mistyped);
        assert!(!done && help.contains(meant), "{help}");
    }
    // An option of the stack before a command would have no effect, so it is refused.
    assert!(!run(&["--port", "1", "token", "admin@acme.example"]).0);
}

/// The demonstration's events are published soon after the start.
#[test]
fn published_events_are_printed_one_in_a_line() {
    let mut stack = Running::start(&["--port", "0", "--in-memory"]);
    let events = |port: &str| {
        let output =
            Command::new(PROGRAM).args(["events", "--port", port]).output().expect("the program runs");
        (output.status.success(), String::from_utf8(output.stdout).expect("text"), output.stderr)
    };
    let lines = (0..100).find_map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        let (succeeded, lines, _) = events(&stack.port);
        assert!(succeeded);
        lines.contains("CREATE_COMPANY").then_some(lines)
    });
    for line in lines.expect("the demonstration's events").lines() {
        assert!(
            line.starts_with('{') && line.ends_with('}') && line.contains(r#""specversion":"1.0""#),
            "{line}"
        );
    }
    stack.child.kill().expect("stopped");
    stack.child.wait().expect("ended");
    let (succeeded, _, error) = events(&stack.port);
    let error = String::from_utf8(error).expect("text");
    assert!(!succeeded && error.contains("no stack is running") && error.contains("`cargo run`"), "{error}");
}
