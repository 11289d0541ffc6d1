//! The callers, and what is recorded of their requests.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::future::join_all;
use harness::{ADMIN, Behavior, Contention, KEYS, Key, Numbers, SECOND_ADMIN, Weakness, World, eventually};
use serde_json::{Value, json};
use stateright::semantics::{ConsistencyTester, LinearizabilityTester};

use super::model::{self, Op, Ret, Wanted, Who};

const ACCOUNTS: [&str; 2] = ["acme-member-1", "acme-member-2"];
/// The callers: a stolen key, a directory's key, and two administrators.
const CALLERS: usize = 4;
const THIEF: Who = 0;
const DIRECTORY: Who = 1;
const OPERATIONS: usize = 4;

/// Everything that all rounds share.
pub(super) struct Stage {
    world: World,
    contention: Arc<Contention>,
    keys: [Key; model::KEYS],
    /// `Bearer …` of the administrators.
    admins: [String; 2],
    /// Whether the check compares the former suspenders in the table. If not, it must find from the undos that they are
    /// forgotten.
    compares_former: bool,
}

/// What happened in a round.
#[derive(Default)]
pub(super) struct Round {
    /// The history, if no order explains it.
    pub(super) unexplained: Option<String>,
    pub(super) unsuspended: usize,
    pub(super) withdrawn: usize,
    pub(super) earlier: usize,
}

/// The histories of the accounts.
struct Log {
    testers: [LinearizabilityTester<usize, Wanted>; 2],
    threads: usize,
    round: Round,
}

impl Round {
    /// Counts what an undo did with an account.
    fn count(&mut self, result: &Value) {
        let is_suspended = result["account"]["state"] == "suspended";
        let count = match (result["outcome"] == "changed", is_suspended) {
            (true, true) => &mut self.withdrawn,
            (true, false) => &mut self.unsuspended,
            (false, _) => &mut self.earlier,
        };
        *count += 1;
    }
}

impl Stage {
    pub(super) async fn start(behavior: Behavior) -> Self {
        let world = World::start().await;
        world.raise_limits("acme").await;
        let admins = [world.sign_in(ADMIN).await, world.sign_in(SECOND_ADMIN).await];
        let mut keys = Vec::new();
        for name in ["Thief", "Directory"] {
            let fields = json!({"name": name, "suspensionLimit": null});
            keys.push(world.create_key_with(&admins[0], fields).await);
        }
        let compares_former = behavior.weakness != Weakness::UnsuspensionForgets;
        let contention = Contention::of(behavior);
        world.dynamodb.contend(&contention);
        Self { world, contention, keys: keys.try_into().expect("two keys"), admins, compares_former }
    }

    pub(super) fn conflicts(&self) -> usize {
        self.contention.conflicts()
    }

    /// Suspends or unsuspends. Returns the status and the results.
    async fn change(&self, who: Who, change: &str, accounts: &[&str]) -> (u16, Value) {
        let (plane, authorization) = match self.keys.get(who) {
            Some(key) => ("enterprise", key.authorization()),
            None => ("admin", self.admins[who - self.keys.len()].clone()),
        };
        let path = format!("/{plane}/v1/accounts/{change}");
        let answer = self.world.call("POST", &path, &authorization, json!({"accounts": accounts})).await;
        (answer.status, answer.json())
    }

    async fn undo(&self, who: Who, key: Who, since: &str, accounts: &[&str]) -> (u16, Value) {
        let path = format!("{KEYS}/{}/undo-suspensions", self.keys[key].id);
        let admin = &self.admins[who - self.keys.len()];
        let body = json!({"since": since, "accounts": accounts});
        let answer = self.world.call("POST", &path, admin, body).await;
        (answer.status, answer.json())
    }

    /// The state of an account, and who wants it to be suspended, as the table has it.
    async fn look(&self, account: &str) -> Ret {
        let items = self.world.dynamodb.items("Accounts").await;
        let item = items.iter().find(|item| item["accountId"] == account).expect("an account");
        let names = [&self.keys[0].id, &self.keys[1].id, "acme-admin", "acme-second-admin"];
        let number = |id: &Value| names.iter().position(|name| *id == **name).expect("a caller");
        let known = |map: &Value| {
            let known = map["known"].as_array().into_iter().flatten();
            let mut known: Vec<_> = known.map(|known| number(&known["id"])).collect();
            known.sort_unstable();
            known
        };
        let former = item.get("formerSuspenders").filter(|_| self.compares_former).map(|former| {
            let key = number(&former["keyId"]);
            (key, known(former).into_iter().filter(|who| *who != key).collect())
        });
        Ret::Item(model::Item {
            is_suspended: item["state"] == "suspended",
            known: known(&item["suspendedBy"]),
            former,
        })
    }
}

/// Callers change both accounts at the same time, some of them together.
pub(super) async fn round(stage: &mut Stage, seed: u64) -> Round {
    let mut numbers = Numbers::from_seed(seed);
    // An active account can have former suspenders of the round before. Unsuspending a suspended one removes them.
    for change in ["suspend", "unsuspend"] {
        assert_eq!(stage.change(CALLERS - 1, change, &ACCOUNTS).await.0, 200);
    }
    // What a key suspended before the time of the undo stays.
    let earlier = [THIEF, DIRECTORY][numbers.below(2)];
    assert_eq!(stage.change(earlier, "suspend", &ACCOUNTS[..1]).await.0, 200);
    stage.world.advance(Duration::from_millis(5));
    let since = stage.world.clock.now().to_string();
    let testers = [Wanted::earlier([earlier]), Wanted::default()].map(LinearizabilityTester::new);
    let log = Mutex::new(Log { testers, threads: 0, round: Round::default() });
    let stage = &*stage;
    join_all((0..CALLERS).map(|who| {
        let numbers = Numbers::from_seed(seed.wrapping_add(who as u64 + 1));
        caller(stage, who, numbers, &since, &log)
    }))
    .await;
    eventually("the tables are at rest", async || stage.world.dynamodb.is_idle()).await;
    let Log { mut testers, threads, mut round } = log.into_inner().expect("not poisoned");
    // At last, the theft is undone.
    let (status, undone) = stage.undo(CALLERS - 1, THIEF, &since, &ACCOUNTS).await;
    assert_eq!(status, 200);
    for (place, (tester, account)) in testers.iter_mut().zip(ACCOUNTS).enumerate() {
        let result = &undone["results"][place];
        round.count(result);
        let is_suspended = result["account"]["state"] == "suspended";
        let look = Op::Look { former: stage.compares_former };
        let last = [(Op::Undo(THIEF), Ret::State(is_suspended)), (look, stage.look(account).await)];
        for (op, ret) in last {
            let done =
                tester.on_invoke(threads + 1, op).and_then(|tester| tester.on_return(threads + 1, ret));
            done.expect("one operation at a time");
        }
        if !tester.is_consistent() {
            round.unexplained = Some(format!("{account}: {tester:?}"));
        }
    }
    round
}

/// What a caller does next.
fn choose(who: Who, numbers: &mut Numbers) -> Op {
    let undoes = if numbers.below(3) == 0 { DIRECTORY } else { THIEF };
    match (who, numbers.below(12)) {
        (THIEF, 0..=5) | (DIRECTORY, 0..=8) | (_, 0) => Op::Suspend(who),
        (THIEF | DIRECTORY, _) | (_, 1) => Op::Unsuspend(who),
        _ => Op::Undo(undoes),
    }
}

async fn caller(stage: &Stage, who: Who, mut numbers: Numbers, since: &str, log: &Mutex<Log>) {
    let new_thread = || {
        let mut log = log.lock().expect("not poisoned");
        log.threads += 1;
        log.threads
    };
    let mut thread = new_thread();
    for _ in 0..OPERATIONS {
        let op = choose(who, &mut numbers);
        let places = [0..1, 1..2, 0..2][numbers.below(3)].clone();
        tokio::time::sleep(Duration::from_millis(numbers.below(8) as u64)).await;
        {
            let mut log = log.lock().expect("not poisoned");
            for tester in &mut log.testers[places.clone()] {
                tester.on_invoke(thread, op.clone()).expect("one operation at a time");
            }
        }
        let accounts = &ACCOUNTS[places.clone()];
        let (status, answer) = match op {
            Op::Suspend(_) => stage.change(who, "suspend", accounts).await,
            Op::Unsuspend(_) => stage.change(who, "unsuspend", accounts).await,
            Op::Undo(key) => stage.undo(who, key, since, accounts).await,
            Op::Look { .. } => unreachable!("callers don't look"),
        };
        let mut log = log.lock().expect("not poisoned");
        let mut is_open = status != 200;
        for (number, place) in places.enumerate() {
            let result = &answer["results"][number];
            // Without an outcome it may have its effect later, or never.
            if status != 200 || result["outcome"] == "refused" {
                is_open = true;
                continue;
            }
            let is_suspended = result["account"]["state"] == "suspended";
            if let Op::Undo(_) = op {
                log.round.count(result);
            }
            let returned = log.testers[place].on_return(thread, Ret::State(is_suspended));
            returned.expect("an operation at work");
        }
        drop(log);
        if is_open {
            thread = new_thread();
        }
    }
}
