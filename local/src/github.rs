//! A stand-in for GitHub on a laptop: publishes a public key, and signs reports of leaked keys with it
//! (<https://docs.github.com/en/code-security/secret-scanning/secret-scanning-partner-program>).

use aws_lc_rs::{
    encoding::AsDer,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use axum::http::{HeaderName, HeaderValue, Uri, header, request::Parts};
use base64::{Engine, engine::general_purpose::STANDARD};
use pem::Pem;
use serde_json::{Value, json};
use store::random;

use domain::time::Timestamp;

/// Where the stand-in publishes its key.
pub(crate) const PUBLIC_KEYS: &str = "/local/github/public-keys";
/// Where it takes what it signs and reports.
pub(crate) const REPORT: &str = "/local/github/report";
/// The route to which GitHub sends its reports.
pub(crate) const REPORTS: &str = "/leaks/v1/github";

/// A key pair that is made at the start, and its identifier.
pub(crate) struct GitHub {
    pair: EcdsaKeyPair,
    identifier: String,
}

impl GitHub {
    pub(crate) fn new(now: Timestamp) -> Result<Self, String> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING);
        let pair = pair.map_err(|_| "no P-256 key could be made")?;
        Ok(Self { pair, identifier: random::ulid(now) })
    }

    /// The key as GitHub publishes it.
    pub(crate) fn public_keys(&self) -> Value {
        let der = self.pair.public_key().as_der().map(|der| der.as_ref().to_vec()).unwrap_or_default();
        let key = pem::encode(&Pem::new("PUBLIC KEY", der));
        json!({"public_keys": [{"key_identifier": self.identifier, "key": key, "is_current": true}]})
    }

    /// Makes a request to report this body the request that GitHub would send. `None` if it can't be signed.
    pub(crate) fn sign(&self, parts: &mut Parts, body: &[u8]) -> Option<()> {
        let signature = self.pair.sign(&SystemRandom::new(), body).ok()?;
        parts.uri = Uri::from_static(REPORTS);
        let headers = [
            (header::CONTENT_TYPE, "application/json".into()),
            (HeaderName::from_static("github-public-key-identifier"), self.identifier.clone()),
            (HeaderName::from_static("github-public-key-signature"), STANDARD.encode(signature)),
        ];
        for (name, value) in headers {
            parts.headers.insert(name, HeaderValue::from_str(&value).ok()?);
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
    use axum::http::Request;

    use super::*;

    #[test]
    fn the_published_key_verifies_what_is_signed() {
        let github = GitHub::new(Timestamp::from_millis(0)).expect("a key");
        let (mut parts, ()) = Request::post(REPORT).body(()).expect("a request").into_parts();
        github.sign(&mut parts, b"[]").expect("signed");
        assert_eq!(parts.uri.path(), REPORTS);
        let published = &github.public_keys()["public_keys"][0];
        assert_eq!(
            published["key_identifier"],
            parts.headers["github-public-key-identifier"].to_str().expect("text")
        );
        let key = pem::parse(published["key"].as_str().expect("PEM")).expect("PEM");
        let signature = STANDARD.decode(&parts.headers["github-public-key-signature"]).expect("base64");
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key.contents());
        assert!(key.verify(b"[]", &signature).is_ok() && key.verify(b"[ ]", &signature).is_err());
    }
}
