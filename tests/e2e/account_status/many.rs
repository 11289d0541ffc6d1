//! `POST /enterprise/v1/accounts/suspend` and `…/unsuspend`.

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use harness::{
    ADMIN, Answer, Contention, Intervention, Key, Observed, SECOND_ADMIN, Weakness, World, eventually,
};
use serde_json::json;
use tokio::sync::Semaphore;

use crate::invariants::{meanwhile, until_held};

async fn change(world: &World, key: &Key, change: &str, accounts: &[String]) -> Answer {
    let path = format!("/enterprise/v1/accounts/{change}");
    world.call("POST", &path, &key.authorization(), json!({"accounts": accounts})).await
}

async fn suspend(world: &World, key: &Key, accounts: &[&str]) -> Answer {
    let accounts: Vec<_> = accounts.iter().map(|account| (*account).to_owned()).collect();
    change(world, key, "suspend", &accounts).await
}

fn all(outcome: &str, count: usize) -> Vec<String> {
    vec![outcome.to_owned(); count]
}

async fn start() -> (World, Key) {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    (world, key)
}

async fn count(world: &World, action: &str) -> usize {
    world.count_events("acme", action).await
}

#[tokio::test]
async fn each_account_has_one_result_in_the_order_of_the_request() {
    let (world, key) = start().await;
    let accounts = [
        "Member-2@acme.example",
        "nobody@acme.example",
        "acme-member-1",
        "nobody",
        SECOND_ADMIN,
        "basic-admin",
    ];
    let answer = suspend(&world, &key, &accounts).await;
    let expected = ["changed", "not-found", "changed", "not-found", "changed", "not-found"];
    assert_eq!(answer.outcomes(), expected);
    let results = answer.ok();
    assert_eq!(results["results"][0]["account"]["accountId"], "acme-member-2");
    assert_eq!(results["results"][2]["account"]["state"], "suspended");
    assert_eq!(results["results"][1]["problem"]["status"], 404);
    assert_eq!(count(&world, "SUSPEND_ACCOUNT").await, 3);

    let again = suspend(&world, &key, &accounts).await;
    assert_eq!(again.outcomes(), expected.map(|outcome| outcome.replace("changed", "unchanged")));
    assert_eq!(count(&world, "SUSPEND_ACCOUNT").await, 3);

    let accounts = ["acme-member-1", SECOND_ADMIN, "acme-member-3"].map(str::to_owned);
    let back = change(&world, &key, "unsuspend", &accounts).await;
    assert_eq!(back.outcomes(), ["changed", "administrator-protected", "unchanged"]);
    assert_eq!(count(&world, "UNSUSPEND_ACCOUNT").await, 1);
}

#[tokio::test]
async fn an_account_under_several_names_is_changed_once() {
    let (world, key) = start().await;
    let accounts = [
        "acme-member-1",
        "MEMBER-1@acme.example",
        "acme-member-2",
        "acme-member-1",
        "member-1@ACME.example",
        "acme-second-admin",
        SECOND_ADMIN,
    ];
    let expected = ["changed", "unchanged", "changed", "unchanged", "unchanged", "changed", "unchanged"];
    let answer = suspend(&world, &key, &accounts).await;
    assert_eq!(answer.outcomes(), expected);
    for number in [1, 3, 4] {
        assert_eq!(answer.ok()["results"][number]["account"], answer.ok()["results"][0]["account"]);
    }
    assert_eq!(count(&world, "SUSPEND_ACCOUNT").await, 3);
    // A refusal is the same for all names, too.
    let accounts = ["acme-second-admin", SECOND_ADMIN].map(str::to_owned);
    let back = change(&world, &key, "unsuspend", &accounts).await;
    assert_eq!(back.outcomes(), all("administrator-protected", 2));
}

#[tokio::test]
async fn a_hundred_members_by_address_need_seven_round_trips() {
    let (world, key) = start().await;
    let members = world.add_members("many", 100).await;
    let addresses: Vec<_> =
        members.iter().map(|id| format!("{}@acme.example", &id["acme-".len()..])).collect();
    world.read(&key, "acme-member-1").await.ok();
    world.noted(&key, "lastUsedAt").await;
    for (accounts, most) in [(&addresses, 6), (&members, 5)] {
        let _ = world.dynamodb.take_calls();
        let answer = change(&world, &key, "suspend", accounts).await;
        assert_eq!(answer.outcomes(), all("changed", 100));
        let calls = world.dynamodb.take_calls();
        let calls: Vec<_> = calls.iter().filter(|call| !call.is_notice()).collect();
        assert!(calls.len() <= most, "{} calls", calls.len());
        assert_eq!(change(&world, &key, "unsuspend", accounts).await.outcomes(), all("changed", 100));
    }
    assert_eq!(count(&world, "SUSPEND_ACCOUNT").await, 200);
}

#[tokio::test]
async fn a_hundred_unknown_accounts_are_not_found() {
    let (world, key) = start().await;
    let ids: Vec<_> = (0..100).map(|number| format!("nobody-{number}")).collect();
    let addresses: Vec<_> = ids.iter().map(|id| format!("{id}@acme.example")).collect();
    for accounts in [ids, addresses] {
        let answer = change(&world, &key, "suspend", &accounts).await;
        assert_eq!(answer.outcomes(), all("not-found", 100));
    }
    assert_eq!(count(&world, "SUSPEND_ACCOUNT").await, 0);
}

#[tokio::test]
async fn the_longest_addresses_fit_in_a_request() {
    let (world, key) = start().await;
    let address = |number: usize| format!("{}-{number:03}@{}.example", "x".repeat(200), "y".repeat(107));
    let accounts: Vec<_> = (0..100).map(address).collect();
    assert_eq!(accounts[0].len(), 320);
    assert_eq!(change(&world, &key, "suspend", &accounts).await.outcomes(), all("not-found", 100));
}

/// A mistake in a list doesn't keep the others from being suspended.
#[tokio::test]
async fn a_text_that_is_no_name_has_a_result_of_its_own() {
    let (world, key) = start().await;
    let answer = suspend(&world, &key, &["", "acme-member-1", "not an account", "a@", "acme-member-2"]).await;
    let invalid = "invalid-request";
    assert_eq!(answer.outcomes(), [invalid, "changed", invalid, invalid, "changed"]);
    let problem = &answer.ok()["results"][2]["problem"];
    assert_eq!(problem["status"], 400);
    assert_eq!(problem["detail"], "The text must be an account ID or an email address.");
}

#[tokio::test]
async fn bodies_without_a_list_are_refused() {
    let (world, key) = start().await;
    let many: Vec<_> = (0..101).map(|number| format!("acme-member-{number}")).collect();
    for (body, field) in [
        (json!({"accounts": []}), "accounts"),
        (json!({"accounts": many}), "accounts"),
        (json!({"accounts": "acme-member-1"}), "accounts"),
        (json!({"accounts": ["acme-member-1", 7]}), "accounts[1]"),
        (json!({"accounts": [null]}), "accounts[0]"),
        (json!({}), "accounts"),
        (json!({"accounts": ["acme-member-1"], "dryRun": true}), "dryRun"),
        (json!(["acme-member-1"]), "body"),
    ] {
        let path = "/enterprise/v1/accounts/suspend";
        let answer = world.call("POST", path, &key.authorization(), body.clone()).await;
        assert_eq!(answer.problem(), (400, "invalid-request".into()), "{body}");
        assert_eq!(answer.wrong_fields(), [field], "{body}");
    }
    assert_eq!(count(&world, "SUSPEND_ACCOUNT").await, 0);
}

#[tokio::test]
async fn the_scope_is_required() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key_with(&admin, json!({"scopes": ["scim"]})).await;
    let answer = suspend(&world, &key, &["acme-member-1"]).await;
    assert_eq!(answer.problem(), (403, "insufficient-scope".into()));
}

#[tokio::test]
async fn one_of_the_last_two_administrators_stays() {
    let (world, key) = start().await;
    let answer = suspend(&world, &key, &[ADMIN, "acme-member-1", SECOND_ADMIN, "acme-admin"]).await;
    assert_eq!(answer.outcomes(), ["changed", "changed", "last-administrator", "unchanged"]);
    assert_eq!(world.company("acme").await["activeAdministrators"], 1);
    assert_eq!(count(&world, "SUSPEND_ACCOUNT").await, 2);
}

/// Something else changes two of the accounts between the read and the commit.
#[tokio::test]
async fn accounts_that_change_meanwhile_are_read_again() {
    let (world, key) = start().await;
    let admin = world.sign_in(ADMIN).await;
    let request = suspend(&world, &key, &["acme-member-1", "acme-member-2", "acme-member-3"]);
    let something = async {
        let accounts = json!({"accounts": ["acme-member-2"]});
        world.call("POST", "/admin/v1/accounts/suspend", &admin, accounts).await.ok();
        let role = json!({"operation": "change-role", "companyId": "acme", "accountId": "acme-member-3", "role": "company_admin"});
        world.provision(role).await.expect("changed");
    };
    let answer = meanwhile(&world, "account-status", request, something).await;
    assert_eq!(answer.outcomes(), ["changed", "unchanged", "changed"]);
    assert_eq!(answer.ok()["results"][2]["account"]["role"], "company_admin");
    assert_eq!(count(&world, "SUSPEND_ACCOUNT").await, 3);
    assert_eq!(world.company("acme").await["activeAdministrators"], 2);
}

/// Between the read and the commit, an address moves to another account. Then it names that one.
#[tokio::test]
async fn an_address_that_moves_meanwhile_names_another_account() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key_with(&admin, json!({"scopes": ["deprovisioning", "scim"]})).await;
    // The second name is the same account, and stays it.
    let request = suspend(&world, &key, &["member-1@acme.example", "acme-member-1", "acme-member-2"]);
    let users = "/enterprise/v1/scim/Users";
    let replace = async |id: &str, name: &str| {
        let user = json!({"userName": name});
        world.call("PUT", &format!("{users}/{id}"), &key.authorization(), user).await.ok();
    };
    let something = async {
        replace("acme-member-1", "elsewhere@acme.example").await;
        replace("acme-member-3", "member-1@acme.example").await;
    };
    let answer = meanwhile(&world, "account-status", request, something).await;
    assert_eq!(answer.outcomes(), all("changed", 3));
    let id = |number: usize| answer.ok()["results"][number]["account"]["accountId"].clone();
    assert_eq!([id(0), id(1), id(2)], ["acme-member-3", "acme-member-1", "acme-member-2"]);
    assert_eq!(count(&world, "SUSPEND_ACCOUNT").await, 3);
}

/// Between the two reads, an address moves to another account. The request doesn't take the account that had it.
#[tokio::test]
async fn an_address_that_moves_between_the_reads() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key_with(&admin, json!({"scopes": ["deprovisioning", "scim"]})).await;
    let permits = Arc::new(Semaphore::new(0));
    let held = permits.clone();
    let reads_accounts = |call: &Observed| {
        call.function == "account-status" && call.request["RequestItems"]["Accounts"].is_object()
    };
    let _ = world.dynamodb.take_calls();
    world.dynamodb.interfere(move |call| {
        if reads_accounts(call) { Intervention::Hold(held.clone()) } else { Intervention::Pass }
    });
    let moving = async {
        eventually("the accounts are read", async || world.dynamodb.take_calls().iter().any(reads_accounts))
            .await;
        let user = json!({"userName": "elsewhere@acme.example"});
        let path = "/enterprise/v1/scim/Users/acme-member-1";
        world.call("PUT", path, &key.authorization(), user).await.ok();
        world.dynamodb.let_pass();
        permits.add_permits(1);
    };
    let request = suspend(&world, &key, &["member-1@acme.example", "acme-member-2"]);
    let (answer, ()) = tokio::join!(request, moving);
    assert_eq!(answer.outcomes(), ["not-found", "changed"]);
    assert_eq!(count(&world, "SUSPEND_ACCOUNT").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn overlapping_requests_in_opposite_orders_and_single_ones_all_end() {
    let (world, key) = start().await;
    let admin = world.sign_in(ADMIN).await;
    let other = world.create_key(&admin).await;
    world.dynamodb.contend(&Contention::new(Duration::from_millis(5), Duration::ZERO, Weakness::None));
    let members = world.add_members("both", 60).await;
    let mut reversed = members.clone();
    reversed.reverse();
    let single = async || {
        let suspensions = members.iter().step_by(7).map(|account| world.suspend(&key, account));
        join_all(suspensions).await.iter().for_each(|answer| drop(answer.ok()));
    };
    let (first, second, ()) = tokio::join!(
        change(&world, &key, "suspend", &members),
        change(&world, &other, "suspend", &reversed),
        single()
    );
    for answer in [&first, &second] {
        let outcomes = answer.outcomes();
        assert!(
            outcomes.iter().all(|outcome| outcome == "changed" || outcome == "unchanged"),
            "{outcomes:?}"
        );
    }
    assert_eq!(count(&world, "SUSPEND_ACCOUNT").await, 60);
}

/// The first transaction commits, and its answer never arrives. The repeated request finds it done.
#[tokio::test]
async fn a_lost_answer_to_the_first_transaction() {
    let (world, key) = start().await;
    let members = world.add_members("lost", 60).await;
    let mut transactions = 0;
    world.dynamodb.interfere(move |call| {
        transactions += usize::from(call.commits());
        // The SDK tries three times.
        if call.commits() && transactions <= 3 { Intervention::LoseResponse } else { Intervention::Pass }
    });
    let answer = change(&world, &key, "suspend", &members).await;
    assert_eq!(answer.problem(), (503, "unavailable".into()));
    world.dynamodb.let_pass();
    let again = change(&world, &key, "suspend", &members).await.outcomes();
    assert_eq!(again, [all("unchanged", 47), all("changed", 13)].concat());
    assert_eq!(count(&world, "SUSPEND_ACCOUNT").await, 60);
}

#[tokio::test]
async fn a_lost_answer_to_the_second_transaction() {
    let (world, key) = start().await;
    let members = world.add_members("lost", 60).await;
    let mut transactions = 0;
    world.dynamodb.interfere(move |call| {
        transactions += usize::from(call.commits());
        if call.commits() && transactions > 1 { Intervention::LoseResponse } else { Intervention::Pass }
    });
    let first = change(&world, &key, "suspend", &members).await.outcomes();
    assert_eq!(first, [all("changed", 47), all("unavailable", 13)].concat());
    world.dynamodb.let_pass();
    let again = change(&world, &key, "suspend", &members).await.outcomes();
    assert_eq!(again, all("unchanged", 60));
    assert_eq!(count(&world, "SUSPEND_ACCOUNT").await, 60);
}

/// The first transaction commits. Before the second one, the key is revoked.
#[tokio::test]
async fn a_key_that_is_revoked_in_the_middle() {
    let (world, key) = start().await;
    let admin = world.sign_in(ADMIN).await;
    let members = world.add_members("middle", 100).await;
    let permits = Arc::new(Semaphore::new(0));
    let (held, mut transactions) = (permits.clone(), 0);
    let _ = world.dynamodb.take_calls();
    world.dynamodb.interfere(move |call| {
        transactions += usize::from(call.function == "account-status" && call.commits());
        if transactions == 2 && call.commits() {
            Intervention::Hold(held.clone())
        } else {
            Intervention::Pass
        }
    });
    let revocation = async {
        until_held(&world, "account-status", 2).await;
        world.dynamodb.let_pass();
        world.revoke(&admin, &key).await.ok();
        permits.add_permits(1);
    };
    let (answer, ()) = tokio::join!(change(&world, &key, "suspend", &members), revocation);
    assert_eq!(answer.outcomes(), [all("changed", 47), all("unauthenticated", 53)].concat());
    assert_eq!(count(&world, "SUSPEND_ACCOUNT").await, 47);
    let later = change(&world, &key, "suspend", &members).await;
    assert_eq!(later.problem(), (401, "unauthenticated".into()));
    assert_eq!(count(&world, "SUSPEND_ACCOUNT").await, 47);
}

/// Only what was held is tried again.
#[tokio::test]
async fn accounts_that_are_held_wait_until_the_others_are_done() {
    let (world, key) = start().await;
    let members = world.add_members("held", 50).await;
    let contention = Contention::new(Duration::from_millis(300), Duration::ZERO, Weakness::None);
    world.read(&key, "acme-member-1").await.ok();
    world.noted(&key, "lastUsedAt").await;
    let admin = world.sign_in(ADMIN).await;
    let second = world.create_key(&admin).await;
    world.dynamodb.contend(&contention);
    let _ = world.dynamodb.take_calls();
    let batch = async {
        // From then on, the single change holds its account.
        until_held(&world, "account-status", 1).await;
        change(&world, &key, "suspend", &members).await
    };
    let (single, answer) = tokio::join!(world.suspend(&second, &members[0]), batch);
    single.ok();
    assert_eq!(answer.outcomes(), [all("unchanged", 1), all("changed", 49)].concat());
    assert_eq!(count(&world, "SUSPEND_ACCOUNT").await, 50);
    let sizes = world.dynamodb.take_calls().into_iter().filter(Observed::commits);
    let updates = |call: Observed| {
        call.request["TransactItems"]
            .as_array()
            .expect("a list")
            .iter()
            .filter(|item| item["Update"].is_object())
            .count()
    };
    let sizes: Vec<_> = sizes.map(updates).collect();
    // 47 of whom one is held, and the others. By then the held one is suspended.
    assert_eq!(sizes, [47, 47, 2], "the others go on");
}
