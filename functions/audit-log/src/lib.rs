//! `GET /enterprise/v1/audit-log` for collectors and `GET /admin/v1/audit-log` for the dashboard: who did what in the
//! company, newest first, in the format of MURAL's Enterprise API or in that of OCSF.
//!
//! Promises: A request makes at most [`QUERIES`] queries, no matter how many events exist and what it filters.
//! Following `nextToken` shows every event of the range once. A collector's response is complete up to the end of its
//! range, and the request waits until it can be.

mod dates;
mod page;
mod query;
mod wire;

use std::time::Duration;

use domain::{identifiers::AccountRef, scope::Scope};
use store::{ATTEMPT_TIMEOUT, Caller, EventPage, OPERATION_TIMEOUT, PlanRule, Service, report_usage};
use tokio::time::Instant;
use web::{
    Call, Problem, REQUEST_TIME, Reply,
    auth::{company_administrator, key_holder, verify_again},
};

use page::Page;
use query::{Reader, Selection};
use wire::{AuditLog, ShownEvent};

pub use wire::operations;

/// The function's name in `template.yaml` and in logs.
pub const NAME: &str = "audit-log";
/// The maximum number of queries in one request.
pub const QUERIES: usize = 8;
/// The maximum number of events in a page.
pub const LARGEST_RESULTS: usize = 50_000;
const DEFAULT_RESULTS: usize = 1_000;
/// The maximum size of a page's events as they are sent, in bytes. A function's response can have at most 6 MB
/// (<https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>).
const BYTES: usize = 5_000_000;
/// The maximum difference between clocks, plus the time that a write may still take after its client gave up.
const CLOCKS_AND_DELAYS: Duration = Duration::from_secs(3);
/// The distance from the present up to which a collector reads. An event has the time at which the attempt to write it
/// began. So an event that is older than this has been committed, or never will be.
pub const HORIZON: Duration = OPERATION_TIMEOUT.saturating_add(CLOCKS_AND_DELAYS);
/// How far a collector's clock may be ahead of ours if it asks for events up to its own present.
const COLLECTORS_AHEAD: Duration = Duration::from_secs(3);
/// The time left after a wait, to verify the key again and to read.
const TIME_TO_READ: Duration = Duration::from_secs(3);
const _: () = assert!(
    HORIZON.as_millis() + COLLECTORS_AHEAD.as_millis() + TIME_TO_READ.as_millis() <= REQUEST_TIME.as_millis()
);
/// How far the clock of the instance that wrote an event may be ahead of ours. For readers who read up to the present.
const AHEAD: Duration = Duration::from_mins(1);
/// A limit so large that a query ends at its megabyte.
const MEGABYTE: usize = 100_000;

/// Answers the function's requests.
pub async fn handle(service: Service, call: Call) -> Result<Reply, Problem> {
    // API Gateway treats the path with a slash at its end as a separate route.
    match call.route().trim_end_matches('/') {
        wire::COLLECT => collect(service, call).await,
        wire::LIST => list(service, call).await,
        _ => Err(Problem::unknown_route()),
    }
}

/// Reads the log for a person in the dashboard.
async fn list(service: Service, call: Call) -> Result<Reply, Problem> {
    let (admin, input) = company_administrator(&service, call, PlanRule::Any).await?;
    let now = service.clock.now();
    let page = Selection::read(&input, Reader::Person, now)?.page(Reader::Person, now);
    Ok(Reply::json(200, &read((&admin).into(), &service, page, input.deadline()).await?))
}

/// Reads the log for a collector, as soon as the response can be complete.
async fn collect(service: Service, call: Call) -> Result<Reply, Problem> {
    let (mut holder, input) = key_holder(&service, call, Scope::AuditLog).await?;
    let asked = Selection::read(&input, Reader::Collector, service.clock.now())?;
    if let Some(at) = asked.complete_at(service.clock.now()) {
        // Meanwhile the other instances learn of this request.
        tokio::join!(service.clock.wait_until(at), report_usage(&service));
        // The key may have been revoked during the wait.
        holder = verify_again(&service, holder, &input).await?;
    }
    let page = asked.page(Reader::Collector, service.clock.now());
    Ok(Reply::json(200, &read((&holder).into(), &service, page, input.deadline()).await?))
}

/// Reads until the page is full, the range ends, or no queries or time are left.
async fn read(
    caller: Caller<'_>,
    service: &Service,
    page: Option<Page>,
    deadline: Instant,
) -> Result<AuditLog, Problem> {
    let mut log = AuditLog::new();
    let Some(mut page) = page else { return Ok(log) };
    if page.after.is_none()
        && let Some(address) = page.address()
    {
        let account = service.tables.find_account(caller, &AccountRef::Email(address)).await?;
        page.involved = account.map(|account| account.id.to_string());
    }
    let ids = page.ids();
    let (now, mut bytes, mut after) = (service.clock.now().seconds(), 0, page.after.clone());
    for query in 0..QUERIES {
        // After a wait there may be no time for all queries. A short page is better than none.
        if query > 0 && Instant::now() + ATTEMPT_TIMEOUT > deadline {
            break;
        }
        let wanted = if page.is_filtered() { MEGABYTE } else { page.max_results - log.data.len() };
        let EventPage { events, next } =
            service.tables.audit_events(caller, &ids, after.as_deref(), wanted).await?;
        let last = events.last().map(|event| event.id.clone());
        for event in events {
            let id = event.id.clone();
            // TTL deletes expired events with a delay.
            if event.expiry > now && page.wants(&event) {
                let shown = ShownEvent::new(event, caller.company_id(), page.snapshot(), page.format);
                bytes += shown.bytes();
                if bytes > BYTES && !log.data.is_empty() {
                    log.next_token = after.map(|after| page.token(after));
                    return Ok(log);
                }
                log.data.push(shown);
                if log.data.len() == page.max_results {
                    let more = next.is_some() || last.as_ref().is_some_and(|last| *last != id);
                    log.next_token = more.then(|| page.token(id));
                    return Ok(log);
                }
            }
            after = Some(id);
        }
        if next.is_none() {
            return Ok(log);
        }
        after = next;
    }
    log.next_token = after.map(|after| page.token(after));
    Ok(log)
}
