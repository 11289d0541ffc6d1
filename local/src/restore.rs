//! `cargo run -- restore`: for operators, on tables after a point-in-time restore (`docs/operating.md`).

use domain::time::Timestamp;
use store::{Restored, Settings, Tables};

/// Does again what was taken away since a moment.
pub async fn restore(
    since: &str,
    dry_run: bool,
    endpoint: Option<&str>,
    now: Timestamp,
) -> Result<Restored, String> {
    let Some(since) = Timestamp::parse_rfc3339(since) else {
        return Err(
            "--since must be the moment that the tables were restored to, as in 2027-01-31T09:30:00Z".into(),
        );
    };
    if since > now {
        return Err("--since must be the moment that the tables were restored to; that lies ahead".into());
    }
    let settings = match endpoint {
        Some(endpoint) => Settings::for_endpoint(endpoint, "restore"),
        None => Settings::from_environment().await.map_err(|error| error.to_string())?,
    };
    if since <= now.minus(settings.audit_retention) {
        let days = settings.audit_retention.as_secs() / (24 * 60 * 60);
        return Err(format!(
            "--since is longer ago than the {days} days (AUDIT_RETENTION_DAYS) that audit events are kept: what was taken \
             away first is no longer known. Restore the tables to a later moment"
        ));
    }
    #[expect(clippy::disallowed_methods, reason = "an operator runs it, on tables that nobody else uses yet")]
    let restored = Tables::new(settings).restore(since, now, !dry_run).await;
    restored.map_err(|error| {
        format!(
            "{error}. What was done until then is done; run it again. Region, credentials and the names of the tables \
             (TABLE_COMPANIES, …) are taken from the environment: see docs/operating.md"
        )
    })
}

/// What was done and what it rests on, for the operator.
#[must_use]
pub fn report(restored: &Restored, dry_run: bool) -> String {
    let mut lines = restored.done.clone();
    lines.push(match restored.newest {
        Some(newest) => {
            format!("Events of the audit log since then: {}, the newest of {newest}.", restored.events)
        }
        None => "WARNING: the audit log has no event since then. If anybody used the service in that time, what was taken \
                 away is not known: is TABLE_AUDIT_EVENTS the table that the service wrote to?"
            .into(),
    });
    if !restored.reaches_back {
        lines.push(
            "WARNING: the audit log has no event from before then. Unless the service is that new, the log may begin too \
             late: is TABLE_AUDIT_EVENTS the table that the service wrote to?"
                .into(),
        );
    }
    let is_sure = restored.newest.is_some() && restored.reaches_back;
    let end = match (restored.done.is_empty(), dry_run) {
        (true, _) if is_sure => "Nothing is to be done: the tables are as the audit log has it.",
        (true, _) => "Nothing was found to be done.",
        (false, true) => "Nothing was written: this was a dry run.",
        (false, false) => {
            "Done. Run it again before traffic returns: it should find nothing more to do than what it leaves to you."
        }
    };
    lines.push(end.into());
    lines.join("\n")
}
