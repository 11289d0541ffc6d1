//! Runs a function on Lambda.

use std::{future::Future, panic::AssertUnwindSafe};

use futures_util::FutureExt;
use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn, tower::util::MapFutureLayer};
use store::{Clock, Service, Settings, Tables, write_notices};

use crate::{answer::answer, call::Call, event::GatewayEvent, problem::Problem, reply::Reply, telemetry};

/// Starts telemetry, and gives the tables and the clock for Lambda's environment.
pub async fn service() -> Result<Service, Error> {
    Ok(service_and_settings().await?.0)
}

/// The same, with the settings for a function that also calls another service.
pub async fn service_and_settings() -> Result<(Service, Settings), Error> {
    telemetry::init();
    let settings = Settings::from_environment().await?;
    Ok((Service::new(Tables::new(settings.clone()), Clock::default()), settings))
}

/// Runs an HTTP function until its instance ends. `warm_up` belongs to Lambda's init phase.
///
/// Notices about keys are written between the response and the next poll. Lambda passes a response on as soon as it is
/// posted, and freezes the instance once it polls
/// (<https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html>,
/// <https://aws.amazon.com/blogs/compute/running-code-after-returning-a-response-from-an-aws-lambda-function/>).
pub async fn run<H, Fut, W, WarmUp>(function: &'static str, warm_up: W, handle: H) -> Result<(), Error>
where
    H: Fn(Service, Call) -> Fut,
    Fut: Future<Output = Result<Reply, Problem>>,
    W: FnOnce(Service) -> WarmUp,
    WarmUp: Future<Output = ()>,
{
    let service = service().await?;
    warm_up(service.clone()).await;
    let (service, handle) = (&service, &handle);
    let answers = service_fn(move |event: LambdaEvent<GatewayEvent>| async move {
        Ok::<_, Error>(answer(function, service, event.payload, handle).await)
    });
    let afterwards = MapFutureLayer::new(move |answered: _| {
        FutureExt::then(answered, move |outcome| async move {
            // Nothing else here would stop a panic from ending the instance.
            if AssertUnwindSafe(write_notices(service)).catch_unwind().await.is_err() {
                tracing::error!("writing notices panicked");
            }
            outcome
        })
    });
    Runtime::new(answers).layer(afterwards).run().await
}
