//! Turns events into responses, and logs each request once.

use std::{fmt::Display, future::Future, panic::AssertUnwindSafe};

use domain::audit::Origin;
use futures_util::FutureExt;
use lambda_http::{
    Body,
    aws_lambda_events::apigw::ApiGatewayV2httpResponse,
    http::{HeaderMap, HeaderName, HeaderValue, header},
};
use store::Service;
use tracing::field::Empty;

use crate::{
    call::{Call, Plane},
    event::GatewayEvent,
    problem::Problem,
    problem_type::ProblemType,
    rate_limit,
    reply::{Form, Reply},
    telemetry::{Outcome, REQUEST, logged},
};

/// Answers one event with a function's handler, and logs the outcome. If the handler panics, the response is 500. If it
/// is still running at the deadline, the response is 503.
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
        target: REQUEST, "request", function, requestId = &*request_id, routeKey = &*event_route,
        companyId = Empty, keyId = Empty
    );
    let (call, form) = (Call::new(event), Form::of(&event_route));
    let (meter, plane, origin) = (call.meter.clone(), call.plane(), call.origin());
    let result = logged(span, result(service, call, handle), outcome).await;
    if let (Err(problem), Plane::Enterprise) = (&result, plane) {
        keep_exposure(service, problem, origin);
    }
    let mut response = match result {
        Ok(reply) => {
            let headers: Vec<_> = reply.headers.iter().map(|(name, value)| (*name, &**value)).collect();
            response(reply.status, form.success(), reply.body, &headers)
        }
        Err(problem) => refuse(problem, form, &request_id),
    };
    // A key that was revoked while its request waited is refused like any other.
    if let Some(metered) = meter.get().filter(|_| response.status_code != 401) {
        let allowances = service.limiter.allowances(metered, service.clock.now());
        insert(&mut response.headers, "ratelimit-policy", &rate_limit::policy(&allowances));
        insert(&mut response.headers, "ratelimit", &rate_limit::remaining(&allowances));
    }
    response
}

/// What the handler returns, or the problem that prevents it.
async fn result<F, Fut>(service: &Service, call: Call, handle: F) -> Result<Reply, Problem>
where
    F: FnOnce(Service, Call) -> Fut,
    Fut: Future<Output = Result<Reply, Problem>>,
{
    if let Some(exposure) = call.misplaced_key() {
        return Err(Problem::misplaced_key(exposure));
    }
    let deadline = call.deadline;
    // Boxed, because otherwise each of the futures around it would be as large, and each is moved: 100 kB a request.
    let handled = AssertUnwindSafe(async { Box::pin(handle(service.clone(), call)).await }).catch_unwind();
    match tokio::time::timeout_at(deadline, handled).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(Problem::of(ProblemType::InternalError).with_source("the handler panicked")),
        Err(_) => Err(Problem::of(ProblemType::Unavailable).with_source("the deadline passed")),
    }
}

/// Remembers a key for which a request was refused. After the response, its administrators are told. Nothing is read before, so the
/// response can't depend on whether the key is real.
fn keep_exposure(service: &Service, problem: &Problem, origin: Origin) {
    if let Some(exposure) = problem.exposure() {
        service.notices.keep_exposed(exposure.digest.clone(), exposure.place, origin, service.clock.now());
    }
}

fn outcome(result: &Result<Reply, Problem>) -> Outcome<'_> {
    match result {
        Ok(reply) => Outcome { name: "ok", status: Some(reply.status), error: None },
        Err(problem) => Outcome {
            name: problem.kind().name(),
            status: Some(problem.kind().status()),
            error: problem.source().map(|source| source as &dyn Display),
        },
    }
}

fn refuse(problem: Problem, form: Form, request_id: &str) -> ApiGatewayV2httpResponse {
    let status = problem.kind().status();
    let (challenge, allow) = (problem.challenge().map(str::to_owned), problem.allow());
    let retry_after = problem.retry_after().map(|seconds| seconds.to_string());
    let body = match form {
        Form::Json => serde_json::to_string(&problem.into_details(request_id)),
        Form::Scim => serde_json::to_string(&problem.into_scim()),
    };
    let body = body.expect("problems are plain data");
    let mut headers: Vec<_> = allow.map(|allow| ("allow", allow)).into_iter().collect();
    if let Some(challenge) = &challenge {
        headers.push(("www-authenticate", challenge.as_str()));
    }
    if let Some(seconds) = &retry_after {
        headers.push(("retry-after", seconds.as_str()));
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
        insert(&mut headers, name, value);
    }
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = status.into();
    response.headers = headers;
    response.body = Some(Body::Text(body));
    response
}

fn insert(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A service whose tables can't be reached. No test here reads a table.
    fn service() -> Service {
        let settings = store::Settings::for_endpoint("http://127.0.0.1:1", "test");
        Service::new(store::Tables::new(settings), store::Clock::default())
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
