//! The requests of a history.

use std::time::Instant;

use harness::{ADMIN, KEYS, Key};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

use super::record::{INSTANCES, Outcome, Recorded, Shared, What};

/// How often a change is tried until its outcome is known.
pub(super) const ATTEMPTS: usize = 5;

/// Who sends a request.
#[derive(Clone, Copy)]
pub(super) enum Sender<'k> {
    Administrator,
    Holder(&'k Key),
    Anybody,
}

impl Shared {
    /// Sends a request with a secret: a change or a read.
    pub(super) async fn use_secret(&self, instance: usize, secret: &Key, path: &str) -> Outcome {
        let is_read = !path.ends_with("suspend");
        let request = |http: &Client, url: &str| {
            let url = format!("{url}/enterprise/v1/{path}");
            if is_read { http.get(url) } else { http.post(url) }
        };
        let (outcome, _) = self.send(What::Use, instance, secret, Sender::Holder(secret), request).await;
        assert!(!matches!(outcome, Outcome::Refused(status, _) if status != 401), "{path}: {outcome:?}");
        outcome
    }

    /// Changes a key as an administrator, until the outcome is known.
    pub(super) async fn change(
        &self,
        what: What,
        instance: usize,
        key: &Key,
        body: &Value,
    ) -> (Outcome, Value) {
        let path = match what {
            What::Complete => "complete-rotation",
            What::Cancel => "cancel-rotation",
            What::Revoke => "revoke",
            What::Hold => "hold",
            What::Release => "release",
            What::Edit => "",
            What::Use | What::Rotate | What::RevokeItself | What::Find => "rotate",
        };
        let method = if what == What::Edit { Method::PATCH } else { Method::POST };
        for attempt in 0..ATTEMPTS {
            let request = |http: &Client, url: &str| {
                let path = format!("{url}{KEYS}/{}/{path}", key.id);
                let request = http.request(method.clone(), path.trim_end_matches('/'));
                if body.is_null() { request } else { request.json(body) }
            };
            let (outcome, answer) =
                self.send(what, instance + attempt, key, Sender::Administrator, request).await;
            let is_expected = match &outcome {
                Outcome::Refused(409, _) | Outcome::Done | Outcome::Unknown => true,
                // The clock has passed the expiry that it asks for.
                Outcome::Refused(status, _) => *status == 400 && what == What::Rotate,
            };
            assert!(is_expected, "{what:?}: {outcome:?} {answer}");
            if outcome != Outcome::Unknown {
                return (outcome, answer);
            }
        }
        (Outcome::Unknown, Value::Null)
    }

    /// A key rotates itself.
    pub(super) async fn rotate_itself(&self, instance: usize, secret: &Key) -> Option<Key> {
        let request = |http: &Client, url: &str| http.post(format!("{url}/enterprise/v1/api-key/rotate"));
        let body = |http: &Client, url: &str| request(http, url).json(&json!({"overlapSeconds": 60}));
        let (outcome, answer) = self.send(What::Rotate, instance, secret, Sender::Holder(secret), body).await;
        let is_expected = match &outcome {
            Outcome::Refused(status, _) => [401, 409, 429].contains(status),
            Outcome::Done | Outcome::Unknown => true,
        };
        assert!(is_expected, "{outcome:?} {answer}");
        made(secret, &answer)
    }

    pub(super) async fn create(&self, instance: usize) -> Key {
        let body = json!({
            "name": "Lane", "scopes": ["deprovisioning"], "selfRotation": {"lifetimeDays": 90},
        });
        for attempt in 0.. {
            let (url, admin) = self.at(instance + attempt);
            let request = self.http.post(format!("{url}{KEYS}")).header("authorization", admin).json(&body);
            let Ok(response) = request.send().await else { continue };
            if response.status() == 401 {
                self.sign_in(instance + attempt).await;
            }
            let answer: Value = response.json().await.unwrap_or_default();
            if let (Some(id), Some(secret)) = (answer["keyId"].as_str(), answer["key"].as_str()) {
                return Key { id: id.into(), secret: secret.into() };
            }
        }
        unreachable!("it is tried again and again")
    }

    async fn sign_in(&self, instance: usize) {
        let (url, _) = self.at(instance);
        let request = self.http.post(format!("{url}/local/token")).json(&json!({"email": ADMIN}));
        let Ok(response) = request.send().await else { return };
        let token: Value = response.json().await.unwrap_or_default();
        if let Some(token) = token["access_token"].as_str() {
            let mut running = self.instances[instance % INSTANCES].lock().expect("not poisoned");
            running.admin = format!("Bearer {token}");
        }
    }

    fn at(&self, instance: usize) -> (String, String) {
        let running = self.instances[instance % INSTANCES].lock().expect("not poisoned");
        (running.url.clone(), running.admin.clone())
    }

    /// Sends a request about one secret, and records it.
    pub(super) async fn send(
        &self,
        what: What,
        instance: usize,
        key: &Key,
        sender: Sender<'_>,
        request: impl FnOnce(&Client, &str) -> RequestBuilder,
    ) -> (Outcome, Value) {
        self.send_about(what, instance, &[key], sender, request).await
    }

    /// Sends a request about these secrets, and records it for each.
    pub(super) async fn send_about(
        &self,
        what: What,
        instance: usize,
        secrets: &[&Key],
        sender: Sender<'_>,
        request: impl FnOnce(&Client, &str) -> RequestBuilder,
    ) -> (Outcome, Value) {
        let (url, admin) = self.at(instance);
        let (began, first) = (Instant::now(), self.clock.now().millis());
        let request = request(&self.http, &url);
        let request = match sender {
            Sender::Administrator => request.header("authorization", admin),
            Sender::Holder(key) => request.header("authorization", key.authorization()),
            Sender::Anybody => request,
        };
        let answer = async {
            let response = request.send().await?;
            let status = response.status().as_u16();
            Ok::<_, reqwest::Error>((status, response.bytes().await?))
        };
        let (outcome, body) = match answer.await {
            Err(_) | Ok((503 | 504, _)) => (Outcome::Unknown, Value::Null),
            // The lanes move the clock, so the token may have expired. Then nothing was done.
            Ok((401, _)) if matches!(sender, Sender::Administrator) => {
                self.sign_in(instance).await;
                (Outcome::Unknown, Value::Null)
            }
            Ok((status, body)) => {
                let body: Value = serde_json::from_slice(&body).expect("JSON");
                let kind = body["type"].as_str().and_then(|kind| kind.rsplit(':').next()).unwrap_or_default();
                let refused = Outcome::Refused(status, kind.to_owned());
                (if [200, 202].contains(&status) { Outcome::Done } else { refused }, body)
            }
        };
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let mask = match what {
            What::Use | What::RevokeItself | What::Find => None,
            What::Rotate => text(&body["newSecret"]["mask"]),
            _ => text(&body["mask"]),
        };
        let (ended, clock) = (Instant::now(), (first, self.clock.now().millis()));
        let recorded = secrets.iter().map(|key| Recorded {
            what,
            key: key.id.clone(),
            mask: mask.clone().unwrap_or_else(|| key.mask()),
            began,
            ended,
            clock,
            outcome: outcome.clone(),
        });
        self.recorded.lock().expect("not poisoned").extend(recorded);
        (outcome, body)
    }
}

/// The secret that a rotation made.
pub(super) fn made(key: &Key, answer: &Value) -> Option<Key> {
    Some(Key { id: key.id.clone(), secret: answer["key"].as_str()?.to_owned() })
}
