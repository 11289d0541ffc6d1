//! The catalog of problems. Each is an RFC 9457 problem type. `docs/errors.md` explains them.

use std::borrow::Cow;

use domain::scope::Scope;
use serde::Serialize;

/// The cause of a failure, for the log and never for the caller.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

/// The prefix of a problem's `type`, before its name.
pub const TYPE_PREFIX: &str = "urn:company-api-keys:problem:";

macro_rules! catalog {
    ($($(#[$doc:meta])* $variant:ident: $name:literal, $status:literal, $title:literal, $detail:literal;)*) => {
        /// A kind of problem. Its name and status never change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ProblemType { $($(#[$doc])* $variant,)* }

        impl ProblemType {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The last part of `type`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The HTTP status.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }

            /// A summary that is the same for every occurrence.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }

            /// What the problem means and what to do. Used if the occurrence has no detail of its own.
            #[must_use]
            pub const fn detail(self) -> &'static str {
                match self { $(Self::$variant => $detail,)* }
            }
        }
    };
}

catalog! {
    /// The request doesn't match what the operation expects.
    InvalidRequest: "invalid-request", 400, "The request is invalid",
        "The request doesn't match what this operation expects. Correct the listed fields.";
    /// An API key is in a place that is often logged or stored.
    MisplacedKey: "misplaced-key", 400, "An API key is in the wrong place",
        "The request contains an API key outside the Authorization header. Send the key only as `Authorization: apikey KEY`. If anybody else may have seen the request, revoke the key.";
    /// No credential, or one that isn't accepted.
    Unauthenticated: "unauthenticated", 401, "Authentication is required",
        "The request has no credential that is accepted here.";
    /// The key doesn't have the scope.
    InsufficientScope: "insufficient-scope", 403, "The API key lacks a scope",
        "The API key doesn't have the scope that this operation needs. A Company Administrator can create a key with this scope.";
    /// The account isn't a Company Administrator.
    NotCompanyAdministrator: "not-company-administrator", 403, "Not a Company Administrator",
        "This account is not a Company Administrator. Ask a Company Administrator to do this.";
    /// The company isn't on the Enterprise plan.
    EnterprisePlanRequired: "enterprise-plan-required", 403, "The Enterprise plan is required",
        "Creating API keys and managing accounts require the Enterprise plan. You can still list and revoke existing keys.";
    /// The administrator's own account is suspended.
    AccountSuspended: "account-suspended", 403, "The account is suspended",
        "This account is suspended. Another Company Administrator can unsuspend it in the Company Dashboard.";
    /// A key tried to grant authority.
    AdministratorProtected: "administrator-protected", 403, "Company Administrators are protected from API keys",
        "An API key can suspend a Company Administrator. It can't unsuspend or delete one, or change an administrator's user name, email address or existing external ID. Another Company Administrator can unsuspend an administrator in the Company Dashboard.";
    /// The company has no such object.
    NotFound: "not-found", 404, "Not found",
        "The company has no key or account with this identifier. Check the identifier.";
    /// The resource exists but doesn't support the method.
    MethodNotAllowed: "method-not-allowed", 405, "The method is not allowed",
        "This resource doesn't support this method. The header Allow lists the supported methods.";
    /// Another account has this user name, email address or external ID.
    AlreadyExists: "already-exists", 409, "Another account already has this value",
        "Another account of this company has this user name, email address or external ID.";
    /// The characters don't match the key.
    KeyMismatch: "key-mismatch", 409, "The characters don't match the API key",
        "The first four and last four characters don't match this API key. Nothing was revoked. Compare them with the list of keys.";
    /// The company would have no active administrator left.
    LastAdministrator: "last-administrator", 409, "The last active Company Administrator",
        "This is the company's last active Company Administrator. Make another account a Company Administrator first.";
    /// The company has 50 active keys.
    KeyLimitReached: "key-limit-reached", 409, "The limit of active API keys is reached",
        "The company has 50 active API keys, which is the maximum. Revoke a key that you no longer need.";
    /// The body is too large.
    PayloadTooLarge: "payload-too-large", 413, "The request body is too large",
        "The request body is too large. The limit is 64 KiB, or 1 MiB for a SCIM request.";
    /// The idempotency key belongs to another request.
    IdempotencyKeyReused: "idempotency-key-reused", 422, "The Idempotency-Key was used for another request",
        "Within the last 24 hours, a request with this Idempotency-Key and another body was carried out. Use a new Idempotency-Key for a new request.";
    /// A limit of requests.
    RateLimited: "rate-limited", 429, "Too many requests",
        "The API key or its company has made as many requests in this minute as its limit allows. This request was not carried out and doesn't count. Repeat it after the time in Retry-After.";
    /// An error on our side.
    InternalError: "internal-error", 500, "Something went wrong on our side",
        "The request failed because of an error on our side. It is logged under the request ID.";
    /// The service is busy or unreachable.
    Unavailable: "unavailable", 503, "Temporarily unavailable",
        "The request could not be carried out, or its outcome is unknown. Repeat it after the time in Retry-After. Repeat a creation with the same Idempotency-Key, so that it is carried out only once.";
}

/// A wrong field of the request, and the reason. Never contains the field's value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct FieldError {
    /// The member of the body, the query parameter, path parameter or header.
    pub field: String,
    /// What is expected of the field.
    pub detail: String,
}

/// The maximum number of entries in a problem's `errors`. `detail` says how many more there are.
pub const MOST_ERRORS: usize = 20;

/// The body of an error response, `application/problem+json` (RFC 9457).
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Problem")]
pub struct ProblemDetails {
    /// Identifies the kind of problem. Never changes.
    pub r#type: String,
    /// A summary that is the same for every problem of this kind.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened and what to do.
    pub detail: String,
    /// The wrong fields, at most the first 20. Present with `invalid-request`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default, length(max = MOST_ERRORS))]
    pub errors: Vec<FieldError>,
    /// Identifies the request in the logs of the service.
    pub request_id: String,
}

/// An error response that will be sent, with its cause for the log.
#[derive(Debug)]
pub struct Problem {
    kind: ProblemType,
    detail: Cow<'static, str>,
    errors: Vec<FieldError>,
    /// The number of errors that are not listed.
    unlisted: usize,
    challenge: Option<Cow<'static, str>>,
    allow: Option<&'static str>,
    /// The seconds after which to repeat the request, at most 60.
    retry_after: Option<u8>,
    scim_type: Option<ScimType>,
    source: Option<Source>,
}

/// The kind of a SCIM error, as in RFC 7644 §3.12.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScimType {
    /// The filter is invalid or not supported.
    InvalidFilter,
    /// The response would need too many reads.
    TooMany,
    /// Another resource already has the value.
    Uniqueness,
    /// The attribute can't be changed.
    Mutability,
    /// The body doesn't match what the operation expects.
    InvalidSyntax,
    /// The path of a PATCH operation is invalid or names no attribute.
    InvalidPath,
    /// The path of a PATCH operation matches nothing.
    NoTarget,
    /// A value is missing or invalid for the attribute.
    InvalidValue,
}

impl ScimType {
    /// The keyword in `scimType`.
    #[must_use]
    pub const fn keyword(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
        }
    }
}

/// A SCIM error response (RFC 7644 §3.12).
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScimError {
    /// `urn:ietf:params:scim:api:messages:2.0:Error`.
    pub schemas: [&'static str; 1],
    /// The HTTP status, as a string.
    pub status: String,
    /// The SCIM keyword for the error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scim_type: Option<&'static str>,
    /// What happened and what to do. Ends with the name of the problem in `docs/errors.md`.
    pub detail: String,
}

/// The schema of a SCIM Error.
const SCIM_ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// The challenge for both schemes (RFC 9110 §11.6.1), if the request has no credential.
const CHALLENGE: &str = "apikey, Bearer";
/// The same for a credential that was refused (RFC 6750 §3.1).
const CHALLENGE_INVALID: &str = "apikey, Bearer error=\"invalid_token\"";

impl Problem {
    /// A problem of this kind, with the catalog's detail.
    #[must_use]
    pub fn of(kind: ProblemType) -> Self {
        let challenge = (kind == ProblemType::Unauthenticated).then_some(CHALLENGE_INVALID.into());
        Self {
            kind,
            detail: kind.detail().into(),
            errors: Vec::new(),
            unlisted: 0,
            challenge,
            allow: None,
            retry_after: (kind == ProblemType::Unavailable).then_some(1),
            scim_type: None,
            source: None,
        }
    }

    /// The request has no credential. The challenge has no `error` (RFC 6750 §3.1).
    #[must_use]
    pub fn credential_missing() -> Self {
        let detail = "Send an API key in the Authorization header: `Authorization: apikey KEY`.";
        Self {
            challenge: Some(CHALLENGE.into()),
            ..Self::of(ProblemType::Unauthenticated).with_detail(detail)
        }
    }

    /// The key doesn't have this scope.
    #[must_use]
    pub fn insufficient_scope(scope: Scope) -> Self {
        let challenge = format!("apikey, Bearer error=\"insufficient_scope\", scope=\"{scope}\"");
        Self { challenge: Some(challenge.into()), ..Self::of(ProblemType::InsufficientScope) }
    }

    /// The person's session has ended.
    #[must_use]
    pub fn session_ended() -> Self {
        Self::of(ProblemType::Unauthenticated)
            .with_detail("This session has ended. Sign in again.")
            .for_access_tokens()
    }

    /// The function was invoked for a route that it doesn't have: `template.yaml` and the code differ.
    #[must_use]
    pub fn unknown_route() -> Self {
        Self::of(ProblemType::InternalError).with_source("a route that this function doesn't have")
    }

    /// A request with these wrong fields, of which the first [`MOST_ERRORS`] are listed.
    #[must_use]
    pub fn invalid(mut errors: Vec<FieldError>) -> Self {
        let unlisted = errors.len().saturating_sub(MOST_ERRORS);
        errors.truncate(MOST_ERRORS);
        Self { errors, unlisted, ..Self::of(ProblemType::InvalidRequest) }
    }

    /// A request with one wrong field.
    #[must_use]
    pub fn invalid_field(field: &str, detail: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError { field: field.into(), detail: detail.into() }])
    }

    /// An invalid SCIM request, with this keyword.
    #[must_use]
    pub fn scim(scim_type: ScimType, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { scim_type: Some(scim_type), ..Self::of(ProblemType::InvalidRequest) }.with_detail(detail)
    }

    /// The resource supports only these methods.
    #[must_use]
    pub fn method_not_allowed(allow: &'static str) -> Self {
        Self { allow: Some(allow), ..Self::of(ProblemType::MethodNotAllowed) }
    }

    /// Another account has the user name or email address.
    #[must_use]
    pub fn name_taken() -> Self {
        let problem = Self { scim_type: Some(ScimType::Uniqueness), ..Self::of(ProblemType::AlreadyExists) };
        problem.with_detail("Another account of this company has this user name or email address.")
    }

    /// Another account has the external ID.
    #[must_use]
    pub fn external_id_taken() -> Self {
        let problem = Self { scim_type: Some(ScimType::Uniqueness), ..Self::of(ProblemType::AlreadyExists) };
        problem.with_detail("Another account of this company has this external ID.")
    }

    /// The same problem with another detail.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = detail.into();
        self
    }

    /// The same problem on the admin plane, which accepts no API keys.
    #[must_use]
    pub fn for_access_tokens(mut self) -> Self {
        self.challenge = self.challenge.map(|_| "Bearer error=\"invalid_token\"".into());
        self
    }

    /// The same problem, to be repeated after this many seconds.
    #[must_use]
    pub fn with_retry_after(mut self, seconds: u8) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The same problem, with its cause for the log.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The kind of problem.
    #[must_use]
    pub fn kind(&self) -> ProblemType {
        self.kind
    }

    /// The detail that the caller sees.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The wrong fields that are listed.
    #[must_use]
    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// How many more errors there are, in a sentence.
    #[must_use]
    pub fn and_more(&self) -> Option<String> {
        (self.unlisted > 0).then(|| format!("And {} more.", self.unlisted))
    }

    /// The cause, for the log only.
    #[must_use]
    pub fn source(&self) -> Option<&Source> {
        self.source.as_ref()
    }

    pub(crate) fn challenge(&self) -> Option<&str> {
        self.challenge.as_deref()
    }

    pub(crate) fn allow(&self) -> Option<&'static str> {
        self.allow
    }

    pub(crate) fn retry_after(&self) -> Option<u8> {
        self.retry_after
    }

    /// The body of an error response under `/scim/`.
    #[must_use]
    pub fn into_scim(self) -> ScimError {
        let errors = self.errors.iter().map(|error| format!(" {}: {}.", error.field, error.detail));
        let errors = errors.chain(self.and_more().map(|more| format!(" {more}")));
        let detail = format!("{}{} ({})", self.detail, errors.collect::<String>(), self.kind.name());
        ScimError {
            schemas: [SCIM_ERROR],
            status: self.kind.status().to_string(),
            scim_type: self.scim_type.map(ScimType::keyword),
            detail,
        }
    }

    pub(crate) fn into_details(self, request_id: &str) -> ProblemDetails {
        ProblemDetails {
            r#type: format!("{TYPE_PREFIX}{}", self.kind.name()),
            title: self.kind.title().into(),
            status: self.kind.status(),
            detail: self
                .and_more()
                .map_or_else(|| self.detail.to_string(), |more| format!("{} {more}", self.detail)),
            errors: self.errors,
            request_id: request_id.into(),
        }
    }
}
