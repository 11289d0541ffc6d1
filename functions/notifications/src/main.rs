//! The Lambda binary; see the library.

use store::warm_up_administrators;
use web::runtime;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let warm_up = async |service| warm_up_administrators(&service).await;
    runtime::run(notifications::NAME, warm_up, notifications::handle).await
}
