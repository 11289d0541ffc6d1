//! Generations and gates of keys, for tests that set them.

use domain::key::ApiKey;
use serde_json::json;

use crate::{Key, World};

impl World {
    /// A key's digest, in hexadecimal.
    ///
    /// # Panics
    /// If there is no such key.
    pub async fn digest(&self, key: &Key) -> String {
        let keys = self.dynamodb.items("ApiKeys").await;
        let key = keys.iter().find(|item| item["keyId"] == key.id).expect("a key");
        key["digest"].as_str().expect("a text").to_owned()
    }

    /// The digest of this very secret, in hexadecimal.
    ///
    /// # Panics
    /// If it isn't an API key.
    #[must_use]
    pub fn digest_of(&self, key: &Key) -> String {
        ApiKey::parse(&key.secret).expect("a key").digest().to_hex()
    }

    /// Gives a key this generation.
    pub async fn set_generation(&self, key: &Key, generation: i64) {
        let update = json!({
            "TableName": "KeyDigests", "Key": {"digest": {"S": self.digest(key).await}},
            "UpdateExpression": "SET generation = :generation",
            "ExpressionAttributeValues": {":generation": {"N": generation.to_string()}},
        });
        self.dynamodb.ask("UpdateItem", &update).await;
    }

    /// Raises a key's gates to this generation.
    pub async fn raise_gates(&self, key: &Key, generation: i64) {
        let digest = self.digest(key).await;
        for gate in 0..16 {
            let gate = format!("{digest}#{gate:x}");
            let item = json!({"gate": {"S": gate}, "from": {"N": generation.to_string()}});
            self.dynamodb.ask("PutItem", &json!({"TableName": "KeyGates", "Item": item})).await;
        }
    }
}
