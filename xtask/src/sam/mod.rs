//! Runs the cases of `events/` with `sam local invoke`: the binaries that are deployed, in Lambda's runtime, with the tables
//! of a local stack. Then runs the tour under `sam local start-api`.

mod tour;

use std::{
    collections::BTreeMap,
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Output,
};

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    process::{Run, root, say},
    python,
    stack::Stack,
};

const CASES: &str = "events/expected.json";
const ENVIRONMENT: &str = "events/environment.json";
/// The name of this machine in its containers.
const MACHINE: &str = "host.docker.internal";

/// Builds the functions, starts a stack, runs every case and compares the results.
pub fn run() -> Result<(), String> {
    let cases: BTreeMap<String, Expected> = read(CASES)?;
    let sam = Sam::find()?;
    sam.build()?;
    // This address lets containers connect to the tables.
    let stack = Stack::start("0.0.0.0:0")?;
    let environment = environment(&stack)?;
    let mut differing = 0;
    for (case, expected) in &cases {
        let response = sam.invoke(case, &environment);
        match response.and_then(|response| expected.compare(&response)) {
            Ok(seen) => say(&format!("ok      {case}: {seen}")),
            Err(difference) => {
                differing += 1;
                say(&format!("DIFFERS {case}: {difference}"));
            }
        }
    }
    let cases = cases.len();
    if differing > 0 {
        return Err(format!("{differing} of {cases} cases have other results than {CASES} expects"));
    }
    say(&format!("All {cases} cases have the results that {CASES} expects."));
    tour::take(&sam, &stack, &environment)?;
    say("sam local start-api responds as the tour expects.");
    Ok(())
}

/// The expected result of a case.
#[derive(Deserialize)]
#[serde(untagged, expecting = "must contain a status (with problem, body), an error, failures, or ok")]
enum Expected {
    Response(Response),
    /// A function's error, by its `errorType`.
    Error {
        error: String,
    },
    /// The records that a function reports as failed.
    Failures {
        failures: Vec<String>,
    },
    /// Whether the function succeeds.
    Success {
        ok: bool,
    },
}

/// An HTTP response.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Response {
    status: Status,
    /// The last part of the problem's `type`.
    problem: Option<String>,
    /// Members that the body must have. It may have others.
    #[serde(default)]
    body: Map<String, Value>,
}

/// One status, or several if a repetition may have another one.
#[derive(Deserialize)]
#[serde(untagged)]
enum Status {
    One(u64),
    OneOf(Vec<u64>),
}

impl Expected {
    /// A short description of the result. The error says how it differs from the expected one.
    fn compare(&self, response: &Value) -> Result<String, String> {
        let error = response["errorType"].as_str();
        let same = match self {
            Self::Response(expected) => return expected.compare(response),
            Self::Error { error: expected } => error == Some(expected),
            Self::Failures { failures } => failed_records(response).is_some_and(|failed| failed == *failures),
            Self::Success { ok } => *ok == error.is_none(),
        };
        let seen = error.unwrap_or("ok");
        if same { Ok(seen.into()) } else { Err(format!("got {response}")) }
    }
}

/// The records that a function of a stream or a queue reports as failed.
fn failed_records(response: &Value) -> Option<Vec<&str>> {
    let failures = response["batchItemFailures"].as_array()?.iter();
    failures.map(|failure| failure["itemIdentifier"].as_str()).collect()
}

impl Response {
    fn compare(&self, response: &Value) -> Result<String, String> {
        let status = response["statusCode"].as_u64().unwrap_or_default();
        let statuses = match &self.status {
            Status::One(status) => std::slice::from_ref(status),
            Status::OneOf(statuses) => statuses,
        };
        let text = response["body"].as_str().unwrap_or_default();
        let body: Value = serde_json::from_str(text).unwrap_or_default();
        // A SCIM Error has no type; its detail ends with the problem's name.
        let scim = body["detail"].as_str().and_then(|detail| detail.strip_suffix(')')?.rsplit('(').next());
        let problem = body["type"].as_str().and_then(|name| name.rsplit(':').next());
        let problem = problem.or_else(|| scim.filter(|_| body["schemas"].is_array()));
        let mut members = self.body.iter();
        let same = statuses.contains(&status)
            && problem == self.problem.as_deref()
            && members.all(|(name, value)| body[name.as_str()] == *value);
        let seen = format!("{status} {}", problem.unwrap_or_default());
        if same { Ok(seen.trim_end().into()) } else { Err(format!("got {response}")) }
    }
}

/// SAM CLI, ready to build and invoke.
struct Sam {
    program: PathBuf,
    /// With cargo-lambda, which `sam build` runs.
    path: OsString,
    parameters: String,
    image_is_here: bool,
}

impl Sam {
    fn find() -> Result<Self, String> {
        if !Run::new("docker", ["info"]).succeeds() {
            let sentence =
                "Docker doesn't respond: install it, start it, and try again when `docker info` succeeds";
            return Err(sentence.into());
        }
        let architecture = match env::consts::ARCH {
            "x86_64" => "x86_64",
            "aarch64" => "arm64",
            other => return Err(format!("Lambda has no {other} processors: use x86_64 or arm64")),
        };
        let program = python::AWS.tool("sam")?;
        let tools = program.parent().map(Path::to_path_buf);
        let inherited = env::var_os("PATH").unwrap_or_default();
        let path = env::join_paths(tools.into_iter().chain(env::split_paths(&inherited)))
            .map_err(|error| format!("PATH can't contain the project's folder: {error}"))?;
        let image = format!("reference=*/lambda/provided:al2023-{architecture}");
        let images = Run::new("docker", ["image", "ls", "--quiet", "--filter", &image]).outcome()?;
        Ok(Self {
            program,
            path,
            parameters: format!("Architecture={architecture}"),
            image_is_here: !images.stdout.is_empty(),
        })
    }

    /// SAM CLI with invalid credentials, so that it doesn't look for real ones.
    fn command(&self, arguments: &[&str]) -> Run {
        let arguments = arguments.iter().copied().chain(["--parameter-overrides", &self.parameters]);
        Run::new(&self.program, arguments)
            .env("PATH", &self.path)
            .env("SAM_CLI_TELEMETRY", "0")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "local")
            .env("AWS_SECRET_ACCESS_KEY", "local")
    }

    fn build(&self) -> Result<(), String> {
        self.command(&["build"]).check()
    }

    /// The function's response to a case.
    fn invoke(&self, case: &str, environment: &Path) -> Result<Value, String> {
        let function = case.split('/').next().unwrap_or_default();
        let (function, event) = (logical_id(function), format!("events/{case}.json"));
        let (environment, machine) = (environment.to_string_lossy(), format!("{MACHINE}:host-gateway"));
        let mut arguments = vec!["local", "invoke", &function, "--event", &event, "--env-vars", &environment];
        arguments.extend(["--add-host", &machine]);
        if self.image_is_here {
            arguments.push("--skip-pull-image");
        }
        let Output { stdout, stderr, .. } = self.command(&arguments).outcome()?;
        serde_json::from_slice(&stdout)
            .map_err(|_| format!("no response; sam said:\n{}", String::from_utf8_lossy(&stderr)))
    }
}

/// `create-key` is `CreateKey` in `template.yaml`.
fn logical_id(function: &str) -> String {
    let words = function.split('-').map(|word| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_uppercase() + rest
    });
    words.collect()
}

/// Writes the functions' environment with this stack's port to a separate file.
fn environment(stack: &Stack) -> Result<PathBuf, String> {
    let mut environment: Value = read(ENVIRONMENT)?;
    environment["Parameters"]["AWS_ENDPOINT_URL_DYNAMODB"] =
        format!("http://{MACHINE}:{}", stack.dynamodb_port).into();
    let path = root().join(".aws-sam").join("environment.json");
    fs::write(&path, environment.to_string()).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(path)
}

fn read<T: for<'de> Deserialize<'de>>(path: &str) -> Result<T, String> {
    let text = fs::read_to_string(root().join(path)).map_err(|error| format!("{path}: {error}"))?;
    serde_json::from_str(&text).map_err(|error| format!("{path}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cases_are_complete() {
        assert_eq!(logical_id("create-key"), "CreateKey");
        for case in read::<BTreeMap<String, Expected>>(CASES).expect("cases").keys() {
            assert!(root().join(format!("events/{case}.json")).is_file(), "{case}");
        }
        // SAM CLI silently ignores variables that the template doesn't name.
        let template = fs::read_to_string(root().join("template.yaml")).expect("the template");
        let environment: Value = read(ENVIRONMENT).expect("an environment");
        for name in environment["Parameters"].as_object().expect("variables").keys() {
            assert!(template.contains(&format!(" {name}: ")), "{name}");
        }
    }
}
