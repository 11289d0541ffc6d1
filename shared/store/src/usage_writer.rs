//! Reports what an instance admitted, after the response or while a request waits.

use futures_util::future::join_all;

use crate::service::Service;

/// Adds the counts that are due to their windows in `KeyUsage`, all at once. Nothing waits for them, and a failure changes
/// no response.
pub async fn report_usage(service: &Service) {
    let reports = service.limiter.reports(service.clock.now());
    // Boxed, because otherwise every request's future would be as large.
    join_all(reports.into_iter().map(|report| Box::pin(service.tables.add_usage(report)))).await;
}
