//! Reads the tables directly, without the functions.

use reqwest::Client;
use serde_json::{Map, Value, json};

/// A `DynamoDB` that accepts any credentials.
#[derive(Clone, Debug)]
pub struct Database {
    /// Its address.
    pub url: String,
    http: Client,
}

impl Database {
    /// The `DynamoDB` at this address.
    #[must_use]
    pub fn at(url: &str) -> Self {
        Self { url: url.into(), http: Client::new() }
    }

    /// All items of a table, in plain JSON.
    ///
    /// # Panics
    /// If the engine doesn't answer.
    pub async fn items(&self, table: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut request = json!({"TableName": table});
        loop {
            let page = self.ask("Scan", &request).await;
            items.extend(page["Items"].as_array().into_iter().flatten().map(plain_item));
            if page["LastEvaluatedKey"].is_null() {
                return items;
            }
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"].clone();
        }
    }

    /// Makes a call.
    ///
    /// # Panics
    /// If it refuses.
    pub async fn ask(&self, action: &str, request: &Value) -> Value {
        let response = self
            .http
            .post(&self.url)
            .header("x-amz-target", format!("DynamoDB_20120810.{action}"))
            .header("x-amz-date", "20260101T000000Z")
            .header("content-type", "application/x-amz-json-1.0")
            .header(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, \
                 SignedHeaders=host, Signature=0",
            )
            .body(request.to_string());
        let response = response.send().await.expect("an answer");
        let (status, text) = (response.status(), response.text().await.expect("a body"));
        assert!(status.is_success(), "{action} {request}: {text}");
        serde_json::from_str(&text).expect("JSON")
    }
}

/// An item without `DynamoDB`'s types.
fn plain_item(item: &Value) -> Value {
    let members = item.as_object().into_iter().flatten();
    members.map(|(name, value)| (name.clone(), plain(value))).collect::<Map<_, _>>().into()
}

fn plain(value: &Value) -> Value {
    let Some((kind, value)) = value.as_object().and_then(|typed| typed.iter().next()) else {
        return Value::Null;
    };
    match kind.as_str() {
        "M" => plain_item(value),
        "L" => value.as_array().into_iter().flatten().map(plain).collect(),
        "N" => serde_json::from_str(value.as_str().unwrap_or_default()).unwrap_or_default(),
        "NULL" => Value::Null,
        _ => value.clone(),
    }
}
