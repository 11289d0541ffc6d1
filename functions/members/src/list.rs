//! Accounts by their email addresses.

use serde::{Deserialize, Serialize};
use shared::{
    Service,
    account::{Account, AccountState, Email, UserName},
    auth::CompanyAdministrator,
    http::{
        Input, Problem,
        fields::{Fields, string},
        page_token,
    },
    text::is_deceptive,
};

use crate::{DEFAULT_LIMIT, LARGEST_LIMIT, QUERIES, wire::AccountList};

/// Addresses that one query reads, and accounts that one read fetches: no more are allowed.
const READ: i32 = 100;
/// The filter's names for states.
const STATES: [(&str, Option<AccountState>); 3] =
    [("all", None), ("active", Some(AccountState::Active)), ("suspended", Some(AccountState::Suspended))];

/// Which accounts, how many, from where. This is what a `nextToken` holds, never the company.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    /// How their addresses begin, folded.
    email: String,
    state: String,
    limit: usize,
    /// The folded address behind which it goes on.
    after: Option<String>,
}

impl Page {
    fn read(input: &Input) -> Result<Self, Problem> {
        let mut fields = Fields::of_query(input)?;
        let token = fields.optional("nextToken", |value| Ok(string(value)?.to_owned()));
        let email = fields.optional("email", |value| {
            let text = string(value)?;
            let fits = text.len() <= Email::LENGTH && !text.chars().any(is_deceptive);
            fits.then(|| text.to_ascii_lowercase()).ok_or_else(|| {
                format!("must be the beginning of an email address, at most {} characters", Email::LENGTH)
            })
        });
        let state = fields.optional("state", |value| {
            let names = STATES.map(|(name, _)| name);
            let name = string(value)?;
            names
                .contains(&name)
                .then(|| name.to_owned())
                .ok_or_else(|| format!("must be one of: {}", names.join(", ")))
        });
        let limit = fields.optional("limit", |value| {
            let limit = string(value)?.parse().ok().filter(|limit| (1..=LARGEST_LIMIT).contains(limit));
            limit.ok_or_else(|| format!("must be a number from 1 to {LARGEST_LIMIT}"))
        });
        let page = Self {
            email: email.unwrap_or_default(),
            state: state.unwrap_or_else(|| "all".into()),
            limit: limit.unwrap_or(DEFAULT_LIMIT),
            after: None,
        };
        let page = fields.finish(Some(page))?;
        let Some(token) = token else { return Ok(page) };
        // The token carries the filters, so that no page follows another list's.
        let page: Self = page_token::read(&token)?;
        page.is_ours().then_some(page).ok_or_else(page_token::refused)
    }

    /// Whether each part of a token is one that we write: it came from a client.
    fn is_ours(&self) -> bool {
        let is_folded = |text: &str| text.len() <= Email::LENGTH && text == text.to_ascii_lowercase();
        // Among the addresses there are user names.
        let is_name = |text: &str| Email::parse(text).is_some() || UserName::parse(text).is_some();
        let after = self.after.as_deref().unwrap_or_default();
        is_folded(&self.email)
            && !self.email.chars().any(is_deceptive)
            && STATES.iter().any(|(name, _)| *name == self.state)
            && (1..=LARGEST_LIMIT).contains(&self.limit)
            && is_folded(after)
            && is_name(after)
            && after.starts_with(&self.email)
    }

    fn wants(&self, account: &Account) -> bool {
        let state = STATES.iter().find(|(name, _)| *name == self.state).and_then(|(_, state)| *state);
        state.is_none_or(|state| account.state == state)
    }
}

/// One page of accounts, in the order of their addresses.
pub(crate) async fn list(
    admin: &CompanyAdministrator,
    service: &Service,
    input: &Input,
) -> Result<AccountList, Problem> {
    let page = Page::read(input)?;
    let (mut found, mut after) = (Vec::new(), page.after.clone());
    for _ in 0..QUERIES {
        // Without a filter every account that is read is wanted.
        let read =
            if page.state == "all" { i32::try_from(page.limit - found.len()).unwrap_or(READ) } else { READ };
        let batch = service.tables.accounts_by_email(admin, &page.email, after.as_deref(), read).await?;
        for account in batch.accounts.iter().filter(|account| page.wants(account)) {
            found.push(account.into());
            if found.len() == page.limit {
                let address = account.email.folded();
                let last = batch.accounts.last().is_some_and(|last| last.id == account.id);
                let more = batch.next.is_some() || !last;
                return Ok(AccountList::new(found, more.then(|| page.token(address))));
            }
        }
        after = batch.next;
        if after.is_none() {
            break;
        }
    }
    Ok(AccountList::new(found, after.map(|after| page.token(after))))
}

impl Page {
    fn token(&self, after: String) -> String {
        page_token::write(&Self { after: Some(after), ..self.clone() })
    }
}
