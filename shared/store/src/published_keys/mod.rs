//! Verifies that GitHub signed a request, by the protocol of its secret scanning partners
//! (<https://docs.github.com/en/code-security/secret-scanning/secret-scanning-partner-program>): the identifier names one of
//! the keys that GitHub publishes, and the signature is that key's, over the raw body.
//!
//! The keys are fetched from one configured address, never from one that a request names. Rules:
//!
//! - Keys count for an hour after they were fetched. After that, the next request fetches them again. So does a request with
//!   an identifier that is not among them.
//! - All instances together begin at most one fetch a minute. An instance claims it in the table with a condition on the time
//!   of the last one.
//! - If a fetch fails, the last keys count for up to 7 days after they were fetched. After that, requests are
//!   [`SignatureRefused::Unavailable`].
//! - An instance reads the table at most once a minute, and only if its memory can't decide. So for up to a minute after a
//!   fetch, an identifier that was not among the keys is refused without any call.
//! - If another instance is fetching, a request whose identifier is not among the keys waits for the outcome. It reads the table
//!   after each second, four times at most. By then, the fetch has ended.
//! - An identifier that is not among the keys is refused if they were fetched in the last hour. If they are older and the
//!   fetch has failed, it is [`SignatureRefused::Unavailable`], because GitHub may have published it meanwhile. GitHub can repeat
//!   the request.
//! - A key that GitHub removes counts until each instance has read or fetched the keys again: for up to an hour, or for up to
//!   7 days while fetches fail.
//! - A wrong signature with a known identifier causes no call.
//!
//! So a flood of requests with made-up identifiers causes at most five reads and one failed claim a minute for each instance,
//! and one claim, one fetch and one write of its outcome a minute in all. No flood gets [`SignatureRefused::Unavailable`] while
//! GitHub's keys can be fetched.
//!
//! The same signature is accepted each time it arrives, so what a request does must be harmless to repeat.

mod client;
pub(crate) mod key;
pub(crate) mod known;
mod memory;
pub(crate) mod source;

use std::time::Duration;

use domain::time::Timestamp;
use thiserror::Error;

use crate::{
    error::TableError,
    metrics::{self, Metric},
    service::Service,
};
use key::{PublicKey, Signature, is_identifier};
use known::{Found, INTERVAL, is_within};

pub use client::FetchFailed;
pub use memory::PublishedKeys;
pub use source::KeySource;

/// Why a signature was not accepted.
#[derive(Debug, Error)]
pub enum SignatureRefused {
    /// The service has no address of GitHub's keys.
    #[error("no address of GitHub's public keys is configured")]
    NotConfigured,
    /// GitHub didn't sign this.
    #[error("this is not a signature of GitHub")]
    Refused,
    /// Nobody can say now, because GitHub's keys are not known.
    #[error("GitHub's public keys are not known: {0}")]
    Unavailable(KeysUnavailable),
    /// The table could not be read or written.
    #[error(transparent)]
    Table(#[from] TableError),
}

/// Why GitHub's keys are not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeysUnavailable {
    /// This instance could not fetch them.
    #[error("{0}")]
    NotFetched(#[from] FetchFailed),
    /// Another instance tried to fetch them in the last minute.
    #[error("another instance could not fetch them")]
    NotStored,
}

/// The pause before each reading of the table while another instance fetches.
const PAUSE: Duration = Duration::from_secs(1);
/// The most such pauses of a request.
const PAUSES: usize = 4;

/// Verifies GitHub's signature, in base64, of a body. A header that is missing is an empty text here.
pub async fn verify(
    service: &Service,
    identifier: &str,
    signature: &str,
    body: &[u8],
) -> Result<(), SignatureRefused> {
    let source = service.tables.settings.github_keys.as_ref().ok_or(SignatureRefused::NotConfigured)?;
    let signature = Signature::from_base64(signature).filter(|_| is_identifier(identifier));
    let signature = signature.ok_or(SignatureRefused::Refused)?;
    let key = find(service, source, identifier).await;
    if let Err(SignatureRefused::Unavailable(_)) = key {
        metrics::count(Metric::GitHubKeysNotFetched, None);
    }
    let key = key?;
    if key.has_signed(&signature, body) { Ok(()) } else { Err(SignatureRefused::Refused) }
}

async fn find(
    service: &Service,
    source: &KeySource,
    identifier: &str,
) -> Result<PublicKey, SignatureRefused> {
    if let Some(decided) = remembered(service, identifier) {
        return decided;
    }
    let _turn = service.published_keys.turns().lock().await;
    // The request whose turn it was may have learned it.
    if let Some(decided) = remembered(service, identifier) {
        return decided;
    }
    let failed = learn(service, source, identifier).await?;
    let decided = decide(service, identifier);
    // A failure that is the response's is counted and logged with the response.
    if let (Some(failed), false) = (failed, matches!(decided, Err(SignatureRefused::Unavailable(_)))) {
        metrics::count(Metric::GitHubKeysNotFetched, None);
        tracing::warn!(error = %failed, "GitHub's public keys were not fetched; the last ones still count");
    }
    decided
}

/// The decision, if it needs no call: the key is fresh, or the table was read in the last minute.
fn remembered(service: &Service, identifier: &str) -> Option<Result<PublicKey, SignatureRefused>> {
    let now = service.clock.now();
    let memory = service.published_keys.memory();
    if let Some(key) = memory.known.fresh_key(identifier, now) {
        return Some(Ok(key.clone()));
    }
    let may_read = !is_within(memory.read_at, INTERVAL, now);
    drop(memory);
    if may_read { None } else { Some(decide(service, identifier)) }
}

/// The decision by what is known now.
fn decide(service: &Service, identifier: &str) -> Result<PublicKey, SignatureRefused> {
    let memory = service.published_keys.memory();
    match memory.known.find(identifier, service.clock.now()) {
        Found::Key(key) => Ok(key.clone()),
        Found::None => Err(SignatureRefused::Refused),
        Found::Unknown => Err(SignatureRefused::Unavailable(
            memory.failure.map_or(KeysUnavailable::NotStored, KeysUnavailable::NotFetched),
        )),
    }
}

/// Reads the table. If that doesn't give a fresh key with this identifier, fetches the keys, unless somebody began to in the
/// last minute. Returns why a fetch failed.
async fn learn(
    service: &Service,
    source: &KeySource,
    identifier: &str,
) -> Result<Option<FetchFailed>, TableError> {
    let keys = &service.published_keys;
    read(service).await?;
    let now = service.clock.now();
    let may_fetch = {
        let known = &keys.memory().known;
        known.fresh_key(identifier, now).is_none() && known.may_be_fetched(now)
    };
    if may_fetch {
        if service.tables.claim_fetch(now).await? {
            return Ok(fetch(service, source, now).await);
        }
        // Another instance has claimed it since.
        keys.memory().known.attempted_at = Some(now);
    }
    let waits = || {
        let (known, now) = (&keys.memory().known, service.clock.now());
        known.are_being_fetched(now) && !matches!(known.find(identifier, now), Found::Key(_))
    };
    for _ in 0..PAUSES {
        if !waits() {
            break;
        }
        tokio::time::sleep(PAUSE).await;
        read(service).await?;
    }
    Ok(None)
}

/// Reads the table.
async fn read(service: &Service) -> Result<(), TableError> {
    let stored = service.tables.published_keys().await?;
    let mut memory = service.published_keys.memory();
    memory.read_at = Some(service.clock.now());
    memory.failure = None;
    memory.known.update(stored);
    Ok(())
}

/// Carries out the fetch that was claimed at this time. Returns why it failed.
async fn fetch(service: &Service, source: &KeySource, claimed_at: Timestamp) -> Option<FetchFailed> {
    let (tables, keys) = (&service.tables, &service.published_keys);
    let fetched = keys.client().fetch(source).await;
    let stored = match &fetched {
        Ok(fetched) => tables.store_published_keys(fetched, claimed_at).await,
        Err(_) => tables.note_failed_fetch(claimed_at).await,
    };
    if let Err(error) = stored {
        tracing::warn!(%error, "the outcome of fetching GitHub's public keys was not stored");
    }
    let mut memory = keys.memory();
    memory.failure = fetched.as_ref().err().copied();
    let known = &mut memory.known;
    known.attempted_at = Some(claimed_at);
    match fetched {
        Ok(fetched) => (known.keys, known.fetched_at) = (fetched, Some(claimed_at)),
        Err(_) => known.failed_at = Some(claimed_at),
    }
    memory.failure
}
