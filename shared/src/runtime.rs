//! Running a function on Lambda.

use std::future::Future;

use lambda_runtime::{Error, LambdaEvent, service_fn};

use crate::{
    Service,
    clock::Clock,
    config::Settings,
    http::{Call, GatewayEvent, Problem, Reply, answer},
    tables::Tables,
    telemetry,
};

/// The tables and the clock, as Lambda's environment says, with telemetry started.
pub async fn service(function: &'static str) -> Result<Service, Error> {
    telemetry::init(function);
    Ok(Service::new(Tables::new(Settings::from_environment().await?), Clock::default()))
}

/// Runs an HTTP function until its instance ends. `warm_up` belongs to Lambda's init phase.
pub async fn run<H, Fut, W, WarmUp>(function: &'static str, warm_up: W, handle: H) -> Result<(), Error>
where
    H: Fn(Service, Call) -> Fut,
    Fut: Future<Output = Result<Reply, Problem>>,
    W: FnOnce(Service) -> WarmUp,
    WarmUp: Future<Output = ()>,
{
    let service = service(function).await?;
    warm_up(service.clone()).await;
    let (service, handle) = (&service, &handle);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<GatewayEvent>| async move {
        Ok::<_, Error>(answer(function, service, event.payload, handle).await)
    }))
    .await
}
