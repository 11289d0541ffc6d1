use harness::{ADMIN, BASIC_ADMIN, World};
use serde_json::{Value, json};

use super::list;

fn emails(page: &Value) -> Vec<String> {
    let accounts = page["accounts"].as_array().expect("accounts");
    accounts.iter().map(|account| account["email"].as_str().expect("an address").to_owned()).collect()
}

/// Every page to the end.
async fn all(world: &World, admin: &str, query: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut query = query.to_owned();
    loop {
        let page = list(world, admin, &query).await.ok();
        found.extend(emails(&page));
        match page["nextToken"].as_str() {
            Some(token) => query = format!("?nextToken={token}"),
            None => return found,
        }
    }
}

async fn add(world: &World, email: &str) {
    let account = json!({"email": email, "name": "N"});
    let request = json!({"operation": "add-account", "companyId": "acme", "account": account});
    world.provision(request).await.expect("added");
}

#[tokio::test]
async fn accounts_are_listed_in_the_order_of_their_addresses() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let page = list(&world, &admin, "").await.ok();
    let mut expected: Vec<_> = (1..=20).map(|i| format!("member-{i}@acme.example")).collect();
    expected.extend(["admin@acme.example".into(), "second-admin@acme.example".into()]);
    expected.sort();
    assert_eq!(emails(&page), expected);
    assert_eq!(
        page["accounts"][0],
        json!({"accountId": "acme-admin", "email": "admin@acme.example", "name": "Admin", "role": "company_admin", "state": "active"})
    );
    assert!(page.get("nextToken").is_none());
}

#[tokio::test]
async fn accounts_are_found_by_the_beginning_of_the_address_in_any_case() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    add(&world, "Member-1@ACME.example.org").await;
    let found = all(&world, &admin, "?email=MEMBER-1%40acme").await;
    assert_eq!(found, ["member-1@acme.example", "Member-1@ACME.example.org"]);
    assert_eq!(all(&world, &admin, "?email=ember").await, Vec::<String>::new());
}

#[tokio::test]
async fn accounts_are_found_by_any_part_of_a_name_or_an_address() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    for (email, name) in [("al@acme.example", "Ada Lovelace"), ("x@acme.example", "Ångström ADA")] {
        let account = json!({"email": email, "name": name});
        let request = json!({"operation": "add-account", "companyId": "acme", "account": account});
        world.provision(request).await.expect("added");
    }
    for (search, expected) in [
        ("ada", vec!["al@acme.example", "x@acme.example"]),
        ("%20LOVE%20", vec!["al@acme.example"]),
        ("%C3%A5ngstr%C3%96m", vec!["x@acme.example"]),
        ("r-20", vec!["member-20@acme.example"]),
        ("nobody", vec![]),
    ] {
        for limit in [1, 100] {
            let mut found = all(&world, &admin, &format!("?search={search}&limit={limit}")).await;
            found.sort();
            assert_eq!(found, expected, "{search}");
        }
    }
    world.suspend(&world.create_key(&admin).await, "al@acme.example").await.ok();
    assert_eq!(all(&world, &admin, "?search=ada&state=suspended").await, ["al@acme.example"]);
    assert_eq!(all(&world, &admin, "?search=ada&email=X").await, ["x@acme.example"]);
    let long = "x".repeat(257);
    let answer = list(&world, &admin, &format!("?search={long}")).await;
    assert_eq!(answer.wrong_fields(), ["search"]);
}

#[tokio::test]
async fn a_large_company_is_listed_page_by_page_without_gaps_or_duplicates() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    for i in 0..130 {
        add(&world, &format!("x{i:03}@acme.example")).await;
    }
    let key = world.create_key(&admin).await;
    let suspended: Vec<_> = (0..130).step_by(43).map(|i| format!("x{i:03}@acme.example")).collect();
    for email in &suspended {
        world.suspend(&key, email).await.ok();
    }
    for limit in [1, 7, 100] {
        let found = all(&world, &admin, &format!("?limit={limit}")).await;
        let mut sorted = found.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!((found.len(), &found), (152, &sorted), "{limit}");
        assert_eq!(
            all(&world, &admin, &format!("?state=suspended&limit={limit}")).await,
            suspended,
            "{limit}"
        );
    }
    assert_eq!(all(&world, &admin, "?state=active&email=x").await.len(), 126);
}

/// A page takes a limited number of queries. Then it is short and has a next page.
#[tokio::test]
async fn a_request_reads_a_bounded_part_of_a_company() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let _ = world.dynamodb.take_calls();
    list(&world, &admin, "?state=suspended&limit=1").await.ok();
    let calls = world.dynamodb.take_calls();
    assert_eq!(
        calls.iter().map(|call| call.action.as_str()).collect::<Vec<_>>(),
        ["BatchGetItem", "Query", "BatchGetItem"]
    );
}

#[tokio::test]
async fn another_company_sees_nothing_of_it() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let enterprise = json!({"operation": "change-plan", "companyId": "basic", "plan": "enterprise"});
    world.provision(enterprise).await.expect("changed");
    let other = world.sign_in(BASIC_ADMIN).await;
    let page = list(&world, &admin, "?limit=3").await.ok();
    let token = page["nextToken"].as_str().expect("more");
    for query in [String::new(), "?email=member-1@acme".into(), format!("?nextToken={token}")] {
        let found = emails(&list(&world, &other, &query).await.ok());
        assert!(found.iter().all(|email| email.ends_with("@basic.example")), "{query}: {found:?}");
    }
    // The position in the token is an address of another company. It reveals nothing of that company.
    assert!(!emails(&list(&world, &other, "").await.ok()).is_empty());
}
