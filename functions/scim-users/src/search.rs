//! Lists of users (RFC 7644 §3.4.2).
//!
//! The cost of a list depends on its filter. Without a filter, it reads a page and the company's counter, and for a
//! large `startIndex` it makes one read for each megabyte of skipped accounts. A filter by `id`, `userName`, `emails`
//! or `externalId` makes one lookup. A filter only by `active` makes at most [`SCAN_QUERIES`] reads, or is refused.

use domain::{
    account::{Account, AccountState},
    identifiers::{AccountId, AccountRef, ExternalId, UserName},
};
use serde_json::Value;
use store::{KeyHolder, Service};
use web::{Input, Problem, ProblemType, ScimType};

use crate::{
    body,
    edit::boolean,
    patch::{member, object},
    resource::View,
    syntax::{self, Comparison},
    wire::ListResponse,
};

/// The default number of users in a page.
pub const DEFAULT_COUNT: usize = 100;
/// The maximum number of users in a page.
pub const LARGEST_COUNT: usize = 500;
/// The maximum number of reads, of up to a megabyte each, for a filter without a lookup.
pub const SCAN_QUERIES: usize = 8;
/// The maximum number of reads, of up to a megabyte each, that skip accounts before `startIndex`.
pub const DEEPEST_QUERIES: usize = 64;
/// A limit so large that a read ends at its megabyte.
const MEGABYTE: usize = 100_000;

/// The filter, the position and the number of users.
pub(crate) struct Search {
    criteria: Vec<Criterion>,
    /// Counts from 0, but `startIndex` counts from 1.
    skip: usize,
    count: usize,
}

/// A condition on a user.
enum Criterion {
    /// An identifier of one account, or nothing if no account can have the value.
    Is(Option<AccountRef>, By),
    Active(bool),
    /// A condition that all users meet, or none.
    Always(bool),
}

/// The attribute that is compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Id,
    UserName,
    Email,
    ExternalId,
}

impl Criterion {
    fn read(comparison: &Comparison) -> Option<Self> {
        let Comparison { attribute, value } = comparison;
        let is = |name, part| attribute.is(name, part);
        Some(if is("active", None) {
            Self::Active(boolean(value)?)
        } else if is("emails", Some("primary")) {
            Self::Always(boolean(value)?)
        } else {
            let text = value.as_str()?;
            if is("id", None) {
                Self::Is(
                    AccountRef::parse(text).filter(|account| matches!(account, AccountRef::Id(_))),
                    By::Id,
                )
            } else if is("username", None) {
                Self::Is(UserName::parse(text).map(AccountRef::UserName), By::UserName)
            } else if is("emails", None) || is("emails", Some("value")) {
                Self::Is(UserName::parse(text).map(AccountRef::UserName), By::Email)
            } else if is("emails", Some("type")) {
                Self::Always(text.eq_ignore_ascii_case("work"))
            } else if is("externalid", None) {
                Self::Is(ExternalId::parse(text).map(AccountRef::ExternalId), By::ExternalId)
            } else {
                return None;
            }
        })
    }

    fn holds(&self, account: &Account) -> bool {
        match self {
            Self::Always(holds) => *holds,
            Self::Active(active) => (account.state == AccountState::Active) == *active,
            Self::Is(None, _) => false,
            // A lookup finds an account by its address and also by its user name.
            Self::Is(Some(named), By::Email) => account.email.folded() == named.folded(),
            Self::Is(Some(named), By::UserName) => account.user_name().to_ascii_lowercase() == named.folded(),
            Self::Is(Some(named), By::Id | By::ExternalId) => account.is(named),
        }
    }
}

impl Search {
    pub(crate) fn of_query(input: &Input) -> Result<Self, Problem> {
        let number = |name: &str| -> Result<Option<i64>, Problem> {
            let parse = |text: &str| text.trim().parse().map_err(|_| not_a_number(name));
            input.query_parameter(name).map(parse).transpose()
        };
        Self::new(input.query_parameter("filter"), number("startIndex")?, number("count")?)
    }

    /// A search by POST (RFC 7644 §3.4.3), which also selects the attributes of the results.
    pub(crate) fn of_body(input: &Input, base: String) -> Result<(Self, View), Problem> {
        let body = object(body::json(input)?)?;
        let number = |name: &str| match member(&body, name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => value.as_i64().map(Some).ok_or_else(|| not_a_number(name)),
        };
        let names = |name: &str| -> Vec<&str> {
            let names = member(&body, name).and_then(Value::as_array);
            names.into_iter().flatten().filter_map(Value::as_str).collect()
        };
        let filter = match member(&body, "filter") {
            None | Some(Value::Null) => None,
            Some(Value::String(filter)) => Some(filter.as_str()),
            Some(_) => return Err(Problem::scim(ScimType::InvalidFilter, "filter must be a string.")),
        };
        let search = Self::new(filter, number("startIndex")?, number("count")?)?;
        Ok((search, View::new(base, &names("attributes"), &names("excludedAttributes"))))
    }

    fn new(filter: Option<&str>, start: Option<i64>, count: Option<i64>) -> Result<Self, Problem> {
        let mut criteria = Vec::new();
        for comparison in filter.map(read_filter).transpose()?.into_iter().flatten() {
            criteria.push(Criterion::read(&comparison).ok_or_else(|| {
                let detail = "Users can be filtered by id, userName, emails.value, emails.type, emails.primary, \
                              externalId (strings) and active (true or false), with `eq` and `and`.";
                Problem::scim(ScimType::InvalidFilter, detail)
            })?);
        }
        // Below 1 means 1, below 0 means 0 (RFC 7644 §3.4.2.4).
        let size = |number: i64| usize::try_from(number.max(0)).unwrap_or(usize::MAX);
        Ok(Self {
            criteria,
            skip: start.map_or(0, |start| size(start.saturating_sub(1))),
            count: count.map_or(DEFAULT_COUNT, |count| size(count).min(LARGEST_COUNT)),
        })
    }

    /// Carries out the search.
    pub(crate) async fn answer(
        &self,
        holder: &KeyHolder,
        service: &Service,
        view: &View,
    ) -> Result<ListResponse, Problem> {
        let lookup = self.criteria.iter().find_map(|criterion| match criterion {
            Criterion::Is(account, _) => Some(account),
            _ => None,
        });
        let impossible = self
            .criteria
            .iter()
            .any(|criterion| matches!(criterion, Criterion::Always(false) | Criterion::Is(None, _)));
        let (total, page) = match lookup {
            _ if impossible => (0, Vec::new()),
            Some(Some(account)) => {
                let found = service.tables.find_account(holder, account).await?;
                let found: Vec<_> = found.into_iter().filter(|account| self.admits(account)).collect();
                (found.len(), found.into_iter().skip(self.skip).take(self.count).collect())
            }
            _ if self.criteria.iter().any(|criterion| matches!(criterion, Criterion::Active(_))) => {
                self.scan(holder, service).await?
            }
            _ => self.page(holder, service).await?,
        };
        Ok(ListResponse::new(total, self.skip + 1, page.iter().map(|account| view.user(account)).collect()))
    }

    fn admits(&self, account: &Account) -> bool {
        self.criteria.iter().all(|criterion| criterion.holds(account))
    }

    /// All users in the order of their identifiers. The total comes from the company's counters.
    async fn page(&self, holder: &KeyHolder, service: &Service) -> Result<(usize, Vec<Account>), Problem> {
        let count = async { Ok(Box::pin(service.tables.account_count(holder)).await?) };
        let (count, page) = tokio::try_join!(count, self.read_page(holder, service))?;
        let count = count.ok_or_else(|| Problem::of(ProblemType::NotFound))?;
        Ok((usize::try_from(count).unwrap_or(usize::MAX), page))
    }

    async fn read_page(&self, holder: &KeyHolder, service: &Service) -> Result<Vec<Account>, Problem> {
        let mut page = Vec::new();
        if self.count == 0 {
            return Ok(page);
        }
        let Some(mut after) = self.beginning(holder, service).await? else { return Ok(page) };
        loop {
            let wanted = self.count - page.len();
            let (accounts, next) = service.tables.accounts_by_id(holder, after.as_ref(), wanted).await?;
            page.extend(accounts);
            after = next;
            if after.is_none() || page.len() >= self.count {
                return Ok(page);
            }
        }
    }

    /// The account after which the page begins, `Some(None)` for the first page, or `None` if the company has fewer
    /// accounts.
    async fn beginning(
        &self,
        holder: &KeyHolder,
        service: &Service,
    ) -> Result<Option<Option<AccountId>>, Problem> {
        let (mut passed, mut after) = (0, None);
        for _ in 0..DEEPEST_QUERIES {
            if passed >= self.skip {
                return Ok(Some(after));
            }
            let wanted = self.skip - passed;
            let (count, next) = service.tables.skip_accounts(holder, after.as_ref(), wanted).await?;
            if next.is_none() {
                return Ok(None);
            }
            (passed, after) = (passed + count, next);
        }
        let detail =
            "startIndex is too large for this company. Filter by userName, emails or externalId instead.";
        Err(Problem::scim(ScimType::TooMany, detail))
    }

    /// All users who meet the criteria. It reads every user, up to the limit of reads.
    async fn scan(&self, holder: &KeyHolder, service: &Service) -> Result<(usize, Vec<Account>), Problem> {
        let (mut total, mut page, mut after) = (0, Vec::new(), None);
        for _ in 0..SCAN_QUERIES {
            let (accounts, next) = service.tables.accounts_by_id(holder, after.as_ref(), MEGABYTE).await?;
            for account in accounts.into_iter().filter(|account| self.admits(account)) {
                if total >= self.skip && page.len() < self.count {
                    page.push(account);
                }
                total += 1;
            }
            after = next;
            if after.is_none() {
                return Ok((total, page));
            }
        }
        let detail = "The company has too many accounts for a filter only by `active`. List the users without a \
                      filter, or also filter by userName, emails or externalId.";
        Err(Problem::scim(ScimType::TooMany, detail))
    }
}

fn read_filter(text: &str) -> Result<Vec<Comparison>, Problem> {
    syntax::filter(text).map_err(|unreadable| {
        Problem::scim(ScimType::InvalidFilter, format!("The filter can't be read: {}.", unreadable.0))
    })
}

fn not_a_number(name: &str) -> Problem {
    Problem::scim(ScimType::InvalidValue, format!("{name} must be a whole number."))
}
