//! The schedule of `key-watch`: at the start, and then every hour. On AWS it is once a day.

use std::time::Duration;

use key_watch::{Failed, Report};
use serde_json::json;
use store::{Service, random};
use tokio::task::JoinHandle;

/// The time between two runs.
const INTERVAL: Duration = Duration::from_hours(1);

/// Looks at every key now, in a task of its own, so that it finishes even if the client has disconnected. `None` if the
/// function panicked.
pub(crate) async fn look(service: &Service, request_id: String) -> Option<Result<Report, Failed>> {
    let service = service.clone();
    let again = json!({"again": true});
    tokio::spawn(async move { key_watch::handle(&service, &again, &request_id).await }).await.ok()
}

/// Looks at every key now and every hour, until the task is stopped.
pub(crate) fn schedule(service: Service) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut hours = tokio::time::interval(INTERVAL);
        loop {
            hours.tick().await;
            // The function logs its failures.
            let _ = look(&service, random::ulid(service.clock.now())).await;
        }
    })
}
