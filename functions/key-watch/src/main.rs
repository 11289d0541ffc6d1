//! The Lambda binary; see the library.

use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde_json::Value;
use web::runtime;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let service = runtime::service().await?;
    let service = &service;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
        key_watch::handle(service, &event.payload, &event.context.request_id).await.map_err(Diagnostic::from)
    }))
    .await
}
