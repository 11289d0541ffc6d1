//! Many writes with one API key, under contention like `DynamoDB`'s, with conflicts and without.
//!
//! Arguments: the parts to measure: `all`, `short`, `writers`, `arrivals`, `creations`, `limited`, or a number of writers. Without
//! them nothing is done, because `cargo test` also runs benches.

#![expect(clippy::cast_precision_loss, reason = "figures for people")]

mod arrivals;
mod company;
mod creations;
mod limited;
mod measured;
mod processor;
mod report;
mod writers;

use std::time::Duration;

use harness::{Observer, World};
use local::engine::Engine;
use tokio::runtime::{Builder, Runtime};

use company::{Company, Layer};
use measured::Measured;

/// The numbers of writers, for how many seconds they write in a turn, and how many turns they have. Turns of many writers
/// are long, because their requests take longer.
const WRITERS: [(usize, u64, usize); 6] =
    [(1, 3, 2), (8, 3, 2), (32, 3, 2), (100, 5, 2), (200, 12, 1), (400, 12, 1)];
/// The same, when there is little time.
const SHORT: [(usize, u64, usize); 2] = [(32, 3, 1), (400, 12, 1)];
/// Arrivals in a second, and for how many seconds.
const ARRIVALS: [(usize, u64); 2] = [(50, 5), (100, 5)];
/// The writers that create accounts, the seconds of a turn, and the number of turns.
const CREATORS: (usize, u64, usize) = (32, 3, 2);
/// The writers that use up a limit.
const LIMITED: usize = 32;

fn main() {
    // Cargo passes its own option to benches.
    let parts: Vec<_> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    if parts.is_empty() {
        return;
    }
    // A runtime for each part of the whole, so that the threads' names say who used the processors.
    let [tables, functions, clients] = ["tables", "functions", "clients"].map(runtime);
    let mut measured = Vec::new();
    for row in parts.iter().flat_map(|part| rows(part)) {
        // New tables for each row, because the engine becomes slower as they grow.
        let observer = tables.block_on(async {
            let engine = Engine::start(([127, 0, 0, 1], 0).into(), None).await.expect("an engine");
            Observer::before(engine).await
        });
        let world = functions.block_on(World::with(observer));
        measured.extend(clients.block_on(async { row.measure(&Company::new(world).await).await }));
    }
    report::print(&measured);
}

fn runtime(name: &'static str) -> Runtime {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(2).thread_name(name).enable_all().build().expect("a runtime")
}

/// What is measured on tables of its own.
enum Row {
    /// Writers, for how many seconds they write in a turn, and the number of turns.
    Writers(usize, u64, usize),
    /// Arrivals in a second, and for how many seconds.
    Arrivals(usize, u64),
    Creations,
    /// Writers that use up a limit.
    Limited(usize),
}

/// The rows of a part.
fn rows(part: &str) -> Vec<Row> {
    let writers = |writers: &[(usize, u64, usize)]| -> Vec<_> {
        writers.iter().map(|(count, seconds, turns)| Row::Writers(*count, *seconds, *turns)).collect()
    };
    let arrivals = |arrivals: &[(usize, u64)]| -> Vec<_> {
        arrivals.iter().map(|(rate, seconds)| Row::Arrivals(*rate, *seconds)).collect()
    };
    match part {
        "all" => ["writers", "arrivals", "creations", "limited"].into_iter().flat_map(rows).collect(),
        "short" => writers(&SHORT).into_iter().chain(arrivals(&ARRIVALS[1..])).collect(),
        "writers" => writers(&WRITERS),
        "arrivals" => arrivals(&ARRIVALS),
        "creations" => vec![Row::Creations],
        "limited" => vec![Row::Limited(LIMITED)],
        number => {
            let number = number
                .parse()
                .expect("all, short, writers, arrivals, creations, limited or a number of writers");
            let accounts = company::ACCOUNTS;
            assert!(number <= accounts, "there are {accounts} accounts, one for each writer");
            vec![Row::Writers(number, 12, 1)]
        }
    }
}

impl Row {
    async fn measure(self, company: &Company) -> Vec<Measured> {
        match self {
            Self::Writers(count, seconds, turns) => {
                let time = Duration::from_secs(seconds);
                let mut turn = async |layer| writers::measure(company, layer, count, time).await;
                in_turns(turns, &mut turn).await.into()
            }
            Self::Arrivals(rate, seconds) => {
                vec![arrivals::measure(company, rate, Duration::from_secs(seconds)).await]
            }
            Self::Limited(count) => vec![limited::measure(company, count).await],
            Self::Creations => {
                let (count, seconds, turns) = CREATORS;
                let time = Duration::from_secs(seconds);
                let mut turn = async |layer| creations::measure(company, layer, count, time).await;
                in_turns(turns, &mut turn).await.into()
            }
        }
    }
}

/// Measures with and without conflicts in turns, so that whatever else uses the machine affects both.
async fn in_turns(turns: usize, measure: &mut impl AsyncFnMut(Layer) -> Measured) -> [Measured; 2] {
    let mut both = [measure(Layer::Conflicts).await, measure(Layer::NoConflicts).await];
    for _ in 1..turns {
        both[0].add(measure(Layer::Conflicts).await);
        both[1].add(measure(Layer::NoConflicts).await);
    }
    both
}
