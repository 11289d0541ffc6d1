//! Builds `openapi.json` (`OpenAPI` 3.1) from the functions' own descriptions and wire types.

use std::collections::BTreeMap;

use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};
use web::{
    Form, Problem, ProblemDetails, ProblemType, ScimError, TYPE_PREFIX,
    openapi::{Content, Operation, Parameter, Security},
};

use crate::functions::HTTP_FUNCTIONS;

/// The problems that every operation can return.
const ALWAYS: [ProblemType; 5] = [
    ProblemType::InvalidRequest,
    ProblemType::MisplacedKey,
    ProblemType::Unauthenticated,
    ProblemType::InternalError,
    ProblemType::Unavailable,
];

/// The identifiers that one operation returns and another takes: operation, field of its response, other operation, path
/// parameter.
const LINKS: [(&str, &str, &str, &str); 15] = [
    ("createApiKey", "keyId", "getApiKey", "keyId"),
    ("createApiKey", "keyId", "updateApiKey", "keyId"),
    ("createApiKey", "keyId", "holdApiKey", "keyId"),
    ("createApiKey", "keyId", "releaseApiKey", "keyId"),
    ("createApiKey", "keyId", "rotateApiKey", "keyId"),
    ("createApiKey", "keyId", "completeApiKeyRotation", "keyId"),
    ("createApiKey", "keyId", "cancelApiKeyRotation", "keyId"),
    ("createApiKey", "keyId", "revokeApiKey", "keyId"),
    ("createUser", "id", "getUser", "id"),
    ("createUser", "id", "replaceUser", "id"),
    ("createUser", "id", "patchUser", "id"),
    ("createUser", "id", "deleteUser", "id"),
    ("createUser", "id", "getAccount", "account"),
    ("createUser", "id", "suspendAccount", "account"),
    ("createUser", "id", "unsuspendAccount", "account"),
];

/// The whole document.
///
/// # Panics
/// If a description has no JSON form.
#[must_use]
pub fn document() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = SchemaGenerator::new(settings);
    generator.subschema_for::<ProblemDetails>();
    generator.subschema_for::<ScimError>();
    let mut paths = BTreeMap::<&str, Map<String, Value>>::new();
    for operation in HTTP_FUNCTIONS.iter().flat_map(|function| (function.operations)()) {
        let (method, path) = operation.route.split_once(' ').expect("a route is a method and a path");
        let described = describe(&operation, &mut generator);
        paths.entry(path).or_default().insert(method.to_lowercase(), described);
    }
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Company API Keys",
            "version": env!("CARGO_PKG_VERSION"),
            "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
            "description": "API keys for a company's own machines, and the APIs that accept them. Errors are RFC 9457 \
                            problem details. `docs/errors.md` explains each `type`. Times are RFC 3339 in UTC. Absent \
                            values are omitted, never null, except `name` and `email` in the audit log.",
        },
        "servers": [{"url": "http://localhost:3000", "description": "`cargo run`"}],
        "tags": [
            {"name": "Admin plane", "description": "For people, through the dashboard. Requires a Company Administrator's access token."},
            {"name": "Enterprise plane", "description": "For machines. Requires an API key."},
            {"name": "Leaked keys", "description": "For anybody who found an API key, and for GitHub. Requires no authentication."},
        ],
        "paths": paths,
        "components": {
            "schemas": generator.take_definitions(true),
            "securitySchemes": {
                "accessToken": {
                    "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                    "description": "An access token with the scope `company-api-keys/admin`.",
                },
                "apiKey": {
                    "type": "http", "scheme": "apikey",
                    "description": "`Authorization: apikey KEY`, the scheme of MURAL's Enterprise API.",
                },
                "apiKeyAsBearer": {
                    "type": "http", "scheme": "bearer", "bearerFormat": "API key",
                    "description": "`Authorization: Bearer KEY`, for clients that support no other scheme.",
                },
            },
        },
    });
    drop_null(&mut document["components"]["schemas"]);
    document
}

/// API Gateway's own error responses, which every operation can return.
const GATEWAY_REFUSALS: [(u16, &str); 5] = [
    (404, "Not Found"),
    (413, "Request Entity Too Large"),
    (429, "Too Many Requests"),
    (431, "Request Header Fields Too Large"),
    (500, "Internal Server Error"),
];

fn links(operation: &str) -> Value {
    let from_here = LINKS.into_iter().filter(|(from, ..)| *from == operation);
    let link = |(_, field, to, parameter): (&str, &str, &str, &str)| {
        let value = format!("$response.body#/{field}");
        (to.to_owned(), json!({"operationId": to, "parameters": {parameter: value}}))
    };
    from_here.map(link).collect::<Map<_, _>>().into()
}

fn describe(operation: &Operation, generator: &mut SchemaGenerator) -> Value {
    let (tag, security) = match operation.security {
        Security::AccessToken => ("Admin plane", json!([{"accessToken": []}])),
        Security::ApiKey => ("Enterprise plane", json!([{"apiKey": []}, {"apiKeyAsBearer": []}])),
        Security::Public if operation.route.contains(" /leaks/") => ("Leaked keys", json!([])),
        Security::Public => ("Enterprise plane", json!([])),
    };
    let form = Form::of(operation.route);
    let mut responses = Map::new();
    for success in &operation.successes {
        let content = content(form.success(), &success.content, generator);
        let mut response = json!({"description": success.description, "content": content});
        for (name, description) in &success.headers {
            response["headers"][name] = json!({"description": description, "schema": {"type": "string"}});
        }
        if success.status == 201 {
            response["links"] = links(operation.id);
        }
        responses.insert(success.status.to_string(), response);
    }
    let mut refusals = BTreeMap::<u16, Vec<ProblemType>>::new();
    let always = ALWAYS.iter().filter(|problem| {
        operation.security != Security::Public || **problem != ProblemType::Unauthenticated
    });
    let limited = (operation.security == Security::ApiKey).then_some(&ProblemType::RateLimited);
    for problem in always.chain(limited).chain(&operation.problems) {
        refusals.entry(problem.status()).or_default().push(*problem);
    }
    for (status, _) in GATEWAY_REFUSALS {
        refusals.entry(status).or_default();
    }
    for (status, problems) in refusals {
        responses.insert(status.to_string(), refusal(operation, status, &problems));
    }
    if operation.security == Security::ApiKey {
        for (status, response) in &mut responses {
            // A request whose key isn't accepted counts against no limit.
            if status != "401" {
                add_rate_limits(response);
            }
        }
    }
    let mut described = json!({
        "operationId": operation.id,
        "tags": [tag],
        "summary": operation.summary,
        "description": operation.description,
        "security": security,
        "responses": responses,
    });
    if !operation.parameters.is_empty() {
        described["parameters"] = operation.parameters.iter().map(parameter).collect();
    }
    if let Some(request) = &operation.request {
        described["requestBody"] =
            json!({"required": !request.optional, "content": content(form.success(), request, generator)});
    }
    described
}

fn add_rate_limits(response: &mut Value) {
    for (name, description, example) in [
        (
            "RateLimit-Policy",
            "The limits that apply to the request: `q` requests in `w` seconds. See `docs/errors.md`. Absent from \
             API Gateway's own responses.",
            "\"key\";q=3000;w=60, \"company\";q=6000;w=60",
        ),
        (
            "RateLimit",
            "The requests `r` that are left for the next `t` seconds, as far as known.",
            "\"key\";r=2950;t=37, \"company\";r=5950;t=37",
        ),
    ] {
        response["headers"][name] =
            json!({"description": description, "schema": {"type": "string"}, "example": example});
    }
}

fn parameter(parameter: &Parameter) -> Value {
    json!({
        "in": parameter.place,
        "name": parameter.name,
        "description": parameter.description,
        "required": parameter.required,
        "schema": parameter.schema,
    })
}

fn content(media_type: &str, content: &Content, generator: &mut SchemaGenerator) -> Value {
    let Some(schema) = content.schema else { return json!({}) };
    json!({media_type: {"schema": schema(generator), "example": content.example}})
}

fn refusal(operation: &Operation, status: u16, problems: &[ProblemType]) -> Value {
    let mut described: Vec<String> =
        problems.iter().map(|problem| format!("`{}`: {}", problem.name(), problem.title())).collect();
    let (mut content, form) = (Map::new(), Form::of(operation.route));
    if !problems.is_empty() {
        let examples: Map<String, Value> = problems
            .iter()
            .map(|problem| (problem.name().to_owned(), json!({"value": example(*problem, form)})))
            .collect();
        let name = if form == Form::Scim { "ScimError" } else { "Problem" };
        let schema = json!({"$ref": format!("#/components/schemas/{name}")});
        content.insert(form.refusal().into(), json!({"schema": schema, "examples": examples}));
    }
    let of_gateway =
        GATEWAY_REFUSALS.iter().find(|(refusal, _)| *refusal == status).map(|(_, message)| *message);
    // API Gateway's authorizer refuses invalid access tokens.
    let of_authorizer = match (operation.security, status) {
        (Security::AccessToken, 401) => Some("Unauthorized"),
        (Security::AccessToken, 403) => Some("Forbidden"),
        _ => None,
    };
    if let Some(message) = of_gateway.or(of_authorizer) {
        described.push(format!("API Gateway's own response: {message}"));
        let schema =
            json!({"type": "object", "required": ["message"], "properties": {"message": {"type": "string"}}});
        content.insert("application/json".into(), json!({"schema": schema, "example": {"message": message}}));
    }
    let mut response = json!({"description": described.join("; "), "content": content});
    if status == 401 {
        response["headers"] = json!({"x-amzn-remapped-www-authenticate": {
            "description": "The accepted schemes. API Gateway gives a function's `WWW-Authenticate` this name, so decide by \
                the status and by `type`.",
            "schema": {"type": "string"},
        }});
        if of_authorizer.is_some() {
            response["headers"]["WWW-Authenticate"] = json!({
                "description": "The accepted scheme. Only in API Gateway's own response.", "schema": {"type": "string"},
            });
        }
    }
    if status == 503 || problems.contains(&ProblemType::RateLimited) {
        response["headers"] = json!({"Retry-After": {
            "description": "Seconds to wait.", "schema": {"type": "integer"},
        }});
    }
    response
}

fn example(problem: ProblemType, form: Form) -> Value {
    if form == Form::Scim {
        return json!(Problem::of(problem).into_scim());
    }
    let mut example = json!({
        "type": format!("{TYPE_PREFIX}{}", problem.name()),
        "title": problem.title(),
        "status": problem.status(),
        "detail": problem.detail(),
        "requestId": "01KDXJ7Q9W3T5V8YB2C4E6G8HC",
    });
    if problem == ProblemType::InvalidRequest {
        example["errors"] = json!([{"field": "name", "detail": "must not be empty"}]);
    }
    example
}

/// Removes "or null" from the schemas of optional members, because these are omitted, never null. A required member can be
/// null.
pub(crate) fn drop_null(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            let always = members.get("required").cloned().unwrap_or_default();
            let always = always.as_array().map(Vec::as_slice).unwrap_or_default();
            for (name, member) in members.iter_mut() {
                if let (true, Value::Object(properties)) = (name == "properties", &mut *member) {
                    let optional =
                        properties.iter_mut().filter(|(name, _)| !always.contains(&name.as_str().into()));
                    optional.for_each(|(_, property)| without_null(property));
                }
                drop_null(member);
            }
        }
        Value::Array(schemas) => schemas.iter_mut().for_each(drop_null),
        _ => {}
    }
}

fn without_null(schema: &mut Value) {
    let Value::Object(members) = schema else { return };
    if let Some(Value::Array(types)) = members.get_mut("type") {
        types.retain(|name| name != "null");
        if let [one] = types.as_slice() {
            let one = one.clone();
            members.insert("type".into(), one);
        }
    }
    if let Some(Value::Array(choices)) = members.get_mut("anyOf") {
        choices.retain(|choice| choice["type"] != "null");
        if let [Value::Object(one)] = choices.as_slice() {
            let one = one.clone();
            members.remove("anyOf");
            members.extend(one);
        }
    }
}
