//! What a history must not show.

use std::{collections::HashMap, time::Instant};

use super::clients::{History, Outcome, Recorded, What};

/// Something that must not be.
#[derive(Debug)]
#[expect(dead_code, reason = "what is in them is for whoever reads a failure")]
pub(crate) enum Violation {
    /// A request that began after a revocation had returned, and succeeded.
    UsedAfterRevocation { key: String, operation: Recorded },
    /// A write of a key that was committed after its revocation was.
    CommittedAfterRevocation { key: String, action: String, account: String },
    /// A state that no order of the operations explains.
    Impossible { account: String, operation: Recorded, why: &'static str },
}

/// How much there was to check.
#[derive(Debug)]
pub(crate) struct Summary {
    pub(crate) revocations: usize,
    pub(crate) refused: usize,
    pub(crate) changes: usize,
    pub(crate) conflicts: usize,
    #[expect(dead_code, reason = "for whoever reads a failure")]
    pub(crate) unknown: usize,
}

pub(crate) fn summary(history: &History) -> Summary {
    let count = |wanted: &dyn Fn(&Recorded) -> bool| history.recorded.iter().filter(|r| wanted(r)).count();
    Summary {
        revocations: count(&|r| r.what == What::Revoke && r.outcome != Outcome::Unknown),
        refused: count(&|r| r.outcome == Outcome::Refused),
        changes: history.committed.iter().filter(|event| event.action.ends_with("SUSPEND_ACCOUNT")).count(),
        conflicts: history.conflicts,
        unknown: count(&|r| r.outcome == Outcome::Unknown),
    }
}

pub(crate) fn violations(history: &History) -> Vec<Violation> {
    let mut found = used_after_revocation(&history.recorded);
    found.extend(committed_after_revocation(history));
    found.extend(impossible(&history.recorded));
    found
}

fn used_after_revocation(recorded: &[Recorded]) -> Vec<Violation> {
    let mut revoked = HashMap::<&str, Instant>::new();
    for revocation in recorded.iter().filter(|r| r.what == What::Revoke && r.outcome != Outcome::Unknown) {
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

/// Each account is a register of one bit: what was answered must have been true at some moment between invocation and
/// response. Operations without an answer may have had their effect at any time after they began.
fn impossible(recorded: &[Recorded]) -> Vec<Violation> {
    let mut by_account = HashMap::<&str, Vec<&Recorded>>::new();
    for operation in recorded.iter().filter(|r| r.what != What::Revoke && r.outcome != Outcome::Refused) {
        by_account.entry(&operation.account).or_default().push(operation);
    }
    let mut found = Vec::new();
    for (account, operations) in by_account {
        for operation in &operations {
            let Outcome::Done(Some(suspended)) = operation.outcome else { continue };
            let expected = match operation.what {
                What::Suspend => Some(true),
                What::Unsuspend => Some(false),
                What::Read | What::Revoke => None,
            };
            let why = if expected.is_some_and(|expected| expected != suspended) {
                "the answer to a change tells another state"
            } else if operation.what == What::Read && !is_possible(operation, suspended, &operations) {
                "a state that was not there any more, or not yet"
            } else {
                continue;
            };
            found.push(Violation::Impossible {
                account: account.to_owned(),
                operation: (*operation).clone(),
                why,
            });
        }
    }
    found
}

/// Whether a read may have seen this state: it was so at the beginning or something made it so, and nothing that ended
/// before the read began, and began after that ended, made it otherwise.
fn is_possible(read: &Recorded, suspended: bool, operations: &[&Recorded]) -> bool {
    let makes = |operation: &Recorded, state: bool| match operation.what {
        What::Suspend => state,
        What::Unsuspend => !state,
        What::Read | What::Revoke => false,
    };
    let ended = |operation: &Recorded| (operation.outcome != Outcome::Unknown).then_some(operation.ended);
    let overwritten = |since: Option<Instant>| {
        operations.iter().any(|other| {
            makes(other, !suspended)
                && ended(other).is_some_and(|ended| ended < read.began)
                && since.is_none_or(|since| other.began > since)
        })
    };
    let at_first = !suspended && !overwritten(None);
    let by_somebody = operations.iter().any(|write| {
        makes(write, suspended)
            && write.began < read.ended
            && match ended(write) {
                Some(ended) => !overwritten(Some(ended)),
                None => true,
            }
    });
    at_first || by_somebody
}
