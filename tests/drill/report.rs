//! How long each step took.

use std::{
    io::Write,
    time::{Duration, Instant},
};

/// The steps in their order.
#[derive(Debug, Default)]
pub(crate) struct Report(Vec<(&'static str, Duration, String)>);

impl Report {
    /// Measures a step.
    pub(crate) async fn step<T>(&mut self, what: &'static str, step: impl Future<Output = T>) -> T {
        let began = Instant::now();
        let done = step.await;
        self.0.push((what, began.elapsed(), String::new()));
        done
    }

    /// Says something more about the last step.
    pub(crate) fn note(&mut self, note: String) {
        if let Some((.., text)) = self.0.last_mut() {
            *text = note;
        }
    }

    /// Prints all steps, and the sum of what the administrator waited for: everything after the first.
    pub(crate) fn print(&self, summary: &str) {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{summary}").expect("standard output");
        for (what, took, note) in &self.0 {
            writeln!(out, "{what:<55} {:>6} ms  {note}", took.as_millis()).expect("standard output");
        }
        let sum: Duration = self.0.iter().skip(1).map(|(_, took, _)| *took).sum();
        writeln!(out, "{:<55} {:>6} ms", "the administrator's steps together", sum.as_millis())
            .expect("standard output");
    }
}
