//! Key holders: machines, by an API key in the `Authorization` header.

use std::time::Duration;

use tracing::Span;

use super::notices::Notice;
use crate::{
    Service,
    audit::{Action, Affected, AuditEvent, Origin},
    auth::Caller,
    clock::Timestamp,
    company::CompanyId,
    http::{Authorization, Call, Input, Problem, ProblemType},
    key::{ApiKey, Credential, Digest, RefusedKey},
    scope::Scope,
    tables::CommitError,
    telemetry::{Metric, count},
};

/// How often a use of a key is noted, and a use of a revoked key recorded.
const NOTICE_INTERVAL: Duration = Duration::from_mins(1);
/// How long recording a use of a revoked key may hold up the refusal.
const RECORD_TIME: Duration = Duration::from_secs(1);

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
    let now = service.clock.now();
    let refused = |reason: RefusedKey| {
        count(Metric::KeysRefused, Some(reason.reason()));
        Problem::of(ProblemType::Unauthenticated)
    };
    let key = match call.authorization() {
        Authorization::Missing => return Err(Problem::credential_missing()),
        Authorization::Other => return Err(refused(RefusedKey::Malformed)),
        Authorization::Token(token) => ApiKey::parse(token).map_err(|_| refused(RefusedKey::Malformed))?,
    };
    let digest = key.digest();
    drop(key);
    let Some(credential) = service.tables.credential(&digest).await? else {
        return Err(refused(RefusedKey::Unknown));
    };
    Span::current().record("companyId", credential.company_id.as_str());
    Span::current().record("keyId", credential.key_id.as_str());
    if let Err(reason) = credential.admit(now) {
        if credential.revoked {
            record_revoked_use(service, RefusedHolder(credential), call.origin(), now).await;
        }
        return Err(refused(reason));
    }
    let Some(scope) = scopes.into_iter().find(|scope| credential.scopes.contains(scope)) else {
        return Err(scopes.first().map_or_else(
            || Problem::of(ProblemType::InsufficientScope),
            |scope| Problem::insufficient_scope(*scope),
        ));
    };
    count(Metric::KeysVerified, None);
    let holder = KeyHolder { credential, digest, scope };
    note_use(service, &holder, now);
    Ok((holder, call.into_input()))
}

/// Notes the use of a key beside the request, not before it: the request neither waits for it nor fails with it.
fn note_use(service: &Service, holder: &KeyHolder, now: Timestamp) {
    if !service.notices.due(Notice::Used, &holder.credential.key_id, now, NOTICE_INTERVAL) {
        return;
    }
    let holder = KeyHolder {
        credential: holder.credential.clone(),
        digest: holder.digest.clone(),
        scope: holder.scope,
    };
    let (tables, notices) = (service.tables.clone(), service.notices.clone());
    tokio::spawn(async move {
        if let Err(error) = tables.touch_key(&holder, now, now.minus(NOTICE_INTERVAL)).await {
            tracing::debug!(%error, "the use of a key was not noted");
            notices.forget(Notice::Used, &holder.credential.key_id);
        }
    });
}

/// Records that somebody used a revoked key, so that an administrator sees it: once a minute and key, across
/// instances by a condition. Waits, for on Lambda nothing runs once the answer is out, but not for long.
async fn record_revoked_use(service: &Service, holder: RefusedHolder, origin: Origin, now: Timestamp) {
    if !service.notices.due(Notice::UsedRevoked, &holder.0.key_id, now, NOTICE_INTERVAL) {
        return;
    }
    let company_id = holder.0.company_id.clone();
    let actor = Caller::from(&holder).actor();
    let affected = Affected::from(&holder.0);
    let event = AuditEvent::new(company_id, Action::UseRevokedApiKey, actor, affected, origin, now);
    let record = service.tables.record_revoked_use(&holder, &event, now, now.minus(NOTICE_INTERVAL));
    match tokio::time::timeout(RECORD_TIME, record).await {
        Ok(Ok(()) | Err(CommitError::Refused(_))) => {}
        other => {
            tracing::warn!(outcome = ?other, "the use of a revoked key was not recorded");
            service.notices.forget(Notice::UsedRevoked, &holder.0.key_id);
        }
    }
}

/// Opens connections to `DynamoDB` during Lambda's init phase with the read that every request makes: one for the
/// request and one for the note of its use beside it, which would otherwise begin with a TLS handshake and be frozen
/// with the instance half-way. Failing does no harm: the first request opens them then.
pub async fn warm_up_keys(service: &Service) {
    let (one, other) = (ApiKey::generate().digest(), ApiKey::generate().digest());
    let _ = tokio::join!(service.tables.credential(&one), service.tables.credential(&other));
}
