//! Checks of a deployed stack through the AWS CLI.

use std::{collections::BTreeMap, ffi::OsString};

use serde_json::{Value, json};

use crate::process::Run;

/// A deployed stack, with its outputs and resources.
pub struct Aws {
    stack: String,
    region: Option<String>,
    /// The search path for `aws`.
    path: OsString,
    outputs: BTreeMap<String, String>,
    /// The physical IDs, by logical IDs.
    resources: BTreeMap<String, String>,
}

impl Aws {
    /// Reads the stack's outputs and resources.
    pub fn read(stack: &str, region: Option<&str>, path: OsString) -> Result<Self, String> {
        let (stack, region) = (stack.to_owned(), region.map(str::to_owned));
        let mut aws = Self { stack, region, path, outputs: BTreeMap::new(), resources: BTreeMap::new() };
        let name = aws.stack.clone();
        let query = "Stacks[0].Outputs[].[OutputKey, OutputValue]";
        aws.outputs = pairs(&aws.ask(&[
            "cloudformation",
            "describe-stacks",
            "--stack-name",
            &name,
            "--query",
            query,
        ])?);
        // Unlike similar commands, this one is not limited to a hundred resources.
        let query = "StackResourceSummaries[].[LogicalResourceId, PhysicalResourceId]";
        let list = ["cloudformation", "list-stack-resources", "--stack-name", &name, "--query", query];
        aws.resources = pairs(&aws.ask(&list)?);
        Ok(aws)
    }

    /// An output of the stack.
    pub fn output(&self, key: &str) -> Result<&str, String> {
        let output = self.outputs.get(key).map(String::as_str);
        output
            .ok_or_else(|| format!("the stack {} has no output {key}: deploy this version first", self.stack))
    }

    /// The physical ID of a resource.
    fn resource(&self, logical_id: &str) -> Result<&str, String> {
        let resource = self.resources.get(logical_id).map(String::as_str);
        resource.ok_or_else(|| format!("the stack {} has no resource {logical_id}", self.stack))
    }

    /// Runs a command of the AWS CLI. Returns the JSON that it prints.
    fn ask(&self, arguments: &[&str]) -> Result<Value, String> {
        let printed = self.run(arguments, "json", b"")?;
        serde_json::from_slice(&printed).map_err(|error| format!("`aws {}`: {error}", arguments.join(" ")))
    }

    fn run(&self, arguments: &[&str], output: &str, input: &[u8]) -> Result<Vec<u8>, String> {
        let region = self.region.iter().flat_map(|region| ["--region", region]);
        let all = arguments.iter().copied().chain(["--output", output]).chain(region);
        let outcome = Run::new("aws", all).env("PATH", &self.path).outcome_of(input)?;
        if outcome.status.success() {
            return Ok(outcome.stdout);
        }
        let said = String::from_utf8_lossy(&outcome.stderr).trim().to_owned();
        Err(format!("`aws {} {}` failed: {said}", arguments[0], arguments[1]))
    }

    /// Invokes a function. An error of the function is an error here.
    pub fn invoke(&self, function: &str, event: &Value) -> Result<Value, String> {
        let (name, event) = (self.resource(function)?, event.to_string());
        let invoke = ["lambda", "invoke", "--function-name", name, "--query", "FunctionError"];
        // Both versions of the CLI send a payload from a file unchanged.
        let files = ["--payload", "fileb:///dev/stdin", "/dev/stdout"];
        let printed = self.run(&[&invoke[..], &files].concat(), "text", event.as_bytes())?;
        // The output is the function's response, followed by the CLI's own description.
        let mut values = serde_json::Deserializer::from_slice(&printed).into_iter::<Value>();
        let answer =
            values.next().and_then(Result::ok).ok_or_else(|| format!("{function} returned nothing"))?;
        let rest = String::from_utf8_lossy(&printed[values.byte_offset()..]).trim().to_owned();
        if rest == "None" { Ok(answer) } else { Err(format!("{function} failed: {answer}")) }
    }

    /// Every route of the admin plane has the JWT authorizer with the scope, and no other route has one.
    pub fn authorizers(&self) -> Result<(), String> {
        let query = "Items[].[RouteKey, AuthorizationType, AuthorizationScopes]";
        let id = self.output("ApiId")?;
        let routes = self.ask(&["apigatewayv2", "get-routes", "--api-id", id, "--query", query])?;
        let routes = routes.as_array().filter(|routes| !routes.is_empty()).ok_or("the API has no routes")?;
        for route in routes {
            let key = route[0].as_str().unwrap_or_default();
            let expected = if key.contains(" /admin/") {
                json!(["JWT", ["company-api-keys/admin"]])
            } else {
                json!(["NONE", null])
            };
            let scopes = if route[2] == json!([]) { &Value::Null } else { &route[2] };
            if expected != json!([route[1], scopes]) {
                return Err(format!("{key} has {} with the scopes {}", route[1], route[2]));
            }
        }
        Ok(())
    }

    /// Every table can be restored and is protected, and events and idempotency records expire.
    pub fn tables(&self, tables: &[(String, bool)]) -> Result<(), String> {
        let mut wrong = Vec::new();
        for (table, expires) in tables {
            let name = self.resource(table)?;
            let mut ask = |command: &str, query: &str, expected: Value| {
                let found = self.ask(&["dynamodb", command, "--table-name", name, "--query", query])?;
                if found != expected {
                    wrong.push(format!(
                        "{table}: {} is {found}",
                        query.rsplit('.').next().unwrap_or_default()
                    ));
                }
                Ok::<_, String>(())
            };
            let recovery =
                "ContinuousBackupsDescription.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus";
            ask("describe-continuous-backups", recovery, "ENABLED".into())?;
            ask("describe-table", "Table.DeletionProtectionEnabled", true.into())?;
            let expiry = if *expires { "ENABLED" } else { "DISABLED" };
            ask("describe-time-to-live", "TimeToLiveDescription.TimeToLiveStatus", expiry.into())?;
            if *expires {
                ask("describe-time-to-live", "TimeToLiveDescription.AttributeName", "expiry".into())?;
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
    }

    /// The alarms' metrics exist. `CloudWatch` lists a new metric after some minutes.
    pub fn metrics(&self) -> Result<(), String> {
        let own = format!("CompanyApiKeys/{}", self.stack);
        let api = format!("Name=ApiId,Value={}", self.output("ApiId")?);
        let resource = "Name=Resource,Value=/enterprise/v1/accounts/{account}";
        let mut missing = Vec::new();
        for (namespace, metric, dimensions) in [
            (own.as_str(), "KeysCreated", &[][..]),
            (&own, "KeysVerified", &[]),
            (&own, "KeysRefused", &["Name=reason,Value=revoked"]),
            ("AWS/ApiGateway", "5xx", &[&api]),
            ("AWS/ApiGateway", "Latency", &[&api, resource]),
        ] {
            let mut list =
                vec!["cloudwatch", "list-metrics", "--namespace", namespace, "--metric-name", metric];
            if !dimensions.is_empty() {
                list.push("--dimensions");
                list.extend(dimensions);
            }
            list.extend(["--query", "length(Metrics)"]);
            if self.ask(&list)?.as_u64().is_none_or(|count| count == 0) {
                missing.push(format!("{namespace} {metric} {}", dimensions.join(" ")));
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let missing = missing.join("; ");
        Err(format!(
            "missing metrics: {missing}. A new metric takes up to 15 minutes to appear. Run this again"
        ))
    }
}

fn pairs(list: &Value) -> BTreeMap<String, String> {
    let pairs = list.as_array().into_iter().flatten();
    pairs.filter_map(|pair| Some((pair[0].as_str()?.to_owned(), pair[1].as_str()?.to_owned()))).collect()
}

#[cfg(test)]
mod tests {
    use std::{env, fs, os::unix::fs::PermissionsExt, path::PathBuf, process};

    use super::*;

    /// The output of `aws` for a command that contains a text. The first match counts.
    const ANSWERS: [(&str, &str); 12] = [
        ("describe-stacks", r#"[["ApiId", "abc"], ["ApiAddress", "https://abc.example"]]"#),
        (
            "list-stack-resources",
            r#"[["Companies", "keys-Companies-X"], ["AuditEvents", "keys-AuditEvents-X"],
            ["Provision", "keys-Provision-X"], ["Refusing", "keys-Refusing-X"], ["Alarms", null]]"#,
        ),
        (
            "get-routes",
            r#"[["GET /admin/v1/me", "JWT", ["company-api-keys/admin"]],
            ["ANY /enterprise/v1/scim", "NONE", null], ["GET /enterprise/v1/audit-log", "NONE", []]]"#,
        ),
        ("describe-continuous-backups", "\"ENABLED\""),
        ("DeletionProtectionEnabled", "true"),
        ("keys-Companies-X --query TimeToLiveDescription.TimeToLiveStatus", "\"DISABLED\""),
        ("TimeToLiveStatus", "\"ENABLED\""),
        ("TimeToLiveDescription.AttributeName", "\"expiry\""),
        ("--metric-name KeysCreated", "1"),
        ("list-metrics", "2"),
        ("keys-Refusing-X", "{\"errorType\":\"not-found\"}Unhandled"),
        ("lambda invoke", "{\"changed\":true}None"),
    ];

    struct Fixture(PathBuf);

    impl Fixture {
        /// An `aws` with these outputs, except one.
        fn new(name: &str, other: (&str, &str)) -> Self {
            let folder = env::temp_dir().join(format!("smoke-{name}-{}", process::id()));
            fs::create_dir_all(&folder).expect("a folder");
            let arms = [other].into_iter().chain(ANSWERS).filter(|(holds, _)| !holds.is_empty());
            let arms = arms.map(|(holds, answer)| format!("*'{holds}'*) printf '%s\\n' '{answer}' ;;"));
            let arms = arms.collect::<Vec<_>>().join("\n");
            let program = folder.join("aws");
            fs::write(&program, format!("#!/bin/sh\ncase \"$*\" in\n{arms}\n*) exit 255 ;;\nesac\n"))
                .expect("a file");
            fs::set_permissions(program, fs::Permissions::from_mode(0o755)).expect("a program");
            Self(folder)
        }

        fn stack(&self) -> Aws {
            let path = env::join_paths([self.0.clone(), "/usr/bin".into(), "/bin".into()]).expect("a path");
            // A new program can't run for a moment if another test's process still has it open.
            (0..50).find_map(|_| Aws::read("keys", Some("eu-west-1"), path.clone()).ok()).expect("a stack")
        }
    }

    impl Drop for Fixture {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn tables() -> [(String, bool); 2] {
        [("Companies".into(), false), ("AuditEvents".into(), true)]
    }

    #[test]
    fn a_stack_like_the_template_passes() {
        let fixture = Fixture::new("good", ("", ""));
        let stack = fixture.stack();
        assert_eq!(stack.authorizers(), Ok(()));
        assert_eq!(stack.tables(&tables()), Ok(()));
        assert_eq!(stack.metrics(), Ok(()));
        assert_eq!(stack.invoke("Provision", &json!({})), Ok(json!({"changed": true})));
        let refused = stack.invoke("Refusing", &json!({})).expect_err("refused");
        assert!(refused.contains("not-found"), "{refused}");
        assert!(stack.output("PageAddress").is_err() && stack.invoke("CreateKey", &json!({})).is_err());
    }

    #[test]
    fn the_error_names_what_is_wrong() {
        type Check = fn(&Aws) -> Result<(), String>;
        let (routes, data, metrics): (Check, Check, Check) =
            (Aws::authorizers, |stack| stack.tables(&tables()), Aws::metrics);
        let cases: [(&str, &str, Check, &str); 7] = [
            (
                "get-routes",
                r#"[["GET /admin/v1/me", "NONE", null]]"#,
                routes,
                "GET /admin/v1/me has \"NONE\"",
            ),
            ("get-routes", r#"[["GET /admin/v1/me", "JWT", []]]"#, routes, "GET /admin/v1/me has \"JWT\""),
            ("get-routes", "[]", routes, "no routes"),
            (
                "describe-continuous-backups",
                "\"DISABLED\"",
                data,
                "PointInTimeRecoveryStatus is \"DISABLED\"",
            ),
            ("DeletionProtectionEnabled", "false", data, "Companies: DeletionProtectionEnabled is false"),
            (
                "keys-AuditEvents-X --query TimeToLiveDescription.TimeToLiveStatus",
                "\"DISABLED\"",
                data,
                "AuditEvents: ",
            ),
            ("--metric-name KeysCreated", "0", metrics, "CompanyApiKeys/keys KeysCreated"),
        ];
        for (number, (holds, answer, check, expected)) in cases.into_iter().enumerate() {
            let fixture = Fixture::new(&number.to_string(), (holds, answer));
            let error = check(&fixture.stack()).expect_err("wrong");
            assert!(error.contains(expected), "{error}");
        }
    }
}
