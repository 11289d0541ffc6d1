//! `cargo run -- events`: prints the audit events that the running stack has published.

use std::{
    io::{self, ErrorKind, Write},
    time::Duration,
};

use serde_json::Value;

/// How long to wait for new events.
const PAUSE: Duration = Duration::from_millis(300);

/// Prints each event in a line, oldest first. Then it ends, or waits for more.
pub(crate) async fn print_events(port: u16, follow: bool) -> Result<(), String> {
    let mut after = 0;
    loop {
        let page = crate::get(port, &format!("/local/events?after={after}")).await?;
        let (Some(events), Some(last)) = (page["events"].as_array(), page["last"].as_u64()) else {
            return Err(crate::not_this_stack(port));
        };
        match print_lines(events) {
            // The reader has seen enough: `cargo run -- events | head`.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
            printed => printed.map_err(|error| error.to_string())?,
        }
        after = last;
        match (events.is_empty(), follow) {
            (true, true) => tokio::time::sleep(PAUSE).await,
            (true, false) => return Ok(()),
            (false, _) => {}
        }
    }
}

fn print_lines(events: &[Value]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for event in events {
        writeln!(out, "{event}")?;
    }
    out.flush()
}
