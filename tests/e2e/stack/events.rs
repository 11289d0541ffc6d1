//! Every case of `events/`, in-process, with the handler that Lambda would run. Each case runs twice, because cases can
//! be repeated.

use std::{fs, path::Path};

use domain::key::ApiKey;
use harness::World;
use local::{Options, Stack, demonstration::EVENT_KEYS, functions::HTTP_FUNCTIONS};
use publish_events::{NotUnderstood, Places, Publisher};
use send_mail::Mailer;
use serde_json::{Value, json};
use store::Settings;

fn read(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events").join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Whether everything that is expected is present.
fn holds(actual: &Value, expected: &Value) -> bool {
    match expected {
        Value::Object(members) => members.iter().all(|(name, expected)| holds(&actual[name], expected)),
        other => actual == other,
    }
}

async fn run_http(world: &World, function: &str, event: Value, expected: &Value) {
    let function = HTTP_FUNCTIONS.iter().find(|known| known.name == function).expect("a function");
    let event = serde_json::from_value(event).expect("an event");
    let response = (function.answer)(world.stack.service.clone(), event).await;
    let response = serde_json::to_value(response).expect("a response");
    let body: Value = serde_json::from_str(response["body"].as_str().expect("a text")).expect("JSON");
    let status = &response["statusCode"];
    let statuses = expected["status"].as_array().cloned().unwrap_or_else(|| vec![expected["status"].clone()]);
    assert!(statuses.contains(status), "{status}: {body}");
    if let Some(problem) = expected["problem"].as_str() {
        let is_problem = body["type"] == format!("{}{problem}", web::TYPE_PREFIX);
        let is_scim = body["detail"].as_str().is_some_and(|detail| detail.ends_with(&format!("({problem})")));
        assert!(is_problem || is_scim, "{body}");
    }
    assert!(holds(&body, &expected["body"]) || expected["body"].is_null(), "{body}");
}

async fn run_provision(world: &World, event: Value, expected: &Value) {
    match Box::pin(provision::handle(&world.stack.service, event, "test-request")).await {
        Ok(_) => assert_eq!(expected["ok"], true),
        Err(refused) => assert_eq!(expected["error"], refused.kind(), "{refused}"),
    }
}

/// The cases name no event that exists, so nothing calls the bus or the queue, which don't exist here.
async fn run_publish_events(world: &World, event: Value, expected: &Value) {
    let settings = Settings::for_endpoint(&world.dynamodb.url, publish_events::NAME);
    let nowhere = || "http://127.0.0.1:9".to_owned();
    let places = Places {
        bus: "bus".into(),
        queue: format!("{}/queue", nowhere()),
        bus_endpoint: Some(nowhere()),
        queue_endpoint: Some(nowhere()),
    };
    let publisher = Publisher::new(world.stack.service.clone(), &settings, places);
    match publish_events::handle(&publisher, event, "test-request").await {
        Ok(answer) => {
            let failed = answer.batch_item_failures.into_iter().map(|failure| failure.item_identifier);
            assert_eq!(expected["failures"], json!(failed.collect::<Vec<_>>()));
        }
        Err(_) => assert_eq!(expected["error"], NotUnderstood::KIND),
    }
}

/// Without a sender, as in a stack that sends no mails.
async fn run_send_mail(world: &World, event: Value, expected: &Value) {
    let settings = Settings::for_endpoint(&world.dynamodb.url, send_mail::NAME);
    let mailer = Mailer::new(world.stack.service.clone(), &settings, send_mail::Places::default());
    match send_mail::handle(&mailer, event, "test-request").await {
        Ok(answer) => {
            let failed = answer.batch_item_failures.into_iter().map(|failure| failure.item_identifier);
            assert_eq!(expected["failures"], json!(failed.collect::<Vec<_>>()));
        }
        Err(failed) => assert_eq!(expected["error"], failed.kind()),
    }
}

#[tokio::test]
async fn every_case_gets_the_expected_response_twice() {
    let world = World::start().await;
    let expected = read("expected.json");
    let cases = expected.as_object().expect("cases");
    for (case, expected) in cases.iter().chain(cases) {
        let (function, _) = case.split_once('/').expect("function and case");
        let event = read(&format!("{case}.json"));
        match function {
            "provision" => run_provision(&world, event, expected).await,
            "key-watch" => {
                let watched = key_watch::handle(&world.stack.service, &event, "test-request").await;
                assert_eq!(expected["ok"], watched.is_ok());
            }
            "publish-events" => run_publish_events(&world, event, expected).await,
            "send-mail" => run_send_mail(&world, event, expected).await,
            "token-gate" => match token_gate::handle(&world.stack.service, event, "test-request").await {
                Ok(_) => assert_eq!(expected["ok"], true),
                Err(refused) => assert_eq!(expected["error"], refused.kind()),
            },
            _ => run_http(&world, function, event, expected).await,
        }
    }
}

/// The data of an earlier release lacks the keys that were added since. One that it has may be revoked.
#[tokio::test]
async fn the_demonstration_of_an_earlier_release_gets_the_new_keys() {
    let world = World::start().await;
    let [_, revoked, added @ ..] = EVENT_KEYS;
    let case = "revoke-key/revoked";
    run_http(&world, "revoke-key", read(&format!("{case}.json")), &json!({"status": 200})).await;
    for table in ["ApiKeys", "KeyDigests"] {
        for item in world.dynamodb.items(table).await {
            if added.iter().any(|key| item["keyId"] == key.key_id) {
                let digest = json!({"digest": {"S": item["digest"]}});
                let key = json!({"companyId": {"S": "events"}, "keyId": {"S": item["keyId"]}});
                let key = if table == "ApiKeys" { key } else { digest };
                world.dynamodb.ask("DeleteItem", &json!({"TableName": table, "Key": key})).await;
            }
        }
    }
    let company = json!({
        "TableName": "Companies", "Key": {"companyId": {"S": "events"}},
        "UpdateExpression": "SET activeKeys = :none REMOVE rotatingKeys",
        "ExpressionAttributeValues": {":none": {"M": {}}},
    });
    world.dynamodb.ask("UpdateItem", &company).await;
    let options = Options { dynamodb_endpoint: Some(world.dynamodb.url.clone()), ..Options::in_memory() };
    for _ in 0..2 {
        Stack::start(options.clone()).await.expect("a stack").stop().await;
    }
    let keys = world.dynamodb.items("ApiKeys").await;
    let stored = |id: &str| keys.iter().filter(|key| key["keyId"] == id).collect::<Vec<_>>();
    assert!(stored(revoked.key_id)[0]["revokedAt"].is_number());
    for key in &added {
        assert_eq!(stored(key.key_id).len(), 1, "{}", key.name);
    }
    run_http(&world, "own-key", read("own-key/rotated.json"), &json!({"status": 200})).await;
}

/// The authorizer should send strings. If it sends numbers, requests still work.
#[tokio::test]
async fn claims_may_be_numbers() {
    let world = World::start().await;
    let mut event = read("list-keys/me.json");
    for time in [json!(4_102_444_800_i64), json!(4.1e9), json!("4102444800"), json!("4.1e9")] {
        event["requestContext"]["authorizer"]["jwt"]["claims"]["auth_time"] = time;
        run_http(&world, "list-keys", event.clone(), &json!({"status": 200})).await;
    }
    for time in [json!("soon"), json!(-1), json!(null), json!("NaN"), json!("1e300")] {
        event["requestContext"]["authorizer"]["jwt"]["claims"]["auth_time"] = time;
        run_http(&world, "list-keys", event.clone(), &json!({"status": 401})).await;
    }
}

/// Tables with the demonstration of an earlier release get the keys that it lacked, unless something that was tried out since
/// then prevents that. The stack starts in any case.
#[tokio::test]
async fn a_demonstration_of_an_earlier_release_is_completed() {
    let world = World::start().await;
    for key in &EVENT_KEYS[2..] {
        let digest = ApiKey::parse(key.secret).expect("a key").digest().to_hex();
        let names = json!({"#key": key.key_id});
        for (action, request) in [
            ("DeleteItem", json!({"TableName": "KeyDigests", "Key": {"digest": {"S": digest}}})),
            (
                "DeleteItem",
                json!({"TableName": "ApiKeys", "Key": {"companyId": {"S": "events"}, "keyId": {"S": key.key_id}}}),
            ),
            (
                "UpdateItem",
                json!({
                    "TableName": "Companies", "Key": {"companyId": {"S": "events"}},
                    "UpdateExpression": "REMOVE activeKeys.#key", "ExpressionAttributeNames": names,
                }),
            ),
        ] {
            world.dynamodb.ask(action, &request).await;
        }
    }
    let start = async || {
        let endpoint = Some(world.dynamodb.url.clone());
        let options = Options { dynamodb_endpoint: endpoint, ..Options::in_memory() };
        Stack::start(options).await.expect("a stack")
    };
    let count = async || {
        let keys = world.dynamodb.items("ApiKeys").await;
        keys.iter().filter(|key| key["companyId"] == "events").count()
    };
    for (plan, keys) in [("team", 2), ("enterprise", EVENT_KEYS.len())] {
        let request = json!({"operation": "change-plan", "companyId": "events", "plan": plan});
        world.provision(request).await.expect("changed");
        start().await;
        assert_eq!(count().await, keys, "{plan}");
    }
}

/// Every file has an expected response, and every function has an accepted case and a refused one.
#[test]
fn every_file_is_a_case_and_every_function_has_accepted_and_refused_ones() {
    let expected = read("expected.json");
    let template = local::template::Template::read(local::template::SOURCE).expect("readable");
    for function in template.functions.keys() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events").join(function);
        let files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let mut good = 0;
        let mut refused = 0;
        for file in files {
            let path = file.expect("a file").path();
            let case = format!("{function}/{}", path.file_stem().expect("a name").to_string_lossy());
            let expected = expected.get(&case).unwrap_or_else(|| panic!("{case} is not in expected.json"));
            let is_refused = expected.get("problem").or_else(|| expected.get("error")).is_some();
            (good, refused) = (good + usize::from(!is_refused), refused + usize::from(is_refused));
        }
        // Whatever the schedule sends, key-watch looks at the keys.
        let is_never_refused = function == "key-watch";
        assert!(good > 0 && (refused > 0) != is_never_refused, "{function}: {good} good, {refused} refused");
    }
}
