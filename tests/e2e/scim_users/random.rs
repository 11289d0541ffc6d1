//! Whatever a client sends, the response is a resource or a SCIM Error below 500, and the counters stay correct.

use harness::Numbers;
use serde_json::{Map, Value, json};

use super::{Directory, error};

const PATHS: [&str; 24] = [
    "active",
    "ACTIVE",
    "userName",
    "externalId",
    "displayName",
    "name",
    "name.givenName",
    "name.familyName",
    "name.formatted",
    "name.x",
    "emails",
    "emails.value",
    "emails[type eq \"work\"].value",
    "emails[type eq \"home\"]",
    "emails[primary eq true].value",
    "roles",
    "id",
    "meta",
    "schemas",
    "title",
    "urn:ietf:params:scim:schemas:core:2.0:User:active",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
    "emails[",
    "\u{202E}💥",
];

fn value(numbers: &mut Numbers, depth: usize) -> Value {
    match numbers.below(if depth > 3 { 14 } else { 17 }) {
        0 => Value::Null,
        1 => true.into(),
        2 => false.into(),
        3 => "False".into(),
        4 => "".into(),
        5 => numbers.below(1_000).into(),
        6 => (-1.5e300).into(),
        7 => format!("user-{}", numbers.below(6)).into(),
        8 => format!("user-{}@acme.example", numbers.below(6)).into(),
        9 => "admin@acme.example".into(),
        10 => "é\u{0}\u{FFFF}\u{202E}".into(),
        11 => "x".repeat(numbers.below(700)).into(),
        12 => "company_admin".into(),
        13 => "work".into(),
        14 => (0..numbers.below(4)).map(|_| value(numbers, depth + 1)).collect(),
        15 => {
            json!({"value": value(numbers, depth + 1), "type": "work", "primary": value(numbers, depth + 1)})
        }
        _ => object(numbers, depth + 1),
    }
}

fn object(numbers: &mut Numbers, depth: usize) -> Value {
    let mut members = Map::new();
    for _ in 0..numbers.below(5) {
        members.insert((*numbers.of(&PATHS)).to_owned(), value(numbers, depth));
    }
    if numbers.below(2) == 0 {
        members.insert("userName".into(), format!("user-{}@acme.example", numbers.below(6)).into());
    }
    members.into()
}

fn operations(numbers: &mut Numbers) -> Value {
    let operations = (0..=numbers.below(4)).map(|_| {
        let mut operation = json!({"op": numbers.of(&["add", "Replace", "REMOVE", "replace", "move"])});
        if numbers.below(4) > 0 {
            operation["path"] = (*numbers.of(&PATHS)).into();
        }
        if numbers.below(6) > 0 {
            operation["value"] = value(numbers, 0);
        }
        operation
    });
    json!({"Operations": operations.collect::<Vec<_>>()})
}

#[tokio::test]
async fn nothing_a_directory_sends_is_answered_with_a_failure() {
    let directory = Directory::start().await;
    let mut numbers = Numbers::from_seed(20_260_131);
    let (mut done, mut refused) = (0, 0);
    for _ in 0..1_500 {
        let user = *numbers.of(&[
            "acme-member-1",
            "acme-admin",
            "acme-second-admin",
            "user-1@acme.example",
            "user-2@acme.example",
            "user-3@acme.example",
            "%F0%9F%92%A5@x",
        ]);
        let path = format!("/Users/{user}");
        let answer = match numbers.below(8) {
            0 | 1 => directory.call("POST", "/Users", object(&mut numbers, 0)).await,
            2 => directory.call("PUT", &path, object(&mut numbers, 0)).await,
            3 => directory.call("DELETE", &path, Value::Null).await,
            4 => {
                let query = [("startIndex", value(&mut numbers, 9)), ("filter", value(&mut numbers, 9))];
                let query = query.map(|(name, value)| (name, value.to_string()));
                directory.list(&[("startIndex", &query[0].1), ("filter", &query[1].1)]).await
            }
            5 => directory.call("POST", "/.search", object(&mut numbers, 0)).await,
            _ => directory.call("PATCH", &path, operations(&mut numbers)).await,
        };
        if answer.status < 300 {
            done += 1;
        } else {
            refused += 1;
            let (status, _, name) = error(&answer);
            assert!(status < 500 && name != "internal-error", "{}", answer.text);
        }
    }
    assert!(done > 200 && refused > 200, "{done} done, {refused} refused");

    let accounts = directory.world.dynamodb.items("Accounts").await;
    let accounts: Vec<_> = accounts.iter().filter(|account| account["companyId"] == "acme").collect();
    let company = directory.world.company("acme").await;
    assert_eq!(usize::try_from(directory.world.account_count("acme").await), Ok(accounts.len()));
    let active = |account: &&&Value| account["role"] == "company_admin" && account["state"] == "active";
    assert_eq!(company["activeAdministrators"], accounts.iter().filter(active).count());
    // The administrators are unchanged. Every lookup leads to an account with this name, and every name to its own
    // account.
    let mut expected = Vec::new();
    for account in &accounts {
        let text = |name: &str| account[name].as_str().map(str::to_ascii_lowercase);
        let mut lookups: Vec<_> = [text("email"), text("userName")]
            .into_iter()
            .flatten()
            .map(|name| format!("email#{name}"))
            .collect();
        lookups.extend(account["externalId"].as_str().map(|id| format!("externalId#{id}")));
        lookups.dedup();
        expected.extend(lookups.into_iter().map(|lookup| (lookup, account["accountId"].clone())));
        if account["role"] == "company_admin" {
            let id = account["accountId"].as_str().expect("an ID").strip_prefix("acme-").expect("Acme's");
            assert_eq!(account["email"], format!("{id}@acme.example"));
        }
    }
    let mut lookups: Vec<_> = directory.world.dynamodb.items("AccountLookups").await;
    lookups.retain(|lookup| lookup["companyId"] == "acme");
    let mut found: Vec<_> = lookups
        .iter()
        .map(|item| (item["lookup"].as_str().expect("a lookup").to_owned(), item["accountId"].clone()))
        .collect();
    found.sort_by_key(|(lookup, _)| lookup.clone());
    expected.sort_by_key(|(lookup, _)| lookup.clone());
    assert_eq!(found, expected);
}
