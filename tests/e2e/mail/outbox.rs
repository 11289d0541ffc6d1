//! The whole way on a laptop: from a request to a mail in the outbox.

use std::time::Duration;

use harness::{ADMIN, KEYS, SECOND_ADMIN};
use local::{Options, Stack};
use reqwest::Client;
use serde_json::{Value, json};

async fn stack(options: Options) -> Stack {
    Stack::start(Options { mail_sender: Some("Company API Keys <keys@localhost>".into()), ..options })
        .await
        .expect("a stack")
}

async fn post(stack: &Stack, path: &str, authorization: &str, body: Value) -> Value {
    let request = Client::new().post(format!("{}{path}", stack.url)).header("authorization", authorization);
    request.json(&body).send().await.expect("a response").json().await.expect("JSON")
}

async fn create_key(stack: &Stack, name: &str) -> Value {
    let token = post(stack, "/local/token", "", json!({"email": ADMIN})).await;
    let authorization = format!("Bearer {}", token["access_token"].as_str().expect("a token"));
    post(stack, KEYS, &authorization, json!({"name": name, "scopes": ["deprovisioning"]})).await
}

async fn mails(stack: &Stack, number: usize) -> Vec<local::outbox::Mail> {
    let outbox = stack.notices().expect("notices").outbox();
    let wait = async {
        while outbox.mails().len() < number {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), wait).await.expect("mails");
    outbox.mails()
}

#[tokio::test]
async fn a_new_key_is_told_to_the_other_administrator() {
    let stack = stack(Options::in_memory()).await;
    let key = create_key(&stack, "<b>Nightly</b>").await;
    let [mail] = mails(&stack, 1).await.try_into().expect("one mail");
    assert_eq!(mail.to, [SECOND_ADMIN]);
    assert_eq!(mail.from, "Company API Keys <keys@localhost>");
    let link = format!(
        "{}/dashboard/api-keys/{}",
        local::for_people(&stack.url),
        key["keyId"].as_str().expect("an ID")
    );
    assert!(mail.text.contains(&link), "{}", mail.text);
    // The pages.
    let get = async |path: &str| {
        let response = reqwest::get(format!("{}{path}", stack.url)).await.expect("a response");
        let policy = response
            .headers()
            .get("content-security-policy")
            .map(|policy| policy.to_str().expect("text").to_owned());
        (response.status().as_u16(), policy.unwrap_or_default(), response.text().await.expect("a text"))
    };
    let (status, policy, list) = get("/local/outbox").await;
    assert_eq!(status, 200);
    assert!(
        policy.contains("default-src 'none'") && !policy.contains("script") && !policy.contains("unsafe")
    );
    assert!(list.contains(&format!("href=\"/local/outbox/{}\"", mail.id)) && !list.contains("<b>"), "{list}");
    let (_, _, one) = get(&format!("/local/outbox/{}", mail.id)).await;
    assert!(one.contains("List-Unsubscribe") && one.contains("sandbox=") && !one.contains("<b>"), "{one}");
    let (_, policy, html) = get(&format!("/local/outbox/{}/html", mail.id)).await;
    assert!(policy.contains("sandbox") && !policy.contains("allow-scripts"), "{policy}");
    assert!(html.contains("prefers-color-scheme") && html.contains("&#60;b&#62;"), "{html}");
    for missing in ["/local/outbox/x", "/local/outbox/..%2f..%2fx", "/local/outbox/1/2/3", "/local/outboxes"]
    {
        assert_eq!(get(missing).await.0, 404, "{missing}");
    }
    stack.stop().await;
}

#[tokio::test]
async fn mails_are_kept_in_the_folder() {
    let folder = tempfile_folder();
    let options = || Options { folder: Some(folder.clone()), ..Options::in_memory() };
    let first = stack(options()).await;
    create_key(&first, "First").await;
    assert_eq!(mails(&first, 1).await.len(), 1);
    first.stop().await;
    let second = stack(options()).await;
    create_key(&second, "Second").await;
    let both = mails(&second, 2).await;
    assert!(both[0].subject.contains("Second") && both[1].subject.contains("First"), "{both:?}");
    let place = folder.join("outbox").join(&both[0].id);
    for name in ["mail.txt", "mail.html", "mail.json"] {
        assert!(place.join(name).is_file(), "{name}");
    }
    let described: Value =
        serde_json::from_str(&std::fs::read_to_string(place.join("mail.json")).expect("readable"))
            .expect("JSON");
    assert_eq!(described["to"], json!([SECOND_ADMIN]));
    assert!(described["headers"].to_string().contains("X-Company-Api-Keys-Event"));
    second.stop().await;
    std::fs::remove_dir_all(&folder).expect("removed");
}

/// A folder of this test's own.
fn tempfile_folder() -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("outbox-{}", store::random::ulid(store::system_time())));
    std::fs::create_dir(&folder).expect("a folder");
    folder
}

#[tokio::test]
async fn without_a_sender_the_outbox_stays_empty() {
    let stack = Stack::start(Options::in_memory()).await.expect("a stack");
    create_key(&stack, "Quiet").await;
    let bus = stack.notices().expect("notices").bus();
    let wait = async {
        while bus.events_after(0).events.is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), wait).await.expect("the event");
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(stack.notices().expect("notices").outbox().mails(), []);
    stack.stop().await;
}
