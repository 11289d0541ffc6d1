//! The observations, as a table.

use std::{io::Write, time::Duration};

use crate::clients::Seen;

/// Prints the durations and the number of operations, and the memory over time.
pub fn print(seen: &Seen, memory: &[u64], time: Duration) {
    let mut out = std::io::stdout().lock();
    let mut line = |text: String| writeln!(out, "{text}").expect("standard output");
    line(format!(
        "{:<28}{:>9}{:>10}{:>10}{:>10}{:>10}",
        "operation", "requests", "p50", "p90", "p99", "most"
    ));
    let mut requests = 0;
    for (operation, times) in &seen.times {
        let mut times = times.clone();
        times.sort_unstable();
        requests += times.len();
        let cell = |per_mille: usize| format!("{:.1} ms", percentile(&times, per_mille).as_secs_f64() * 1e3);
        line(format!(
            "{operation:<28}{:>9}{:>10}{:>10}{:>10}{:>10}",
            times.len(),
            cell(500),
            cell(900),
            cell(990),
            cell(1_000)
        ));
    }
    line(format!("{requests} requests, {:.0} a second", requests as f64 / time.as_secs_f64()));
    let megabytes = |second: usize| memory.get(second).map(|kilobytes| *kilobytes as f64 / 1e3);
    let points = [0, 10, 20, 30, 40, 50, memory.len() - 1];
    let points = points.iter().filter(|second| **second < memory.len());
    let cells = points.filter_map(|second| Some(format!("{:.1} MB at {second} s", megabytes(*second)?)));
    line(format!("resident: {}", cells.collect::<Vec<_>>().join(", ")));
}

/// The percentile of sorted values, in thousandths: 990 is p99.
fn percentile(sorted: &[Duration], per_mille: usize) -> Duration {
    sorted[(sorted.len() * per_mille / 1_000).min(sorted.len() - 1)]
}
