//! Successful responses, and the format of a route's bodies.

use std::{borrow::Cow, fmt};

use serde::Serialize;

/// The format of a route's bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// JSON, and problem details (RFC 9457).
    Json,
    /// SCIM resources and SCIM Errors (RFC 7644 §3.1, §3.12).
    Scim,
}

impl Form {
    /// The format of a route or path: SCIM for `/scim` and everything below it.
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

    /// The media type of an error.
    #[must_use]
    pub const fn refusal(self) -> &'static str {
        match self {
            Self::Json => "application/problem+json",
            Self::Scim => "application/scim+json",
        }
    }
}

/// A successful response. It may contain a new key.
pub struct Reply {
    pub(crate) status: u16,
    pub(crate) body: String,
    pub(crate) headers: Vec<(&'static str, Cow<'static, str>)>,
}

/// Shows its status and nothing of its body.
impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reply({}, …)", self.status)
    }
}

impl Reply {
    /// A response with a JSON body.
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

    /// A response without a body.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self { status, body: String::new(), headers: Vec::new() }
    }

    /// The same response with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}
