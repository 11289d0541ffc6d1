//! Page tokens of every route: a request with a manipulated token succeeds or is refused because of the token. It never
//! fails.

use base64::{
    Engine,
    engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD},
};
use harness::{Numbers, World};
use serde_json::{Map, Value, json};

/// The number of made-up tokens for each route.
const MADE_UP: usize = 150;

/// A list with several pages, and the credential that may read it.
struct List {
    path: &'static str,
    authorization: String,
    /// The content of the first page's token.
    content: Map<String, Value>,
}

async fn lists(world: &World) -> Vec<List> {
    let admin = world.sign_in(harness::ADMIN).await;
    let mut key = world.create_key(&admin).await;
    // The tests below send more requests to the audit log than the default limit allows.
    world.raise_limits("acme").await;
    for scope in ["scim", "audit-log"] {
        key = world.create_key_with(&admin, json!({"scopes": [scope]})).await;
    }
    world.advance(audit_log::HORIZON);
    let mut lists = Vec::new();
    for (path, query, authorization) in [
        ("/admin/v1/api-keys", "limit=1", &admin),
        ("/admin/v1/api-keys", "limit=1&state=all&owner=me", &admin),
        ("/admin/v1/accounts", "limit=1&email=member", &admin),
        ("/admin/v1/accounts", "limit=1&state=active", &admin),
        ("/admin/v1/accounts", "limit=1&search=member", &admin),
        ("/admin/v1/audit-log", "maxResults=1&filter[involving]=admin@acme.example", &admin),
        ("/admin/v1/audit-log", "maxResults=1&format=ocsf", &admin),
        ("/enterprise/v1/audit-log", "maxResults=1&filter[action]=CREATE_ACCOUNT", &key.authorization()),
    ] {
        let page = world.call("GET", &format!("{path}?{query}"), authorization, Value::Null).await;
        let token = page.string("nextToken");
        let list = List { path, authorization: authorization.clone(), content: decoded(&token) };
        // The control: the original token is accepted.
        assert_eq!(ask(world, &list, &token).await, 200, "{path}?{query}");
        lists.push(list);
    }
    lists
}

fn decoded(token: &str) -> Map<String, Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token).expect("base64")).expect("JSON")
}

/// JSON with its members in the order of the token, because the order is a part of it.
fn encoded(order: &[String], content: &Map<String, Value>) -> String {
    let others = content.keys().filter(|name| !order.contains(name));
    let members = order.iter().chain(others).filter_map(|name| Some((name, content.get(name)?)));
    let members: Vec<_> = members.map(|(name, value)| format!("{}:{value}", json!(name))).collect();
    URL_SAFE_NO_PAD.encode(format!("{{{}}}", members.join(",")))
}

/// The names of the members, in the order of a token.
fn order(token: &str) -> Vec<String> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).expect("base64")).expect("text");
    let mut names: Vec<_> = decoded(token).keys().cloned().collect();
    names.sort_by_key(|name| text.find(&format!("\"{name}\":")));
    names
}

/// Requests the page. The status is 200, or that of a refusal that names the token.
async fn ask(world: &World, list: &List, token: &str) -> u16 {
    let request = world.request("GET", list.path).query(&[("nextToken", token)]);
    let answer = world.send(request.header("authorization", &list.authorization)).await;
    if answer.status != 200 {
        assert_eq!(answer.wrong_fields(), ["nextToken"], "{} {token}: {}", list.path, list.content["after"]);
    }
    answer.status
}

/// A value that is valid in a token, or almost.
fn value(numbers: &mut Numbers, before: &Value) -> Value {
    let texts = [
        "",
        "a",
        "A",
        "é",
        "\0",
        " member-1@acme.example",
        "MEMBER-1@acme.example",
        "member-1@acme.example",
        "@",
        "member-1",
        "all",
        "me",
        "audit-event",
        "ocsf",
        "SUSPEND_ACCOUNT",
        "00000000000000000000000000",
        "01kdxj7q9w3t5v8yb2c4e6g8ha",
        "01KDXJ7Q9W3T5V8YB2C4E6G8HA",
        "7ZZZZZZZZZZZZZZZZZZZZZZZZZ",
        "80000000000000000000000000",
        "ZZZZZZZZZZZZZZZZZZZZZZZZZZ",
    ];
    let counts = [0, 1, -1, 50, 101, 50_001, i64::MIN, i64::MAX, 281_474_976_710_655, 281_474_976_710_656];
    match (numbers.below(6), before) {
        (0, Value::String(text)) => text.to_lowercase().into(),
        (1, Value::String(text)) => text.to_uppercase().into(),
        (2, Value::String(text)) => format!("{text}{text}").into(),
        (0..=2, Value::Number(number)) => {
            let change = *numbers.of(&[1, -1, 1000, -1000, 86_400_000]);
            number.as_i64().unwrap_or_default().saturating_add(change).into()
        }
        (3, _) => (*numbers.of(&counts)).into(),
        (4, _) => numbers
            .of(&[json!(null), json!([]), json!({}), json!(true), json!(1.0), json!(["SUSPEND_ACCOUNT"])])
            .clone(),
        _ => match numbers.below(texts.len() + 1) {
            at if at < texts.len() => texts[at].into(),
            _ => "x".repeat(2000).into(),
        },
    }
}

/// Made-up tokens that we could have written reach the query, and `DynamoDB` refuses none of them.
#[tokio::test]
async fn no_token_makes_a_request_fail() {
    let world = World::start().await;
    let mut numbers = Numbers::from_seed(11);
    for list in lists(&world).await {
        let first = ask_for_token(&world, &list).await;
        let order = order(&first);
        let mut answered = 0;
        for _ in 0..MADE_UP {
            let mut content = list.content.clone();
            for _ in 0..=numbers.below(2) {
                let name = numbers.of(&order).clone();
                let made_up = value(&mut numbers, &content[&name]);
                content.insert(name, made_up);
            }
            answered += usize::from(ask(&world, &list, &encoded(&order, &content)).await == 200);
        }
        assert!(answered > 0, "{}: none got through to the tables", list.path);
    }
}

async fn ask_for_token(world: &World, list: &List) -> String {
    // Any token of the list shows the order of its members.
    let query = if list.path.ends_with("audit-log") { "maxResults=1" } else { "limit=1" };
    let page = world.call("GET", &format!("{}?{query}", list.path), &list.authorization, Value::Null).await;
    page.string("nextToken")
}

/// A token with the same meaning in another notation is not one that we wrote.
#[tokio::test]
async fn only_tokens_as_they_were_written_are_taken() {
    let world = World::start().await;
    for list in lists(&world).await {
        let order = order(&ask_for_token(&world, &list).await);
        let token = encoded(&order, &list.content);
        assert_eq!(ask(&world, &list, &token).await, 200, "{}", list.path);
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(&token).expect("base64")).expect("text");
        let mut reversed = order.clone();
        reversed.reverse();
        let with = |name: &str, value: Value| {
            let mut content = list.content.clone();
            content.insert(name.into(), value);
            encoded(&order, &content)
        };
        let after = list.content["after"].as_str().expect("a text");
        // An account ID is opaque: any text with the right form could be one.
        let is_account = list.content.get("search").is_some_and(|search| search != "");
        let is_address = after.contains('@') || is_account;
        let in_other_case = match (is_account, is_address) {
            (true, _) => format!("{after}!"),
            (false, true) => after.to_uppercase(),
            (false, false) => after.to_lowercase(),
        };
        for spoiled in [
            URL_SAFE_NO_PAD.encode(format!(" {text}")),
            URL_SAFE_NO_PAD.encode(text.replace("\":", "\": ")),
            URL_SAFE_NO_PAD.encode(text.replacen("\"after\"", "\"\\u0061fter\"", 1)),
            URL_SAFE.encode(format!("{text} ")),
            format!("{token}="),
            format!("{token}A"),
            token[..token.len() - 1].into(),
            encoded(&reversed, &list.content),
            with("companyId", json!("basic")),
            with("after", in_other_case.into()),
            with("after", if is_address { format!(" {after}") } else { format!("8{}", &after[1..]) }.into()),
            with("after", json!(null)),
        ] {
            assert_eq!(ask(&world, &list, &spoiled).await, 400, "{} {spoiled}", list.path);
        }
    }
}

/// The greatest ULIDs have more than 48 bits of time. Careless code would read them as times in 1970.
#[tokio::test]
async fn a_range_from_1970_has_no_ulid_from_beyond_the_end_of_time() {
    let world = World::start().await;
    for list in lists(&world).await.into_iter().filter(|list| list.path.ends_with("audit-log")) {
        let order = order(&ask_for_token(&world, &list).await);
        let mut content = list.content.clone();
        content.insert("since".into(), json!(0));
        for (after, status) in [
            ("00000000000000000000000000", 200),
            ("80000000000000000000000000", 400),
            ("0000000000000000000000000z", 400),
        ] {
            content.insert("after".into(), json!(after));
            assert_eq!(ask(&world, &list, &encoded(&order, &content)).await, status, "{after}");
        }
    }
}
