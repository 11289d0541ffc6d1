//! Key holders: machines, by an API key in the `Authorization` header.

use domain::{
    audit::{Action, Details, Origin},
    identifiers::CompanyId,
    key::{ApiKey, Credential, Digest, RefusedKey},
    network::Network,
    scope::Scope,
    time::Timestamp,
};
use tracing::Span;

use super::{
    notices::{Due, USE_INTERVAL},
    revoked_uses::{INTERVAL as REVOKED_USE_INTERVAL, NETWORKS},
};
use crate::{
    Service,
    auth::Caller,
    config,
    http::{Authorization, Call, Input, Problem, ProblemType},
    random,
    tables::CommitError,
    telemetry::{Metric, count},
};

/// A request authenticated by an API key that holds the scope.
#[derive(Debug)]
pub struct KeyHolder {
    credential: Credential,
    digest: Digest,
    scope: Scope,
}

impl KeyHolder {
    /// The key's company.
    #[must_use]
    pub fn company_id(&self) -> &CompanyId {
        &self.credential.company_id
    }

    /// What is known about the key.
    #[must_use]
    pub fn credential(&self) -> &Credential {
        &self.credential
    }

    /// The scope that admitted the request; its transactions require it again.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.scope
    }

    pub(crate) fn digest(&self) -> &Digest {
        &self.digest
    }
}

/// A request with a key that was revoked.
#[derive(Debug)]
pub struct RefusedHolder(Credential);

impl RefusedHolder {
    /// What is known about the key.
    #[must_use]
    pub fn credential(&self) -> &Credential {
        &self.0
    }
}

/// Authenticates a key holder: one read, none for what isn't an API key.
pub async fn key_holder(service: &Service, call: Call, scope: Scope) -> Result<(KeyHolder, Input), Problem> {
    key_holder_with_any(service, call, [scope]).await
}

/// The same, where any of several scopes admits: the first of them that the key holds does.
pub async fn key_holder_with_any<const N: usize>(
    service: &Service,
    call: Call,
    scopes: [Scope; N],
) -> Result<(KeyHolder, Input), Problem> {
    let key = match call.authorization() {
        Authorization::Missing => return Err(Problem::credential_missing()),
        Authorization::Other => return Err(refused(RefusedKey::Malformed)),
        Authorization::Token(token) => ApiKey::parse(token).map_err(|_| refused(RefusedKey::Malformed))?,
    };
    let digest = key.digest();
    drop(key);
    let now = service.clock.now();
    let (credential, scope) = verified(service, &digest, &scopes, call.origin(), now).await?;
    count(Metric::KeysVerified, None);
    let holder = KeyHolder { credential, digest, scope };
    keep_use(service, &holder, now);
    Ok((holder, call.into_input()))
}

/// Verifies the key of a request that has waited again, with one read. It is refused as a new request would be.
pub async fn verify_again(service: &Service, holder: KeyHolder, input: &Input) -> Result<KeyHolder, Problem> {
    let KeyHolder { digest, scope, .. } = holder;
    let now = service.clock.now();
    let (credential, scope) = verified(service, &digest, &[scope], input.origin(), now).await?;
    Ok(KeyHolder { credential, digest, scope })
}

fn refused(reason: RefusedKey) -> Problem {
    count(Metric::KeysRefused, Some(reason.reason()));
    Problem::of(ProblemType::Unauthenticated)
}

/// What is known about a key that is good, and the first of the scopes that it holds.
async fn verified(
    service: &Service,
    digest: &Digest,
    scopes: &[Scope],
    origin: Origin,
    now: Timestamp,
) -> Result<(Credential, Scope), Problem> {
    let Some(credential) = service.tables.credential(digest).await? else {
        return Err(refused(RefusedKey::Unknown));
    };
    Span::current().record("companyId", credential.company_id.as_str());
    Span::current().record("keyId", credential.key_id.as_str());
    if let Err(reason) = credential.admit(now) {
        if credential.revoked {
            keep_revoked_use(service, RefusedHolder(credential), origin, now);
        }
        return Err(refused(reason));
    }
    let Some(scope) = scopes.iter().copied().find(|scope| credential.scopes.contains(scope)) else {
        return Err(scopes.first().map_or_else(
            || Problem::of(ProblemType::InsufficientScope),
            |scope| Problem::insufficient_scope(*scope),
        ));
    };
    Ok((credential, scope))
}

/// Keeps the use of a key, to be noted once the answer is out.
fn keep_use(service: &Service, holder: &KeyHolder, now: Timestamp) {
    if service.notices.is_due(&holder.credential.key_id, now) {
        let holder = KeyHolder {
            credential: holder.credential.clone(),
            digest: holder.digest.clone(),
            scope: holder.scope,
        };
        service.notices.keep(Due::Used(holder, now));
    }
}

/// Keeps the use of a revoked key, to be recorded once the answer is out.
fn keep_revoked_use(service: &Service, holder: RefusedHolder, origin: Origin, now: Timestamp) {
    let network = Network::of(origin.ip.as_deref());
    if service.notices.is_revoked_use_due(&holder.0.key_id, network, now) {
        service.notices.keep(Due::UsedRevoked(holder, origin, network));
    } else {
        service.notices.keep_counted(holder, origin, network);
    }
}

/// Writes what is due about the keys of requests that are answered: no request waits for it or fails with it, none
/// takes longer for a key that was revoked, and it shares the requests' connection. Each notice is capped in time.
pub async fn write_notices(service: &Service) {
    for due in service.notices.take(service.clock.now()) {
        // In a box, for every request would carry its size.
        let written =
            tokio::time::timeout(config::NOTICE_TIMEOUT, Box::pin(write_notice(service, &due))).await;
        match written {
            Ok(Ok(()) | Err(CommitError::Refused(_))) => {}
            // Another instance writes one: by the next request it is there.
            Ok(Err(CommitError::Conflict)) => service.notices.forget(&due),
            outcome => {
                tracing::warn!(key_id = %due.key_id(), notice = due.kind(), ?outcome, "a notice was not written");
                service.notices.forget(&due);
            }
        }
    }
}

async fn write_notice(service: &Service, due: &Due) -> Result<(), CommitError> {
    match due {
        Due::Used(holder, at) => service.tables.note_use(holder, *at, at.minus(USE_INTERVAL)).await,
        Due::UsedRevoked(holder, origin, network) => {
            let now = service.clock.now();
            let key_id = &holder.0.key_id;
            let times = service.notices.revoked_uses(key_id, *network);
            let event = Caller::from(holder)
                .event(Action::UseRevokedApiKey, &holder.0, origin, now)
                .with(Details { times: Some(times), ..Details::default() });
            let is_first = service
                .tables
                .record_revoked_use(holder, *network, &event, now.minus(REVOKED_USE_INTERVAL), NETWORKS)
                .await?;
            service.notices.recorded(key_id, *network, times, is_first.then_some(now));
            Ok(())
        }
    }
}

/// Opens the connection to `DynamoDB` during Lambda's init phase with the read that every request makes. Failing does
/// no harm: the first request opens it then.
pub async fn warm_up_keys(service: &Service) {
    let _ = service.tables.credential(&random::api_key().digest()).await;
}
