//! Requests: a [`Call`] is not authenticated yet, and an [`Input`] is the content of an authenticated one.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{audit::Origin, identifiers::KeyId, leaks::Place};
use store::limiter::Metered;
use tokio::time::Instant;

use crate::{
    authorization::Authorization, event::GatewayEvent, exposure::Exposure, problem::Problem,
    problem_type::ProblemType, reply::Form,
};

/// The time limit of a request, below the functions' timeout of 15 s and API Gateway's of 30 s. After it, the response
/// is 503. The last attempt of a transaction begins [`store::OPERATION_TIMEOUT`] before.
pub const REQUEST_TIME: Duration = Duration::from_secs(14);
/// The maximum size of a request body, in bytes. A list of 100 addresses may have 32 KB.
pub const BODY_LIMIT: usize = 64 * 1024;
/// The maximum size of a body under `/scim`. Directories send complete users, with entitlements and pictures.
pub const SCIM_BODY_LIMIT: usize = 1024 * 1024;

/// The maximum size of a report of leaked keys. GitHub sends many matches at once.
pub const LEAK_REPORT_LIMIT: usize = 1024 * 1024;

/// A request that is not authenticated yet.
pub struct Call {
    event: GatewayEvent,
    body: Vec<u8>,
    pub(crate) deadline: Instant,
    /// Whose limits the request counts against, as soon as its key is verified.
    pub(crate) meter: Arc<OnceLock<Metered>>,
}

/// Shows only its route, and nothing that a client sent.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Call({}, …)", self.event.route_key)
    }
}

impl Call {
    /// Creates a call from API Gateway's event. Its JWT claims are trusted.
    #[must_use]
    pub fn new(mut event: GatewayEvent) -> Self {
        let body = event.body.take().unwrap_or_default();
        // API Gateway encodes a body that it doesn't consider text, such as a form.
        let decoded = if event.is_base64_encoded { STANDARD.decode(&body).ok() } else { None };
        let body = decoded.unwrap_or_else(|| body.into_bytes());
        Self { event, body, deadline: Instant::now() + REQUEST_TIME, meter: Arc::default() }
    }

    /// The route that API Gateway chose, `POST /admin/v1/api-keys`.
    #[must_use]
    pub fn route(&self) -> &str {
        &self.event.route_key
    }

    /// The method, `PATCH`.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.event.request_context.http.method
    }

    /// The part of the path that matches `{proxy+}`. Together with the method it selects the operation.
    #[must_use]
    pub fn proxied_path(&self) -> &str {
        self.event.path_parameters.get("proxy").map_or("", String::as_str)
    }

    /// The key that the path names.
    pub(crate) fn key_id(&self) -> Option<KeyId> {
        self.event.path_parameters.get("keyId").and_then(|id| KeyId::parse(id))
    }

    pub(crate) fn claim(&self, name: &str) -> Option<&str> {
        self.event.request_context.authorizer.jwt.claims.get(name)?.as_str()
    }

    /// A claim in seconds: a number, or a string with a number in any notation.
    pub(crate) fn seconds_claim(&self, name: &str) -> Option<i64> {
        let claim = self.event.request_context.authorizer.jwt.claims.get(name)?;
        let number = claim.as_f64().or_else(|| claim.as_str()?.parse().ok())?;
        let seconds = Duration::try_from_secs_f64(number).ok()?.as_secs();
        i64::try_from(seconds).ok()
    }

    pub(crate) fn authorization(&self) -> Authorization<'_> {
        Authorization::parse(self.header("authorization"))
    }

    pub(crate) fn origin(&self) -> Origin {
        let context = &self.event.request_context;
        Origin { ip: context.http.source_ip.clone(), request_id: context.request_id.clone() }
    }

    pub(crate) fn into_input(self) -> Input {
        Input(self)
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.event.headers.iter();
        headers.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The first API key outside `Authorization`, where somebody might log it. Bodies of reports of leaked keys are made for keys, so
    /// this omits them.
    pub(crate) fn misplaced_key(&self) -> Option<Exposure> {
        let event = &self.event;
        let headers = |place| event.headers.iter().filter(move |(name, _)| place_of(name) == Some(place));
        let cookies = event.cookies.iter().map(String::as_bytes).chain(texts(headers(Place::Cookie)));
        let query = texts(&event.query_string_parameters).chain([event.raw_query_string.as_bytes()]);
        // API Gateway decodes path parameters once. Whether it decodes the path isn't documented.
        let path = texts(&event.path_parameters).chain([event.raw_path.as_bytes()]);
        let body = (self.plane() != Plane::Leaks).then_some(self.body.as_slice());
        Exposure::in_texts(Place::Query, query)
            .or_else(|| Exposure::in_texts(Place::Path, path))
            .or_else(|| Exposure::in_texts(Place::Cookie, cookies))
            .or_else(|| Exposure::in_texts(Place::Header, texts(headers(Place::Header))))
            .or_else(|| Exposure::in_texts(Place::Body, body))
    }

    /// The plane of the route.
    pub(crate) fn plane(&self) -> Plane {
        Plane::of(self.route())
    }
}

/// Which place a header is. `None` for the one that keys belong in.
fn place_of(header: &str) -> Option<Place> {
    let is = |name: &str| header.eq_ignore_ascii_case(name);
    (!is("authorization")).then(|| if is("cookie") { Place::Cookie } else { Place::Header })
}

/// The names and the values.
fn texts<'t>(pairs: impl IntoIterator<Item = (&'t String, &'t String)>) -> impl Iterator<Item = &'t [u8]> {
    pairs.into_iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()])
}

/// Who uses a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plane {
    /// People, with access tokens.
    Admin,
    /// Machines, with API keys.
    Enterprise,
    /// Finders of leaked keys.
    Leaks,
}

impl Plane {
    /// The plane of a route, `POST /enterprise/v1/api-key/rotate`.
    fn of(route: &str) -> Self {
        match route.split_once(' ').and_then(|(_, path)| path.strip_prefix('/')?.split('/').next()) {
            Some("enterprise") => Self::Enterprise,
            Some("leaks") => Self::Leaks,
            _ => Self::Admin,
        }
    }
}

/// The content of an authenticated request. Only [`crate::auth`] creates it.
#[derive(Debug)]
pub struct Input(Call);

impl Input {
    /// The body, decoded if API Gateway had encoded it.
    pub fn body(&self) -> Result<&[u8], Problem> {
        let limit = match Form::of(self.0.route()) {
            Form::Json if self.0.plane() == Plane::Leaks => LEAK_REPORT_LIMIT,
            Form::Json => BODY_LIMIT,
            Form::Scim => SCIM_BODY_LIMIT,
        };
        if self.0.body.len() > limit {
            return Err(Problem::of(ProblemType::PayloadTooLarge));
        }
        Ok(&self.0.body)
    }

    /// Refuses a body for an operation without one. It accepts an empty object, because some clients always send one.
    pub fn no_body(&self) -> Result<(), Problem> {
        let body = self.body()?.trim_ascii();
        if body.is_empty() || body == b"{}" {
            return Ok(());
        }
        Err(Problem::invalid_field("body", "must be empty: this request has no body"))
    }

    /// A path parameter. API Gateway has decoded it: never decode it again.
    #[must_use]
    pub fn path_parameter(&self, name: &str) -> &str {
        self.0.event.path_parameters.get(name).map_or("", String::as_str)
    }

    /// One decoded query parameter, by its name in any case. For operations that ignore unknown parameters.
    #[must_use]
    pub fn query_parameter(&self, name: &str) -> Option<&str> {
        let mut parameters = self.query().iter();
        parameters.find(|(sent, _)| sent.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Every decoded query parameter, for operations that read names leniently.
    pub fn query_parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.query().iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The address at which the client reached us, without a path: `https://api.acme.example`.
    #[must_use]
    pub fn origin_url(&self) -> String {
        let context = &self.0.event.request_context;
        // API Gateway overwrites this header.
        let scheme = if self.header("x-forwarded-proto") == Some("http") { "http" } else { "https" };
        format!("{scheme}://{}", context.domain_name)
    }

    /// The decoded query parameters. Read them with [`crate::fields::Fields::of_query`].
    pub(crate) fn query(&self) -> &BTreeMap<String, String> {
        &self.0.event.query_string_parameters
    }

    /// A header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.0.header(name)
    }

    /// Where the request came from.
    #[must_use]
    pub fn origin(&self) -> Origin {
        self.0.origin()
    }

    /// The time by which the response must be sent.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.0.deadline
    }
}
