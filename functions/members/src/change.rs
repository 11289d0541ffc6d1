//! Suspends and unsuspends several accounts in one request.

use std::{collections::BTreeSet, time::Duration};

use accounts::{ChangeError, change_account};
use domain::{account::AccountChange, identifiers::AccountRef};
use store::{CompanyAdministrator, PlanRule, Service};
use tokio::time::Instant;
use web::{Input, Problem, ProblemType, fields::Fields};

use crate::{
    BATCH,
    wire::{AccountRefs, Changes, Outcome, Result as AccountResult},
};

/// With this much time left, no further account is started, so that the response can still report the earlier ones.
const RESERVE: Duration = Duration::from_secs(3);

impl AccountRefs {
    /// The accounts that a request names.
    pub(crate) fn read(input: &Input) -> Result<Self, Problem> {
        let mut fields = Fields::of_body(input)?;
        let entries = fields.required("accounts", |value| {
            let entries = value.as_array().filter(|entries| (1..=BATCH).contains(&entries.len()));
            entries
                .cloned()
                .ok_or_else(|| format!("must be a list of 1 to {BATCH} email addresses or account IDs"))
        });
        let mut accounts = Vec::new();
        let mut seen = BTreeSet::new();
        for (i, entry) in entries.iter().flatten().enumerate() {
            let Some(account) = entry.as_str().and_then(AccountRef::parse) else {
                fields.wrong(&format!("accounts[{i}]"), "must be an account ID or an email address");
                continue;
            };
            if !seen.insert(account.folded()) {
                fields.wrong(&format!("accounts[{i}]"), "must not be in the list twice");
            }
            accounts.push(account);
        }
        fields.finish(Some(Self { accounts }))
    }
}

/// Changes the accounts one after the other. Every transaction checks the administrator's own account, so two at the
/// same time would conflict. If the authority or the time ends, the remaining accounts are not changed, and the
/// response says so.
pub(crate) async fn change(
    admin: &mut CompanyAdministrator,
    service: &Service,
    accounts: &[AccountRef],
    change: &AccountChange,
    input: &Input,
) -> Changes {
    let mut results = Vec::with_capacity(accounts.len());
    let mut end: Option<ProblemType> = None;
    for account in accounts {
        if Instant::now() + RESERVE > input.deadline() {
            end.get_or_insert(ProblemType::Unavailable);
        }
        if let Some(kind) = end {
            results.push(AccountResult::refused(&Problem::of(kind)));
            continue;
        }
        let changed =
            change_account(&*admin, service, account, change, &input.origin(), input.deadline() - RESERVE)
                .await;
        results.push(match changed {
            Ok(changed) => {
                let outcome = if changed.changed { Outcome::Changed } else { Outcome::Unchanged };
                AccountResult::done(outcome, &changed.account)
            }
            Err(ChangeError::AuthorityLost) => {
                // The administrator's current state shows the reason.
                let problem = match admin.refresh(service, PlanRule::Enterprise).await {
                    Err(refused) => Problem::from(refused),
                    Ok(()) => Problem::of(ProblemType::Unauthenticated),
                };
                end = Some(problem.kind());
                AccountResult::refused(&problem)
            }
            Err(error) => {
                let problem = Problem::from(error);
                if let Some(source) = problem.source() {
                    tracing::warn!(error = %source, "an account was not changed");
                }
                if problem.kind() == ProblemType::Unavailable {
                    end = Some(ProblemType::Unavailable);
                }
                AccountResult::refused(&problem)
            }
        });
    }
    Changes { results }
}
