//! Identities: people's sign-ins.

use std::fmt;

use crate::{
    Service,
    account::{AccountId, AccountState},
    company::CompanyId,
    tables::TableError,
};

/// A person's sign-in: the issuer and the subject of their tokens. An email address never decides who somebody is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    issuer: String,
    subject: String,
}

impl Identity {
    /// Most sign-ins of an account: it is deleted with all of them in one transaction, which has 100 operations at most.
    pub const PER_ACCOUNT: usize = 20;

    /// Most characters of an issuer, and of a subject (`OpenID` Connect Core §2 allows 255 for the latter).
    pub const LENGTH: usize = 255;

    /// A sign-in; `None` if a part is empty or too long.
    #[must_use]
    pub fn new(issuer: &str, subject: &str) -> Option<Self> {
        let fits =
            |part: &str| (1..=Self::LENGTH).contains(&part.len()) && !part.chars().any(char::is_control);
        (fits(issuer) && fits(subject)).then(|| Self { issuer: issuer.into(), subject: subject.into() })
    }
}

/// The issuer's length stands before it, so that no two sign-ins read alike.
impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}{}", self.issuer.len(), self.issuer, self.subject)
    }
}

/// Why somebody gets no access token.
#[derive(Debug)]
pub enum SignInRefused {
    /// The sign-in is bound to no account.
    Unknown,
    /// The account is suspended.
    Suspended,
    /// The tables gave no answer.
    Failed(TableError),
}

/// The account that a sign-in may get an access token for.
pub async fn sign_in(
    service: &Service,
    identity: &Identity,
) -> Result<(CompanyId, AccountId), SignInRefused> {
    let bound = service.tables.bound_account(identity).await.map_err(SignInRefused::Failed)?;
    let (company_id, account_id) = bound.ok_or(SignInRefused::Unknown)?;
    let account = service.tables.account_at(&company_id, &account_id).await.map_err(SignInRefused::Failed)?;
    let account = account.ok_or(SignInRefused::Unknown)?;
    // Between the two reads the account may have been deleted, with its sign-ins, and created again under the same ID.
    // Accounts from before creation was noted list not all of their sign-ins, but are none of these.
    if account.created_at.is_some() && !account.identities.contains(&identity.to_string()) {
        return Err(SignInRefused::Unknown);
    }
    match account.state {
        AccountState::Active => Ok((company_id, account_id)),
        AccountState::Suspended => Err(SignInRefused::Suspended),
    }
}
