//! Checks after a deployment what only a running stack can show: how API Gateway routes, decodes, renames and refuses,
//! that tables can be restored and metrics arrive, and the life of one key. Each check prints a line.
//!
//! The checks use the company `smoke`, which belongs to them, and leave it without a working key.

mod aws;
mod http;
mod leaks;
mod target;

use std::{
    fs,
    io::{Write, stdout},
};

use serde_json::{Value, json};

use crate::process::root;
use http::{Answer, send};
use target::{ADMINISTRATOR, Key, Target};

/// The user that is created and deleted again.
const USER: &str = "smoke-user@smoke.example";
const USERS: &str = "/enterprise/v1/scim/Users";

/// Checks a deployed stack.
pub fn run(stack: &str, region: Option<&str>) -> Result<(), String> {
    try_all(&target::deployed(stack, region)?)
}

/// Runs the checks that work on a local stack.
pub fn run_locally() -> Result<(), String> {
    try_all(&target::local()?)
}

fn try_all(target: &Target) -> Result<(), String> {
    let mut report = Report { failed: 0 };
    if let Target::Aws(aws) = target {
        report.note("every route has the right authorizer", aws.authorizers());
        report.note(
            "tables can be restored, are protected and expire items",
            aws.tables(&tables(&read("template.yaml")?)),
        );
    }
    report.note("no operation answers without a credential", every_operation(target));
    report.note("challenges are in the right headers", challenges(target));
    report.note("preflights are answered only for the dashboard", preflight(target));
    report.note("the dashboard can read functions' responses, but not API Gateway's own", readable(target));
    report.note("config.json names this stack", configuration(target));
    report.note("a company can be created", target.make_company());
    let key = report.keep("a key can be created", target.create_key());
    if let Some(key) = &key {
        report.note("a key works", works(target, key));
        report.note("a body of application/scim+json arrives intact", scim_body(target, key));
        report.note("%2F in a path separates segments", encoded_slash(target, key));
        report.note("%3F in a path cuts it off", encoded_question_mark(target, key));
        report.note("a key can be revoked", target.revoke(key));
        report.note("a revoked key is refused", is_refused(target, key));
    }
    let found = report.keep("another key can be created", target.create_key());
    if let Some(key) = &found {
        report.note("reports that GitHub didn't sign are refused", leaks::forged(target, key));
        report.note("such a report revokes nothing", works(target, key));
        report.note("anybody who finds a key can revoke it", leaks::found(target, key));
        report.note("a key that somebody found is refused", is_refused(target, key));
    }
    report.note("leaving Enterprise freezes the remaining keys", target.change_plan("team"));
    if let Target::Aws(aws) = target {
        report.note("metrics arrive", aws.metrics());
    }
    match report.failed {
        0 => Ok(()),
        failed => Err(format!("{failed} of the checks above failed")),
    }
}

struct Report {
    failed: usize,
}

impl Report {
    fn note(&mut self, what: &str, outcome: Result<(), String>) {
        let _ = self.keep(what, outcome);
    }

    fn keep<T>(&mut self, what: &str, outcome: Result<T, String>) -> Option<T> {
        let line = match &outcome {
            Ok(_) => format!("ok      {what}"),
            Err(why) => format!("FAILED  {what}: {why}"),
        };
        let _ = writeln!(stdout(), "{line}");
        self.failed += usize::from(outcome.is_err());
        outcome.ok()
    }
}

fn read(file: &str) -> Result<String, String> {
    fs::read_to_string(root().join(file)).map_err(|error| format!("{file}: {error}"))
}

fn require(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}

/// The tables of the template, and whether their items expire.
fn tables(template: &str) -> Vec<(String, bool)> {
    let mut tables = Vec::new();
    let mut resource = String::new();
    for line in template.lines() {
        let name = line.strip_prefix("  ").filter(|name| !name.starts_with([' ', '#']));
        if let Some(name) = name.and_then(|name| name.strip_suffix(':')) {
            name.clone_into(&mut resource);
        } else if line.trim() == "Type: AWS::DynamoDB::Table" {
            tables.push((resource.clone(), false));
        } else if line.trim().starts_with("TimeToLiveSpecification:") {
            tables
                .iter_mut()
                .filter(|(table, _)| *table == resource)
                .for_each(|(_, expires)| *expires = true);
        }
    }
    tables
}

fn every_operation(target: &Target) -> Result<(), String> {
    let document: Value = serde_json::from_str(&read("openapi.json")?).map_err(|error| error.to_string())?;
    let paths = document["paths"].as_object().ok_or("openapi.json has no paths")?;
    for (path, operations) in paths {
        for (method, operation) in operations.as_object().into_iter().flatten() {
            let method = method.to_uppercase();
            let place = path.replace("{keyId}", "x").replace("{account}", "x").replace("{id}", "x");
            let body = (method != "GET").then_some("{}");
            let answer = target.send(&method, &place, &["Content-Type: application/json"], body)?;
            let is_open = operation["security"] == json!([]);
            let by_gateway = answer.json() == json!({"message": "Unauthorized"});
            let holds = if is_open {
                leaks::answers_openly(path, answer.status)
            } else {
                answer.status == 401 && by_gateway == path.starts_with("/admin/")
            };
            require(holds, || format!("{method} {path}: {answer}"))?;
        }
    }
    Ok(())
}

/// API Gateway renames the header `WWW-Authenticate` of a function, but not its own.
fn challenges(target: &Target) -> Result<(), String> {
    for (path, standard, renamed) in
        [("/enterprise/v1/accounts/x", "", "apikey, Bearer"), ("/admin/v1/me", "Bearer", "")]
    {
        let answer = target.send("GET", path, &[], None)?.expect(401)?;
        let found = [answer.header("www-authenticate"), answer.header("x-amzn-remapped-www-authenticate")];
        require(found == [standard, renamed], || {
            format!(
                "{path}: www-authenticate is {:?}, x-amzn-remapped-www-authenticate is {:?}",
                found[0], found[1]
            )
        })?;
    }
    Ok(())
}

fn preflight(target: &Target) -> Result<(), String> {
    let page = target.page()?;
    for (origin, allowed) in [(page, page), ("https://elsewhere.example", "")] {
        let origin = format!("Origin: {origin}");
        let headers =
            [&origin, "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: authorization"];
        let answer = target.send("OPTIONS", "/admin/v1/api-keys", &headers, None)?;
        let found = answer.header("access-control-allow-origin");
        require(found == allowed, || format!("{origin}: access-control-allow-origin is {found:?}"))?;
        if !allowed.is_empty() {
            let headers = answer.header("access-control-allow-headers");
            require(headers.contains("authorization"), || format!("allowed headers are {headers:?}"))?;
            answer.expect(204)?;
        }
    }
    Ok(())
}

fn readable(target: &Target) -> Result<(), String> {
    let page = target.page()?;
    let origin = format!("Origin: {page}");
    for (path, expected) in [("/enterprise/v1/accounts/x", page), ("/admin/v1/me", "")] {
        let answer = target.send("GET", path, &[&origin], None)?.expect(401)?;
        let found = answer.header("access-control-allow-origin");
        require(found == expected, || format!("{path}: access-control-allow-origin is {found:?}"))?;
    }
    Ok(())
}

fn configuration(target: &Target) -> Result<(), String> {
    let answer = send("GET", &format!("{}/config.json", target.page()?), &[], None)?.expect(200)?;
    let expected = target.configuration()?;
    require(answer.json() == expected, || format!("{} was expected, not {}", expected, answer.body))
}

fn authorized(key: &Key) -> String {
    format!("Authorization: apikey {}", key.secret)
}

fn read_account(target: &Target, key: &Key, account: &str) -> Result<Answer, String> {
    target.send("GET", &format!("/enterprise/v1/accounts/{account}"), &[&authorized(key)], None)
}

fn works(target: &Target, key: &Key) -> Result<(), String> {
    let answer = read_account(target, key, ADMINISTRATOR)?.expect(200)?;
    require(answer.json()["accountId"] == ADMINISTRATOR, || answer.body.clone())
}

/// The body arrives in base64. The user of an earlier run is deleted first.
fn scim_body(target: &Target, key: &Key) -> Result<(), String> {
    let (authorization, user) = (authorized(key), format!("{USERS}/{USER}"));
    target.send("DELETE", &user, &[&authorization], None)?;
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": USER, "displayName": "Jürgen Smoke",
    });
    let headers = [&authorization, "Content-Type: application/scim+json"];
    let created = target.send("POST", USERS, &headers, Some(&body.to_string()))?;
    let deleted = target.send("DELETE", &user, &[&authorization], None)?;
    let created = created.expect(201)?;
    require(created.json()["displayName"] == "Jürgen Smoke", || {
        format!("the name arrived as {}", created.body)
    })?;
    deleted.expect(204).map(drop)
}

fn encoded_slash(target: &Target, key: &Key) -> Result<(), String> {
    let answer = read_account(target, key, "a%2Fb@smoke.example")?.expect(404)?;
    require(answer.json() == json!({"message": "Not Found"}), || {
        format!("a function responded, but docs/errors.md (not-found) says that none does: {answer}")
    })
}

fn encoded_question_mark(target: &Target, key: &Key) -> Result<(), String> {
    let answer = read_account(target, key, &format!("{ADMINISTRATOR}%3Fx"))?;
    require(answer.status == 200 && answer.json()["accountId"] == ADMINISTRATOR, || {
        format!("the path was not cut, but docs/errors.md (not-found) says that it is: {answer}")
    })
}

fn is_refused(target: &Target, key: &Key) -> Result<(), String> {
    let answer = read_account(target, key, ADMINISTRATOR)?.expect(401)?;
    require(answer.json()["type"] == "urn:company-api-keys:problem:unauthenticated", || answer.body.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_those_of_the_template() {
        let tables = tables(&read("template.yaml").expect("a template"));
        assert_eq!(tables.len(), 13);
        let expiring: Vec<_> =
            tables.iter().filter(|(_, expires)| *expires).map(|(table, _)| table).collect();
        assert_eq!(expiring, ["KeyGates", "KeyUsage", "AuditEvents", "IdempotencyRecords", "Notices"]);
    }
}
