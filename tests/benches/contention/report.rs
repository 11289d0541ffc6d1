//! The measurements, as a table.

use std::{io::Write, time::Duration};

use crate::{company::Layer, measured::Measured};

/// The longest time that a revocation may take, by the number of writers.
const REVOCATIONS: [(&str, Duration); 2] =
    [("200 writers", Duration::from_millis(300)), ("400 writers", Duration::from_millis(600))];
/// The case whose unavailability and longest response are limited.
const MOST: &str = "400 writers";
/// The least rate with conflicts, relative to the rate without.
const RATES: [(&str, f64); 2] = [("32 writers", 0.9), ("32 writers, SCIM creations", 0.8)];
/// The most transactions that a request of arrivals may take on average.
const ARRIVALS_ATTEMPTS: f64 = 1.2;
/// The allowed part of responses with 503, in percent.
const UNAVAILABLE: f64 = 1.0;
/// The longest time that a response may take.
const LONGEST: Duration = Duration::from_millis(2_500);

/// Prints the table, what conflicts cost, and whether the targets are met.
pub fn print(measured: &[Measured]) {
    let mut lines = vec![
        format!("{:125}CPU milliseconds a write", ""),
        columns(&[
            "",
            "conflicts",
            "requests",
            "writes/s",
            "p50",
            "p99",
            "longest",
            "attempts",
            "503",
            "other",
            "revocation",
            "functions",
            "tables",
            "clients",
            "others",
        ]),
    ];
    lines.extend(measured.iter().map(row));
    lines.push("\nWith conflicts, relative to without:".into());
    let pairs = measured.windows(2).filter(|pair| pair[0].what == pair[1].what);
    lines.extend(pairs.map(|pair| ratios(&pair[0], &pair[1])));
    lines.push("\nTargets:".into());
    let with_conflicts = measured.iter().filter(|case| case.layer == Layer::Conflicts);
    lines.extend(with_conflicts.flat_map(targets));
    lines.push(
        "\nattempts: transactions for each request. other: statuses except 200, 201, 401, 429 and 503. others: what other \
         processes\nof this machine used, in processors. They slow down everything."
            .into(),
    );
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", lines.join("\n")).expect("standard output");
}

fn columns<T: AsRef<str>>(cells: &[T; 15]) -> String {
    let [what, layer, rest @ ..] = cells;
    let rest: Vec<_> = rest.iter().map(|cell| format!("{:>11}", cell.as_ref())).collect();
    format!("{:<27}{:<10}{}", what.as_ref(), layer.as_ref(), rest.concat())
}

fn row(case: &Measured) -> String {
    let is_other = |status: u16| ![200, 201, 401, 429, 503].contains(&status);
    let others = case.statuses.iter().filter(|(status, _)| is_other(**status)).map(|(_, count)| count);
    let [functions, tables, clients] =
        case.used.own_millis().map(|millis| format!("{:.1}", millis as f64 / case.writes.max(1) as f64));
    columns(&[
        case.what.clone(),
        if case.layer == Layer::Conflicts { "yes".into() } else { "no".into() },
        case.times.len().to_string(),
        format!("{:.0}", case.rate()),
        seconds(case.percentile(500)),
        seconds(case.percentile(990)),
        seconds(case.percentile(1_000)),
        format!("{:.2}", case.attempts_each()),
        unavailable(case).to_string(),
        others.sum::<usize>().to_string(),
        case.revocation().map_or_else(|| "–".into(), seconds),
        functions,
        tables,
        clients,
        format!("{:.1}", case.used.others_millis() as f64 / case.observed.as_secs_f64() / 1e3),
    ])
}

/// What conflicts cost.
fn ratios(with: &Measured, without: &Measured) -> String {
    let ratio = |of: &dyn Fn(&Measured) -> Duration| of(with).as_secs_f64() / of(without).as_secs_f64();
    let rate = with.rate() / without.rate();
    let [p50, p99] = [500, 990].map(|per_mille| ratio(&|case| case.percentile(per_mille)));
    let least = RATES.iter().find(|(what, _)| *what == with.what).map(|(_, least)| *least);
    let verdict = match least {
        Some(least) if rate < least => format!(" (MISSED: at least {least})"),
        Some(least) => format!(" (at least {least}: met)"),
        None => String::new(),
    };
    let text = format!("{:<27}writes/s × {rate:.2}{verdict}, p50 × {p50:.1}, p99 × {p99:.1}", with.what);
    if with.revocation().is_none() {
        return text;
    }
    format!("{text}, revocation × {:.1}", ratio(&|case| case.revocation().unwrap_or_default()))
}

/// The targets of a case, and whether they are met.
fn targets(case: &Measured) -> Vec<String> {
    let mut lines = Vec::new();
    let mut check = |what: &str, is: String, allowed: String, met: bool| {
        let verdict = if met { "met" } else { "MISSED" };
        lines.push(format!("{:<27}{what} {is}, allowed {allowed}: {verdict}", case.what));
    };
    let allowed = REVOCATIONS.iter().find(|(what, _)| *what == case.what);
    if let (Some((_, allowed)), Some(took)) = (allowed, case.revocation()) {
        check("revocation", seconds(took), seconds(*allowed), took <= *allowed);
    }
    if case.what == MOST {
        let part = 100.0 * unavailable(case) as f64 / case.times.len() as f64;
        check("503s", format!("{part:.1} %"), format!("{UNAVAILABLE} %"), part <= UNAVAILABLE);
        let longest = case.percentile(1_000);
        check("longest response", seconds(longest), seconds(LONGEST), longest <= LONGEST);
    }
    if case.what.contains("limit of") {
        check("503s", unavailable(case).to_string(), "0".into(), unavailable(case) == 0);
        check("suspensions", case.writes.to_string(), "1000".into(), case.writes == 1_000);
    }
    if case.what.contains("arrivals") {
        let attempts = case.attempts_each();
        let allowed = format!("{ARRIVALS_ATTEMPTS}");
        check("attempts", format!("{attempts:.2}"), allowed, attempts <= ARRIVALS_ATTEMPTS);
        check("503s", unavailable(case).to_string(), "0".into(), unavailable(case) == 0);
    }
    lines
}

/// The number of responses with 503.
fn unavailable(case: &Measured) -> usize {
    case.statuses.get(&503).copied().unwrap_or_default()
}

fn seconds(time: Duration) -> String {
    if time < Duration::from_secs(1) {
        format!("{} ms", time.as_millis())
    } else {
        format!("{:.2} s", time.as_secs_f64())
    }
}
