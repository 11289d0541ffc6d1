//! Finds violations in a history.

use std::{collections::HashMap, time::Instant};

use super::{
    clients::{History, Outcome, Recorded, What, Why},
    linear::{Action, Step, first_unexplained},
};

/// A violation.
#[derive(Debug)]
#[expect(dead_code, reason = "their content is for the output of a failed test")]
pub(crate) enum Violation {
    /// A request began after a revocation had returned, and succeeded.
    UsedAfterRevocation { key: String, operation: Recorded },
    /// A write with a key was committed after the key's revocation.
    CommittedAfterRevocation { key: String, action: String, account: String },
    /// No order of the operations explains a state.
    Impossible { account: String, operation: Recorded, why: &'static str },
}

/// The amount of checked data.
#[derive(Debug)]
pub(crate) struct Summary {
    pub(crate) revocations: usize,
    pub(crate) refused: usize,
    pub(crate) changes: usize,
    pub(crate) conflicts: usize,
    /// Answered requests for several accounts.
    pub(crate) together: usize,
    /// Requests whose client gave up.
    pub(crate) given_up: usize,
    /// Requests that were interrupted by the end of an instance.
    pub(crate) broken: usize,
    /// Requests that were answered with 503.
    #[expect(dead_code, reason = "for the output")]
    pub(crate) unavailable: usize,
    /// Changes of accounts among these, which may have their effect later.
    pub(crate) pending: usize,
}

pub(crate) fn summary(history: &History) -> Summary {
    let count = |wanted: &dyn Fn(&Recorded) -> bool| history.recorded.iter().filter(|r| wanted(r)).count();
    let unknown = |why| count(&|r| r.outcome == Outcome::Unknown(why));
    Summary {
        revocations: count(&|r| r.what == What::Revoke && is_known(r)),
        refused: count(&|r| r.outcome == Outcome::Refused),
        changes: history.committed.iter().filter(|event| event.action.ends_with("SUSPEND_ACCOUNT")).count(),
        conflicts: history.conflicts,
        together: history.together,
        given_up: unknown(Why::GaveUp),
        broken: unknown(Why::Broken),
        unavailable: unknown(Why::Unavailable),
        pending: count(&|r| written(r).is_some() && !is_known(r)),
    }
}

fn is_known(operation: &Recorded) -> bool {
    !matches!(operation.outcome, Outcome::Unknown(_))
}

pub(crate) fn violations(history: &History) -> Vec<Violation> {
    let mut found = used_after_revocation(&history.recorded);
    found.extend(committed_after_revocation(history));
    found.extend(impossible(history));
    found
}

fn used_after_revocation(recorded: &[Recorded]) -> Vec<Violation> {
    let mut revoked = HashMap::<&str, Instant>::new();
    for revocation in recorded.iter().filter(|r| r.what == What::Revoke && is_known(r)) {
        let at = revoked.entry(&revocation.key).or_insert(revocation.ended);
        *at = revocation.ended.min(*at);
    }
    let uses = recorded.iter().filter(|r| r.what != What::Revoke && matches!(r.outcome, Outcome::Done(_)));
    let late = uses.filter(|r| revoked.get(r.key.as_str()).is_some_and(|revoked| r.began > *revoked));
    late.map(|r| Violation::UsedAfterRevocation { key: r.key.clone(), operation: r.clone() }).collect()
}

fn committed_after_revocation(history: &History) -> Vec<Violation> {
    let mut revoked = Vec::new();
    let mut found = Vec::new();
    for event in &history.committed {
        match event.action.as_str() {
            "REVOKE_API_KEY" => revoked.push(&event.affected),
            "SUSPEND_ACCOUNT" | "UNSUSPEND_ACCOUNT" if revoked.contains(&&event.actor) => {
                let (key, action, account) =
                    (event.actor.clone(), event.action.clone(), event.affected.clone());
                found.push(Violation::CommittedAfterRevocation { key, action, account });
            }
            _ => {}
        }
    }
    found
}

/// Checks each account twice as a register of one bit. The first check uses what the clients know: an operation without
/// a response may have its effect at any time after it began, or never. The second check uses the committed writes, so
/// that an operation without a response can't explain something that didn't happen.
fn impossible(history: &History) -> Vec<Violation> {
    let mut by_account = HashMap::<&str, Vec<&Recorded>>::new();
    for operation in
        history.recorded.iter().filter(|r| r.what != What::Revoke && r.outcome != Outcome::Refused)
    {
        by_account.entry(&operation.account).or_default().push(operation);
    }
    let mut found = Vec::new();
    for (account, operations) in by_account {
        let mut find = |operation: &Recorded, why| {
            let (account, operation) = (account.to_owned(), operation.clone());
            found.push(Violation::Impossible { account, operation, why });
        };
        for operation in &operations {
            if let (Outcome::Done(Some(suspended)), Some(written)) = (&operation.outcome, written(operation))
                && *suspended != written
            {
                find(operation, "the response to a change shows another state");
            }
        }
        let steps: Vec<_> = operations.iter().map(|operation| step(operation)).collect();
        if let Some(number) = first_unexplained(&steps) {
            find(operations[number], "no order of the operations explains this answer");
        }
        // A change that was carried out has seen the requested state.
        let seen = steps.iter().map(|step| {
            let (Action::Read(bit) | Action::Write(bit)) = step.action;
            Step { action: Action::Read(bit), ..*step }
        });
        let committed =
            history.committed.iter().filter(|event| event.affected == account).map(|event| Step {
                action: Action::Write(event.action == "SUSPEND_ACCOUNT"),
                began: event.after,
                ended: Some(event.before),
            });
        let steps: Vec<_> = seen.chain(committed).collect();
        if let Some(operation) = first_unexplained(&steps).and_then(|number| operations.get(number)) {
            find(operation, "no order of the commits explains this answer");
        }
    }
    found
}

fn written(operation: &Recorded) -> Option<bool> {
    match operation.what {
        What::Suspend => Some(true),
        What::Unsuspend => Some(false),
        What::Read | What::Revoke => None,
    }
}

fn step(operation: &Recorded) -> Step {
    let (seen, ended) = match operation.outcome {
        Outcome::Done(suspended) => (suspended.unwrap_or_default(), Some(operation.ended)),
        Outcome::Refused | Outcome::Unknown(_) => (false, None),
    };
    let action = written(operation).map_or(Action::Read(seen), Action::Write);
    Step { action, began: operation.began, ended }
}
