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
        query("attributes", "These attributes only, separated by commas.", json!({"type": "string"})),
        query("excludedAttributes", "All attributes but these.", json!({"type": "string"})),
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
    let headers = if status == 201 { vec![("Location", "Where the user is.")] } else { vec![] };
    Success { status, description, content, headers }
}

/// What a change of a user may be refused for.
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
    let filters = "By `id`, `userName`, `emails.value`, `externalId` or `active`, with `eq` and `and`.";
    vec![
        Operation {
            parameters: [
                vec![
                    query("filter", filters, filter()),
                    query("startIndex", "The first user, counted from 1; less means 1.", number(1)),
                    query(
                        "count",
                        "Most users; less than 0 means 0, more than 500 means 500.",
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
                "The company's accounts, suspended ones included, in a stable order. Needs the scope `scim`.",
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
                "As listing them, with the parameters in the body. Needs the scope `scim`.",
            )
        },
        Operation {
            parameters: with_id(),
            problems: refused(&[ProblemType::NotFound]),
            ..operation(
                "GET /enterprise/v1/scim/Users/{id}",
                "getUser",
                "Read a user",
                "Needs the scope `scim`.",
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
                "Makes an account with the role `member`. Needs the scope `scim`.",
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
                "Omitted names are removed. `externalId`, `emails` and `active` stay as they are where they are omitted. \
                 `active: false` suspends the account whatever else the request says: what can't be changed is left as it \
                 is, and the audit event names it. Needs the scope `scim`.",
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
                "`active: false` suspends the account, `true` unsuspends it, under the rules of the Deprovisioning API. A \
                 well-formed request that says `active: false` suspends whatever else it says: what can't be changed is left \
                 as it is, and the audit event names it. Any other request is carried out completely or not at all. \
                 Attributes that we don't keep are ignored. Needs the scope `scim`. A key with the scope `deprovisioning` \
                 can change `active` and nothing else, and gets no more back than the Deprovisioning API shows.",
            )
        },
        Operation {
            parameters: vec![user_id()],
            successes: vec![success(204, "The account is gone.", Content::nothing())],
            problems: refused(&[ProblemType::AdministratorProtected, ProblemType::NotFound]),
            ..operation(
                "DELETE /enterprise/v1/scim/Users/{id}",
                "deleteUser",
                "Delete a user",
                "Removes the account and its sign-ins for ever, and frees its names. To suspend it, PATCH `active`. Needs the scope \
                 `scim`.",
            )
        },
    ]
}

fn describing() -> Vec<Operation> {
    let documents = [
        ("GET /enterprise/v1/scim/ServiceProviderConfig", "getServiceProviderConfig", "What is supported"),
        ("GET /enterprise/v1/scim/ResourceTypes", "listResourceTypes", "The types of resources"),
        ("GET /enterprise/v1/scim/Schemas", "listSchemas", "The attributes of resources"),
    ];
    let describe = |(route, id, summary)| Operation {
        security: Security::Nobody,
        successes: vec![success(200, "The description.", Content::of::<Description>(json!({"schemas": []})))],
        problems: vec![],
        ..operation(route, id, summary, "RFC 7644 §4; for anybody.")
    };
    documents.into_iter().map(describe).collect()
}
