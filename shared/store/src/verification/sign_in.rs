//! The account of a person's sign-in.

use domain::{
    account::AccountState,
    identifiers::{AccountId, CompanyId},
    identity::Identity,
};
use thiserror::Error;

use crate::{error::TableError, service::Service};

/// The reason why a person gets no access token.
#[derive(Debug, Error)]
pub enum SignInRefused {
    /// The sign-in has no account.
    #[error("the sign-in has no account")]
    Unknown,
    /// The account is suspended.
    #[error("the account is suspended")]
    Suspended,
    /// The tables did not respond.
    #[error(transparent)]
    Failed(#[from] TableError),
}

/// The account for which a sign-in may get an access token.
pub async fn sign_in(
    service: &Service,
    identity: &Identity,
) -> Result<(CompanyId, AccountId), SignInRefused> {
    let bound = service.tables.bound_account(identity).await?;
    let (company_id, account_id) = bound.ok_or(SignInRefused::Unknown)?;
    let account = service.tables.account_at(&company_id, &account_id).await?;
    let account = account.ok_or(SignInRefused::Unknown)?;
    // Between the two reads, the account may have been deleted with its sign-ins and created again under the same ID.
    // Accounts without a time of creation are older than that, and may not list all of their sign-ins.
    if account.created_at.is_some() && !account.identities.contains(&identity.to_string()) {
        return Err(SignInRefused::Unknown);
    }
    match account.state {
        AccountState::Active => Ok((company_id, account_id)),
        AccountState::Suspended => Err(SignInRefused::Suspended),
    }
}
