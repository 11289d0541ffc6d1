//! Reports of leaked keys.

use serde_json::{Value, json};

use crate::{Answer, Key, World};

impl World {
    /// Reports keys as somebody who found them at this address.
    ///
    /// # Panics
    /// If the report is refused.
    pub async fn report_found(&self, keys: &[&Key], url: &str) -> Answer {
        let keys: Vec<_> = keys.iter().map(|key| &key.secret).collect();
        let body = json!({"keys": keys, "url": url});
        let answer = self.send(self.request("POST", "/leaks/v1/revoke").json(&body)).await;
        assert_eq!(answer.status, 202, "{}", answer.text);
        answer
    }

    /// Reports a key as GitHub does that found it at this address. The stack's stand-in for GitHub signs the report.
    ///
    /// # Panics
    /// If the report is refused.
    pub async fn report_from_github(&self, key: &Key, url: &str) -> Answer {
        let found =
            json!([{"token": key.secret, "type": "company_api_key", "url": url, "source": "content"}]);
        let answer = self.sign_as_github(&found).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer
    }

    /// Sends a report that the stack's stand-in for GitHub signs.
    pub async fn sign_as_github(&self, report: &Value) -> Answer {
        self.send(self.request("POST", "/local/github/report").json(report)).await
    }
}
