//! The Lambda binary; see the library.

use store::warm_up_finders;
use web::runtime;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let warm_up = async |service| warm_up_finders(&service).await;
    runtime::run(leaked_keys::NAME, warm_up, leaked_keys::handle).await
}
