//! `GET /enterprise/v1/audit-log` for collectors and `GET /admin/v1/audit-log` for the dashboard: who did what in the
//! company, newest first, in the form of MURAL's Enterprise API.
//!
//! Promises: a request makes at most [`QUERIES`] queries, however many events there are and whatever it filters;
//! following `nextToken` shows every event of the range once; a collector sees nothing that a late commit could still
//! slip behind.

mod dates;
mod page;
mod wire;

use std::time::Duration;

use shared::{
    Service,
    auth::{Caller, PlanRule, company_administrator, key_holder},
    http::{Call, Problem, Reply},
    scope::Scope,
    tables::EventPage,
};

use page::Page;
pub use wire::{AuditLog, operations};

/// The function's name in `template.yaml` and in logs.
pub const NAME: &str = "audit-log";
/// Most queries that one request makes.
pub const QUERIES: usize = 8;
/// Most events in a page.
pub const LARGEST_RESULTS: usize = 50_000;
const DEFAULT_RESULTS: usize = 1_000;
/// Most bytes of events in a page, as they are sent: a function's response ends at 6 MB
/// (<https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>).
const BYTES: usize = 5_000_000;
/// How far behind the present a collector reads. An attempt to write an event ends within 5 s, and clocks differ by less
/// than the rest.
pub const HORIZON: Duration = Duration::from_secs(15);
/// How far the clock of whoever wrote an event may be ahead, for those who read to the present.
const AHEAD: Duration = Duration::from_mins(1);
/// Events that are asked for where a query shall end at its megabyte.
const MEGABYTE: usize = 100_000;

/// Answers the function's requests.
pub async fn handle(service: Service, call: Call) -> Result<Reply, Problem> {
    let now = service.clock.now();
    if call.route().starts_with("GET /admin/") {
        let (admin, input) = company_administrator(&service, call, PlanRule::Any).await?;
        let page = Page::read(&input, now, now.plus(AHEAD))?;
        return Ok(Reply::json(200, &read((&admin).into(), &service, page).await?));
    }
    let (holder, input) = key_holder(&service, call, Scope::AuditLog).await?;
    let page = Page::read(&input, now, now.minus(HORIZON))?;
    Ok(Reply::json(200, &read((&holder).into(), &service, page).await?))
}

/// Reads until the page is full, the range is at its end, or the queries are used up.
async fn read(caller: Caller<'_>, service: &Service, page: Page) -> Result<AuditLog, Problem> {
    let mut log = AuditLog::new();
    let Some(ids) = page.ids() else { return Ok(log) };
    let (now, mut bytes, mut after) = (service.clock.now().seconds(), 0, page.after.clone());
    for _ in 0..QUERIES {
        let wanted = if page.is_filtered() { MEGABYTE } else { page.max_results - log.data.len() };
        let EventPage { events, next } =
            service.tables.audit_events(caller, &ids, after.as_deref(), wanted).await?;
        let last = events.last().map(|event| event.id.clone());
        for event in events {
            let id = event.id.clone();
            // TTL deletes late.
            if event.expiry > now && page.wants(&event) {
                let shown = wire::Event::new(event, caller.company_id(), page.snapshot());
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
