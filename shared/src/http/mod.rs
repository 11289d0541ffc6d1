//! The HTTP boundary: events in, responses out, each request logged once.
//!
//! A function's handler gets a [`Call`], which says nothing but its route until [`crate::auth`] has turned it into
//! a caller and an [`Input`]. It gives back a [`Reply`] or a [`Problem`].

mod authorization;
mod event;
pub mod fields;
pub mod page_token;
mod problem;
mod reply;

use std::{collections::BTreeMap, fmt, future::Future, panic::AssertUnwindSafe, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{audit::Origin, key::contains_api_key};
use futures_util::FutureExt;
use lambda_http::{
    Body,
    aws_lambda_events::apigw::ApiGatewayV2httpResponse,
    http::{HeaderMap, HeaderName, HeaderValue, header},
};
use tokio::time::Instant;
use tracing::{Instrument, Span, field::Empty};

use crate::{Service, config};

pub use authorization::Authorization;
pub use event::GatewayEvent;
pub use problem::{FieldError, Problem, ProblemDetails, ProblemType, ScimError, ScimType, TYPE_PREFIX};
pub use reply::{Form, Reply};

/// Most bytes of a request body.
pub const BODY_LIMIT: usize = 32 * 1024;
/// Most bytes of one under `/scim`: directories send whole users, with entitlements and pictures.
pub const SCIM_BODY_LIMIT: usize = 1024 * 1024;

/// A request that nobody has authenticated yet.
pub struct Call {
    event: GatewayEvent,
    body: Vec<u8>,
    deadline: Instant,
}

/// Says its route and nothing that a client sent.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Call({}, …)", self.event.route_key)
    }
}

impl Call {
    /// A call that API Gateway, or what stands in for it, has handed over. Its word is taken for the claims.
    #[must_use]
    pub fn new(mut event: GatewayEvent) -> Self {
        let body = event.body.take().unwrap_or_default();
        // API Gateway encodes the bodies that it doesn't take for text, a form's for one.
        let decoded = if event.is_base64_encoded { STANDARD.decode(&body).ok() } else { None };
        let body = decoded.unwrap_or_else(|| body.into_bytes());
        Self { event, body, deadline: Instant::now() + config::REQUEST_TIME }
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

    /// What stands in the path where the route has `{proxy+}`: with the method it is the rest of the route.
    #[must_use]
    pub fn proxied_path(&self) -> &str {
        self.event.path_parameters.get("proxy").map_or("", String::as_str)
    }

    pub(crate) fn claim(&self, name: &str) -> Option<&str> {
        self.event.request_context.authorizer.jwt.claims.get(name)?.as_str()
    }

    /// A claim that counts seconds: a number, or the text of one, in whatever notation.
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

    /// Whether an API key stands anywhere but in `Authorization`, where it would end in somebody's log.
    fn holds_misplaced_key(&self) -> bool {
        let event = &self.event;
        let headers = event.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("authorization"));
        let pairs = headers.chain(&event.query_string_parameters).chain(&event.path_parameters);
        let mut texts = pairs.flat_map(|(name, value)| [name.as_str(), value.as_str()]);
        texts.any(|text| contains_api_key(text.as_bytes()))
            || [&event.raw_path, &event.raw_query_string].iter().any(|text| contains_api_key(text.as_bytes()))
            || event.cookies.iter().any(|cookie| contains_api_key(cookie.as_bytes()))
            || contains_api_key(&self.body)
    }
}

/// What an authenticated caller sent. Given out by [`crate::auth`] only.
#[derive(Debug)]
pub struct Input(Call);

impl Input {
    /// The body, decoded where API Gateway had encoded it.
    pub fn body(&self) -> Result<&[u8], Problem> {
        let limit = match Form::of(self.0.route()) {
            Form::Json => BODY_LIMIT,
            Form::Scim => SCIM_BODY_LIMIT,
        };
        if self.0.body.len() > limit {
            return Err(Problem::of(ProblemType::PayloadTooLarge));
        }
        Ok(&self.0.body)
    }

    /// Refuses a body where the operation takes none; an empty object passes, which some clients always send.
    pub fn no_body(&self) -> Result<(), Problem> {
        let body = self.body()?.trim_ascii();
        if body.is_empty() || body == b"{}" {
            return Ok(());
        }
        Err(Problem::invalid_field("body", "must be empty: this request takes none"))
    }

    /// A path parameter, decoded by API Gateway; never decode it again.
    #[must_use]
    pub fn path_parameter(&self, name: &str) -> &str {
        self.0.event.path_parameters.get(name).map_or("", String::as_str)
    }

    /// One query parameter, decoded, by its name in any case; for where unknown ones must be ignored.
    #[must_use]
    pub fn query_parameter(&self, name: &str) -> Option<&str> {
        let mut parameters = self.query().iter();
        parameters.find(|(sent, _)| sent.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Every query parameter, decoded, for operations that read names leniently.
    pub fn query_parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.query().iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The address at which the client reached us, without a path: `https://api.acme.example`.
    #[must_use]
    pub fn origin_url(&self) -> String {
        let context = &self.0.event.request_context;
        // API Gateway sets the header itself, whatever the client sent.
        let scheme = if self.header("x-forwarded-proto") == Some("http") { "http" } else { "https" };
        format!("{scheme}://{}", context.domain_name)
    }

    /// The query parameters, decoded; read them with [`fields::Fields::of_query`].
    fn query(&self) -> &BTreeMap<String, String> {
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

    /// When the answer must be out.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.0.deadline
    }
}

/// Answers one event with a function's handler, and logs what came of it. A panic answers 500, a handler that is still
/// at it when the deadline comes 503.
pub async fn answer<F, Fut>(
    function: &'static str,
    service: &Service,
    event: GatewayEvent,
    handle: F,
) -> ApiGatewayV2httpResponse
where
    F: FnOnce(Service, Call) -> Fut,
    Fut: Future<Output = Result<Reply, Problem>>,
{
    let (request_id, event_route) = (event.request_context.request_id.clone(), event.route_key.clone());
    let span = tracing::info_span!(
        "request", function, requestId = %request_id, routeKey = %event.route_key,
        companyId = Empty, keyId = Empty, status = Empty, outcome = Empty
    );
    let (call, form) = (Call::new(event), Form::of(&event_route));
    async {
        let result = if call.holds_misplaced_key() {
            Err(Problem::of(ProblemType::MisplacedKey))
        } else {
            let deadline = call.deadline;
            let handled = AssertUnwindSafe(async { handle(service.clone(), call).await }).catch_unwind();
            match tokio::time::timeout_at(deadline, handled).await {
                Ok(Ok(result)) => result,
                Ok(Err(_)) => {
                    Err(Problem::of(ProblemType::InternalError).with_source("the handler panicked"))
                }
                Err(_) => Err(Problem::of(ProblemType::Unavailable).with_source("the deadline passed")),
            }
        };
        log(&result);
        match result {
            Ok(reply) => {
                let headers: Vec<_> = reply.headers.iter().map(|(name, value)| (*name, &**value)).collect();
                response(reply.status, form.success(), reply.body, &headers)
            }
            Err(problem) => refuse(problem, form, &request_id),
        }
    }
    .instrument(span)
    .await
}

fn log(result: &Result<Reply, Problem>) {
    let (status, outcome) = match result {
        Ok(reply) => (reply.status, "ok"),
        Err(problem) => (problem.kind().status(), problem.kind().name()),
    };
    Span::current().record("status", status).record("outcome", outcome);
    if let Some(source) = result.as_ref().err().and_then(Problem::source) {
        tracing::error!(error = %source, "answered");
    } else {
        tracing::info!("answered");
    }
}

fn refuse(problem: Problem, form: Form, request_id: &str) -> ApiGatewayV2httpResponse {
    let status = problem.kind().status();
    let (challenge, allow) = (problem.challenge().map(str::to_owned), problem.allow());
    let body = match form {
        Form::Json => serde_json::to_string(&problem.into_details(request_id)),
        Form::Scim => serde_json::to_string(&problem.into_scim()),
    };
    let body = body.expect("problems are plain data");
    let mut headers: Vec<_> = allow.map(|allow| ("allow", allow)).into_iter().collect();
    if let Some(challenge) = &challenge {
        headers.push(("www-authenticate", challenge.as_str()));
    }
    if status == 503 {
        headers.push(("retry-after", "1"));
    }
    response(status, form.refusal(), body, &headers)
}

fn response(
    status: u16,
    content_type: &'static str,
    body: String,
    more: &[(&'static str, &str)],
) -> ApiGatewayV2httpResponse {
    let mut headers = HeaderMap::new();
    if !body.is_empty() {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    for (name, value) in more {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = status.into();
    response.headers = headers;
    response.body = Some(Body::Text(body));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A service on tables that nothing listens for; no test here reads one.
    fn service() -> Service {
        let settings = config::Settings::for_endpoint("http://127.0.0.1:1", "test");
        Service::new(crate::tables::Tables::new(settings), crate::clock::Clock::default())
    }

    async fn status<Fut>(handle: impl FnOnce(Service, Call) -> Fut) -> i64
    where
        Fut: Future<Output = Result<Reply, Problem>>,
    {
        answer("test", &service(), GatewayEvent::default(), handle).await.status_code
    }

    #[tokio::test(start_paused = true)]
    async fn panics_answer_500_and_deadlines_503() {
        assert_eq!(status(|_, _| async { Ok(Reply::json(200, &())) }).await, 200);
        assert_eq!(status(|_, _| async { panic!("on purpose") }).await, 500);
        assert_eq!(status(|_, _| std::future::pending()).await, 503);
    }
}
