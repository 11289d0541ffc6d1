use harness::{ADMIN, World};
use serde_json::{Value, json};

#[tokio::test]
async fn invalid_account_names_are_refused() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let long = "x".repeat(330);
    for account in ["%00", "a%20b", "%40", "a%40", "%E2%80%AE%40acme.example", "a%2540b", &long] {
        assert_eq!(world.suspend(&key, account).await.wrong_fields(), ["account"], "{account}");
        assert_eq!(world.read(&key, account).await.wrong_fields(), ["account"], "{account}");
    }
    let answer = world.suspend(&key, &"x".repeat(10_000)).await;
    assert_eq!(answer.wrong_fields(), ["account"]);
    // API Gateway itself answers requests beyond its limits.
    assert_eq!(world.suspend(&key, &"x".repeat(10_300)).await.status, 431);
}

#[tokio::test]
async fn unexpected_bodies_are_refused() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let post = async |body: Vec<u8>| {
        let request = world.request("POST", "/enterprise/v1/accounts/acme-member-1/suspend");
        world.send(request.header("authorization", key.authorization()).body(body)).await
    };
    for body in [b"{\"x\":1}".to_vec(), b"\xff\xfe".to_vec(), b"null".to_vec(), b"[".repeat(10_000)] {
        assert_eq!(post(body).await.wrong_fields(), ["body"]);
    }
    assert_eq!(post(vec![b' '; 1_000_000]).await.problem(), (413, "payload-too-large".into()));
    for body in [b"".to_vec(), b"{}".to_vec(), b" {} \n".to_vec()] {
        post(body).await.ok();
    }
}

#[tokio::test]
async fn unknown_accounts_are_not_found() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    for account in ["nobody", "nobody%40acme.example", "%2540%40acme.example"] {
        for answer in [
            world.suspend(&key, account).await,
            world.unsuspend(&key, account).await,
            world.read(&key, account).await,
        ] {
            assert_eq!(answer.problem(), (404, "not-found".into()), "{account}");
        }
    }
    assert_eq!(world.suspend(&key, "").await.status, 404);
    assert_eq!(world.suspend(&key, "a/b").await.status, 404);
}

/// API Gateway decodes a path before it chooses a route, so a parameter of one segment can't contain a slash or a
/// question mark.
#[tokio::test]
async fn an_encoded_slash_or_question_mark_changes_the_route() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let no_route = json!({"message": "Not Found"});
    for account in ["a%2Fb%40acme.example", "a%2fb", "..%2F..%2Fadmin", "acme-member-1%3F"] {
        let answer = world.suspend(&key, account).await;
        assert_eq!((answer.status, answer.json()), (404, no_route.clone()), "{account}");
    }
    assert_eq!(world.read(&key, "a%2Fb%40acme.example").await.json(), no_route);
    assert_eq!(world.read(&key, "acme-member-1%3Fx").await.ok()["accountId"], "acme-member-1");
    assert_eq!(world.count_events("acme", "SUSPEND_ACCOUNT").await, 0);
    // Through SCIM it works, because there one parameter takes the rest of the path.
    let directory = world.create_key_with(&admin, json!({"scopes": ["scim"]})).await;
    let user =
        json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "a/b@acme.example"});
    let users = "/enterprise/v1/scim/Users";
    assert_eq!(world.call("POST", users, &directory.authorization(), user).await.status, 201);
    let path = format!("{users}/a%2Fb@acme.example");
    let found = world.call("GET", &path, &directory.authorization(), Value::Null).await;
    assert_eq!(found.ok()["userName"], "a/b@acme.example");
}

/// Valid requests that break an adapter which rebuilds URLs or requires ASCII.
#[tokio::test]
async fn unusual_queries_paths_and_headers_cause_no_server_error() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let path = "/enterprise/v1/accounts/acme-member-1";
    for query in ["?a=%zz", "?%", "?<>", "?a=\"|^`{}", "?%ff", "?a=1&a=2"] {
        let answer = world.call("GET", &format!("{path}{query}"), &key.authorization(), Value::Null).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.text);
    }
    let request = world.request("GET", path).header("authorization", key.authorization());
    let request = request
        .header("x-name", "J\u{fc}rgen")
        .header("x-raw", b"\xff\xfe".as_slice())
        .header("cookie", "a=b;;c");
    world.send(request).await.ok();
    for account in ["a%23b", "%FF", "%C0%AF"] {
        assert_eq!(world.read(&key, account).await.wrong_fields(), ["account"], "{account}");
    }
}
