//! The Lambda binary; see the library.

use store::warm_up_keys;
use web::runtime;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let warm_up = async |service| warm_up_keys(&service).await;
    runtime::run(own_key::NAME, warm_up, own_key::handle).await
}
