//! A fault at every call to `DynamoDB` of every operation: the response is correct, or it is a 503 and a repeat of the
//! request leads to exactly one effect and one event. The counters equal a recount.

mod effects;
mod fault;
mod grants;
mod laboratory;
mod leaks;
mod meanwhile;
mod notices;
mod operations;
pub(crate) mod recount;
pub(crate) mod recount_holds;
mod recount_keys;
mod responses;
mod secrets;

use std::sync::atomic::Ordering;

use futures_util::future::join_all;
use tokio::sync::Semaphore;

use fault::{ANSWERED, Fault, HUNG, HUNG_AFTERWARDS};
use grants::Grants;
use laboratory::Laboratory;
use leaks::Leaks;
use operations::Operation;
use responses::Verdict;
use secrets::Secrets;

/// A number of calls that no operation reaches.
const MOST_CALLS: usize = 96;

/// Tries an operation with these faults at every call.
async fn try_faults(operation: Operation, laboratory: Laboratory, faults: &[(Fault, usize)]) {
    let mut subject = 0;
    for &(fault, times) in faults {
        let (mut hit, mut defeated) = (0, 0);
        let mut n = 1;
        loop {
            subject += 1;
            let what = format!("{operation:?}, {fault:?} {times} times from call {n}");
            let prepared = operation.prepare(&laboratory, subject).await;
            let interfered = laboratory.interfere(operation.function(), n, fault, times);
            let mut answer = operation.request(&laboratory, &prepared).await;
            laboratory.world.dynamodb.let_pass();
            hit += interfered.hit.load(Ordering::Relaxed);
            if operation.verdict(&answer) == Verdict::Again {
                defeated += 1;
                effects::check_broken_off(operation, &laboratory, &prepared, &what).await;
                answer = operation.repeat(&laboratory, &prepared).await;
            }
            let verdict = operation.verdict(&answer);
            assert_eq!(verdict, Verdict::Done, "{what}: {} {}", answer.status, answer.text);
            if let Some(expected) = &prepared.expected {
                assert_eq!(operation.content(&answer), *expected, "{what}");
            }
            effects::check(operation, &laboratory, &prepared, &what).await;
            if interfered.calls.load(Ordering::Relaxed) < n {
                break;
            }
            assert!(n < MOST_CALLS, "{what}: more calls than were thought");
            n = interfered.next(n, operation.gates(&laboratory));
        }
        let what = format!("{operation:?}, {fault:?} {times} times");
        assert_eq!(hit > 0, fault.happens_to(operation), "{what}: happened to {hit} calls");
        assert!(defeated > 0 || !fault.defeats(operation, times), "{what}: was never too much");
    }
    recount::recount(&laboratory.world, &format!("{operation:?}")).await;
}

/// A hang takes until the client's timeout, so all these operations run at the same time, each in its own laboratory.
async fn try_hangs(are_meant: fn(&Operation) -> bool) {
    // They start one after the other, so that none waits so long that it looks like a fault.
    let start = Semaphore::new(1);
    let trial = async |operation, faults: [_; 2]| {
        let permit = start.acquire().await;
        let laboratory = Laboratory::start(operation).await;
        drop(permit);
        try_faults(operation, laboratory, &faults).await;
    };
    let before = EVERY.into_iter().filter(are_meant).map(|operation| trial(operation, HUNG));
    // For an operation without an effect, both are the same.
    let writes = EVERY.into_iter().filter(are_meant).filter(|operation| operation.writes());
    let after = writes.map(|operation| trial(operation, HUNG_AFTERWARDS));
    tokio::join!(join_all(before), join_all(after));
}

#[tokio::test]
async fn a_hang() {
    try_hangs(|operation| !matches!(operation, Operation::Secrets(_) | Operation::Grants(_))).await;
}

#[tokio::test]
async fn a_hang_while_secrets_change() {
    try_hangs(|operation| matches!(operation, Operation::Secrets(_))).await;
}

#[tokio::test]
async fn a_hang_while_grants_change() {
    try_hangs(|operation| matches!(operation, Operation::Grants(_))).await;
}

macro_rules! operations {
    ($($name:ident: $operation:ident $(($change:ident))?;)*) => {
        const EVERY: [Operation; [$(stringify!($name)),*].len()] =
            [$(Operation::$operation $(($operation::$change))?),*];

        $(
            #[tokio::test]
            async fn $name() {
                let operation = Operation::$operation $(($operation::$change))?;
                try_faults(operation, Laboratory::start(operation).await, &ANSWERED).await;
            }
        )*
    };
}

operations! {
    creating_a_key: CreateKey;
    listing_keys: ListKeys;
    telling_who_asks: Me;
    revoking_a_key: RevokeKey;
    suspending: Suspend;
    suspending_by_address: SuspendByAddress;
    suspending_an_administrator: SuspendAdministrator;
    unsuspending: Unsuspend;
    suspending_many: SuspendMany;
    reading_an_account: ReadAccount;
    a_person_lists_accounts: ListMembers;
    a_person_suspends: PersonSuspends;
    a_person_suspends_many: PersonSuspendsMany;
    a_person_unsuspends: PersonUnsuspends;
    creating_a_user: CreateUser;
    changing_a_user: ChangeUser;
    replacing_a_user: ReplaceUser;
    deleting_a_user: DeleteUser;
    reading_a_user: ReadUser;
    listing_users: ListUsers;
    searching_users: SearchUsers;
    reading_the_log: ReadLog;
    a_person_reads_the_log: PersonReadsLog;
    creating_a_company: CreateCompany;
    adding_an_account: AddAccount;
    adding_a_sign_in: AddIdentity;
    changing_a_role: ChangeRole;
    an_operator_unsuspends: OperatorUnsuspends;
    freezing_keys: FreezeKeys;
    freezing_keys_again: FreezeKeysAgain;
    releasing_keys: ReleaseKeys;
    changing_limits: ChangeLimits;
    signing_in: SignIn;
    rotating_a_key: Secrets(Rotate);
    rotating_a_key_again: Secrets(RotateAgain);
    rotating_a_key_whose_last_rotation_was_broken_off: Secrets(RotateAfterBrokenCompletion);
    using_a_new_secret: Secrets(FirstUse);
    completing_an_unused_rotation: Secrets(CompleteUnused);
    completing_a_rotation: Secrets(CompleteUsed);
    completing_a_rotation_again: Secrets(CompleteAgain);
    canceling_a_rotation: Secrets(Cancel);
    revoking_a_key_with_two_secrets: Secrets(RevokeRotated);
    a_key_reads_itself: Secrets(ReadOwnKey);
    a_key_rotates_itself: Secrets(RotateItself);
    a_key_revokes_itself: Secrets(RevokeItself);
    renaming_a_key: Grants(Rename);
    narrowing_a_key: Grants(Narrow);
    narrowing_a_key_again_and_renaming_it: Grants(NarrowAgainAndRename);
    letting_a_key_expire_later: Grants(ExpireLater);
    holding_a_key: Grants(Hold);
    releasing_a_key: Grants(Release);
    setting_a_policy: Grants(SetPolicy);
    creating_a_key_under_a_policy: Grants(CreateUnderPolicy);
    rotating_a_key_under_a_policy: Grants(RotateUnderPolicy);
    revoking_a_found_key: Leaks(Find);
    revoking_a_found_key_with_two_secrets: Leaks(FindRotated);
}
