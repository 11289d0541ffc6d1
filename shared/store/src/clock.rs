//! The clock.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use domain::time::Timestamp;
use tokio::sync::watch;

/// The system's clock. Tests can move it.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    ahead_millis: Arc<watch::Sender<i64>>,
}

impl Clock {
    /// The current time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let ahead = *self.ahead_millis.borrow();
        Timestamp::from_millis(system_time().millis().saturating_add(ahead))
    }

    /// Waits until this clock shows that time, whether time passes or a test moves the clock.
    pub async fn wait_until(&self, at: Timestamp) {
        let mut moved = self.ahead_millis.subscribe();
        while let Ok(left @ 1..) = u64::try_from(at.millis().saturating_sub(self.now().millis())) {
            // Either may have woken this task. The clock shows whether the time has come.
            let _ = tokio::time::timeout(Duration::from_millis(left), moved.changed()).await;
        }
    }

    /// Moves this clock and its clones ahead. For tests, which never sleep.
    pub fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.ahead_millis.send_modify(|ahead| *ahead = ahead.saturating_add(by));
    }
}

/// The system's time, which no test moves. For logs and metrics.
#[must_use]
pub fn system_time() -> Timestamp {
    let system = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(system.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_waiting_task_wakes_when_the_clock_is_moved() {
        let clock = Clock::default();
        let at = clock.now().plus(Duration::from_hours(1));
        clock.wait_until(clock.now()).await;
        let waiting = tokio::spawn({
            let clock = clock.clone();
            async move { clock.wait_until(at).await }
        });
        clock.advance(Duration::from_mins(59));
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        clock.advance(Duration::from_mins(1));
        waiting.await.expect("woken");
        // It also ends if time passes by itself.
        clock.wait_until(clock.now().plus(Duration::from_millis(20))).await;
    }
}
