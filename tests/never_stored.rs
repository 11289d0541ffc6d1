//! Invariant 1, never stored: after any sequence of operations no item, no log line, no error and no second response
//! contains an API key, wherever the client put it. No log line contains a token or a digest.
//!
//! It is a separate program, because it reads every log line at the highest level.

use domain::key::ApiKey;
use harness::{ADMIN, Answer, Intervention, KEYS, Key, Log, World, eventually};
use serde_json::{Value, json};
use store::Table;

const REVOKE: &str = "/leaks/v1/revoke";
const GITHUB: &str = "/leaks/v1/github";

/// Bodies with a key in every field.
fn bodies_with(secret: &str) -> Vec<String> {
    let mut bodies = vec![
        json!({"name": secret, "scopes": ["deprovisioning"]}),
        json!({"name": format!("my {secret}!"), "scopes": ["deprovisioning"]}),
        json!({"name": "A", "scopes": [secret]}),
        json!({"name": "A", "scopes": ["deprovisioning"], "expiresAt": secret}),
        json!({"name": "A", "scopes": ["deprovisioning"], secret: 1}),
        json!({"name": "A", "scopes": ["deprovisioning"], "selfRotation": {"lifetimeDays": secret}}),
        json!({"name": "A", "scopes": ["deprovisioning"], "selfRotation": {secret: 90}}),
        json!({"expiresAt": secret, "overlapSeconds": secret}),
        json!({"note": secret}),
        json!({"name": "A", "note": format!("it is\n{secret}, keep it")}),
        json!({"mustExpire": secret, "longestLifetimeDays": secret, "scopes": [secret], "graceDays": secret}),
        json!({"firstFour": secret, "lastFour": secret}),
        json!({"accounts": ["acme-member-1", secret]}),
        json!({"accounts": [format!("{secret}@acme.example")]}),
        json!({"userName": secret, "externalId": secret, "displayName": secret}),
        json!({"userName": "a@acme.example", "name": {"givenName": secret}, "password": secret}),
        json!({"Operations": [{"op": "replace", "path": secret, "value": secret}]}),
        json!({"Operations": [{"op": "replace", "value": {secret: secret}}]}),
        json!({"filter": format!("userName eq \"{secret}\"")}),
        json!(secret),
    ]
    .into_iter()
    .map(|body| body.to_string())
    .collect::<Vec<_>>();
    // Escaped, so that only a parser sees it. The escape of a digit ends with that digit, so it must not be the first character.
    let escaped = secret.replace('_', "\\u005f");
    bodies.push(format!("{{\"name\": \"{escaped}\", \"scopes\": [\"deprovisioning\"]}}"));
    bodies.push(format!("{{\"{escaped}\": 1}}"));
    bodies.push(format!("name={secret}"));
    bodies
}

/// Puts a key into path, query, every body field, every header and the idempotency key.
async fn misplace_everywhere(world: &World, admin: &str, secret: &str, answers: &mut Vec<Answer>) {
    let encoded = secret.replace('_', "%5F");
    let bodies = bodies_with(secret);
    let key_authorization = format!("apikey {secret}");
    for authorization in [admin, &key_authorization] {
        for path in [
            KEYS.to_owned(),
            format!("{KEYS}?nextToken={secret}"),
            format!("{KEYS}?owner={encoded}&state={secret}&limit={secret}"),
            format!("{KEYS}?{secret}"),
            format!("{KEYS}/{secret}/revoke"),
            format!("{KEYS}/{encoded}/revoke"),
            format!("{KEYS}/{secret}"),
            format!("{KEYS}/{encoded}/hold"),
            format!("{KEYS}/{secret}/release"),
            format!("{KEYS}?search={secret}"),
            format!("{KEYS}?search={encoded}&state=all"),
            format!("/admin/v1/key-policy?dryRun={encoded}"),
            format!("/admin/v1/key-policy/{secret}"),
            format!("{KEYS}/{secret}/rotate"),
            format!("{KEYS}/{encoded}/complete-rotation"),
            format!("/admin/v1/me/{secret}"),
            format!("/enterprise/v1/api-key?key={secret}"),
            format!("/enterprise/v1/api-key/{encoded}"),
            format!("/admin/v1/accounts?email={secret}"),
            format!("/admin/v1/accounts?nextToken={encoded}"),
            format!("/enterprise/v1/accounts/{secret}"),
            format!("/enterprise/v1/accounts/{encoded}/suspend"),
            format!("/enterprise/v1/accounts/{encoded}%40acme.example/unsuspend"),
            format!("/enterprise/v1/accounts/acme-member-1?x={encoded}"),
            format!("/enterprise/v1/scim/Users/{secret}"),
            format!("/enterprise/v1/scim/{encoded}"),
            format!("/enterprise/v1/scim/Users?filter=userName%20eq%20%22{encoded}%22"),
            format!("/enterprise/v1/audit-log?nextToken={secret}"),
            format!("/admin/v1/audit-log?filter%5Bactor%5D={encoded}"),
            format!("/{secret}"),
        ] {
            let is_changed =
                path.starts_with("/admin/v1/api-keys/") || path.starts_with("/admin/v1/key-policy");
            let methods = ["GET", "POST", "PATCH", "PUT"];
            for method in &methods[..if is_changed { 4 } else { 2 }] {
                let request = world.request(method, &path).header("authorization", authorization);
                answers.push(world.send(request).await);
            }
        }
        for path in [
            KEYS,
            "/enterprise/v1/accounts/acme-member-1/suspend",
            "/admin/v1/accounts/suspend",
            "/admin/v1/api-keys/01KDXJ7Q9W3T5V8YB2C4E6G8HZ/rotate",
            "/admin/v1/api-keys/01KDXJ7Q9W3T5V8YB2C4E6G8HZ/cancel-rotation",
            "/admin/v1/api-keys/01KDXJ7Q9W3T5V8YB2C4E6G8HZ/hold",
            "/admin/v1/api-keys/01KDXJ7Q9W3T5V8YB2C4E6G8HZ/release",
            "/admin/v1/api-keys/01KDXJ7Q9W3T5V8YB2C4E6G8HZ",
            "/admin/v1/key-policy",
            "/enterprise/v1/api-key/rotate",
            "/enterprise/v1/api-key/revoke",
            "/enterprise/v1/scim/Users",
            "/enterprise/v1/scim/.search",
            "/enterprise/v1/scim/Users/acme-member-1",
        ] {
            let method = match path.rsplit('/').next() {
                Some("acme-member-1" | "01KDXJ7Q9W3T5V8YB2C4E6G8HZ") => "PATCH",
                Some("key-policy") => "PUT",
                _ => "POST",
            };
            for body in &bodies {
                let request = world.request(method, path).header("authorization", authorization);
                answers.push(world.send(request.body(body.clone())).await);
            }
            for header in [
                "idempotency-key",
                "x-api-key",
                "user-agent",
                "cookie",
                "referer",
                "x-amzn-trace-id",
                "x-forwarded-for",
                "content-type",
            ] {
                let request =
                    world.request(method, path).header("authorization", authorization).header(header, secret);
                answers.push(
                    world.send(request.json(&json!({"name": "A", "scopes": ["deprovisioning"]}))).await,
                );
            }
        }
    }
    for authorization in [
        secret,
        &format!("Basic {secret}"),
        &format!("apikey {secret} {secret}"),
        &format!("Bearer x{secret}"),
    ] {
        for path in [KEYS, "/enterprise/v1/accounts/acme-member-1"] {
            answers.push(world.call("GET", path, authorization, Value::Null).await);
        }
    }
}

/// Edits, holds and releases a key, and sets a policy. A name or a note that contains a key is refused.
async fn edit(world: &World, admin: &str, key: &Key, answers: &mut Vec<Answer>) {
    let secret = &key.secret;
    for changes in [
        json!({"note": format!("see {secret}")}),
        json!({"name": secret}),
        json!({"name": "A", "note": secret}),
    ] {
        let refused = world.edit(admin, key, changes).await;
        assert_eq!(refused.problem(), (400, "misplaced-key".into()));
        answers.push(refused);
    }
    answers.push(world.edit(admin, key, json!({"note": "Noted", "scopes": ["deprovisioning"]})).await);
    for how in ["hold", "release"] {
        answers.push(world.hold(admin, how, key).await);
        answers.push(world.own_key(key).await);
    }
    for policy in [json!({"mustExpire": true, "unusedDays": 30}), json!({})] {
        answers.push(world.set_policy(admin, policy).await);
        answers.push(world.call("GET", &format!("{KEYS}/{}", key.id), admin, Value::Null).await);
    }
}

/// Takes a key through its rotations, and collects every answer that doesn't make a secret. Returns all its secrets.
async fn rotate(world: &World, admin: &str, answers: &mut Vec<Answer>) -> Vec<Key> {
    let fields = json!({"scopes": ["deprovisioning"], "selfRotation": {"lifetimeDays": 30}});
    let first = world.create_key_with(admin, fields).await;
    let lost = world.rotate(admin, &first).await;
    let second = world.rotate(admin, &first).await;
    answers.push(world.read(&lost, "acme-member-1").await);
    answers.push(world.own_key(&second).await);
    answers.push(world.rotate_itself(&second, Value::Null).await);
    answers.push(world.end_rotation(admin, "complete", &second).await);
    answers.push(world.read(&first, "acme-member-1").await);
    world.advance(std::time::Duration::from_mins(2));
    let rotated = world.rotate_itself(&second, Value::Null).await;
    let third = Key { id: rotated.string("keyId"), secret: rotated.string("key") };
    answers.push(world.end_rotation(admin, "cancel", &third).await);
    let fourth = world.rotate(admin, &second).await;
    let path = "/enterprise/v1/api-key/revoke";
    answers.push(world.call("POST", path, &fourth.authorization(), Value::Null).await);
    answers.push(world.call("GET", "/admin/v1/audit-log", admin, Value::Null).await);
    vec![first, lost, second, third, fourth]
}

/// Reports keys as finders and GitHub do: in any text, escaped, and also where they don't belong. GitHub's reports revoke one key,
/// and only alert about another. Returns their secrets.
async fn leak(world: &World, admin: &str, answers: &mut Vec<Answer>) -> Vec<Key> {
    let mut keys = Vec::new();
    for response in ["alert", "revoke"] {
        world.set_policy(admin, json!({"leakedKeys": response})).await.ok();
        let key = world.create_key_with(admin, json!({"name": "Leaked"})).await;
        let secret = &key.secret;
        let digest = json!({"digest": world.digest_of(&key)});
        answers.push(world.call("POST", &format!("{KEYS}/find"), admin, digest).await);
        // Somebody confuses the key with its digest.
        for body in
            [json!({"digest": secret}), json!({"key": secret}), json!({"digest": format!(" {secret}")})]
        {
            let refused = world.call("POST", &format!("{KEYS}/find"), admin, body).await;
            assert_eq!(refused.problem(), (400, "misplaced-key".into()));
            answers.push(refused);
        }
        misplace_in_reports(world, secret, answers).await;
        for page in addresses_with(secret) {
            answers.push(world.report_from_github(&key, &page).await);
        }
        keys.push(key);
    }
    for page in addresses_with(&keys[0].secret) {
        answers.push(world.report_found(&[&keys[0]], &page).await);
    }
    // The first body that is accepted revokes the key: as it is, and in the middle of a text.
    for first in [0, 1] {
        let key = world.create_key(admin).await;
        for body in bodies_of_finders(&key.secret).into_iter().skip(first) {
            answers.push(world.send(world.request("POST", REVOKE).body(body)).await);
        }
        assert_eq!(world.own_key(&key).await.status, 401);
        keys.push(key);
    }
    for path in [format!("{KEYS}?state=all"), "/admin/v1/audit-log".into(), "/admin/v1/key-policy".into()] {
        answers.push(world.call("GET", &path, admin, Value::Null).await);
    }
    keys
}

/// Addresses of pages that contain the key in each part, also encoded.
fn addresses_with(secret: &str) -> Vec<String> {
    let encoded = secret.bytes().map(|byte| format!("%{byte:02x}")).collect::<Vec<_>>().concat();
    vec![
        format!("https://example.com/raw/{secret}/a"),
        format!("https://example.com/raw/{}", secret.replace('_', "%5F")),
        format!("https://example.com/{encoded}"),
        format!("https://example.com/{}", encoded.replace('%', "%25")),
        format!("https://{secret}@example.com/a"),
        format!("https://user:{secret}@example.com/a"),
        format!("https://{secret}.example.com/a"),
        format!("https://example.com/a?key={secret}#{secret}"),
        secret.to_owned(),
    ]
}

/// Bodies of finders' reports, right and wrong.
fn bodies_of_finders(secret: &str) -> Vec<String> {
    let escaped = format!("\\u{:04x}{}", u32::from(secret.as_bytes()[0]), &secret[1..]);
    let bodies = [
        json!({"keys": [secret, secret]}),
        json!({"keys": [format!("export KEY='{secret}'\n\u{0}"), ""], "url": secret}),
        json!({"keys": [secret], secret: secret}),
        json!({"keys": {secret: secret}, "url": [secret]}),
        json!({"keys": vec![secret; 21]}),
        json!({"keys": [secret], "url": format!("{secret}{}", "a".repeat(2_000))}),
        json!([secret]),
        json!(secret),
    ];
    let mut bodies: Vec<_> = bodies.iter().map(Value::to_string).collect();
    bodies.push(format!("{{\"keys\": [\"{escaped}\"], \"url\": \"https://example.com/{escaped}\"}}"));
    bodies.push(format!("{{\"{escaped}\": [\"{escaped}\"]}}"));
    bodies.push(format!("{{\"keys\": [\"{secret}\"], \"keys\": [\"{secret}\"]}}"));
    bodies.push(format!("{{\"keys\": [\"{secret}"));
    bodies.push(format!("key={secret}"));
    bodies
}

/// Puts a key everywhere in reports that are refused: reports that GitHub didn't sign, and other places than the body.
async fn misplace_in_reports(world: &World, secret: &str, answers: &mut Vec<Answer>) {
    for body in bodies_of_finders(secret) {
        let signed = [("github-public-key-identifier", "x"), ("github-public-key-signature", "bm90aGluZw==")];
        for headers in [&[][..], &signed] {
            let request = world.request("POST", GITHUB).body(body.clone());
            let request =
                headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
            answers.push(world.send(request).await);
        }
    }
    for report in [
        json!([{"token": secret, "type": secret, "url": secret, "source": secret, secret: secret}]),
        json!([{"token": {secret: secret}}]),
        json!([{"type": secret}, secret]),
        json!({"token": secret}),
    ] {
        answers.push(world.send(world.request("POST", GITHUB).json(&report)).await);
        answers.push(world.sign_as_github(&report).await);
    }
    for path in [REVOKE, GITHUB] {
        for header in [
            "authorization",
            "github-public-key-identifier",
            "github-public-key-signature",
            "cookie",
            "referer",
            "user-agent",
            "content-type",
        ] {
            let request = world.request("POST", path).header(header, secret);
            answers.push(world.send(request.json(&json!({"keys": ["nothing"]}))).await);
        }
        for place in [format!("{path}?key={secret}"), format!("{path}/{secret}"), format!("{path}?{secret}")]
        {
            answers.push(world.send(world.request("POST", &place).json(&json!({"keys": ["nothing"]}))).await);
            answers.push(world.send(world.request("GET", &place)).await);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_trace_of_a_key_anywhere() {
    let log = Log::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing::level_filters::LevelFilter::TRACE)
        .with_writer(log.clone())
        .init();
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world
        .create_key_with(&admin, json!({"name": "Ordinary", "scopes": ["deprovisioning", "scim"]}))
        .await;
    let gone = world.create_key(&admin).await;
    let mut answers = Vec::new();
    for account in ["acme-member-1", "member-2%40acme.example"] {
        answers.push(world.suspend(&key, account).await);
        answers.push(world.unsuspend(&key, account).await);
        answers.push(world.read(&key, account).await);
    }
    answers.push(world.revoke(&admin, &gone).await);
    answers.push(world.suspend(&gone, "acme-member-1").await);
    answers.push(world.call("GET", &format!("{KEYS}?state=all"), &admin, Value::Null).await);
    edit(&world, &admin, &key, &mut answers).await;
    let rotated = rotate(&world, &admin, &mut answers).await;
    for secret in [&key.secret, &gone.secret, &rotated[0].secret] {
        misplace_everywhere(&world, &admin, secret, &mut answers).await;
    }
    // The key can be used, so its administrators are told. Nothing of the key may be in that.
    eventually("the exposure is recorded", async || world.count_events("acme", "EXPOSE_API_KEY").await > 0)
        .await;
    // Every kind of error in the layers below the functions.
    for intervention in [Intervention::Throttle, Intervention::LoseResponse, Intervention::Unprocessed] {
        world.dynamodb.interfere(move |_| intervention.clone());
        answers.push(world.suspend(&key, "acme-member-3").await);
        answers
            .push(world.call("POST", KEYS, &admin, json!({"name": "A", "scopes": ["deprovisioning"]})).await);
    }
    world.dynamodb.let_pass();
    let leaked = leak(&world, &admin, &mut answers).await;
    assert!(answers.iter().all(|answer| answer.status != 500), "an answer was a 500");

    let keys = [&key, &gone].into_iter().chain(&rotated).chain(&leaked);
    let secrets: Vec<&str> = keys.map(|key| &*key.secret).collect();
    // Halves of the secret count too, because 22 characters are enough for an attacker who has the rest.
    let parts: Vec<&str> = secrets.iter().flat_map(|secret| [&secret[..22], &secret[28..50]]).collect();
    for answer in &answers {
        assert!(parts.iter().all(|part| !answer.text.contains(part)), "an answer: {}", answer.text);
    }
    let mut items = String::new();
    for table in Table::ALL {
        items +=
            &world.dynamodb.items(table.logical_id()).await.iter().map(Value::to_string).collect::<String>();
    }
    for known in ["Ordinary", "Noted", "EXPOSE_API_KEY"] {
        assert!(items.contains(known), "the tables were not read: {known}");
    }
    assert!(parts.iter().all(|part| !items.contains(part)), "an item contains a key");

    let log = log.text();
    assert!(log.contains("answered") && log.contains("DEBUG"), "the log was not read");
    let token = admin.strip_prefix("Bearer ").expect("a token");
    let signature = token.rsplit('.').next().expect("a signature");
    let digest = |secret: &&str| ApiKey::parse(secret).expect("a key").digest().to_hex();
    let digests: Vec<_> = secrets.iter().map(digest).collect();
    for digest in &digests {
        // Items of secrets have digests, and nothing tells people.
        let events = world.events("acme").await;
        assert!(!events.iter().any(|event| event.to_string().contains(digest)), "an event contains a digest");
    }
    let never = parts.iter().copied().chain([token, signature]).chain(digests.iter().map(String::as_str));
    for text in never {
        let line = log.lines().find(|line| line.contains(text));
        assert!(line.is_none(), "a log line contains a secret: {line:?}");
    }
}
