use harness::{ADMIN, KEYS, World};
use serde_json::{Value, json};

#[tokio::test]
async fn every_wrong_field_is_named() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let scopes = json!(["deprovisioning"]);
    for (body, wrong) in [
        (json!({}), vec!["name", "scopes"]),
        (json!({"name": 7, "scopes": "deprovisioning", "expiresAt": 7}), vec!["name", "scopes", "expiresAt"]),
        (json!({"name": "A", "scopes": []}), vec!["scopes"]),
        (json!({"name": "A", "scopes": ["everything"]}), vec!["scopes"]),
        (json!({"name": "A", "scopes": [scopes]}), vec!["scopes"]),
        (json!({"name": "A", "scopes": scopes, "expiresAt": "2020-01-01T00:00:00Z"}), vec!["expiresAt"]),
        (json!({"name": "A", "scopes": scopes, "expiresAt": "2999-01-01T00:00:00Z"}), vec!["expiresAt"]),
        (json!({"name": "A", "scopes": scopes, "expiresAt": "tomorrow"}), vec!["expiresAt"]),
        (json!({"name": "A", "scopes": scopes, "expiresAt": null}), vec!["expiresAt"]),
        (json!({"name": "A", "scopes": scopes, "owner": "me"}), vec!["owner"]),
        (json!({"name": "", "scopes": scopes}), vec!["name"]),
        (json!({"name": "a\u{202e}b", "scopes": scopes}), vec!["name"]),
        (json!({"name": "a\nb", "scopes": scopes}), vec!["name"]),
        (json!({"name": "x".repeat(101), "scopes": scopes}), vec!["name"]),
        (json!(["name"]), vec!["body"]),
        (json!("name"), vec!["body"]),
    ] {
        let answer = world.call("POST", KEYS, &admin, body.clone()).await;
        assert_eq!(answer.wrong_fields(), wrong, "{body}");
    }
    assert_eq!(world.count_events("acme", "CREATE_API_KEY").await, 0);
}

#[tokio::test]
async fn no_wrong_value_is_repeated() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let secret = "VerySecretValue99";
    let body =
        json!({"name": [secret], "scopes": [secret], "expiresAt": secret, format!("{secret}{secret}"): 1});
    let answer = world.call("POST", KEYS, &admin, body).await;
    assert_eq!(answer.wrong_fields().len(), 4);
    assert!(!answer.text.contains(secret), "{}", answer.text);
}

#[tokio::test]
async fn bodies_that_are_not_json_are_refused() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let post = async |body: Vec<u8>| {
        let request = world
            .request("POST", KEYS)
            .header("authorization", &admin)
            .header("content-type", "application/json");
        world.send(request.body(body)).await
    };
    let deep = [b"[".repeat(10_000), b"]".repeat(10_000)].concat();
    for body in [
        b"".to_vec(),
        b"{".to_vec(),
        b"{\"name\":".to_vec(),
        b"name=A".to_vec(),
        deep,
        b"{\"name\":\"\xff\"}".to_vec(),
    ] {
        assert_eq!(
            post(body.clone()).await.wrong_fields(),
            ["body"],
            "{:?}",
            String::from_utf8_lossy(&body[..body.len().min(20)])
        );
    }
    let large = json!({"name": "x".repeat(1_000_000), "scopes": ["deprovisioning"]}).to_string();
    assert_eq!(post(large.into_bytes()).await.problem(), (413, "payload-too-large".into()));
    let huge = vec![b'x'; 11 * 1024 * 1024];
    let refused = post(huge).await;
    assert_eq!((refused.status, refused.json()), (413, json!({"message": "Request Entity Too Large"})));
}

#[tokio::test]
async fn duplicate_members_and_unknown_parameters_are_refused() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let twice = r#"{"name": "A", "scopes": ["deprovisioning"], "name": "B"}"#;
    let request = world.request("POST", KEYS).header("authorization", &admin).body(twice);
    assert_eq!(world.send(request).await.wrong_fields(), ["body"]);
    let body = json!({"name": "A", "scopes": ["deprovisioning"]});
    assert_eq!(world.call("POST", &format!("{KEYS}?x=1"), &admin, body).await.wrong_fields(), ["x"]);
    let all = world.request("POST", &format!("{KEYS}?x=1")).header("authorization", &admin);
    let all =
        all.header("idempotency-key", "a b").json(&json!({"name": "", "expiresAt": "2020-01-01T00:00:00Z"}));
    assert_eq!(world.send(all).await.wrong_fields(), ["x", "name", "scopes", "Idempotency-Key", "expiresAt"]);
}

#[tokio::test]
async fn invalid_idempotency_keys_are_refused() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    for bad in ["", "with space", &"x".repeat(256), "caf\u{e9}"] {
        let request = world.request("POST", KEYS).header("authorization", &admin);
        let request = request
            .header("idempotency-key", bad.as_bytes())
            .json(&json!({"name": "A", "scopes": ["deprovisioning"]}));
        assert_eq!(world.send(request).await.wrong_fields(), ["Idempotency-Key"], "{bad:?}");
    }
    assert_eq!(world.call("GET", KEYS, &admin, Value::Null).await.ok()["apiKeys"], json!([]));
}

/// In UTC, these times are before the year 0 or after the year 9999.
#[tokio::test]
async fn times_that_could_not_be_written_are_refused() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    for text in ["9999-12-31T23:59:59-23:59", "9999-12-31T23:59:59.999-00:01", "0000-01-01T00:00:00+23:59"] {
        let body = json!({"name": "A", "scopes": ["deprovisioning"], "expiresAt": text});
        let request = world.request("POST", KEYS).header("authorization", &admin);
        let answer = world.send(request.header("idempotency-key", "once").json(&body)).await;
        assert_eq!(answer.wrong_fields(), ["expiresAt"], "{text}");
    }
}

/// Errors are listed up to a limit, and counted beyond it.
#[tokio::test]
async fn twenty_errors_are_listed() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let body: Value = (0..200).map(|n| (format!("x{n}"), json!(1))).collect();
    let posted = world.call("POST", KEYS, &admin, body).await;
    let query: Vec<_> = (0..1_000).map(|n| format!("x{n}=1")).collect();
    let path = format!("{KEYS}?{}", query.join("&"));
    let got = world.call("GET", &path, &admin, Value::Null).await;
    for (answer, more) in [(posted, "And 182 more."), (got, "And 980 more.")] {
        assert_eq!(answer.wrong_fields().len(), 20);
        assert!(answer.string("detail").ends_with(more), "{}", answer.text);
        assert!(answer.text.len() < 4_000, "{}", answer.text.len());
    }
}
