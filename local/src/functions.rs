//! The functions, called in-process by the handlers that Lambda runs.

use std::{future::Future, pin::Pin};

use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use store::{Service, write_notices};
use web::{Call, GatewayEvent, Problem, Reply, answer, openapi::Operation};

/// A function's future response.
pub type Answer = Pin<Box<dyn Future<Output = ApiGatewayV2httpResponse> + Send>>;

/// An HTTP function.
#[derive(Clone, Copy)]
pub struct HttpFunction {
    /// The name of the function's binary.
    pub name: &'static str,
    /// Answers an event.
    pub answer: fn(Service, GatewayEvent) -> Answer,
    /// Describes the function's operations.
    pub operations: fn() -> Vec<Operation>,
}

macro_rules! http_functions {
    ($($function:ident),*) => {
        &[$(HttpFunction {
            name: $function::NAME,
            answer: |service, event| boxed($function::NAME, service, event, $function::handle),
            operations: $function::operations,
        }),*]
    };
}

/// Every HTTP function.
pub const HTTP_FUNCTIONS: &[HttpFunction] = http_functions!(
    create_key,
    list_keys,
    rotate_key,
    edit_key,
    key_policy,
    notifications,
    revoke_key,
    own_key,
    leaked_keys,
    account_status,
    members,
    undo_suspensions,
    scim_users,
    audit_log
);

fn boxed<H, Fut>(name: &'static str, service: Service, event: GatewayEvent, handle: H) -> Answer
where
    H: FnOnce(Service, Call) -> Fut + Send + 'static,
    Fut: Future<Output = Result<Reply, Problem>> + Send + 'static,
{
    Box::pin(async move {
        let answer = answer(name, &service, event, handle).await;
        // As on Lambda, this work runs after the response.
        tokio::spawn(async move { write_notices(&service).await });
        answer
    })
}
