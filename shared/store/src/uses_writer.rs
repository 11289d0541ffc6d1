//! Reports what keys were used for, after the response.

use domain::day::Day;
use tokio::time::Instant;

use crate::{service::Service, settings::NOTICE_TIMEOUT};

/// Adds the counts that are due to the items of their days in `KeyUsage`. Nothing waits for them, and a failure changes no
/// response. They are added one after the other, and all together have [`NOTICE_TIMEOUT`]. After its first report, an instance
/// keeps the day on which counting began, unless another has kept one.
pub(crate) async fn report_uses(service: &Service) {
    let (now, end) = (service.clock.now(), Instant::now() + NOTICE_TIMEOUT);
    let reports = service.uses.reports(now);
    let begins = !reports.is_empty() && service.uses.begins();
    for report in reports {
        if Instant::now() >= end {
            report.not_added();
        } else {
            service.tables.add_uses(report, end).await;
        }
    }
    if begins && !service.tables.keep_beginning(Day::of(now), end).await {
        service.uses.forget_beginning();
    }
}
