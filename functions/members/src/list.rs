//! Lists accounts by email address, or by any part of their names.

use domain::{
    account::{Account, AccountState},
    identifiers::{AccountId, Email, UserName},
    text::{PERSON_NAME_LENGTH, is_deceptive},
};
use serde::{Deserialize, Serialize};
use store::{CompanyAdministrator, Service};
use web::{
    Input, Problem,
    fields::{Fields, page_size, string, text},
    page_token,
};

use crate::{DEFAULT_LIMIT, LARGEST_LIMIT, QUERIES, wire::AccountList};

/// The number of addresses in one query, and of accounts in one read. `DynamoDB` allows no more.
const READ: i32 = 100;
/// A limit so large that a read ends at its megabyte.
const MEGABYTE: usize = 100_000;
/// The maximum length of a folded search. Lower case may have more characters than the original.
const SEARCH_LENGTH: usize = 3 * PERSON_NAME_LENGTH;
/// The filter's names for states.
pub(crate) const STATES: [(&str, Option<AccountState>); 3] =
    [("all", None), ("active", Some(AccountState::Active)), ("suspended", Some(AccountState::Suspended))];

/// Which accounts, how many, and the position. A `nextToken` contains this, but never the company.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    /// The folded beginning of the addresses.
    email: String,
    /// The folded part of the name, address or user name.
    search: String,
    state: String,
    limit: usize,
    /// The folded address after which the page begins, or in a search, the account ID.
    after: Option<String>,
}

impl Page {
    fn read(input: &Input) -> Result<Self, Problem> {
        let mut fields = Fields::of_query(input)?;
        let token = fields.optional("nextToken", text);
        let email = fields.optional("email", |value| {
            let text = string(value)?;
            let fits = text.len() <= Email::LENGTH && !text.chars().any(is_deceptive);
            fits.then(|| text.to_ascii_lowercase()).ok_or_else(|| {
                format!(
                    "must be the beginning of an email address, with at most {} characters",
                    Email::LENGTH
                )
            })
        });
        let search = fields.optional("search", |value| {
            let text = string(value)?.trim();
            let fits = text.chars().count() <= PERSON_NAME_LENGTH;
            fits.then(|| text.to_lowercase())
                .ok_or_else(|| format!("must have at most {PERSON_NAME_LENGTH} characters"))
        });
        let state = fields.optional("state", |value| {
            let names = STATES.map(|(name, _)| name);
            let name = string(value)?;
            names
                .contains(&name)
                .then(|| name.to_owned())
                .ok_or_else(|| format!("must be one of: {}", names.join(", ")))
        });
        let limit = fields.optional("limit", |value| page_size(value, LARGEST_LIMIT));
        let page = Self {
            email: email.unwrap_or_default(),
            search: search.unwrap_or_default(),
            state: state.unwrap_or_else(|| "all".into()),
            limit: limit.unwrap_or(DEFAULT_LIMIT),
            after: None,
        };
        let page = fields.finish(Some(page))?;
        let Some(token) = token else { return Ok(page) };
        // The token contains the filters, so that all pages belong to the same list.
        let page: Self = page_token::read(&token)?;
        page.is_ours().then_some(page).ok_or_else(page_token::refused)
    }

    /// Whether each part of a token is one that we could have written, because the token came from a client.
    fn is_ours(&self) -> bool {
        let is_folded = |text: &str| text.len() <= Email::LENGTH && text == text.to_ascii_lowercase();
        // The lookups contain user names as well as addresses.
        let is_name = |text: &str| Email::parse(text).is_some() || UserName::parse(text).is_some();
        let after = self.after.as_deref().unwrap_or_default();
        let is_position = if self.search.is_empty() {
            is_folded(after) && is_name(after) && after.starts_with(&self.email)
        } else {
            AccountId::parse(after).is_some()
        };
        is_position
            && is_folded(&self.email)
            && self.search.chars().count() <= SEARCH_LENGTH
            && self.search == self.search.trim().to_lowercase()
            && !self.email.chars().any(is_deceptive)
            && STATES.iter().any(|(name, _)| *name == self.state)
            && (1..=LARGEST_LIMIT).contains(&self.limit)
    }

    fn wants(&self, account: &Account) -> bool {
        let state = STATES.iter().find(|(name, _)| *name == self.state).and_then(|(_, state)| *state);
        let is_found = |text: &str| text.to_lowercase().contains(&self.search);
        state.is_none_or(|state| account.state == state)
            && account.email.folded().starts_with(&self.email)
            && (self.search.is_empty()
                || is_found(&account.name())
                || is_found(account.email.as_str())
                || is_found(account.user_name()))
    }
}

/// One page of accounts, in the order of their addresses, or in a search, of their identifiers.
pub(crate) async fn list(
    admin: &CompanyAdministrator,
    service: &Service,
    input: &Input,
) -> Result<AccountList, Problem> {
    let page = Page::read(input)?;
    if !page.search.is_empty() {
        return search(admin, service, &page).await;
    }
    let (mut found, mut after) = (Vec::new(), page.after.clone());
    for _ in 0..QUERIES {
        // Without a filter, every account that is read is returned.
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

/// No index finds part of a name, so the code reads accounts, up to a megabyte at a time.
async fn search(
    admin: &CompanyAdministrator,
    service: &Service,
    page: &Page,
) -> Result<AccountList, Problem> {
    let (mut found, mut after) = (Vec::new(), page.after.as_deref().and_then(AccountId::parse));
    for _ in 0..QUERIES {
        let (accounts, next) = service.tables.accounts_by_id(admin, after.as_ref(), MEGABYTE).await?;
        let last = accounts.last().map(|account| account.id.clone());
        for account in accounts.iter().filter(|account| page.wants(account)) {
            found.push(account.into());
            if found.len() == page.limit {
                let more = next.is_some() || last.as_ref() != Some(&account.id);
                return Ok(AccountList::new(found, more.then(|| page.token(account.id.to_string()))));
            }
        }
        after = next;
        if after.is_none() {
            break;
        }
    }
    Ok(AccountList::new(found, after.map(|after| page.token(after.to_string()))))
}

impl Page {
    fn token(&self, after: String) -> String {
        page_token::write(&Self { after: Some(after), ..self.clone() })
    }
}
