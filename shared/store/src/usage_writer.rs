//! Reports what an instance admitted, after the response or while a request waits.

use tokio::time::Instant;

use crate::{service::Service, settings::NOTICE_TIMEOUT};

/// Adds the counts that are due to their windows in `KeyUsage`. Nothing waits for them, and a failure changes no response.
/// They are added one after the other, on the connection that requests use, and all together have [`NOTICE_TIMEOUT`].
pub async fn report_usage(service: &Service) {
    let end = Instant::now() + NOTICE_TIMEOUT;
    for report in service.limiter.reports(service.clock.now()) {
        if Instant::now() >= end {
            report.not_added();
        } else {
            // Boxed, because otherwise every request's future would be as large.
            Box::pin(service.tables.add_usage(report, end)).await;
        }
    }
}
