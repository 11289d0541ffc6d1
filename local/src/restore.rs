//! `cargo run -- restore`: for operators, on tables after a point-in-time restore (`docs/operating.md`).

use shared::{clock::Timestamp, config::Settings, tables::Tables};

/// Does again what was taken away since a moment; gives back a sentence for each thing.
pub async fn restore(
    since: &str,
    dry_run: bool,
    endpoint: Option<&str>,
    now: Timestamp,
) -> Result<Vec<String>, String> {
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
    let done = Tables::new(settings).restore(since, now, !dry_run).await;
    done.map_err(|error| {
        format!(
            "{error}. What was done until then is done; run it again. Region, credentials and the names of the tables \
             (TABLE_COMPANIES, …) are taken from the environment: see docs/operating.md"
        )
    })
}

/// What was done, for the operator.
pub fn report(done: &[String], dry_run: bool) -> String {
    let end = match (done.is_empty(), dry_run) {
        (true, _) => "Nothing is to be done: the tables are as the audit log has it.",
        (false, true) => "Nothing was written: this was a dry run.",
        (false, false) => "Done. Run it again before traffic returns: it should find nothing more to do.",
    };
    done.iter().map(String::as_str).chain([end]).collect::<Vec<_>>().join("\n")
}
