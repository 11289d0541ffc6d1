use std::time::Duration;

use harness::{ADMIN, Fault};
use serde_json::json;
use tokio::time::Instant;

use super::{Lab, numbers};

/// The template's time limit of the function.
const FUNCTION_TIMEOUT: Duration = Duration::from_mins(1);

/// With the time of the test, which runs ahead while all calls hang.
#[tokio::test]
async fn an_invocation_ends_before_the_function_if_nothing_answers() {
    let lab = Lab::start().await;
    let admin = lab.world.sign_in(ADMIN).await;
    let key = lab.world.create_key(&admin).await;
    for number in 0..300 {
        lab.world.edit(&admin, &key, json!({"note": format!("Note {number}")})).await.ok();
    }
    let event = lab.last_changes(301).await;
    lab.services.interfere(|_| Fault::Hang);
    tokio::time::pause();
    let began = Instant::now();
    let failed = lab.invoke(event.clone()).await;
    let took = began.elapsed();
    assert!(took + Duration::from_secs(5) < FUNCTION_TIMEOUT, "{took:?}");
    assert!(took > Duration::from_secs(10), "nothing hung: {took:?}");
    assert_eq!(failed, numbers(&event));
    assert!(publish_events::RUN_TIME < FUNCTION_TIMEOUT);
}
