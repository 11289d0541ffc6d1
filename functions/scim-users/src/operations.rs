//! The description of the operations.

use schemars::JsonSchema;
use serde_json::{Value, json};
use web::{
    ProblemType,
    openapi::{Content, Operation, Parameter, Security, Success, query},
};

use crate::{
    DEFAULT_COUNT,
    syntax::USER,
    wire::{
        Description, ListResponse, NewUserRequest, PatchRequest, SearchRequest, UserRequest, UserView,
        filter, number,
    },
};

fn example() -> Value {
    json!({
        "schemas": [USER],
        "id": "01KDXJ7Q9W3T5V8YB2C4E6G8HA",
        "externalId": "00u1a2b3c4",
        "userName": "grace@acme.example",
        "name": {"familyName": "Hopper", "givenName": "Grace"},
        "displayName": "Grace Hopper",
        "emails": [{"value": "grace@acme.example", "type": "work", "primary": true}],
        "active": true,
        "roles": [{"value": "member", "display": "Member"}],
        "meta": {
            "resourceType": "User",
            "created": "2026-01-31T22:19:42.841Z",
            "lastModified": "2026-01-31T22:19:42.841Z",
            "location": "http://localhost:3000/enterprise/v1/scim/Users/01KDXJ7Q9W3T5V8YB2C4E6G8HA",
        },
    })
}

fn view() -> Vec<Parameter> {
    vec![
        query("attributes", "Only these attributes, separated by commas.", json!({"type": "string"})),
        query(
            "excludedAttributes",
            "All attributes except these, separated by commas.",
            json!({"type": "string"}),
        ),
    ]
}

fn user_id() -> Parameter {
    Parameter {
        place: "path",
        name: "id",
        description: "An account ID or a percent-encoded email address.",
        schema: json!({"type": "string", "minLength": 1, "maxLength": 320}),
        required: true,
    }
}

fn success(status: u16, description: &'static str, content: Content) -> Success {
    let headers = if status == 201 { vec![("Location", "The user's URL.")] } else { vec![] };
    Success { status, description, content, headers }
}

/// The problems that a change of a user can return.
const CHANGES: [ProblemType; 5] = [
    ProblemType::AdministratorProtected,
    ProblemType::AlreadyExists,
    ProblemType::LastAdministrator,
    ProblemType::NotFound,
    ProblemType::PayloadTooLarge,
];

fn operation(
    route: &'static str,
    id: &'static str,
    summary: &'static str,
    description: &'static str,
) -> Operation {
    Operation {
        route,
        id,
        summary,
        description,
        security: Security::ApiKey,
        parameters: vec![],
        request: None,
        successes: vec![success(200, "The user.", Content::of::<UserView>(example()))],
        problems: vec![ProblemType::InsufficientScope],
    }
}

fn refused(more: &[ProblemType]) -> Vec<ProblemType> {
    [&[ProblemType::InsufficientScope], more].concat()
}

fn with_id() -> Vec<Parameter> {
    [vec![user_id()], view()].concat()
}

fn user_request<T: JsonSchema>() -> Content {
    Content::of::<T>(json!({
        "schemas": [USER],
        "userName": "grace@acme.example",
        "externalId": "00u1a2b3c4",
        "name": {"givenName": "Grace", "familyName": "Hopper"},
        "active": true,
    }))
}

fn list() -> Vec<Success> {
    let list = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": 1, "startIndex": 1, "itemsPerPage": 1, "Resources": [example()],
    });
    vec![success(200, "The users.", Content::of::<ListResponse>(list))]
}

/// The function's operations.
#[must_use]
pub fn operations() -> Vec<Operation> {
    [reading(), writing(), describing()].concat()
}

fn reading() -> Vec<Operation> {
    let filters =
        "A filter by `id`, `userName`, `emails.value`, `externalId` or `active`, with `eq` and `and`.";
    vec![
        Operation {
            parameters: [
                vec![
                    query("filter", filters, filter()),
                    query(
                        "startIndex",
                        "Position of the first user, counted from 1. A smaller value means 1.",
                        number(1),
                    ),
                    query(
                        "count",
                        "Maximum number of users. Values below 0 count as 0, values above 500 as 500.",
                        number(DEFAULT_COUNT),
                    ),
                ],
                view(),
            ]
            .concat(),
            successes: list(),
            ..operation(
                "GET /enterprise/v1/scim/Users",
                "listUsers",
                "List users",
                "Lists the company's accounts, including suspended ones, in a stable order. Requires the scope `scim:read`, \
                 or `scim`, which includes it.",
            )
        },
        Operation {
            request: Some(Content::of::<SearchRequest>(
                json!({"filter": "userName eq \"grace@acme.example\""}),
            )),
            successes: list(),
            problems: refused(&[ProblemType::PayloadTooLarge]),
            ..operation(
                "POST /enterprise/v1/scim/Users/.search",
                "searchUsers",
                "Search users",
                "Lists users with the parameters in the body. Requires the scope `scim:read`, or `scim`, which includes it.",
            )
        },
        Operation {
            parameters: with_id(),
            problems: refused(&[ProblemType::NotFound]),
            ..operation(
                "GET /enterprise/v1/scim/Users/{id}",
                "getUser",
                "Get a user",
                "Returns the user. Requires the scope `scim:read`, or `scim`, which includes it.",
            )
        },
    ]
}

fn writing() -> Vec<Operation> {
    vec![
        Operation {
            parameters: view(),
            request: Some(user_request::<NewUserRequest>()),
            successes: vec![success(201, "The user was created.", Content::of::<UserView>(example()))],
            problems: refused(&[ProblemType::AlreadyExists, ProblemType::PayloadTooLarge]),
            ..operation(
                "POST /enterprise/v1/scim/Users",
                "createUser",
                "Create a user",
                "Creates an account with the role `member`. Requires the scope `scim`.",
            )
        },
        Operation {
            parameters: with_id(),
            request: Some(user_request::<UserRequest>()),
            problems: refused(&CHANGES),
            ..operation(
                "PUT /enterprise/v1/scim/Users/{id}",
                "replaceUser",
                "Replace a user",
                "Omitted names are removed. Omitted `externalId`, `emails` and `active` keep their values. `active: \
                 false` suspends the account, whatever else the request contains. Changes that can't be made are \
                 ignored, and the audit event lists them. Requires the scope `scim`.",
            )
        },
        Operation {
            parameters: with_id(),
            request: Some(Content::of::<PatchRequest>(json!({
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                "Operations": [{"op": "replace", "path": "active", "value": false}],
            }))),
            problems: refused(&CHANGES),
            ..operation(
                "PATCH /enterprise/v1/scim/Users/{id}",
                "patchUser",
                "Change a user",
                "`active: false` suspends the account and `active: true` unsuspends it, with the rules of the \
                 Deprovisioning API. A well-formed request with `active: false` always suspends. Other changes that \
                 can't be made are ignored, and the audit event lists them. Any other request is carried out \
                 completely or not at all. Attributes that we don't store are ignored. Requires the scope `scim`. A \
                 key with the scope `deprovisioning` can change only `active`. The response then contains only what the \
                 Deprovisioning API returns.",
            )
        },
        Operation {
            parameters: vec![user_id()],
            successes: vec![success(204, "The account was deleted.", Content::nothing())],
            problems: refused(&[ProblemType::AdministratorProtected, ProblemType::NotFound]),
            ..operation(
                "DELETE /enterprise/v1/scim/Users/{id}",
                "deleteUser",
                "Delete a user",
                "Permanently deletes the account and its sign-ins. Its names become available again. To suspend the \
                 account instead, PATCH `active`. Requires the scope `scim`.",
            )
        },
    ]
}

fn describing() -> Vec<Operation> {
    let documents = [
        (
            "GET /enterprise/v1/scim/ServiceProviderConfig",
            "getServiceProviderConfig",
            "Get the supported features",
        ),
        ("GET /enterprise/v1/scim/ResourceTypes", "listResourceTypes", "List resource types"),
        ("GET /enterprise/v1/scim/Schemas", "listSchemas", "List schemas"),
    ];
    let describe = |(route, id, summary)| Operation {
        security: Security::Public,
        successes: vec![success(200, "The description.", Content::of::<Description>(json!({"schemas": []})))],
        problems: vec![],
        ..operation(route, id, summary, "See RFC 7644 §4. Requires no authentication.")
    };
    documents.into_iter().map(describe).collect()
}
