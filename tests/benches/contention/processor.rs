//! The processor time that each part of the process used, and what the other processes of the machine used.

use std::fs;

/// Processor time in clock ticks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Used {
    /// The functions and the stand-in for API Gateway.
    functions: u64,
    /// The embedded engine and the layer in front of it.
    tables: u64,
    /// The other threads of this process: the clients.
    clients: u64,
    /// The whole machine.
    machine: u64,
}

/// Linux counts in these ticks on every architecture that this runs on (`getconf CLK_TCK`).
const MILLIS_OF_A_TICK: u64 = 10;

impl Used {
    /// The time until now. It is zero where there is no `/proc`.
    pub fn until_now() -> Self {
        let mut used = Self { machine: machine(), ..Self::default() };
        for thread in fs::read_dir("/proc/self/task").into_iter().flatten().flatten() {
            let Ok(text) = fs::read_to_string(thread.path().join("stat")) else { continue };
            // `1234 (name) S …`: the 14th and 15th fields are the times in user mode and in the kernel.
            let (Some((_, name)), Some((_, fields))) = (text.split_once('('), text.rsplit_once(')')) else {
                continue;
            };
            let ticks =
                fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok());
            let part = match name.split(')').next() {
                Some("functions") => &mut used.functions,
                Some("tables") => &mut used.tables,
                _ => &mut used.clients,
            };
            *part += ticks.sum::<u64>();
        }
        used
    }

    /// The time since then. A thread that has ended since is not counted.
    pub fn since(self, before: Self) -> Self {
        Self {
            functions: self.functions.saturating_sub(before.functions),
            tables: self.tables.saturating_sub(before.tables),
            clients: self.clients.saturating_sub(before.clients),
            machine: self.machine.saturating_sub(before.machine),
        }
    }

    /// Adds the time of another turn.
    pub fn add(&mut self, other: &Self) {
        self.functions += other.functions;
        self.tables += other.tables;
        self.clients += other.clients;
        self.machine += other.machine;
    }

    /// The milliseconds of functions, tables and clients.
    pub fn own_millis(self) -> [u64; 3] {
        [self.functions, self.tables, self.clients].map(|ticks| ticks * MILLIS_OF_A_TICK)
    }

    /// The milliseconds of other processes.
    pub fn others_millis(self) -> u64 {
        self.machine.saturating_sub(self.functions + self.tables + self.clients) * MILLIS_OF_A_TICK
    }
}

/// The time of the whole machine. `cpu user nice system idle iowait irq softirq steal …`
fn machine() -> u64 {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let fields = text.lines().next().unwrap_or_default().split_whitespace().skip(1).take(8);
    let fields = fields.enumerate().filter(|(index, _)| ![3, 4].contains(index));
    fields.filter_map(|(_, field)| field.parse::<u64>().ok()).sum()
}
