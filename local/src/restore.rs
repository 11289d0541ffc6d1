//! `cargo run -- restore`: for operators, on tables after a point-in-time restore. `cargo run -- event-names`: for operators, after
//! events were not published (`docs/operating.md`).

use domain::time::Timestamp;
use serde_json::json;
use store::{Restored, Settings, TableError, Tables};

/// Applies the audit log's later revocations and suspensions to restored tables.
pub async fn restore(
    since: &str,
    dry_run: bool,
    endpoint: Option<&str>,
    now: Timestamp,
) -> Result<Restored, String> {
    let Some(since) = Timestamp::parse_rfc3339(since) else {
        return Err(
            "--since must be the time that the tables were restored to, for example 2027-01-31T09:30:00Z"
                .into(),
        );
    };
    if since > now {
        return Err(
            "--since must be the time that the tables were restored to, but it is in the future".into()
        );
    }
    let settings = settings(endpoint, "restore").await?;
    if since <= now.minus(settings.audit_retention) {
        let days = settings.audit_retention.as_secs() / (24 * 60 * 60);
        return Err(format!(
            "--since is longer ago than the {days} days (AUDIT_RETENTION_DAYS) that audit events are kept, so the first \
             revocations after it are no longer known. Restore the tables to a later time"
        ));
    }
    #[expect(clippy::disallowed_methods, reason = "an operator runs it, on tables that nobody else uses yet")]
    let restored = Tables::new(settings).restore(since, now, !dry_run).await;
    restored.map_err(|error| failed(&error))
}

/// Takes over the revocations in progress of an earlier release (`docs/operating.md`). Returns the report.
pub async fn take_over_fences(endpoint: Option<&str>, now: Timestamp) -> Result<String, String> {
    #[expect(clippy::disallowed_methods, reason = "an operator runs it, while nobody uses the service")]
    let taken = Tables::new(settings(endpoint, "take-over-fences").await?).take_over_fences(now).await;
    let mut lines = taken.map_err(|error| failed(&error))?;
    lines.push(match lines.len() {
        0 => "There is nothing to do: no revocation of the earlier release is in progress.".into(),
        _ => "Done. Administrators see these keys as being revoked. Revoking them again ends them.".into(),
    });
    Ok(lines.join("\n"))
}

/// The names of the events from `since` until before `until`, each as a message for the queue of refused events
/// (`docs/operating.md`).
pub async fn event_names(since: &str, until: &str, endpoint: Option<&str>) -> Result<String, String> {
    let time = |text: &str, option: &str| {
        let time = Timestamp::parse_rfc3339(text);
        time.ok_or_else(|| format!("{option} must be a time, for example 2027-01-31T09:30:00Z"))
    };
    let (since, until) = (time(since, "--since")?, time(until, "--until")?);
    if until <= since {
        return Err("--until must be later than --since".into());
    }
    let tables = Tables::new(settings(endpoint, "event-names").await?);
    let mut lines = Vec::new();
    let name = |company: &str, event: &str| {
        lines.push(json!({"companyId": company, "eventId": event}).to_string());
    };
    #[expect(clippy::disallowed_methods, reason = "an operator runs it, to publish events that were lost")]
    let read = tables.event_names(since, until, name).await;
    read.map_err(|error| {
        format!(
            "{error}. The region, the credentials and the name of the table (TABLE_AUDIT_EVENTS) come from the environment: \
             see docs/operating.md"
        )
    })?;
    Ok(lines.join("\n"))
}

async fn settings(endpoint: Option<&str>, name: &str) -> Result<Settings, String> {
    match endpoint {
        Some(endpoint) => Ok(Settings::for_endpoint(endpoint, name)),
        None => Settings::from_environment().await.map_err(|error| error.to_string()),
    }
}

fn failed(error: &TableError) -> String {
    format!(
        "{error}. The changes before this error were made. Run the command again. The region, the credentials and the names \
         of the tables (TABLE_COMPANIES, …) come from the environment: see docs/operating.md"
    )
}

/// The report for the operator: what was done, and on which events it is based.
#[must_use]
pub fn report(restored: &Restored, dry_run: bool) -> String {
    let mut lines = restored.done.clone();
    lines.push(match restored.newest {
        Some(newest) => {
            format!("Events of the audit log since then: {}. The newest is from {newest}.", restored.events)
        }
        None => "WARNING: the audit log has no event since then. If anybody used the service in that time, the later \
                 revocations are not known. Check that TABLE_AUDIT_EVENTS is the table that the service wrote to."
            .into(),
    });
    if !restored.reaches_back {
        lines.push(
            "WARNING: the audit log has no event from before then. Unless the service is that new, the log may begin too \
             late. Check that TABLE_AUDIT_EVENTS is the table that the service wrote to."
                .into(),
        );
    }
    let is_sure = restored.newest.is_some() && restored.reaches_back;
    let end = match (restored.done.is_empty(), dry_run) {
        (true, _) if is_sure => "There is nothing to do: the tables agree with the audit log.",
        (true, _) => "Found nothing to do.",
        (false, true) => "This was a dry run. Nothing was written.",
        (false, false) => {
            "Done. Run it again before you allow traffic: it should find only what you must do by hand."
        }
    };
    lines.push(end.into());
    lines.join("\n")
}
