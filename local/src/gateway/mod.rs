//! A stand-in for API Gateway: routes, JWT authorizer, limits and error responses like the HTTP API's.

mod authorizer;
mod cors;
mod event;
mod routing;
mod throttle;

use std::{collections::HashMap, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use lambda_http::{Body as LambdaBody, aws_lambda_events::apigw::ApiGatewayV2httpResponse};
use serde_json::{Value, json};
use store::{Clock, Service, random};
use web::GatewayEvent;

use crate::{
    functions::{HTTP_FUNCTIONS, HttpFunction},
    github::{self, GitHub},
    http::{is_loopback_name, json_response, refusal},
    issuer::Issuer,
    notices::Notices,
    openapi, outbox,
    page::{Page, is_api},
    sign_in::{self, SignInEndpoints},
    template::{Route, Template},
    watch,
};
use routing::Routing;
use throttle::Throttles;

/// The maximum size of a request body in bytes
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html>).
const BODY_LIMIT: usize = 10 * 1024 * 1024;
/// The maximum size in bytes of an event that invokes a function synchronously
/// (<https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>).
const EVENT_LIMIT: usize = 6 * 1024 * 1024;
/// The maximum size in bytes of a function's response, as Lambda serializes it. A larger one makes the invocation fail.
const ANSWER_LIMIT: usize = 6_291_556;
/// The name that API Gateway gives to a function's `WWW-Authenticate`. API Gateway's own header keeps its name. Functions
/// send no other header that API Gateway renames.
const REMAPPED_CHALLENGE: &str = "x-amzn-remapped-www-authenticate";
/// Why there is no stand-in for GitHub.
const NO_GITHUB: &str = "this stack uses a DynamoDB on another machine, so it doesn't stand in for GitHub";
/// Why there are no events.
const NO_EVENTS: &str = "this stack doesn't use the embedded DynamoDB, so it publishes no events and sends no mail: start one without --dynamodb-endpoint";
/// The maximum size in bytes of the request line and the header values together.
const HEAD_LIMIT: usize = 10_240;

/// The gateway: its template, and everything to which it passes requests.
pub struct Gateway {
    template: Template,
    routing: Routing,
    services: HashMap<&'static str, (HttpFunction, Service)>,
    sign_in: Option<SignInEndpoints>,
    /// The stand-in for GitHub, if the tables are on this machine.
    github: Option<GitHub>,
    token_gate: Service,
    operator: Service,
    key_watch: Service,
    page: Page,
    clock: Clock,
    throttles: Option<Throttles>,
    /// What happens to audit events, if the tables are in the embedded `DynamoDB`.
    notices: Option<Arc<Notices>>,
}

impl Gateway {
    /// A gateway to these services, one for each HTTP function. Without an issuer there are no tokens. If it is throttled,
    /// its routes are limited as the template says.
    pub fn new(
        template: Template,
        service: impl Fn(&'static str) -> Service,
        issuer: Option<Issuer>,
        page: Page,
        clock: Clock,
        is_throttled: bool,
    ) -> Result<Self, String> {
        let services: HashMap<_, _> = HTTP_FUNCTIONS
            .iter()
            .map(|function| (function.name, (*function, service(function.name))))
            .collect();
        if let Some(route) =
            template.routes.iter().find(|route| !services.contains_key(route.function.as_str()))
        {
            return Err(format!(
                "template.yaml routes {} to {}, which `local` doesn't have",
                route.key(),
                route.function
            ));
        }
        let github = issuer.is_some().then(|| GitHub::new(clock.now())).transpose()?;
        let sign_in = issuer.map(SignInEndpoints::new);
        let (token_gate, operator) = (service(token_gate::NAME), service(provision::NAME));
        let key_watch = service(key_watch::NAME);
        let throttles = is_throttled.then(Throttles::default);
        let routing = Routing::new(&template.routes)?;
        Ok(Self {
            template,
            routing,
            services,
            sign_in,
            github,
            token_gate,
            operator,
            key_watch,
            page,
            clock,
            throttles,
            notices: None,
        })
    }

    /// The same gateway, which also shows what happens to audit events.
    #[must_use]
    pub fn with_notices(mut self, notices: Option<Arc<Notices>>) -> Self {
        self.notices = notices;
        self
    }

    /// The server's router. This gateway answers every request.
    pub fn router(self) -> Router {
        Router::new().fallback(serve).with_state(Arc::new(self))
    }
}

async fn serve(
    State(gateway): State<Arc<Gateway>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let request_id = random::ulid(gateway.clock.now());
    let (parts, body) = request.into_parts();
    let mut response = match admit(&parts) {
        Ok(()) => {
            let cors = cors::headers(&gateway.template.cors, &parts);
            if cors::is_preflight(&parts) {
                (StatusCode::NO_CONTENT, cors).into_response()
            } else {
                dispatch(gateway, parts, body, peer, &request_id, cors).await
            }
        }
        Err(refused) => *refused,
    };
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert("apigw-requestid", value);
    }
    response
}

/// Refuses requests that a page of another site may have sent: with an unknown `Host` (DNS rebinding) or a foreign `Origin`.
fn admit(parts: &Parts) -> Result<(), Box<Response>> {
    let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if !is_loopback_name(host) {
        let message = "Use http://localhost: this host name is unknown here";
        return Err(Box::new(refusal(StatusCode::MISDIRECTED_REQUEST, message)));
    }
    let origin = parts.headers.get(header::ORIGIN).map(|origin| origin.to_str().unwrap_or_default());
    match origin.map(|origin| origin.strip_prefix("http://").is_some_and(is_loopback_name)) {
        Some(false) => {
            Err(Box::new(refusal(StatusCode::FORBIDDEN, "Pages of other sites may not call this")))
        }
        _ => Ok(()),
    }
}

/// Answers a request that is not a preflight. Only responses of functions and of the issuer get the CORS headers, because
/// API Gateway doesn't add them to its own error responses.
async fn dispatch(
    gateway: Arc<Gateway>,
    mut parts: Parts,
    body: Body,
    peer: SocketAddr,
    request_id: &str,
    cors: HeaderMap,
) -> Response {
    if head_size(&parts) > HEAD_LIMIT {
        return refusal(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "Request Header Fields Too Large");
    }
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        return refusal(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
    };
    match (parts.method.as_str(), parts.uri.path()) {
        ("GET", "/openapi.json") => return json_response(&openapi::document()),
        ("POST", "/local/token") => return token(&gateway, &body).await,
        ("POST", "/local/provision") => return operate(&gateway, &body, request_id).await,
        ("POST", "/local/key-watch") => return watch_keys(&gateway, request_id).await,
        ("GET", "/local/events") => return events(&gateway, &parts),
        ("GET", path) if path.starts_with(outbox::PLACE) => return outbox(&gateway, path),
        ("GET", github::PUBLIC_KEYS) => return public_keys(&gateway),
        ("POST", github::REPORT) => {
            if let Err(refused) = sign_report(&gateway, &mut parts, &body) {
                return *refused;
            }
        }
        _ => {}
    }
    if let Some(endpoints) = &gateway.sign_in {
        let now = gateway.clock.now();
        if let Some(answer) = endpoints.answer(&gateway.token_gate, &parts, &body, now).await {
            return (cors, answer).into_response();
        }
    }
    let path = routing::decoded(parts.uri.path());
    if !is_api(&path) && !sign_in::is_ours(&path) {
        return gateway.page.answer(&parts).await;
    }
    let chosen = gateway.routing.choose(parts.method.as_str(), &path);
    let Some((route, path_parameters)) = chosen else {
        tracing::debug!(method = %parts.method, "no route");
        return refusal(StatusCode::NOT_FOUND, "Not Found");
    };
    let now = gateway.clock.now();
    if gateway.throttles.as_ref().is_some_and(|throttles| !throttles.admit(&gateway.template, route, now)) {
        return refusal(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests");
    }
    let claims = match authorizer::authorize(&gateway, route, &parts.headers) {
        Ok(claims) => claims,
        Err(refused) => return *refused,
    };
    let context = event::Context { route, path: &path, path_parameters, claims, peer, request_id, now };
    let event = event::build(&parts, &body, &context);
    if event.to_string().len() > EVENT_LIMIT {
        return refusal(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
    }
    invoke(&gateway, route, event, cors).await
}

/// The request line and the header values.
fn head_size(parts: &Parts) -> usize {
    let line =
        parts.method.as_str().len() + parts.uri.path_and_query().map_or(1, |path| path.as_str().len()) + 10;
    line + parts.headers.values().map(HeaderValue::len).sum::<usize>()
}

/// Invokes a function as Lambda does: until it ends, even if the client has disconnected.
async fn invoke(gateway: &Gateway, route: &Route, event: Value, cors: HeaderMap) -> Response {
    let failure = || refusal(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error");
    let Some((function, service)) = gateway.services.get(route.function.as_str()) else {
        return failure();
    };
    let Ok(event) = serde_json::from_value::<GatewayEvent>(event) else {
        return failure();
    };
    let answer = (function.answer)(service.clone(), event);
    let limit = Duration::from_secs(gateway.template.timeout);
    match tokio::spawn(tokio::time::timeout(limit, answer)).await {
        Ok(Ok(response)) if is_small_enough(&response) => (cors, to_http(response)).into_response(),
        Ok(_) | Err(_) => failure(),
    }
}

fn is_small_enough(response: &ApiGatewayV2httpResponse) -> bool {
    serde_json::to_vec(response).is_ok_and(|response| response.len() <= ANSWER_LIMIT)
}

fn to_http(response: ApiGatewayV2httpResponse) -> Response {
    let body = match response.body {
        Some(LambdaBody::Text(text)) => Body::from(text),
        Some(LambdaBody::Binary(bytes)) => Body::from(bytes),
        _ => Body::empty(),
    };
    let mut http = Response::new(body);
    let status =
        u16::try_from(response.status_code).ok().and_then(|status| StatusCode::from_u16(status).ok());
    *http.status_mut() = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    *http.headers_mut() = response.headers;
    if let Some(challenge) = http.headers_mut().remove(header::WWW_AUTHENTICATE) {
        http.headers_mut().insert(REMAPPED_CHALLENGE, challenge);
    }
    http
}

/// `POST /local/token {"email": …}`: an access token for a demonstration account.
async fn token(gateway: &Gateway, body: &[u8]) -> Response {
    let Some(endpoints) = &gateway.sign_in else {
        let detail = "this stack uses a DynamoDB on another machine, so it issues no tokens";
        return refusal(StatusCode::FORBIDDEN, detail);
    };
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    let email = request["email"].as_str().unwrap_or_default();
    match endpoints.issuer.token(&gateway.token_gate, email, gateway.clock.now()).await {
        Ok(token) => {
            json_response(&json!({"access_token": token, "token_type": "Bearer", "expires_in": 900}))
        }
        Err(refused @ token_gate::Refused::Unknown) => refusal(
            StatusCode::NOT_FOUND,
            &format!("{refused} In the demonstration, try admin@acme.example."),
        ),
        Err(refused @ token_gate::Refused::Suspended) => refusal(StatusCode::FORBIDDEN, &refused.to_string()),
        Err(refused @ token_gate::Refused::Failed(_)) => {
            refusal(StatusCode::SERVICE_UNAVAILABLE, &refused.to_string())
        }
    }
}

/// `POST /local/provision`: runs an operator's request. On AWS, operators use IAM for this.
async fn operate(gateway: &Gateway, body: &[u8], request_id: &str) -> Response {
    if gateway.sign_in.is_none() {
        let detail = "this stack uses a DynamoDB on another machine: invoke the function Provision there";
        return refusal(StatusCode::FORBIDDEN, detail);
    }
    let Ok(request) = serde_json::from_slice(body) else {
        return refusal(StatusCode::BAD_REQUEST, "the body must be JSON; docs/provisioning.md has examples");
    };
    // It runs as a separate task, so that it finishes even if the client has disconnected.
    let (service, request_id) = (gateway.operator.clone(), request_id.to_owned());
    let work = tokio::spawn(async move { provision::handle(&service, request, &request_id).await });
    match work.await {
        Ok(Ok(outcome)) => json_response(&serde_json::to_value(outcome).unwrap_or_default()),
        Ok(Err(refused)) => refusal(StatusCode::UNPROCESSABLE_ENTITY, &refused.to_string()),
        Err(_) => refusal(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
    }
}

/// `POST /local/key-watch`: looks at every key now. On AWS, a schedule does this once a day.
async fn watch_keys(gateway: &Gateway, request_id: &str) -> Response {
    if gateway.sign_in.is_none() {
        let detail = "this stack uses a DynamoDB on another machine: invoke the function KeyWatch there";
        return refusal(StatusCode::FORBIDDEN, detail);
    }
    match watch::look(&gateway.key_watch, request_id.to_owned()).await {
        Some(Ok(report)) => json_response(&serde_json::to_value(report).unwrap_or_default()),
        Some(Err(failed)) => refusal(StatusCode::SERVICE_UNAVAILABLE, &failed.to_string()),
        None => refusal(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
    }
}

/// `GET /local/events?after=NUMBER`: the events that the event bus took.
fn events(gateway: &Gateway, parts: &Parts) -> Response {
    match &gateway.notices {
        Some(notices) => json_response(&notices.events(parts.uri.query())),
        None => refusal(StatusCode::FORBIDDEN, NO_EVENTS),
    }
}

/// `GET /local/outbox` and below: the mails that this stack sent.
fn outbox(gateway: &Gateway, path: &str) -> Response {
    match &gateway.notices {
        Some(notices) => {
            let answer = notices.outbox().answer(path);
            answer.unwrap_or_else(|| refusal(StatusCode::NOT_FOUND, "Not Found"))
        }
        None => refusal(StatusCode::FORBIDDEN, NO_EVENTS),
    }
}

/// `GET /local/github/public-keys`: the public key of the stand-in for GitHub, in GitHub's form.
fn public_keys(gateway: &Gateway) -> Response {
    match &gateway.github {
        Some(github) => json_response(&github.public_keys()),
        None => refusal(StatusCode::FORBIDDEN, NO_GITHUB),
    }
}

/// `POST /local/github/report [{"token": …, "type": …, "url": …, "source": …}]`: signs the body as GitHub does. The request goes
/// on to the route for GitHub's reports.
fn sign_report(gateway: &Gateway, parts: &mut Parts, body: &[u8]) -> Result<(), Box<Response>> {
    let refused = |status, message| Err(Box::new(refusal(status, message)));
    let Some(github) = &gateway.github else {
        return refused(StatusCode::FORBIDDEN, NO_GITHUB);
    };
    if gateway.routing.choose("POST", github::REPORTS).is_none() {
        return refused(StatusCode::NOT_FOUND, "this stack has no route for GitHub's reports");
    }
    match github.sign(parts, body) {
        Some(()) => Ok(()),
        None => refused(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
    }
}

/// The values of a header, joined with commas, as API Gateway passes them on.
fn joined(headers: &HeaderMap, name: &HeaderName) -> String {
    let values = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    values.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_above_lambdas_limit_is_too_large() {
        let answer = |bytes: usize| {
            let mut response = ApiGatewayV2httpResponse::default();
            response.body = Some(LambdaBody::Text("\"".repeat(bytes)));
            response
        };
        // Lambda carries the body as a JSON string, in which a quote is two bytes.
        assert!(is_small_enough(&answer(3_000_000)));
        assert!(!is_small_enough(&answer(3_200_000)));
    }
}
