//! `GET /admin/v1/api-keys`, `GET /admin/v1/api-keys/{keyId}`, `POST /admin/v1/api-keys/find`, `POST
//! /admin/v1/api-keys/{keyId}/try-networks` and `GET /admin/v1/me`: a Company Administrator lists the company's API keys, gets one of
//! them with its uses, finds one by its digest, asks what a list of networks would have refused, and gets their own account.
//!
//! Listing active keys, the default, takes two reads, no matter how many keys were revoked: the company's item, which
//! authentication reads anyway, lists them. If other administrators own some of the keys, a third read finds which
//! owners are suspended. If keys have a limit of suspensions, a read at the same time finds what was counted. Other states are found by paging through all keys, at most [`QUERIES`] queries a request. Such
//! a page may be short and still have a next one.

mod details;
mod find;
mod networks;
mod search;
mod wire;

use std::collections::{HashMap, HashSet};

use domain::{
    account::AccountState,
    company::ACTIVE_KEY_LIMIT,
    identifiers::{AccountId, KeyId},
    key::{ApiKeyRecord, KeyState},
    scope::Scope,
    suspensions::{Hour, SuspensionCount},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use store::{CompanyAdministrator, PlanRule, Service};
use web::{
    Call, Input, Problem, Reply,
    auth::company_administrator,
    fields::{Fields, page_size, string, text},
    page_token,
    wire::{AccountView, ApiKeyView, KeyPolicyView},
};

use search::Search;

pub use details::ApiKeyDetails;
pub use find::{FoundApiKey, FoundSecret};
pub use wire::{ApiKeyList, CompanySummary, Me, operations};

/// The function's name in `template.yaml` and in logs.
pub const NAME: &str = "list-keys";
/// The maximum number of queries in one request.
pub const QUERIES: usize = 8;
const DEFAULT_LIMIT: usize = 50;
const LARGEST_LIMIT: usize = 100;
/// The number of keys in one query.
const BATCH: i32 = 100;

/// Answers the function's requests.
pub async fn handle(service: Service, call: Call) -> Result<Reply, Problem> {
    let me = match call.route() {
        wire::LIST => false,
        wire::ME => true,
        wire::GET => return details::get(service, call).await,
        wire::FIND => return find::find(service, call).await,
        wire::TRY_NETWORKS => return networks::try_networks(service, call).await,
        _ => return Err(Problem::unknown_route()),
    };
    let (admin, input) = company_administrator(&service, call, PlanRule::Any).await?;
    if me {
        Fields::of_query(&input)?.finish(Some(()))?;
        return Ok(Reply::json(200, &about(&admin)));
    }
    let page = Page::read(&input, &admin)?;
    let now = service.clock.now();
    let (keys, next) = list_keys(&admin, &service, &page, now).await?;
    let (suspended, counts) =
        tokio::try_join!(suspended_owners(&admin, &service, &keys), counts(&admin, &service, &keys, now))?;
    let api_keys = keys.iter().map(|key| {
        let suspended = suspended.contains(&key.created_by.account_id);
        ApiKeyView::new(key, admin.company(), now)
            .with_owner_suspended(suspended)
            .with_suspensions(counts.get(&key.key_id))
    });
    let api_keys = api_keys.collect();
    let next_token = next.map(|after| page_token::write(&Token::new(&page, &after)));
    Ok(Reply::json(200, &ApiKeyList { api_keys, next_token }))
}

fn about(admin: &CompanyAdministrator) -> Me {
    let company = admin.company();
    Me {
        account: AccountView::from(admin.account()),
        company: CompanySummary {
            company_id: company.id.to_string(),
            name: company.name.clone(),
            plan: company.plan.id(),
            active_key_limit: ACTIVE_KEY_LIMIT,
            key_policy: company.policy.as_ref().map(|policy| KeyPolicyView::from(&policy.policy)),
        },
        scopes: Scope::ALL.map(Scope::descriptor).to_vec(),
    }
}

/// State of the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StateFilter {
    All,
    Only(KeyState),
}

impl StateFilter {
    const CHOICES: [(&str, Self); 4] = [
        ("active", Self::Only(KeyState::Active)),
        ("revoked", Self::Only(KeyState::Revoked)),
        ("expired", Self::Only(KeyState::Expired)),
        ("all", Self::All),
    ];

    fn parse(id: &str) -> Option<Self> {
        Self::CHOICES.iter().find(|(choice, _)| *choice == id).map(|(_, filter)| *filter)
    }

    fn id(self) -> &'static str {
        Self::CHOICES.iter().find(|(_, filter)| *filter == self).map_or("all", |(id, _)| id)
    }

    fn admits(self, state: KeyState) -> bool {
        self == Self::All || self == Self::Only(state)
    }
}

/// Owner, state, number and position of the keys, and what to search for.
#[derive(Debug)]
struct Page {
    owner: Option<AccountId>,
    state: StateFilter,
    search: Option<Search>,
    limit: usize,
    after: Option<KeyId>,
}

/// The content of a `nextToken`: the filters and the last key, never the company.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Token {
    mine: bool,
    state: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    search: Option<String>,
    limit: usize,
    after: String,
}

impl Token {
    fn new(page: &Page, after: &KeyId) -> Self {
        Self {
            mine: page.owner.is_some(),
            state: page.state.id().into(),
            search: page.search.as_ref().map(|search| search.text().into()),
            limit: page.limit,
            after: after.to_string(),
        }
    }
}

impl Page {
    fn read(input: &Input, admin: &CompanyAdministrator) -> Result<Self, Problem> {
        let mut fields = Fields::of_query(input)?;
        let me = || admin.account().id.clone();
        let token = fields.optional("nextToken", text);
        let owner = fields.optional("owner", |value| match string(value)? {
            "all" => Ok(None),
            "me" => Ok(Some(me())),
            _ => Err("must be me or all".into()),
        });
        let state = fields.optional("state", |value| {
            let choices = StateFilter::CHOICES.map(|(id, _)| id).join(", ");
            StateFilter::parse(string(value)?).ok_or_else(|| format!("must be one of: {choices}"))
        });
        let search = fields.optional("search", |value| Search::parse(string(value)?));
        let limit = fields.optional("limit", |value| page_size(value, LARGEST_LIMIT));
        let page = Self {
            owner: owner.flatten(),
            state: state.unwrap_or(StateFilter::Only(KeyState::Active)),
            search,
            limit: limit.unwrap_or(DEFAULT_LIMIT),
            after: None,
        };
        let page = fields.finish(Some(page))?;
        let Some(token) = token else { return Ok(page) };
        // The token contains the filters, so that all pages belong to the same list.
        let token: Token = page_token::read(&token)?;
        Ok(Self {
            owner: token.mine.then(me),
            state: StateFilter::parse(&token.state).ok_or_else(page_token::refused)?,
            search: token
                .search
                .map(|text| Search::parse(&text).map_err(|_| page_token::refused()))
                .transpose()?,
            limit: Some(token.limit)
                .filter(|limit| (1..=LARGEST_LIMIT).contains(limit))
                .ok_or_else(page_token::refused)?,
            after: Some(KeyId::parse(&token.after).ok_or_else(page_token::refused)?),
        })
    }

    fn wants(&self, key: &ApiKeyRecord, now: Timestamp) -> bool {
        self.owner.as_ref().is_none_or(|owner| key.created_by.account_id == *owner)
            && self.state.admits(key.state(now))
            && self.search.as_ref().is_none_or(|search| search.finds(key))
    }
}

/// Finds which owners of these keys are suspended. It makes one read, or none if the administrator owns all keys.
async fn suspended_owners(
    admin: &CompanyAdministrator,
    service: &Service,
    keys: &[ApiKeyRecord],
) -> Result<HashSet<AccountId>, Problem> {
    let owners = keys.iter().map(|key| &key.created_by.account_id);
    let others: Vec<_> = owners.filter(|owner| **owner != admin.account().id).cloned().collect();
    let accounts = service.tables.accounts(admin, &others).await?;
    let suspended = accounts.into_iter().filter(|account| account.state == AccountState::Suspended);
    Ok(suspended.map(|account| account.id).collect())
}

/// How many accounts these keys suspended and deleted in this hour. Makes one read for the active keys that have a limit, or
/// none.
async fn counts(
    admin: &CompanyAdministrator,
    service: &Service,
    keys: &[ApiKeyRecord],
    now: Timestamp,
) -> Result<HashMap<KeyId, SuspensionCount>, Problem> {
    let is_limited = |key: &&ApiKeyRecord| {
        key.state(now) == KeyState::Active && admin.company().suspensions_per_hour(key).is_some()
    };
    let limited = keys.iter().filter(is_limited);
    Ok(service.tables.suspension_counts(admin, limited, &[Hour::of(now)]).await?.into_iter().collect())
}

/// One page of keys, newest first, and its last key if there may be more.
async fn list_keys(
    admin: &CompanyAdministrator,
    service: &Service,
    page: &Page,
    now: Timestamp,
) -> Result<(Vec<ApiKeyRecord>, Option<KeyId>), Problem> {
    if page.state == StateFilter::Only(KeyState::Active) {
        let mut keys = service.tables.active_keys(admin, admin.company()).await?;
        keys.retain(|key| {
            page.after.as_ref().is_none_or(|after| key.key_id < *after) && page.wants(key, now)
        });
        let more = keys.len() > page.limit;
        keys.truncate(page.limit);
        let next = keys.last().filter(|_| more).map(|key| key.key_id.clone());
        return Ok((keys, next));
    }
    let (mut found, mut after) = (Vec::new(), page.after.clone());
    for _ in 0..QUERIES {
        let batch = service.tables.keys(admin, after.as_ref(), BATCH).await?;
        let last = batch.keys.last().map(|key| key.key_id.clone());
        for key in batch.keys.into_iter().filter(|key| page.wants(key, now)) {
            found.push(key);
            if found.len() == page.limit {
                let id = found.last().map(|key| key.key_id.clone());
                let more = batch.next.is_some() || id != last;
                return Ok((found, id.filter(|_| more)));
            }
        }
        after = batch.next;
        if after.is_none() {
            break;
        }
    }
    Ok((found, after))
}
