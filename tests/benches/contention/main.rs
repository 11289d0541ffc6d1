//! Many writes with one API key, under contention like `DynamoDB`'s, with conflicts and without.
//!
//! Arguments: the parts to measure: `all`, `short`, `writers`, `arrivals`, `creations`, or a number of writers. Without
//! them nothing is done, because `cargo test` also runs benches.

#![expect(clippy::cast_precision_loss, reason = "figures for people")]

mod arrivals;
mod company;
mod creations;
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

/// The numbers of writers, for how many seconds they write in a turn, and how many turns they have. A request waits for
/// up to 9 s until it is given up. So the turns in which that happens are longer than that.
const WRITERS: [(usize, u64, usize); 6] =
    [(1, 3, 2), (8, 3, 2), (32, 3, 2), (100, 5, 2), (200, 12, 1), (400, 12, 1)];
/// The same, when there is little time.
const SHORT: [(usize, u64, usize); 2] = [(32, 3, 1), (400, 12, 1)];
/// Arrivals in a second, and for how many seconds.
const ARRIVALS: [(usize, u64); 2] = [(50, 5), (100, 5)];
/// The writers that create accounts, the seconds of a turn, and the number of turns.
const CREATORS: (usize, u64, usize) = (32, 3, 2);

fn main() {
    // Cargo passes its own option to benches.
    let parts: Vec<_> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    if parts.is_empty() {
        return;
    }
    // A runtime for each part of the whole, so that the threads' names say who used the processors.
    let [tables, functions, clients] = ["tables", "functions", "clients"].map(runtime);
    let observer = tables.block_on(async {
        let engine = Engine::start(([127, 0, 0, 1], 0).into(), None).await.expect("an engine");
        Observer::before(engine).await
    });
    let world = functions.block_on(World::with(observer));
    let measured = clients.block_on(async {
        let company = Company::new(world).await;
        let mut measured = Vec::new();
        for part in &parts {
            measure(&company, part, &mut measured).await;
        }
        measured
    });
    report::print(&measured);
}

fn runtime(name: &'static str) -> Runtime {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(2).thread_name(name).enable_all().build().expect("a runtime")
}

async fn measure(company: &Company, part: &str, measured: &mut Vec<Measured>) {
    let (writers, arrivals, creations) = match part {
        "all" => (WRITERS.to_vec(), ARRIVALS.to_vec(), true),
        "short" => (SHORT.to_vec(), vec![ARRIVALS[1]], false),
        "writers" => (WRITERS.to_vec(), Vec::new(), false),
        "arrivals" => (Vec::new(), ARRIVALS.to_vec(), false),
        "creations" => (Vec::new(), Vec::new(), true),
        number => {
            let number =
                number.parse().expect("all, short, writers, arrivals, creations or a number of writers");
            assert!(
                number <= company::ACCOUNTS,
                "there are {} accounts, one for each writer",
                company::ACCOUNTS
            );
            (vec![(number, 12, 1)], Vec::new(), false)
        }
    };
    for (count, seconds, turns) in writers {
        let time = Duration::from_secs(seconds);
        let mut turn = async |layer| writers::measure(company, layer, count, time).await;
        measured.extend(in_turns(turns, &mut turn).await);
    }
    for (rate, seconds) in arrivals {
        measured.push(arrivals::measure(company, rate, Duration::from_secs(seconds)).await);
    }
    if creations {
        let (count, seconds, turns) = CREATORS;
        let time = Duration::from_secs(seconds);
        let mut turn = async |layer| creations::measure(company, layer, count, time).await;
        measured.extend(in_turns(turns, &mut turn).await);
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
