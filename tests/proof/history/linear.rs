//! Checks whether a history of any length is that of a register: whether there is an order of the operations, each
//! between its invocation and its response, that explains every response.
//!
//! The check is exact: an accepted history has such an order, and a refused one has none. It follows the history in
//! time with every possible state of the register: its bit, which of the operations in progress have had their effect,
//! and how many of those that never return. An operation takes effect at the latest possible time, when one returns
//! that needs it (Lowe, Testing for linearizability, 2017). Of the operations that never return, only the number
//! matters. Each may have its effect once, at any time after it began, or never.

use std::{collections::HashSet, time::Instant};

/// The effect or the observation of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// The value of the bit afterwards.
    Write(bool),
    /// The observed value of the bit.
    Read(bool),
}

/// One operation on the register.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) action: Action,
    pub(crate) began: Instant,
    /// When it returned, if it did.
    pub(crate) ended: Option<Instant>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct State {
    bit: bool,
    /// The operations in progress that have had their effect, in order.
    done: Vec<usize>,
    /// How many writes of `false` and of `true` that never return have had their effect.
    spent: [usize; 2],
}

/// Returns the first operation whose response no order explains. The register begins with `false`.
pub(crate) fn first_unexplained(steps: &[Step]) -> Option<usize> {
    let begins = steps.iter().enumerate().map(|(number, step)| (step.began, false, number));
    let ends = steps.iter().enumerate().filter_map(|(number, step)| Some((step.ended?, true, number)));
    // If an operation begins exactly when another ends, they overlap.
    let mut moments: Vec<_> = begins.chain(ends).collect();
    moments.sort_unstable();
    let mut states = HashSet::from([State::default()]);
    let (mut open, mut pending) = (Vec::new(), [0; 2]);
    for (_, is_end, number) in moments {
        let step = steps[number];
        match (is_end, step.ended, step.action) {
            (true, ..) => {
                states = after_return(number, states, steps, &open, pending);
                if states.is_empty() {
                    return Some(number);
                }
                open.retain(|other| *other != number);
            }
            (false, Some(_), _) => open.push(number),
            (false, None, Action::Write(bit)) => pending[usize::from(bit)] += 1,
            // Nobody knows what its response would have been.
            (false, None, Action::Read(_)) => {}
        }
    }
    None
}

/// The possible states of the register after an operation has returned.
fn after_return(
    number: usize,
    states: HashSet<State>,
    steps: &[Step],
    open: &[usize],
    pending: [usize; 2],
) -> HashSet<State> {
    let mut seen = states.clone();
    let mut todo: Vec<_> = states.into_iter().collect();
    let mut after = HashSet::new();
    while let Some(state) = todo.pop() {
        if state.done.contains(&number) {
            let done = state.done.into_iter().filter(|other| *other != number).collect();
            after.insert(State { done, ..state });
            continue;
        }
        let mut next = Vec::new();
        for other in open.iter().filter(|other| !state.done.contains(other)) {
            let bit = match steps[*other].action {
                Action::Read(bit) if bit != state.bit => continue,
                Action::Read(bit) | Action::Write(bit) => bit,
            };
            let mut done = state.done.clone();
            done.push(*other);
            done.sort_unstable();
            next.push(State { bit, done, spent: state.spent });
        }
        let other = usize::from(!state.bit);
        if state.spent[other] < pending[other] {
            let mut spent = state.spent;
            spent[other] += 1;
            next.push(State { bit: !state.bit, done: state.done.clone(), spent });
        }
        todo.extend(next.into_iter().filter(|state| seen.insert(state.clone())));
    }
    after
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use harness::Numbers;
    use stateright::semantics::{
        ConsistencyTester, LinearizabilityTester,
        register::{Register, RegisterOp, RegisterRet},
    };

    use super::{
        Action::{self, Read, Write},
        Step, first_unexplained,
    };

    /// Steps from their action, beginning and end, in seconds.
    fn steps(of: &[(Action, u64, Option<u64>)]) -> Vec<Step> {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        of.iter()
            .map(|(action, began, ended)| Step { action: *action, began: at(*began), ended: ended.map(at) })
            .collect()
    }

    #[test]
    fn new_then_old_during_one_write_is_refused() {
        let inversion = [(Write(true), 0, Some(10)), (Read(true), 1, Some(2)), (Read(false), 3, Some(4))];
        assert_eq!(first_unexplained(&steps(&inversion)), Some(2));
    }

    #[test]
    fn new_then_old_is_accepted_where_reads_overlap_or_another_write_explains_it() {
        let overlap = [(Write(true), 0, Some(10)), (Read(true), 1, Some(4)), (Read(false), 3, Some(5))];
        let another = [
            (Write(true), 0, Some(10)),
            (Write(false), 0, Some(10)),
            (Read(true), 1, Some(2)),
            (Read(false), 3, Some(4)),
        ];
        let same_twice = [
            (Write(true), 0, Some(10)),
            (Write(true), 0, Some(10)),
            (Write(false), 2, Some(10)),
            (Read(true), 1, Some(2)),
            (Read(false), 3, Some(4)),
            (Read(true), 5, Some(6)),
        ];
        for legal in [&overlap[..], &another, &same_twice] {
            assert_eq!(first_unexplained(&steps(legal)), None, "{legal:?}");
        }
    }

    #[test]
    fn a_write_without_a_response_may_take_effect_late_and_once() {
        let late = [
            (Write(true), 0, None),
            (Read(false), 1, Some(2)),
            (Write(false), 3, Some(4)),
            (Read(false), 5, Some(6)),
            (Read(true), 7, Some(8)),
        ];
        assert_eq!(first_unexplained(&steps(&late)), None);
        let twice = [
            (Write(true), 0, None),
            (Read(true), 1, Some(2)),
            (Write(false), 3, Some(4)),
            (Read(true), 5, Some(6)),
        ];
        assert_eq!(first_unexplained(&steps(&twice)), Some(3));
        let before_it_began = [(Read(true), 0, Some(1)), (Write(true), 2, None)];
        assert_eq!(first_unexplained(&steps(&before_it_began)), Some(0));
    }

    /// A history of three clients with random responses, and the verdict of `stateright`.
    fn random(numbers: &mut Numbers) -> (Vec<(Action, u64, Option<u64>)>, bool) {
        let mut tester = LinearizabilityTester::new(Register(false));
        let mut history = Vec::<(Action, u64, Option<u64>)>::new();
        // For each client: its thread, and the operation in progress.
        let (mut clients, mut threads) = ([(0, None), (1, None), (2, None)], 3);
        for moment in 0..18 {
            let client = numbers.below(clients.len());
            let (thread, at_work) = &mut clients[client];
            let Some(number) = *at_work else {
                let bit = numbers.below(2) == 0;
                let action = if numbers.below(2) == 0 { Write(bit) } else { Read(bit) };
                let operation =
                    if let Write(bit) = action { RegisterOp::Write(bit) } else { RegisterOp::Read };
                tester.on_invoke(*thread, operation).expect("one at a time");
                *at_work = Some(history.len());
                history.push((action, moment, None));
                continue;
            };
            *at_work = None;
            if numbers.below(5) == 0 {
                // It never returns, and its client continues as another thread.
                (*thread, threads) = (threads, threads + 1);
                continue;
            }
            history[number].2 = Some(moment);
            let returned = match history[number].0 {
                Write(_) => RegisterRet::WriteOk,
                Read(bit) => RegisterRet::ReadOk(bit),
            };
            tester.on_return(*thread, returned).expect("an operation at work");
        }
        let is_consistent = tester.is_consistent();
        (history, is_consistent)
    }

    #[test]
    fn stateright_gives_the_same_verdict_on_short_histories() {
        let mut numbers = Numbers::from_seed(7);
        let mut accepted = 0;
        for _ in 0..1_000 {
            let (history, is_consistent) = random(&mut numbers);
            assert_eq!(first_unexplained(&steps(&history)).is_none(), is_consistent, "{history:?}");
            accepted += usize::from(is_consistent);
        }
        assert!((100..900).contains(&accepted), "{accepted}");
    }
}
