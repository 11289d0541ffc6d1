use std::collections::BTreeSet;

use domain::{
    identifiers::{AccountRef, Email, KeyId, UserName},
    scope::Scope,
    text,
};
use harness::{ADMIN, Answer, World};
use local::{
    functions::HTTP_FUNCTIONS,
    openapi,
    template::{SOURCE, Template},
};
use serde_json::{Value, json};
use web::{ProblemType, TYPE_PREFIX, examples::KEY_ID};

const STORED: &str = include_str!("../../../openapi.json");

fn routes_of(document: &Value) -> BTreeSet<String> {
    let paths = document["paths"].as_object().expect("paths");
    let routes = paths.iter().flat_map(|(path, operations)| {
        let operations = operations.as_object().expect("operations");
        operations.keys().map(move |method| format!("{} {path}", method.to_uppercase()))
    });
    routes.collect()
}

#[test]
fn openapi_json_is_fresh() {
    let stored: Value = serde_json::from_str(STORED).expect("JSON");
    assert!(stored == openapi::document(), "openapi.json is stale: run `cargo xtask openapi`");
}

#[test]
fn the_template_and_the_description_have_the_same_routes() {
    let template = Template::read(SOURCE).expect("readable");
    // A path with a slash at its end is a separate route, but not an operation.
    let mut routes: BTreeSet<_> =
        template.routes.iter().map(|route| route.key().trim_end_matches('/').to_owned()).collect();
    // The response of this route lists the others.
    assert!(routes.remove("ANY /enterprise/v1/scim"));
    // A route for any method and path covers several operations of the document.
    let behind = |described: String| {
        let (_, path) = described.split_once(' ').expect("method and path");
        let proxy = routes.iter().find(|route| {
            let prefix = route.strip_prefix("ANY ").and_then(|path| path.strip_suffix("{proxy+}"));
            prefix.is_some_and(|prefix| path.starts_with(prefix))
        });
        proxy.cloned().unwrap_or(described)
    };
    let described: BTreeSet<_> = routes_of(&openapi::document()).into_iter().map(behind).collect();
    assert_eq!(routes, described);
}

/// Generators name functions after them.
#[test]
fn operations_have_names_of_their_own() {
    let document = openapi::document();
    let paths = document["paths"].as_object().expect("paths").values();
    let operations = paths.flat_map(|path| path.as_object().expect("operations").values());
    let names: Vec<_> = operations.map(|operation| name(&operation["operationId"])).collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
}

#[test]
fn every_problem_is_described_in_the_documentation() {
    let text = include_str!("../../../docs/errors.md");
    for problem in ProblemType::ALL {
        assert!(
            text.contains(&format!("\n## {}\n", problem.name())),
            "docs/errors.md lacks {}",
            problem.name()
        );
    }
    for action in domain::audit::Action::ALL {
        assert!(include_str!("../../../docs/audit-actions.md").contains(action.id()), "{action:?}");
    }
}

/// No operation answers without authentication. The test takes the list from the description, so no operation can be
/// forgotten.
#[tokio::test]
async fn every_operation_refuses_a_request_without_a_credential() {
    let world = World::start().await;
    let document = openapi::document();
    for route in routes_of(&document) {
        let (method, path) = route.split_once(' ').expect("method and path");
        // Operations without authentication are marked in the description.
        if document["paths"][path][method.to_lowercase()]["security"] == json!([]) {
            assert!(path.starts_with("/enterprise/v1/scim/") || path.starts_with("/leaks/v1/"), "{route}");
            continue;
        }
        let path = example(path);
        let _ = world.dynamodb.take_calls();
        let answer = world.send(world.request(method, &path).json(&json!({}))).await;
        assert_eq!(answer.status, 401, "{route}");
        assert_eq!(world.dynamodb.take_calls(), [], "{route}");
    }
}

/// A body with an unknown field makes an operation say which fields it knows, and which are missing.
#[tokio::test]
async fn every_body_has_the_fields_that_its_schema_names() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await.authorization();
    let document = openapi::document();
    let mut bodies = 0;
    for route in routes_of(&document) {
        let (method, path, operation) = operation(&document, &route);
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
        let Some(schema) = schema.as_str() else { continue };
        bodies += 1;
        let schema = document.pointer(schema.trim_start_matches('#')).expect("a schema");
        let authorization = if path.starts_with("/admin/") { &admin } else { &key };
        let answer = world.call(method, &example(path), authorization, json!({"unknown": 1})).await;
        let fields: BTreeSet<_> = schema["properties"].as_object().expect("fields").keys().cloned().collect();
        assert_eq!(known(&answer), fields, "{route}");
        let required = schema["required"].as_array().into_iter().flatten().map(name);
        let wrong = BTreeSet::from_iter(answer.wrong_fields());
        assert_eq!(wrong, required.chain(["unknown".to_owned()]).collect(), "{route}");
        let parameters = query_parameters(operation);
        if !parameters.is_empty() {
            let path = format!("{}?unknown=1", example(path));
            let answer = world.call(method, &path, authorization, json!({})).await;
            assert_eq!(known(&answer), parameters, "{route}");
        }
    }
    assert_eq!(bodies, 17);
}

/// The same with an unknown query parameter.
#[tokio::test]
async fn every_query_has_the_parameters_that_are_described() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let scopes = Scope::ALL.map(Scope::id);
    let key = world.create_key_with(&admin, json!({"scopes": scopes})).await.authorization();
    let document = openapi::document();
    for route in routes_of(&document) {
        let (method, path, operation) = operation(&document, &route);
        // SCIM and the audit log for collectors ignore unknown parameters.
        let is_lenient = path.starts_with("/enterprise/v1/scim/") || path == "/enterprise/v1/audit-log";
        if is_lenient || operation.get("requestBody").is_some() {
            continue;
        }
        let authorization = if path.starts_with("/admin/") { &admin } else { &key };
        let path = format!("{}?unknown=1", example(path));
        let answer = world.call(method, &path, authorization, Value::Null).await;
        let wrong = BTreeSet::from_iter(answer.wrong_fields());
        let required = required_query_parameters(operation);
        assert_eq!(wrong, required.chain(["unknown".to_owned()]).collect(), "{route}");
        assert_eq!(known(&answer), query_parameters(operation), "{route}");
    }
}

fn operation<'a>(document: &'a Value, route: &'a str) -> (&'a str, &'a str, &'a Value) {
    let (method, path) = route.split_once(' ').expect("method and path");
    (method, path, &document["paths"][path][method.to_lowercase()])
}

fn name(value: &Value) -> String {
    value.as_str().expect("a name").to_owned()
}

fn query_parameters(operation: &Value) -> BTreeSet<String> {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    parameters
        .filter(|parameter| parameter["in"] == "query")
        .map(|parameter| name(&parameter["name"]))
        .collect()
}

fn required_query_parameters(operation: &Value) -> impl Iterator<Item = String> {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let required = parameters.filter(|parameter| parameter["in"] == "query" && parameter["required"] == true);
    required.map(|parameter| name(&parameter["name"]))
}

/// The fields that the response lists as known.
fn known(answer: &Answer) -> BTreeSet<String> {
    let body = answer.json();
    let mut errors = body["errors"].as_array().into_iter().flatten();
    let error = errors.find(|error| error["field"] == "unknown");
    let detail = name(&error.unwrap_or_else(|| panic!("no error about the unknown field: {body}"))["detail"]);
    let known = detail.rsplit_once("are: ").map_or("", |(_, known)| known);
    known.split(", ").filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// A path with examples in place of its parameters.
fn example(path: &str) -> String {
    let path = path
        .replace("{keyId}", KEY_ID)
        .replace("{account}", "acme-member-1")
        .replace("{id}", "acme-member-1");
    assert!(!path.contains('{'), "{path}");
    path
}

/// If `template.yaml` and the code differ, no other operation is carried out.
#[tokio::test]
async fn every_function_refuses_a_route_that_it_does_not_have() {
    let world = World::start().await;
    let _ = world.dynamodb.take_calls();
    for function in HTTP_FUNCTIONS {
        let event = serde_json::from_value(json!({"routeKey": "GET /admin/v1/nowhere"})).expect("an event");
        let answer = (function.answer)(world.stack.service.clone(), event).await;
        assert_eq!(answer.status_code, 500, "{}", function.name);
    }
    assert_eq!(world.dynamodb.take_calls(), []);
}

#[test]
fn examples_of_problems_are_the_catalog() {
    let document = openapi::document();
    let suspend = &document["paths"]["/enterprise/v1/accounts/{account}/suspend"]["post"]["responses"];
    let example =
        &suspend["409"]["content"]["application/problem+json"]["examples"]["last-administrator"]["value"];
    assert_eq!(example["type"], format!("{TYPE_PREFIX}last-administrator"));
    // Absent values are omitted, except two members that MURAL's log always has.
    let mut schemas = document;
    let party = &mut schemas["components"]["schemas"]["AuditParty"]["properties"];
    for member in ["name", "email"] {
        assert_eq!(party[member].take()["type"], json!(["string", "null"]), "{member}");
    }
    // A secret that never expires is asked for with null, and so is a change to nothing.
    let nullable: [(&str, &[&str]); 4] = [
        ("NewApiKey", &["networks", "suspensionLimit"]),
        ("NewApiKeySecret", &["expiresAt"]),
        ("ApiKeyChanges", &["note", "expiresAt", "selfRotation", "networks", "suspensionLimit"]),
        ("NewKeyPolicy", &["longestLifetimeDays", "unusedDays", "scopes", "suspensionsPerHour"]),
    ];
    for (schema, members) in nullable {
        for member in members {
            let member = &mut schemas["components"]["schemas"][schema]["properties"][member];
            assert_eq!(member["oneOf"].take()[1]["type"], "null", "{schema}");
        }
    }
    assert!(schemas.to_string().find("\"null\"").is_none(), "a member that may be null");
}

/// The patterns repeat the rules of the code. This test finds every character that the two treat differently.
#[test]
fn patterns_allow_what_the_rules_allow() {
    type Rule = fn(&str) -> bool;
    let rules: [(&str, Rule); 9] = [
        (text::NAME_PATTERN, |text| text::name(text).is_ok()),
        (text::NOTE_PATTERN, |text| text::note(text).is_ok()),
        (text::PERSON_NAME_PATTERN, |text| text::person_name(text).is_ok()),
        (text::LABEL_PATTERN, |text| UserName::parse(text.trim()).is_some()),
        (UserName::PATTERN, |text| UserName::parse_new(text.trim()).is_some()),
        (text::NOT_DECEPTIVE_PATTERN, |text| !text.chars().any(text::is_deceptive)),
        (text::NOT_BLANK_PATTERN, |text| !text.trim().is_empty()),
        (Email::PATTERN, |text| Email::parse_new(text.trim()).is_some()),
        (AccountRef::PATTERN, |text| AccountRef::parse(text).is_some()),
    ];
    let planes = (0..=0xFFFF).chain(0x1_BC90..=0x1_BCAF).chain(0x1_D170..=0x1_D17F);
    let planes = planes.chain(0x1_F500..=0x1_F5FF).chain(0xE_0000..=0xE_1000);
    let characters: Vec<_> = planes.filter_map(char::from_u32).collect();
    for (pattern, rule) in rules {
        let schema = jsonschema::validator_for(&json!({"pattern": pattern})).expect("a pattern");
        for c in &characters {
            for text in [format!("{c}"), format!("a{c}b"), format!(" {c}@{c}"), format!("a@b{c}")] {
                assert_eq!(schema.is_valid(&json!(text)), rule(&text), "{text:?} {pattern}");
            }
        }
    }
}

#[test]
fn the_pattern_of_key_ids_allows_what_the_rule_allows() {
    let schema = jsonschema::validator_for(&json!({"pattern": KeyId::PATTERN})).expect("a pattern");
    for c in (0..=0x24F).filter_map(char::from_u32) {
        for text in [format!("{c}{}", &KEY_ID[1..]), format!("{}{c}", &KEY_ID[..25]), format!("{KEY_ID}{c}")]
        {
            assert_eq!(schema.is_valid(&json!(text)), KeyId::parse(&text).is_some(), "{text:?}");
        }
    }
}
