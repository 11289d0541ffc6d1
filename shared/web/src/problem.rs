//! Error responses: problem details (RFC 9457), and SCIM Errors (RFC 7644 §3.12).

use std::borrow::Cow;

use domain::scope::Scope;
use serde::Serialize;

use crate::{
    exposure::Exposure,
    problem_type::{ProblemType, TYPE_PREFIX},
};

/// The cause of a failure, for the log and never for the caller.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

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
    /// The wrong fields, at most the first 20. Present with `invalid-request`, and with
    /// `key-policy` if the request named them.
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
    challenge: Option<Box<str>>,
    allow: Option<&'static str>,
    /// The seconds after which to repeat the request, at most 60.
    retry_after: Option<u16>,
    scim_type: Option<ScimType>,
    source: Option<Source>,
    /// The key for which the request was refused. Boxed, because hardly any problem has one.
    exposure: Option<Box<Exposure>>,
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
            exposure: None,
        }
    }

    /// The request has a well-formed API key where it is often logged. The response is the same for every such key.
    pub(crate) fn misplaced_key(exposure: Exposure) -> Self {
        Self { exposure: Some(Box::new(exposure)), ..Self::of(ProblemType::MisplacedKey) }
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
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        Self::of(ProblemType::InvalidRequest).with_errors(errors)
    }

    /// The same problem with these wrong fields, of which the first [`MOST_ERRORS`] are listed.
    #[must_use]
    pub fn with_errors(mut self, mut errors: Vec<FieldError>) -> Self {
        let unlisted = errors.len().saturating_sub(MOST_ERRORS);
        errors.truncate(MOST_ERRORS);
        (self.errors, self.unlisted) = (errors, unlisted);
        self
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

    /// The key has rotated itself in the last minute, and may do so again after this many seconds.
    #[must_use]
    pub fn rotated_too_soon(seconds_left: u8) -> Self {
        let detail = format!(
            "An API key can rotate itself once a minute. Nothing was changed. Repeat the request in {seconds_left} s."
        );
        Self::of(ProblemType::RateLimited).with_detail(detail).with_retry_after(seconds_left)
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
    pub fn with_retry_after(mut self, seconds: impl Into<u16>) -> Self {
        self.retry_after = Some(seconds.into());
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

    /// The key for which the request was refused.
    pub(crate) fn exposure(&self) -> Option<&Exposure> {
        self.exposure.as_deref()
    }

    pub(crate) fn challenge(&self) -> Option<&str> {
        self.challenge.as_deref()
    }

    pub(crate) fn allow(&self) -> Option<&'static str> {
        self.allow
    }

    pub(crate) fn retry_after(&self) -> Option<u16> {
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
