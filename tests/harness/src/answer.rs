//! Reading responses.

use reqwest::{Response, header::HeaderMap};
use serde_json::Value;

/// A complete response.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub text: String,
}

impl Answer {
    /// Reads a complete response.
    ///
    /// # Panics
    /// If the response is incomplete.
    pub async fn of(response: Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, text: response.text().await.expect("a whole body") }
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// If the body isn't JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("JSON: {} {}", self.status, self.text))
    }

    /// The body of a 200.
    ///
    /// # Panics
    /// If the status is another one.
    #[expect(clippy::must_use_candidate, reason = "often the status is all that matters")]
    pub fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text);
        self.json()
    }

    /// A member of the body that is a string.
    ///
    /// # Panics
    /// If the member is missing.
    #[must_use]
    pub fn string(&self, member: &str) -> String {
        self.json()[member].as_str().unwrap_or_else(|| panic!("{member}: {}", self.text)).to_owned()
    }

    /// Status and the last part of the problem's type.
    ///
    /// # Panics
    /// If the body isn't a problem as defined in RFC 9457.
    #[must_use]
    pub fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text);
        assert_eq!(self.header("cache-control"), "no-store");
        let body = self.json();
        assert_eq!(body["status"], self.status);
        for member in ["title", "detail", "requestId"] {
            assert!(body[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {body}");
        }
        (self.status, kind_of(&body))
    }

    /// The outcomes of a change of several accounts, and for refusals, their kinds.
    ///
    /// # Panics
    /// If it has no results.
    #[must_use]
    pub fn outcomes(&self) -> Vec<String> {
        let results = self.ok()["results"].as_array().expect("results").clone();
        let outcome = |result: &Value| match &result["problem"] {
            Value::Null => result["outcome"].as_str().expect("a text").to_owned(),
            problem => kind_of(problem),
        };
        results.iter().map(outcome).collect()
    }

    /// The fields in the `errors` of an `invalid-request`.
    ///
    /// # Panics
    /// If the problem is another one.
    #[must_use]
    pub fn wrong_fields(&self) -> Vec<String> {
        assert_eq!(self.problem(), (400, "invalid-request".into()), "{}", self.text);
        self.named_fields()
    }

    /// The fields in the `errors` of a problem.
    ///
    /// # Panics
    /// If the response isn't a problem.
    #[must_use]
    pub fn named_fields(&self) -> Vec<String> {
        let errors = self.json()["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|error| error["field"].as_str().expect("a name").to_owned()).collect()
    }

    /// A header, empty if absent.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("ASCII"))
    }

    /// The response without the parts that differ between requests: the request ID, the date, and what
    /// is left of limits.
    #[must_use]
    pub fn anonymous(&self) -> (u16, Vec<(String, String)>, String) {
        let request_id = self.header("apigw-requestid").to_owned();
        let differing = ["date", "apigw-requestid", "ratelimit"];
        let headers = self.headers.iter().filter(|(name, _)| !differing.contains(&name.as_str()));
        let headers =
            headers.map(|(name, value)| (name.to_string(), value.to_str().expect("ASCII").to_owned()));
        (self.status, headers.collect(), self.text.replace(&request_id, "REQUEST-ID"))
    }
}

/// The last part of a problem's type.
fn kind_of(problem: &Value) -> String {
    let kind = problem["type"].as_str().expect("a text");
    kind.strip_prefix("urn:company-api-keys:problem:").expect("a type of ours").to_owned()
}
