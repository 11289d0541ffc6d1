//! The page is served as `CloudFront` serves it.

use std::{fs, path::PathBuf};

use local::{
    Options, Stack,
    template::{SOURCE, Template},
};
use reqwest::{Client, Response};
use serde_json::{Value, json};

/// A stack with a page that was built to this test's own folder.
async fn with_page(name: &str) -> Stack {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(folder.join("assets")).expect("a folder");
    for (file, content) in [
        ("index.html", "<title>The page</title>".to_owned()),
        ("icon.svg", "<svg/>".into()),
        (".inputs", "x".into()),
        ("assets/a-1.js", "let x;\n".repeat(1_000)),
    ] {
        fs::write(folder.join(file), content).expect("a file");
    }
    Stack::start(Options { page: Some(folder), ..Options::in_memory() }).await.expect("a stack")
}

async fn get(stack: &Stack, path: &str) -> Response {
    Client::new().get(format!("{}{path}", stack.url)).send().await.expect("a response")
}

fn header(response: &Response, name: &str) -> String {
    response.headers().get(name).map_or_else(String::new, |value| value.to_str().expect("ASCII").to_owned())
}

#[tokio::test]
async fn every_response_has_the_headers_of_the_template() {
    let template = Template::read(SOURCE).expect("readable");
    assert!(template.page_headers.len() >= 8, "{:?}", template.page_headers);
    let (with, without) =
        (with_page("headers").await, Stack::start(Options::in_memory()).await.expect("a stack"));
    for (stack, path, status) in [
        (&with, "/", 200),
        (&with, "/assets/gone.js", 404),
        (&with, "/config.json", 200),
        (&without, "/", 503),
    ] {
        let response = get(stack, path).await;
        assert_eq!(response.status(), status);
        for (name, value) in &template.page_headers {
            let actual = header(&response, name);
            if name != "content-security-policy" {
                assert_eq!(actual, *value, "{path} {name}");
                continue;
            }
            assert!(!actual.contains("${") && !actual.contains("unsafe-"), "{actual}");
            let url = &stack.url;
            for directive in [
                "script-src 'self'",
                "frame-ancestors 'none'",
                &format!("connect-src 'self' {url} {url} {url}"),
            ] {
                assert!(actual.split(';').any(|part| part.trim() == directive), "{directive}: {actual}");
            }
        }
    }
}

#[tokio::test]
async fn paths_of_the_page_return_the_page() {
    let stack = with_page("addresses").await;
    for path in [
        "/",
        "/dashboard/api-keys",
        "/dashboard/api-keys?owner=me",
        "/callback?code=a.b",
        "/sign-in",
        "/a.b/c",
    ] {
        let response = get(&stack, path).await;
        assert_eq!(
            (response.status().as_u16(), header(&response, "cache-control").as_str()),
            (200, "no-cache"),
            "{path}"
        );
        assert!(header(&response, "content-type").starts_with("text/html"), "{path}");
        assert_eq!(response.text().await.expect("a body"), "<title>The page</title>", "{path}");
    }
}

#[tokio::test]
async fn files_are_served_unchanged_and_assets_are_cached() {
    let stack = with_page("files").await;
    let asset = get(&stack, "/assets/a-1.js").await;
    assert_eq!(header(&asset, "cache-control"), "public, max-age=31536000, immutable");
    assert!(header(&asset, "content-type").contains("javascript"));
    let icon = get(&stack, "/icon.svg").await;
    assert_eq!((icon.status().as_u16(), header(&icon, "cache-control").as_str()), (200, "no-cache"));
    for path in [
        "/.inputs",
        "/assets/gone.js",
        "/..%2fheaders%2ficon.svg",
        "/assets/..%2f..%2fheaders%2ficon.svg",
        "/%2e%2e/headers/icon.svg",
    ] {
        let response = get(&stack, path).await;
        let (status, text) = (response.status(), response.text().await.expect("a body"));
        assert!(status == 404 && !text.contains("<svg"), "{path}: {status} {text}");
    }
}

/// Responses are compressed, as from `CloudFront`.
#[tokio::test]
async fn the_page_is_compressed() {
    let stack = with_page("compressed").await;
    for encoding in ["br", "gzip"] {
        let request =
            Client::new().get(format!("{}/assets/a-1.js", stack.url)).header("accept-encoding", encoding);
        let response = request.send().await.expect("a response");
        assert_eq!(header(&response, "content-encoding"), encoding);
        assert!(response.bytes().await.expect("a body").len() < 500);
    }
}

#[tokio::test]
async fn the_configuration_is_that_of_the_stack() {
    let stack = with_page("configuration").await;
    let response = get(&stack, "/config.json").await;
    assert_eq!(header(&response, "cache-control"), "no-store");
    let url = &stack.url;
    let expected =
        json!({"apiAddress": url, "issuer": url, "clientId": "company-dashboard", "signInAddress": url});
    assert_eq!(response.json::<Value>().await.expect("JSON"), expected);
}

#[tokio::test]
async fn without_a_page_the_api_works_and_the_response_says_what_to_install() {
    let stack = Stack::start(Options::in_memory()).await.expect("a stack");
    let response = get(&stack, "/dashboard/api-keys").await;
    assert_eq!(response.status(), 503);
    assert!(response.text().await.expect("a body").contains("Install Node.js"));
    assert_eq!(get(&stack, "/openapi.json").await.status(), 200);
    assert_eq!(get(&stack, "/admin/v1/me").await.status(), 401);
}

#[tokio::test]
async fn paths_that_are_not_the_pages_keep_their_response() {
    let stack = with_page("others").await;
    for path in [
        "/admin/v1/nothing",
        "/enterprise/v1/nothing",
        "/.well-known/nothing",
        "/oauth2/nothing",
        "/local/nothing",
    ] {
        let response = get(&stack, path).await;
        assert!(matches!(response.status().as_u16(), 404 | 405), "{path}: {}", response.status());
        assert_eq!(header(&response, "content-type"), "application/json", "{path}");
    }
    let posted = Client::new().post(format!("{}/dashboard", stack.url)).send().await.expect("a response");
    assert_eq!(posted.status(), 404);
    let head = Client::new().head(format!("{}/dashboard", stack.url)).send().await.expect("a response");
    assert_eq!(head.status(), 200);
}
