//! Runs the Enterprise API's part of `docs/tour.md` under `sam local start-api`. That program has no JWT authorizer, so the
//! local stack creates the key in the same tables.

use std::{net::TcpListener, path::Path, process::Child, thread, time::Duration};

use serde_json::{Value, json};

use super::{MACHINE, Sam};
use crate::{
    process::{Run, root, say},
    stack::Stack,
};

/// Seconds within which SAM CLI and its first container must start.
const PATIENCE: usize = 180;

struct Api {
    process: Child,
    url: String,
}

impl Drop for Api {
    fn drop(&mut self) {
        // SIGTERM, because a program in the background ignores interrupts. Containers end with their requests.
        Run::new("kill", ["-TERM", &self.process.id().to_string()]).succeeds();
        let _ = self.process.wait();
    }
}

/// Runs the tour.
pub fn take(sam: &Sam, stack: &Stack, environment: &Path) -> Result<(), String> {
    let port = stack.url.rsplit(':').next().unwrap_or_default();
    let token = Run::new(root().join("target/debug/local"), ["token", "--port", port, "admin@acme.example"]);
    let person = format!("Bearer {}", String::from_utf8_lossy(&token.output()?).trim());
    let keys = format!("{}/admin/v1/api-keys", stack.url);
    let body = json!({"name": "Tour", "scopes": ["deprovisioning", "scim", "audit-log"]});
    let (_, made) = ask("POST", &keys, &person, &body)?;
    let key = made["key"].as_str().ok_or("no key was created")?;
    let holder = format!("apikey {key}");

    let api = start(sam, environment)?;
    let account = format!("{}/enterprise/v1/accounts/member-1%40acme.example", api.url);
    let users = format!("{}/enterprise/v1/scim/Users", api.url);
    let user = format!("{users}/acme-member-2");
    let inactive = json!({"Operations": [{"op": "replace", "path": "active", "value": false}]});
    let step = |what: &str, method, url: &str, body: &Value, status, pointer, value: Value| {
        let (answered, answer) = ask(method, url, &holder, body)?;
        let seen = answer.pointer(pointer).cloned().unwrap_or_default();
        if answered != status || seen != value {
            return Err(format!(
                "{what}: expected {status} with {value} at {pointer}, got {answered} {answer}"
            ));
        }
        say(&format!("ok      {what}: {answered}"));
        Ok(())
    };
    let nothing = Value::Null;
    step("read", "GET", &account, &nothing, 200, "/state", "active".into())?;
    step("suspend", "POST", &format!("{account}/suspend"), &nothing, 200, "/state", "suspended".into())?;
    step(
        "suspend again",
        "POST",
        &format!("{account}/suspend"),
        &nothing,
        200,
        "/state",
        "suspended".into(),
    )?;
    step("unsuspend", "POST", &format!("{account}/unsuspend"), &nothing, 200, "/state", "active".into())?;
    step("SCIM: list", "GET", &users, &nothing, 200, "/totalResults", 22.into())?;
    step("SCIM: suspend", "PATCH", &user, &inactive, 200, "/active", false.into())?;
    say("Waiting, because collectors don't see events of the last 8 s.");
    thread::sleep(Duration::from_secs(9));
    let log = format!("{}/enterprise/v1/audit-log?maxResults=1", api.url);
    step("audit log", "GET", &log, &nothing, 200, "/data/0/affected/type", "USER".into())?;

    let characters = json!({"firstFour": key[..4], "lastFour": key[52..]});
    let revoke = format!("{keys}/{}/revoke", made["keyId"].as_str().unwrap_or_default());
    ask("POST", &revoke, &person, &characters)?;
    let problem = "urn:company-api-keys:problem:unauthenticated";
    step("revoked", "GET", &account, &nothing, 401, "/type", problem.into())
}

fn start(sam: &Sam, environment: &Path) -> Result<Api, String> {
    let free = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    let port = free.map_err(|error| error.to_string())?.port().to_string();
    let (environment, machine) = (environment.to_string_lossy(), format!("{MACHINE}:host-gateway"));
    let arguments =
        ["local", "start-api", "--port", &port, "--env-vars", &environment, "--add-host", &machine];
    let arguments = arguments.into_iter().chain(sam.image_is_here.then_some("--skip-pull-image"));
    let process = sam.command(&arguments.collect::<Vec<_>>()).start()?;
    let api = Api { process, url: format!("http://127.0.0.1:{port}") };
    let metadata = format!("{}/enterprise/v1/scim/ServiceProviderConfig", api.url);
    for _ in 0..PATIENCE {
        if ask("GET", &metadata, "", &Value::Null).is_ok_and(|(status, _)| status == 200) {
            return Ok(api);
        }
        thread::sleep(Duration::from_secs(1));
    }
    Err("sam local start-api does not respond: its output says why".into())
}

/// Sends a request. Returns the status, and the body if it is JSON.
fn ask(method: &str, url: &str, authorization: &str, body: &Value) -> Result<(u16, Value), String> {
    let header = format!("authorization: {authorization}");
    let text = body.to_string();
    let mut arguments =
        vec!["--silent", "--max-time", "60", "--write-out", "\n%{http_code}", "--request", method, url];
    if !authorization.is_empty() {
        arguments.extend(["--header", &header]);
    }
    if !body.is_null() {
        arguments.extend(["--header", "content-type: application/json", "--data", &text]);
    }
    let output = Run::new("curl", arguments).outcome()?;
    let output = String::from_utf8_lossy(&output.stdout).into_owned();
    let (body, status) = output.rsplit_once('\n').unwrap_or_default();
    let status = status.parse().unwrap_or_default();
    Ok((status, serde_json::from_str(body).unwrap_or_default()))
}
