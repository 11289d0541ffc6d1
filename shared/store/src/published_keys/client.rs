//! Fetches GitHub's keys.

use std::{sync::OnceLock, time::Duration};

use aws_smithy_http_client::{
    Connector,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{http::HttpConnector, orchestrator::HttpRequest};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::Value;
use thiserror::Error;

use super::{key::PublicKey, source::KeySource};

/// The time limit of a fetch, from the connection to the end of the response.
const TIME_LIMIT: Duration = Duration::from_secs(3);
/// The largest response in bytes.
const SIZE_LIMIT: usize = 64 * 1024;
/// The most keys of a response. GitHub publishes two or three.
const KEYS_LIMIT: usize = 20;

/// The root certificates that are trusted for the address of the keys. `api.github.com` had certificates of Sectigo, which
/// chain to its own roots and to those of `USERTrust`, and of `DigiCert`. Other names of GitHub have certificates of Let's Encrypt
/// (ISRG), to which it may change. The `DynamoDB` client doesn't trust these authorities, and this client doesn't trust
/// Amazon's.
const ROOTS: [&[u8]; 9] = [
    include_bytes!("../../trust/github/usertrust-ecc.pem"),
    include_bytes!("../../trust/github/usertrust-rsa.pem"),
    include_bytes!("../../trust/github/sectigo-root-e46.pem"),
    include_bytes!("../../trust/github/sectigo-root-r46.pem"),
    include_bytes!("../../trust/github/digicert-global-root-ca.pem"),
    include_bytes!("../../trust/github/digicert-global-root-g2.pem"),
    include_bytes!("../../trust/github/digicert-global-root-g3.pem"),
    include_bytes!("../../trust/github/isrg-root-x1.pem"),
    include_bytes!("../../trust/github/isrg-root-x2.pem"),
];

/// Why the keys could not be fetched. It is logged, so it contains nothing that the server sent except its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FetchFailed {
    /// The response took too long.
    #[error("no response within 3 s")]
    TimedOut,
    /// There was no connection, no trusted certificate, or no complete response.
    #[error("the connection failed")]
    Disconnected,
    /// The response has another status than 200. Redirects are not followed.
    #[error("the response has the status {0}")]
    Status(u16),
    /// The response is too large, or has too many keys.
    #[error("the response is too large")]
    TooLarge,
    /// The response is not the expected JSON, or has no key that can be used.
    #[error("the response has no P-256 key")]
    NoKey,
}

/// The client. It is built for the first fetch, so that functions that never fetch don't decode the certificates.
#[derive(Debug, Default)]
pub(crate) struct KeyClient(OnceLock<Connector>);

impl KeyClient {
    /// Fetches the keys from their source.
    pub(crate) async fn fetch(&self, source: &KeySource) -> Result<Vec<PublicKey>, FetchFailed> {
        let document = tokio::time::timeout(TIME_LIMIT, self.document(source)).await;
        published(&document.unwrap_or(Err(FetchFailed::TimedOut))?)
    }

    async fn document(&self, source: &KeySource) -> Result<Vec<u8>, FetchFailed> {
        let mut request = HttpRequest::get(source.address()).map_err(|_| FetchFailed::Disconnected)?;
        // GitHub refuses requests without a user agent
        // (https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api#user-agent).
        request.headers_mut().insert("user-agent", "company-api-keys");
        request.headers_mut().insert("accept", "application/json");
        let connector = self.0.get_or_init(|| connector(source));
        let response = connector.call(request).await.map_err(|_| FetchFailed::Disconnected)?;
        match response.status().as_u16() {
            200 => {}
            other => return Err(FetchFailed::Status(other)),
        }
        let body = Limited::new(response.into_body(), SIZE_LIMIT).collect().await;
        body.map(|body| body.to_bytes().into()).map_err(|error| {
            if error.is::<LengthLimitError>() { FetchFailed::TooLarge } else { FetchFailed::Disconnected }
        })
    }
}

/// A client that follows no redirect and uses no proxy. It keeps no connection, because the next fetch is an hour away.
fn connector(source: &KeySource) -> Connector {
    let roots = match source.roots() {
        Some(bundle) => TrustStore::empty().with_pem_certificate(bundle),
        None => ROOTS.into_iter().fold(TrustStore::empty(), TrustStore::with_pem_certificate),
    };
    let tls = TlsContext::builder().with_trust_store(roots).build().expect("the roots are PEM");
    let builder = Connector::builder().pool_max_idle_per_host(0);
    builder.tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(tls).build()
}

/// The P-256 keys of a response: `{"public_keys": [{"key_identifier", "key", "is_current"}]}`. Other keys are left out. A key
/// that isn't current also counts, because GitHub lists it for as long as it may sign with it.
fn published(document: &[u8]) -> Result<Vec<PublicKey>, FetchFailed> {
    let document: Value = serde_json::from_slice(document).map_err(|_| FetchFailed::NoKey)?;
    let listed = document["public_keys"].as_array().ok_or(FetchFailed::NoKey)?;
    if listed.len() > KEYS_LIMIT {
        return Err(FetchFailed::TooLarge);
    }
    let read = |key: &Value| PublicKey::from_pem(key["key_identifier"].as_str()?, key["key"].as_str()?);
    let keys: Vec<_> = listed.iter().filter_map(read).collect();
    if keys.is_empty() { Err(FetchFailed::NoKey) } else { Ok(keys) }
}
