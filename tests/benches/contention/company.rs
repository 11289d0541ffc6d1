//! A company with an account for each writer.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use harness::{ADMIN, Contention, Key, Observed, Release, World};
use serde_json::json;

/// The number of accounts, and so the most writers and the most arrivals in a turn.
pub const ACCOUNTS: usize = 500;
/// How long a transaction holds its items.
const HOLD: Duration = Duration::from_millis(10);

/// What the tables are behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// Calls that meet a held item are refused, as by `DynamoDB`.
    Conflicts,
    /// Calls take as long, but none is refused.
    NoConflicts,
}

/// Calls to the tables.
pub struct Calls(Vec<Observed>);

impl Calls {
    /// The number of transactions that a function made for its requests.
    pub fn attempts(&self, function: &str) -> usize {
        self.0.iter().filter(|call| call.function == function && call.commits()).count()
    }
}

/// The company.
pub struct Company {
    /// The stack.
    pub world: World,
    accounts: Vec<Account>,
}

struct Account {
    id: String,
    is_suspended: AtomicBool,
}

impl Company {
    /// Raises the limits of requests, and adds the accounts.
    pub async fn new(world: World) -> Self {
        world.raise_limits("acme").await;
        let ids = world.add_members("writer", ACCOUNTS).await;
        let accounts = ids.into_iter().map(|id| Account { id, is_suspended: AtomicBool::new(false) });
        Self { accounts: accounts.collect(), world }
    }

    /// Puts a new layer in front of the tables, and forgets the calls before.
    pub fn contend(&self, layer: Layer) -> Arc<Contention> {
        let contention = match layer {
            Layer::Conflicts => Contention::measured(HOLD, Release::Time),
            Layer::NoConflicts => Contention::measured(HOLD, Release::Never),
        };
        self.world.dynamodb.contend(&contention);
        let _ = self.world.dynamodb.take_calls();
        contention
    }

    /// The calls to the tables since the last time. To count them takes long enough to disturb a measurement.
    pub fn take_calls(&self) -> Calls {
        Calls(self.world.dynamodb.take_calls())
    }

    /// A token of an administrator, and a new key without a limit of suspensions.
    pub async fn create_key(&self) -> (String, Key) {
        self.create_key_with_limit(None).await
    }

    /// A token of an administrator, and a new key that may suspend so many accounts in an hour.
    pub async fn create_key_with_limit(&self, limit: Option<usize>) -> (String, Key) {
        let admin = self.world.sign_in(ADMIN).await;
        let fields = json!({"scopes": ["deprovisioning", "scim"], "suspensionLimit": limit});
        let key = self.world.create_key_with(&admin, fields).await;
        (admin, key)
    }

    /// Suspends an account, or unsuspends it if it is suspended. Returns the status of the response, which isn't
    /// compared with `openapi.json`: that would take more time than the request.
    pub async fn toggle(&self, key: &Key, account: usize) -> u16 {
        let Account { id, is_suspended } = &self.accounts[account];
        let before = is_suspended.load(Ordering::SeqCst);
        let action = if before { "unsuspend" } else { "suspend" };
        let path = format!("/enterprise/v1/accounts/{id}/{action}");
        let request = self.world.request("POST", &path).header("authorization", key.authorization());
        let response = request.send().await.expect("a response");
        let status = response.status().as_u16();
        response.bytes().await.expect("a whole body");
        if status == 200 {
            is_suspended.store(!before, Ordering::SeqCst);
        }
        status
    }

    /// Suspends an account, by its ID. Returns the status of the response.
    pub async fn suspend(&self, key: &Key, account: &str) -> u16 {
        let path = format!("/enterprise/v1/accounts/{account}/suspend");
        let request = self.world.request("POST", &path).header("authorization", key.authorization());
        let response = request.send().await.expect("a response");
        let status = response.status().as_u16();
        response.bytes().await.expect("a whole body");
        status
    }

    /// Creates a user over SCIM. Returns the status of the response.
    pub async fn create(&self, key: &Key, user_name: &str) -> u16 {
        let request =
            self.world.request("POST", "/enterprise/v1/scim/Users").json(&json!({"userName": user_name}));
        let request = request.header("authorization", key.authorization());
        let response = request.send().await.expect("a response");
        let status = response.status().as_u16();
        response.bytes().await.expect("a whole body");
        status
    }
}

/// Checks that each success committed one event of its key, and nothing else did. After another response, the write may
/// have been committed.
pub fn recount(contention: &Contention, key: &Key, succeeded: usize, unknown: usize) {
    let committed = contention.committed();
    let committed =
        committed.iter().filter(|event| event.actor == key.id && event.action.ends_with("_ACCOUNT"));
    let committed = committed.count();
    let allowed = succeeded..=succeeded + unknown;
    assert!(allowed.contains(&committed), "{committed} writes were committed, not {allowed:?}");
}
