//! Authentication: each function takes the [`Call`] and returns the caller and the call's [`Input`], which can't be
//! read before.

use domain::{
    identifiers::{AccountId, CompanyId},
    key::{ApiKey, ApiKeyRecord, RefusedKey},
    scope::Scope,
};
use store::{CompanyAdministrator, KeyHolder, KeyHolderRefused, PlanRule, Service};
use tracing::Span;

use crate::{
    authorization::Authorization,
    call::{Call, Input},
    problem::Problem,
    problem_type::ProblemType,
};

/// Admits everybody. Only for descriptions of the service itself, which reveal nothing about a company, and for reports of leaked
/// keys: having a key is the right to end it.
#[must_use]
pub fn anybody(call: Call) -> Input {
    call.into_input()
}

/// Authenticates a Company Administrator with one read, by an access token that API Gateway's JWT authorizer has
/// verified.
pub async fn company_administrator(
    service: &Service,
    call: Call,
    rule: PlanRule,
) -> Result<(CompanyAdministrator, Input), Problem> {
    let (company_id, account_id, auth_time) = claims(&call)?;
    #[expect(clippy::disallowed_methods, reason = "the claims are those of a verified token")]
    let admin = CompanyAdministrator::verify(service, &company_id, &account_id, auth_time, rule).await?;
    Span::current().record("companyId", admin.company_id().as_str());
    Ok((admin, call.into_input()))
}

/// The same, and the company's key that the path names, with the same read.
pub async fn company_administrator_and_key(
    service: &Service,
    call: Call,
    rule: PlanRule,
) -> Result<(CompanyAdministrator, Option<ApiKeyRecord>, Input), Problem> {
    let (company_id, account_id, auth_time) = claims(&call)?;
    let key_id = call.key_id();
    #[expect(clippy::disallowed_methods, reason = "the claims are those of a verified token")]
    let verified = CompanyAdministrator::verify_with_key(
        service,
        &company_id,
        &account_id,
        auth_time,
        rule,
        key_id.as_ref(),
    );
    let (admin, key) = verified.await?;
    Span::current().record("companyId", admin.company_id().as_str());
    Ok((admin, key, call.into_input()))
}

/// The company, the account and the time of the sign-in in the claims of an access token.
fn claims(call: &Call) -> Result<(CompanyId, AccountId, i64), Problem> {
    // A token without these claims belongs to no account. It is refused like a token of an unknown account.
    let nobody = || Problem::of(ProblemType::NotCompanyAdministrator);
    let auth_time = call.seconds_claim("auth_time").ok_or_else(Problem::session_ended)?;
    let company_id = call.claim("company_id").and_then(CompanyId::parse).ok_or_else(nobody)?;
    let account_id = call.claim("account_id").and_then(AccountId::parse).ok_or_else(nobody)?;
    Ok((company_id, account_id, auth_time))
}

/// Authenticates a key holder with one read, or no read if the credential isn't an API key. The request counts once against
/// the limits of the key and its company.
pub async fn key_holder(service: &Service, call: Call, scope: Scope) -> Result<(KeyHolder, Input), Problem> {
    key_holder_with_any(service, call, [scope]).await
}

/// The same for several scopes. The first of them that the key has admits the request.
pub async fn key_holder_with_any<const N: usize>(
    service: &Service,
    call: Call,
    scopes: [Scope; N],
) -> Result<(KeyHolder, Input), Problem> {
    let key = api_key(&call)?;
    let holder = KeyHolder::verify(service, key, scopes, call.origin(), &call.meter, call.deadline).await?;
    Ok((holder, call.into_input()))
}

/// Authenticates a key holder who revokes the key. No limit refuses the request, and it is not the first use of a new secret.
pub async fn key_holder_to_revoke(service: &Service, call: Call) -> Result<(KeyHolder, Input), Problem> {
    let key = api_key(&call)?;
    let holder = KeyHolder::verify_to_revoke(service, key, call.origin()).await?;
    Ok((holder, call.into_input()))
}

/// The API key in the header `Authorization`.
fn api_key(call: &Call) -> Result<ApiKey, Problem> {
    let malformed = || Problem::from(KeyHolderRefused::counted(RefusedKey::Malformed));
    match call.authorization() {
        Authorization::Missing => Err(Problem::credential_missing()),
        Authorization::Other => Err(malformed()),
        Authorization::Token(token) => ApiKey::parse(token).map_err(|_| malformed()),
    }
}

/// Counts a request once for each of the accounts that it names, instead of once. If a limit refuses that, the request counts
/// nothing.
pub fn admit_accounts(service: &Service, holder: &KeyHolder, accounts: usize) -> Result<(), Problem> {
    Ok(holder.admit_accounts(service, accounts)?)
}

/// After a wait, verifies the request's key again with one read. The request is refused like a new one.
pub async fn verify_again(service: &Service, holder: KeyHolder, input: &Input) -> Result<KeyHolder, Problem> {
    Ok(holder.verify_again(service, input.origin()).await?)
}
