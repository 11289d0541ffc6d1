//! The figures, and the table of them.

use std::{collections::BTreeMap, fs, io::Write, time::Duration};

use crate::{Subject, processor};

/// The difference in memory between 5,000 and 100 requests that doesn't count as growth.
const GROWTH: f64 = 1.05;

/// The measurements of one program.
#[derive(Default)]
pub struct Figures {
    name: String,
    is_function: bool,
    bytes: u64,
    /// From exec to the first request for an event.
    pub init: Vec<Duration>,
    /// From exec to the first response.
    pub first: Vec<Duration>,
    /// From exec to the first response, if the first request only reads.
    pub first_read: Vec<Duration>,
    /// From exec to the first request for an event over TLS.
    pub init_tls: Vec<Duration>,
    /// From exec to the first response over TLS.
    pub first_tls: Vec<Duration>,
    /// The maximum number of TLS handshakes between the first event and its response.
    pub handshakes: usize,
    /// Time of a warm request.
    pub warm: Duration,
    /// Processor time of each warm request of a kind.
    pub processor: BTreeMap<&'static str, Vec<Duration>>,
    /// Instructions of a warm request of a kind, if they were counted.
    pub instructions: BTreeMap<&'static str, u64>,
    /// Peak of resident memory after 100 requests, in kB.
    pub peak_100: u64,
    /// The same after 5,000.
    pub peak_5000: u64,
    /// Connections to `DynamoDB` in 5,000 requests.
    pub connections: usize,
    /// Bytes of the log lines of a read and of a suspension.
    pub log_lines: Option<[usize; 2]>,
    /// Calls to `DynamoDB` until the first response, and of a warm request, without the notes of a key's use.
    pub round_trips: [usize; 2],
}

impl Figures {
    /// An empty report.
    pub fn of(subject: &Subject) -> Self {
        let bytes = fs::metadata(&subject.program).expect("the program is there").len();
        Self { name: subject.name.clone(), is_function: subject.is_function, bytes, ..Self::default() }
    }

    /// Whether these are the measurements of this program.
    pub fn is_of(&self, subject: &Subject) -> bool {
        self.name == subject.name
    }

    /// Checks what must be true on every machine.
    pub fn check(&self) {
        let name = &self.name;
        if self.is_function {
            assert_eq!(self.handshakes, 0, "{name}: TLS handshakes in the first request");
            // One for requests, and one for the counts of uses after the responses.
            assert!(self.connections <= 2, "{name}: {} connections to DynamoDB", self.connections);
        }
        let most = self.peak_100 as f64 * GROWTH;
        assert!(self.peak_5000 as f64 <= most, "{name}: memory grows");
    }
}

type Cell = fn(&Figures) -> String;

const ROWS: [(&str, Cell); 20] = [
    ("binary", |figures| format!("{:.2} MB", figures.bytes as f64 / 1e6)),
    ("exec to first poll", |figures| milliseconds(median(&figures.init))),
    ("exec to first response", |figures| milliseconds(median(&figures.first))),
    ("exec to first response, a read", |figures| milliseconds(median(&figures.first_read))),
    ("exec to first poll, TLS", |figures| milliseconds(median(&figures.init_tls))),
    ("exec to first response, TLS", |figures| milliseconds(median(&figures.first_tls))),
    ("handshakes in the first request", |figures| figures.handshakes.to_string()),
    ("connections in 5,000 requests", |figures| figures.connections.to_string()),
    ("round trips to first response", |figures| figures.round_trips[0].to_string()),
    ("round trips, warm", |figures| figures.round_trips[1].to_string()),
    ("warm request", |figures| milliseconds(figures.warm)),
    ("processor time, read", |figures| microseconds(figures, processor::READ)),
    ("processor time, verification", |figures| microseconds(figures, processor::VERIFICATION)),
    ("processor time, unknown key", |figures| microseconds(figures, processor::UNKNOWN_KEY)),
    ("instructions, read", |figures| thousands(figures, processor::READ)),
    ("instructions, verification", |figures| thousands(figures, processor::VERIFICATION)),
    ("instructions, unknown key", |figures| thousands(figures, processor::UNKNOWN_KEY)),
    ("log line of a read, suspension", |figures| {
        figures.log_lines.map_or("-".to_owned(), |[read, suspend]| format!("{read}, {suspend} bytes"))
    }),
    ("peak memory, 100 requests", |figures| format!("{:.2} MB", figures.peak_100 as f64 / 1e3)),
    ("peak memory, 5,000 requests", |figures| format!("{:.2} MB", figures.peak_5000 as f64 / 1e3)),
];

/// Prints a column for each program.
pub fn print(all: &[Figures]) {
    let mut out = std::io::stdout().lock();
    let mut line = |head: &str, cells: Vec<String>| {
        let cells = cells.iter().fold(String::new(), |row, cell| row + &format!("{cell:>20}"));
        writeln!(out, "{head:<34}{cells}").expect("standard output");
    };
    line("", all.iter().map(|figures| figures.name.clone()).collect());
    for (head, cell) in ROWS {
        line(head, all.iter().map(cell).collect());
    }
}

/// Prints the figures of `account-status` relative to the baseline that makes one read, with their targets.
pub fn print_ratios(all: &[Figures]) {
    let of = |name| all.iter().find(|figures| figures.name == name);
    let (Some(function), Some(baseline)) = (of("account-status"), of("baseline-get-item")) else { return };
    let mut out = std::io::stdout().lock();
    let processor = |kind| median(&function.processor[kind]);
    let read = median(&baseline.processor[processor::READ]);
    for (name, time, baseline, target) in [
        ("processor time of a verification", processor(processor::VERIFICATION), read, 1.15),
        ("processor time of a refusal of an unknown key", processor(processor::UNKNOWN_KEY), read, 1.05),
        (
            "exec to first response of a read",
            median(&function.first_read),
            median(&baseline.first_read),
            1.15,
        ),
    ] {
        let ratio = time.as_secs_f64() / baseline.as_secs_f64();
        writeln!(out, "{name}: {ratio:.2} x baseline-get-item (target: {target})").expect("standard output");
    }
}

fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    times[times.len() / 2]
}

fn thousands(figures: &Figures, kind: &str) -> String {
    figures.instructions.get(kind).map_or("-".to_owned(), |count| format!("{} k", count / 1_000))
}

fn microseconds(figures: &Figures, kind: &str) -> String {
    let times = figures.processor.get(kind);
    times.map_or("-".to_owned(), |times| format!("{:.0} µs", median(times).as_secs_f64() * 1e6))
}

fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}
