//! The Lambda binary; see the library.

use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use send_mail::{Mailer, Places};
use serde_json::Value;
use web::runtime;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (service, settings) = runtime::service_and_settings().await?;
    let mailer = Mailer::new(service, &settings, Places::from_environment()?);
    let mailer = &mailer;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
        send_mail::handle(mailer, event.payload, &event.context.request_id).await.map_err(Diagnostic::from)
    }))
    .await
}
