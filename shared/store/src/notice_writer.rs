//! Writes the notices about keys after the response.

use std::time::Duration;

use domain::{
    audit::{Action, Details, HeldBy},
    day::Day,
};

use crate::{
    caller::{Caller, RefusedHolder},
    exposures::Exposed,
    notices::{Due, USE_INTERVAL},
    revoked_uses::{INTERVAL as REVOKED_USE_INTERVAL, NETWORKS},
    service::Service,
    settings::NOTICE_TIMEOUT,
    transaction::CommitError,
    usage_writer::report_usage,
    uses_writer::report_uses,
};

/// Writes the notices about the keys of answered requests. No request waits for these writes or fails with them, and a
/// request with a revoked key takes no longer than others. The writes share the requests' connection. Each has a time
/// limit. Before them, reports what was admitted: see [`crate::limiter`]. At the same time, on a connection of its own, reports
/// what keys were used for: see [`crate::uses`].
pub async fn write_notices(service: &Service) {
    let notices = async {
        report_usage(service).await;
        write_due(service).await;
    };
    // Boxed, because otherwise every request's future would be as large.
    tokio::join!(notices, Box::pin(report_uses(service)));
}

async fn write_due(service: &Service) {
    for due in service.notices.take(service.clock.now()) {
        // Boxed, because otherwise every request's future would be as large.
        let written = tokio::time::timeout(NOTICE_TIMEOUT, Box::pin(write_notice(service, &due))).await;
        match written {
            Ok(Ok(()) | Err(CommitError::Refused(_))) => {}
            // Another instance is writing this notice. It will exist by the next request.
            Ok(Err(CommitError::Conflict(_))) => service.notices.forget(due),
            outcome => {
                let key_id = due.key_id().map(tracing::field::display);
                tracing::warn!(key_id, notice = due.kind(), ?outcome, "a notice was not written");
                service.notices.forget(due);
            }
        }
    }
}

async fn write_notice(service: &Service, due: &Due) -> Result<(), CommitError> {
    match due {
        Due::Used(holder, at) => {
            // The first use of a day is always noted, because the rule about disuse counts days.
            let yesterday = Day::of(*at).start().minus(Duration::from_millis(1));
            service.tables.note_use(holder, *at, at.minus(USE_INTERVAL).max(yesterday)).await
        }
        Due::Limited(holder, limit, at) => {
            service.tables.note_limited(holder, *limit, *at, at.minus(USE_INTERVAL)).await
        }
        Due::OtherNetwork(holder, origin, at) => {
            let event = Caller::from(holder).event(Action::RefuseApiKeyNetwork, &holder.0, origin, *at);
            service.tables.record_network(holder, &event, at.minus(USE_INTERVAL)).await
        }
        Due::LimitReached(holder, origin, stop, at) => {
            let event = Caller::from(holder)
                .event(Action::ReachSuspensionLimit, holder.credential(), origin, *at)
                .with(Details { suspensions_per_hour: Some(stop.limit), ..Details::default() });
            service.tables.record_limit_reached(holder, stop, &event).await
        }
        Due::Held(holder, origin, since) => {
            let event = Caller::from(holder)
                .event(Action::HoldApiKey, &holder.0, origin, service.clock.now())
                .with(Details { held_by: Some(HeldBy::Policy), ..Details::default() });
            service.tables.record_hold(holder, *since, &event).await
        }
        Due::UsedRevoked(holder, origin, source) => {
            let now = service.clock.now();
            let key_id = &holder.0.key_id;
            let times = service.notices.revoked_uses(key_id, *source);
            let event = Caller::from(holder)
                .event(Action::UseRevokedApiKey, &holder.0, origin, now)
                .with(Details { times: Some(times), ..Details::default() });
            let is_first = service
                .tables
                .record_revoked_use(holder, *source, &event, now.minus(REVOKED_USE_INTERVAL), NETWORKS)
                .await?;
            service.notices.recorded(key_id, *source, times, is_first.then_some(now));
            Ok(())
        }
        Due::Exposed(exposed) => record_exposure(service, exposed).await,
    }
}

/// Looks up a key that a request contained where it is often logged, and tells its administrators if it is real and can be used, or
/// could be again.
async fn record_exposure(service: &Service, exposed: &Exposed) -> Result<(), CommitError> {
    let found = service.tables.credential(&exposed.digest).await.map_err(CommitError::Failed)?;
    let now = service.clock.now();
    let Some(credential) = found.filter(|credential| !credential.has_ended(now)) else {
        return Ok(());
    };
    let holder = RefusedHolder(credential);
    let event = Caller::from(&holder)
        .event(Action::ExposeApiKey, &holder.0, &exposed.origin, now)
        .with(Details { place: Some(exposed.place), ..Details::default() });
    service.tables.record_exposure(&holder, &event, now.minus(USE_INTERVAL)).await
}
