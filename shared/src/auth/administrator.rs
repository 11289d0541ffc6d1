//! Company Administrators: people, by an access token that API Gateway's JWT authorizer has verified.
//!
//! The token says who somebody is; the tables say what they may do, on every request.

use domain::{
    account::{Account, AccountState, Role},
    company::{Company, Plan},
    identifiers::{AccountId, CompanyId},
    key::Person,
};
use tracing::Span;

use crate::{
    Service,
    http::{Call, Input, Problem, ProblemType},
};

/// An active account with the role `company_admin`, and its company, as they were when the request came.
#[derive(Debug)]
pub struct CompanyAdministrator {
    company: Company,
    account: Account,
    auth_time: i64,
}

/// Whether an operation is for companies on the Enterprise plan only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanRule {
    /// The company must be on the Enterprise plan.
    Enterprise,
    /// Any company: a company that has left the plan may still see and revoke its keys.
    Any,
}

impl CompanyAdministrator {
    /// The company, as it was read.
    #[must_use]
    pub fn company(&self) -> &Company {
        &self.company
    }

    /// The company's identifier.
    #[must_use]
    pub fn company_id(&self) -> &CompanyId {
        &self.company.id
    }

    /// The administrator's account, as it was read.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// When the person signed in, in seconds since the epoch.
    #[must_use]
    pub fn auth_time(&self) -> i64 {
        self.auth_time
    }

    /// The administrator as records of keys name them.
    #[must_use]
    pub fn person(&self) -> Person {
        Person { account_id: self.account.id.clone(), email: self.account.email.clone() }
    }

    /// Reads company and account again, and requires again what authentication required; for an operation whose
    /// transaction was refused because something changed.
    pub async fn refresh(&mut self, service: &Service, rule: PlanRule) -> Result<(), Problem> {
        let now = load(service, &self.company.id, &self.account.id, self.auth_time, rule).await?;
        if now.account.created_at != self.account.created_at {
            // Deleted, and created again under the same ID.
            return Err(session_ended());
        }
        *self = now;
        Ok(())
    }
}

/// Authenticates a Company Administrator: one read.
pub async fn company_administrator(
    service: &Service,
    call: Call,
    rule: PlanRule,
) -> Result<(CompanyAdministrator, Input), Problem> {
    // A token without these claims is bound to no account: nobody's, as one of an unknown account is.
    let nobody = || Problem::of(ProblemType::NotCompanyAdministrator);
    let auth_time = call.seconds_claim("auth_time").ok_or_else(session_ended)?;
    let company_id = call.claim("company_id").and_then(CompanyId::parse).ok_or_else(nobody)?;
    let account_id = call.claim("account_id").and_then(AccountId::parse).ok_or_else(nobody)?;
    let admin = load(service, &company_id, &account_id, auth_time, rule).await?;
    Span::current().record("companyId", admin.company_id().as_str());
    Ok((admin, call.into_input()))
}

fn session_ended() -> Problem {
    Problem::of(ProblemType::Unauthenticated)
        .with_detail("This session has ended. Sign in again.")
        .for_access_tokens()
}

async fn load(
    service: &Service,
    company_id: &CompanyId,
    account_id: &AccountId,
    auth_time: i64,
    rule: PlanRule,
) -> Result<CompanyAdministrator, Problem> {
    let (company, account) = service.tables.company_and_account(company_id, account_id).await?;
    let (Some(company), Some(account)) = (company, account) else {
        return Err(Problem::of(ProblemType::NotCompanyAdministrator));
    };
    if account.state == AccountState::Suspended {
        return Err(Problem::of(ProblemType::AccountSuspended));
    }
    if !account.admits(auth_time) {
        return Err(session_ended());
    }
    if account.role != Role::CompanyAdmin {
        return Err(Problem::of(ProblemType::NotCompanyAdministrator));
    }
    if rule == PlanRule::Enterprise && company.plan != Plan::Enterprise {
        return Err(Problem::of(ProblemType::EnterprisePlanRequired));
    }
    Ok(CompanyAdministrator { company, account, auth_time })
}

/// Opens the connection to `DynamoDB` during Lambda's init phase with the read that every request makes. Failing
/// does no harm: the first request opens it then.
pub async fn warm_up_administrators(service: &Service) {
    if let (Some(company), Some(account)) = (CompanyId::parse("warm-up"), AccountId::parse("warm-up")) {
        let _ = service.tables.company_and_account(&company, &account).await;
    }
}
