//! SCIM 2.0 users (RFC 7643, RFC 7644), `/enterprise/v1/scim/…`: an identity provider lists, creates, changes, suspends
//! and deletes accounts with an API key.
//!
//! Promises: A change is the same transaction, with the same rules and events, as a change through the Deprovisioning
//! API. A well-formed request with `active: false` always suspends. Any other request is carried out completely or not
//! at all. No key can unsuspend, delete or re-identify a Company Administrator, and an account that a key creates is a
//! member. Every error is a SCIM Error. The cost of a request doesn't grow with the company, except for a large
//! `startIndex`, which has a limit.

mod body;
mod change;
mod discovery;
mod edit;
mod emails;
mod operations;
mod patch;
mod resource;
mod search;
pub mod syntax;
mod wire;

use domain::{identifiers::AccountRef, scope::Scope};
use store::{KeyHolder, Service};
use web::{
    Call, Input, Problem, ProblemType, Reply,
    auth::{anybody, key_holder, key_holder_with_any},
};

use discovery::Document;
use resource::View;

pub use operations::operations;
pub use search::{DEEPEST_QUERIES, DEFAULT_COUNT, LARGEST_COUNT, SCAN_QUERIES};

/// The function's name in `template.yaml` and in logs.
pub const NAME: &str = "scim-users";
/// The route of all SCIM requests. The part of the path that matches `{proxy+}` names the resource.
pub const ROUTE: &str = "ANY /enterprise/v1/scim/{proxy+}";
/// The route of the base address alone. The response lists the existing resources.
const BASE_ROUTE: &str = "ANY /enterprise/v1/scim";
/// The base path of SCIM.
const BASE: &str = "/enterprise/v1/scim";

/// The resource that a path names.
enum Target {
    /// A description of the service, without authentication.
    Document(Document),
    /// All the users.
    Users,
    /// A search by POST (RFC 7644 §3.4.3).
    Search,
    /// One user, by account ID or email address.
    User(String),
    /// No known resource.
    Unknown,
}

impl Target {
    /// Reads a path. Extra slashes are ignored: some clients end the base address with one and begin the path with another.
    fn read(path: &str) -> Self {
        let path = path.trim_matches('/');
        let path = match path.split_once('/') {
            Some((resource, rest)) => &format!("{resource}/{}", rest.trim_start_matches('/')),
            None => path,
        };
        if let Some(document) = Document::at(path) {
            return Self::Document(document);
        }
        match path.split_once('/') {
            None if path == "Users" => Self::Users,
            None if path == ".search" => Self::Search,
            Some(("Users", ".search")) => Self::Search,
            // An email address may contain a `/`.
            Some(("Users", user)) => Self::User(user.to_owned()),
            _ => Self::Unknown,
        }
    }
}

/// Answers the function's requests.
pub async fn handle(service: Service, call: Call) -> Result<Reply, Problem> {
    // API Gateway treats the base path with a slash at its end as a separate route.
    if ![ROUTE, BASE_ROUTE].contains(&call.route().trim_end_matches('/')) {
        return Err(Problem::unknown_route());
    }
    let (target, method) = (Target::read(call.proxied_path()), call.method().to_owned());
    match (target, method.as_str()) {
        (Target::Document(document), "GET") => {
            let base = base(&anybody(call));
            Ok(Reply::json(200, &document.body(&base)))
        }
        (Target::Document(_), _) => Err(Problem::method_not_allowed("GET")),
        // A key with the scope of the Deprovisioning API may do here what that API can do.
        (Target::User(user), "PATCH") => {
            let (holder, input) =
                key_holder_with_any(&service, call, [Scope::Scim, Scope::Deprovisioning]).await?;
            Box::pin(patch(&holder, &service, &input, &user)).await
        }
        (target, method) => {
            let reads = method == "GET" || matches!(target, Target::Search);
            let needed = if reads { Scope::ScimRead } else { Scope::Scim };
            let (holder, input) = key_holder(&service, call, needed).await?;
            Box::pin(answer(&holder, &service, &input, &target, method)).await
        }
    }
}

async fn answer(
    holder: &KeyHolder,
    service: &Service,
    input: &Input,
    target: &Target,
    method: &str,
) -> Result<Reply, Problem> {
    let view = View::of_query(input, base(input));
    match (target, method) {
        (Target::Users, "GET") => {
            let search = search::Search::of_query(input)?;
            Ok(Reply::json(200, &search.answer(holder, service, &view).await?))
        }
        (Target::Users, "POST") => {
            let account = change::create(holder, service, input).await?;
            let reply = Reply::json(201, &view.user(&account));
            Ok(reply.with_header("location", view.location(&account)))
        }
        (Target::Users, _) => Err(Problem::method_not_allowed("GET, POST")),
        (Target::Search, "POST") => {
            let (search, view) = search::Search::of_body(input, base(input))?;
            Ok(Reply::json(200, &search.answer(holder, service, &view).await?))
        }
        (Target::Search, _) => Err(Problem::method_not_allowed("POST")),
        (Target::User(user), "GET") => {
            let found = service.tables.find_account(holder, &account_ref(user)?).await?;
            let account = found.ok_or_else(|| Problem::of(ProblemType::NotFound))?;
            Ok(Reply::json(200, &view.user(&account)))
        }
        (Target::User(user), "PUT") => {
            let edit = change::replacement(input)?;
            let account = change::change(holder, service, input, &account_ref(user)?, edit).await?;
            Ok(Reply::json(200, &view.user(&account)))
        }
        (Target::User(user), "DELETE") => {
            change::delete(holder, service, input, &account_ref(user)?).await?;
            Ok(Reply::empty(204))
        }
        (Target::User(_), _) => Err(Problem::method_not_allowed("GET, PUT, PATCH, DELETE")),
        (Target::Document(_) | Target::Unknown, _) => Err(unknown_address(&base(input))),
    }
}

async fn patch(holder: &KeyHolder, service: &Service, input: &Input, user: &str) -> Result<Reply, Problem> {
    let edits = patch::read(input)?;
    let limited = holder.needed() == Some(Scope::Deprovisioning);
    let edit = if limited { edits.only_active()? } else { edits.finish()? };
    let account = change::change(holder, service, input, &account_ref(user)?, edit).await?;
    let view = View::of_query(input, base(input));
    Ok(Reply::json(200, &if limited { view.user_for_deprovisioning(&account) } else { view.user(&account) }))
}

/// The problem for an unknown address. It lists the correct ones.
fn unknown_address(base: &str) -> Problem {
    let detail = format!(
        "There is nothing at this address. The base URL of SCIM is {base}. Users are at {base}/Users, and \
         {base}/ResourceTypes lists the resources."
    );
    Problem::of(ProblemType::NotFound).with_detail(detail)
}

/// A text that can't be an account ID or an address belongs to no account.
fn account_ref(user: &str) -> Result<AccountRef, Problem> {
    AccountRef::parse(user).ok_or_else(|| Problem::of(ProblemType::NotFound))
}

fn base(input: &Input) -> String {
    format!("{}{BASE}", input.origin_url())
}
