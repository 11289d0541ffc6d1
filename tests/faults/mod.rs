//! A fault at every call to `DynamoDB` of every operation: the answer is right, or a 503 after which the same request
//! again ends in exactly one effect and one event; and the counters are what a recount gives.

mod operations;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::{Value, json};
use tests::{ADMIN, Answer, Intervention, Key, World};
use tokio::sync::Semaphore;

use operations::{Operation, Verdict};

/// What goes wrong at a call.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// No effect, and a broken connection.
    Refused,
    /// No effect, and a failure for an answer.
    Failed,
    /// The effect, and a failure for an answer.
    Lost,
    /// The effect, and a broken connection.
    Disconnected,
    /// No effect: too many requests.
    Throttled,
    /// No effect: another transaction holds an item. Reads pass.
    Conflict,
    /// No effect and no answer, until the client gives up.
    Hung,
    /// Keys that were not read. Calls that aren't batches pass.
    Unprocessed,
}

impl Fault {
    fn at(self, action: &str) -> Intervention {
        match self {
            Self::Refused => Intervention::Refuse,
            Self::Failed => Intervention::Fail,
            Self::Disconnected => Intervention::Disconnect,
            Self::Lost => Intervention::LoseResponse,
            Self::Throttled => Intervention::Throttle,
            Self::Conflict if !action.ends_with("GetItem") && action != "Query" => Intervention::Conflict,
            Self::Hung => Intervention::Hold(Arc::new(Semaphore::new(0))),
            Self::Unprocessed if action == "BatchGetItem" => Intervention::Unprocessed,
            Self::Conflict | Self::Unprocessed => Intervention::Pass,
        }
    }
}

/// Each fault once, so that the SDK's own repetition helps, and each that answers at once as often as the SDK tries.
const FAULTS: [(Fault, usize); 15] = [
    (Fault::Refused, 1),
    (Fault::Refused, 3),
    (Fault::Disconnected, 1),
    (Fault::Disconnected, 3),
    (Fault::Failed, 1),
    (Fault::Failed, 3),
    (Fault::Lost, 1),
    (Fault::Lost, 3),
    (Fault::Throttled, 1),
    (Fault::Throttled, 3),
    (Fault::Conflict, 1),
    (Fault::Conflict, 3),
    (Fault::Unprocessed, 1),
    (Fault::Unprocessed, 5),
    (Fault::Hung, 1),
];
/// More calls than any operation makes.
const MOST_CALLS: usize = 16;

/// A company to try operations on.
pub(crate) struct Laboratory {
    pub(crate) world: World,
    pub(crate) admin: String,
    pub(crate) key: Key,
}

impl Laboratory {
    async fn start() -> Self {
        let world = World::start().await;
        let admin = world.sign_in(ADMIN).await;
        let scopes = json!({"scopes": ["deprovisioning", "scim", "audit-log"]});
        let key = world.create_key_with(&admin, scopes).await;
        Self { world, admin, key }
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        let authorization =
            if path.starts_with("/admin/") { self.admin.clone() } else { self.key.authorization() };
        self.world.call(method, path, &authorization, body).await
    }

    /// Interferes with the n-th call of a function (from 1) and as many after it; counts its calls.
    fn interfere(&self, function: &'static str, n: usize, fault: Fault, times: usize) -> Arc<AtomicUsize> {
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = calls.clone();
        self.world.dynamodb.interfere(move |call| {
            if call.function != function {
                return Intervention::Pass;
            }
            let number = counted.fetch_add(1, Ordering::Relaxed) + 1;
            if (n..n + times).contains(&number) { fault.at(&call.action) } else { Intervention::Pass }
        });
        calls
    }

    /// The counters, and what a recount gives.
    async fn recount(&self) {
        let company = self.world.company("acme").await;
        let accounts = self.world.dynamodb.items("Accounts").await;
        let accounts: Vec<_> = accounts.iter().filter(|account| account["companyId"] == "acme").collect();
        let active = |account: &&&Value| account["role"] == "company_admin" && account["state"] == "active";
        assert_eq!(company["accounts"], accounts.len());
        assert_eq!(company["activeAdministrators"], accounts.iter().filter(active).count());
        let keys = self.world.dynamodb.items("ApiKeys").await;
        let valid = |key: &&Value| key["companyId"] == "acme" && key.get("revokedAt").is_none();
        let listed = company["activeKeys"].as_object().expect("a map");
        assert_eq!(listed.len(), keys.iter().filter(valid).count());
        let lookups = self.world.dynamodb.items("AccountLookups").await;
        for lookup in lookups.iter().filter(|lookup| lookup["companyId"] == "acme") {
            assert!(accounts.iter().any(|account| account["accountId"] == lookup["accountId"]), "{lookup}");
        }
    }
}

/// Tries an operation with every fault at every call.
async fn try_everything(operation: Operation) {
    let laboratory = Laboratory::start().await;
    let mut subject = 0;
    let mut interfered = 0;
    for (fault, times) in FAULTS {
        for n in 1..=MOST_CALLS {
            subject += 1;
            let what = format!("{operation:?}, {fault:?} {times} times from call {n}");
            let prepared = operation.prepare(&laboratory, subject).await;
            let calls = laboratory.interfere(operation.function(), n, fault, times);
            let mut answer = operation.request(&laboratory, &prepared).await;
            laboratory.world.dynamodb.let_pass();
            let reached = calls.load(Ordering::Relaxed) >= n;
            interfered += usize::from(reached);
            if operation.verdict(&answer) == Verdict::Again {
                answer = operation.request(&laboratory, &prepared).await;
            }
            let verdict = operation.verdict(&answer);
            assert_eq!(verdict, Verdict::Done, "{what}: {} {}", answer.status, answer.text);
            operation.check(&laboratory, &prepared, &what).await;
            if !reached {
                break;
            }
            assert!(n < MOST_CALLS, "{what}: more calls than were thought");
        }
    }
    assert!(interfered >= FAULTS.len(), "{operation:?}: {interfered}");
    laboratory.recount().await;
}

macro_rules! operations {
    ($($name:ident: $operation:ident;)*) => {$(
        #[tokio::test]
        async fn $name() {
            try_everything(Operation::$operation).await;
        }
    )*};
}

operations! {
    creating_a_key: CreateKey;
    listing_keys: ListKeys;
    revoking_a_key: RevokeKey;
    suspending: Suspend;
    suspending_by_address: SuspendByAddress;
    unsuspending: Unsuspend;
    reading_an_account: ReadAccount;
    suspending_an_administrator: SuspendAdministrator;
    a_person_suspends: PersonSuspends;
    creating_a_user: CreateUser;
    changing_a_user: ChangeUser;
    deleting_a_user: DeleteUser;
    listing_users: ListUsers;
    reading_the_log: ReadLog;
    adding_an_account: AddAccount;
    changing_a_role: ChangeRole;
    changing_the_plan: ChangePlan;
}
