//! Successes on their way out, and in what form a route's bodies are.

use std::{borrow::Cow, fmt};

use serde::Serialize;

/// In what form a route's bodies are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// JSON, and problem details (RFC 9457).
    Json,
    /// SCIM resources and SCIM Errors (RFC 7644 §3.1, §3.12).
    Scim,
}

impl Form {
    /// The form of a route or path: `/scim` and all that is below it is SCIM.
    #[must_use]
    pub fn of(route: &str) -> Self {
        if route.contains("/scim/") || route.ends_with("/scim") { Self::Scim } else { Self::Json }
    }

    /// The media type of a success.
    #[must_use]
    pub const fn success(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Scim => "application/scim+json",
        }
    }

    /// The media type of a refusal.
    #[must_use]
    pub const fn refusal(self) -> &'static str {
        match self {
            Self::Json => "application/problem+json",
            Self::Scim => "application/scim+json",
        }
    }
}

/// A success on its way to the caller; it may hold a new key.
pub struct Reply {
    pub(crate) status: u16,
    pub(crate) body: String,
    pub(crate) headers: Vec<(&'static str, Cow<'static, str>)>,
}

/// Says its status and nothing of its body.
impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reply({}, …)", self.status)
    }
}

impl Reply {
    /// A JSON body.
    ///
    /// # Panics
    /// If the body has no JSON form.
    #[must_use]
    pub fn json<T: Serialize>(status: u16, body: &T) -> Self {
        Self {
            status,
            body: serde_json::to_string(body).expect("responses are plain data"),
            headers: Vec::new(),
        }
    }

    /// No body at all.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self { status, body: String::new(), headers: Vec::new() }
    }

    /// With one more header.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}
