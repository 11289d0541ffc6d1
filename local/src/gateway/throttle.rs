//! Limits requests to routes by the template's `RouteSettings`: one token bucket for each route
//! (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html>).

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use domain::time::Timestamp;

use crate::template::{Route, Template, Throttle};

/// The buckets of all routes.
#[derive(Debug, Default)]
pub(super) struct Throttles(Mutex<HashMap<String, Bucket>>);

impl Throttles {
    /// Takes a token for a request. Returns whether there was one.
    pub(super) fn admit(&self, template: &Template, route: &Route, now: Timestamp) -> bool {
        let limits = template.throttle(route);
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.entry(route.key()).or_insert_with(|| Bucket::full(limits, now)).take(limits, now)
    }
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled: Timestamp,
}

impl Bucket {
    fn full(limits: Throttle, now: Timestamp) -> Self {
        Self { tokens: f64::from(limits.burst), filled: now }
    }

    fn take(&mut self, limits: Throttle, now: Timestamp) -> bool {
        let passed = u32::try_from(now.millis() - self.filled.millis()).unwrap_or(0);
        let refilled = self.tokens + f64::from(passed) / 1_000.0 * f64::from(limits.rate);
        self.tokens = refilled.min(f64::from(limits.burst));
        self.filled = now;
        let is_admitted = self.tokens >= 1.0;
        if is_admitted {
            self.tokens -= 1.0;
        }
        is_admitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_the_rate() {
        let limits = Throttle { rate: 20, burst: 40 };
        let start = Timestamp::from_millis(1_000_000);
        let mut bucket = Bucket::full(limits, start);
        let passed = |bucket: &mut Bucket, millis: i64| {
            let now = Timestamp::from_millis(start.millis() + millis);
            (0..100).filter(|_| bucket.take(limits, now)).count()
        };
        assert_eq!(passed(&mut bucket, 0), 40);
        assert_eq!(passed(&mut bucket, 500), 10);
        assert_eq!(passed(&mut bucket, 60_000), 40);
    }
}
