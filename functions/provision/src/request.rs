//! An operator's request.

use domain::{
    account::Role,
    company::Plan,
    identifiers::{AccountId, CompanyId, Email},
    identity::Identity,
    limits::Limit,
    text,
};
use serde_json::Value;
use web::{
    Problem,
    fields::{Fields, string},
};

/// A run: the operator, the company and the work.
#[derive(Debug)]
pub struct Request {
    /// The name of the operator in the customer's audit log.
    pub operator: String,
    /// The company.
    pub company_id: CompanyId,
    /// The work to do.
    pub work: Work,
}

/// The work to do.
#[derive(Debug)]
pub enum Work {
    /// `create-company`: a company with its first administrator.
    CreateCompany {
        /// The company's name.
        name: String,
        /// The company's plan.
        plan: Plan,
        /// Its first administrator.
        administrator: NewAccount,
    },
    /// `add-account`
    AddAccount(NewAccount),
    /// `add-identity`: another sign-in for an account.
    AddIdentity {
        /// The account.
        account_id: AccountId,
        /// The sign-in.
        identity: Identity,
    },
    /// `change-role`
    ChangeRole {
        /// The account.
        account_id: AccountId,
        /// The new role.
        role: Role,
    },
    /// `unsuspend-account`: unsuspends any account, including an administrator's.
    UnsuspendAccount {
        /// The account.
        account_id: AccountId,
    },
    /// `change-plan`
    ChangePlan {
        /// The new plan.
        plan: Plan,
    },
    /// `change-limits`: the limits to change, each with its new number. `None` stands for the default.
    ChangeLimits(Vec<(Limit, Option<u32>)>),
}

/// An account to create.
#[derive(Debug)]
pub struct NewAccount {
    /// Its identifier. If absent, one is generated.
    pub account_id: Option<AccountId>,
    /// The email address. Unique in the company.
    pub email: Email,
    /// The name that people see.
    pub name: String,
    /// The role, by default `member`. The first administrator's role can't be chosen.
    pub role: Option<Role>,
    /// The person's sign-in.
    pub identity: Option<Identity>,
}

const OPERATIONS: &str =
    "create-company, add-account, add-identity, change-role, unsuspend-account, change-plan, change-limits";

impl Request {
    /// Reads an invocation's event.
    pub fn read(event: Value) -> Result<Self, Problem> {
        let mut fields = Fields::of_value(event)?;
        let operation = fields.required("operation", |v| string(v).map(str::to_owned));
        let operator = fields.required("operator", |v| text::name(string(v)?));
        let company_id = fields.required("companyId", |v| identifier(v, CompanyId::parse));
        let work = match operation.as_deref() {
            Some("create-company") => {
                let name = fields.required("name", |v| text::name(string(v)?));
                let plan = fields.required("plan", plan);
                let administrator = fields.required("administrator", |v| new_account(v.clone(), false));
                name.zip(plan).zip(administrator).map(|((name, plan), administrator)| Work::CreateCompany {
                    name,
                    plan,
                    administrator,
                })
            }
            Some("add-account") => {
                fields.required("account", |v| new_account(v.clone(), true)).map(Work::AddAccount)
            }
            Some("add-identity") => {
                let account_id = fields.required("accountId", |v| identifier(v, AccountId::parse));
                let identity = fields.required("identity", |v| identity(v.clone()));
                account_id
                    .zip(identity)
                    .map(|(account_id, identity)| Work::AddIdentity { account_id, identity })
            }
            Some("change-role") => {
                let account_id = fields.required("accountId", |v| identifier(v, AccountId::parse));
                let role = fields.required("role", role);
                account_id.zip(role).map(|(account_id, role)| Work::ChangeRole { account_id, role })
            }
            Some("unsuspend-account") => fields
                .required("accountId", |v| identifier(v, AccountId::parse))
                .map(|account_id| Work::UnsuspendAccount { account_id }),
            Some("change-plan") => fields.required("plan", plan).map(|plan| Work::ChangePlan { plan }),
            Some("change-limits") => fields.required("limits", |v| limits(v.clone())).map(Work::ChangeLimits),
            Some(_) => {
                return Err(Problem::invalid_field("operation", format!("must be one of: {OPERATIONS}")));
            }
            None => None,
        };
        let read = operator.zip(company_id).zip(work);
        fields.finish(read.map(|((operator, company_id), work)| Self { operator, company_id, work }))
    }
}

fn identifier<T>(value: &Value, parse: impl Fn(&str) -> Option<T>) -> Result<T, String> {
    parse(string(value)?).ok_or_else(|| "must be 1 to 64 letters, digits, - or _".into())
}

fn plan(value: &Value) -> Result<Plan, String> {
    Plan::from_id(string(value)?).ok_or_else(|| "must be enterprise or team".into())
}

fn role(value: &Value) -> Result<Role, String> {
    Role::from_id(string(value)?).ok_or_else(|| "must be member or company_admin".into())
}

/// The limits to change: a number, or null for the default.
fn limits(value: Value) -> Result<Vec<(Limit, Option<u32>)>, String> {
    let read = || {
        let mut fields = Fields::of_value(value)?;
        let read = Limit::ALL.map(|limit| {
            let number = fields.optional(limit.id(), |v| limit_number(v, limit));
            number.map(|number| (limit, number))
        });
        let changes: Vec<_> = read.into_iter().flatten().collect();
        if changes.is_empty() && !fields.has_errors() {
            fields.wrong("limits", "name no limit");
        }
        fields.finish(Some(changes))
    };
    read().map_err(|problem: Problem| within(&problem))
}

fn limit_number(value: &Value, limit: Limit) -> Result<Option<u32>, String> {
    if value.is_null() {
        return Ok(None);
    }
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
    let range = limit.range();
    let number = number.filter(|number| range.contains(number));
    number.map(Some).ok_or_else(|| {
        format!("must be a whole number from {} to {}, or null for the default", range.start(), range.end())
    })
}

/// The errors of an object within the request, in one sentence.
fn within(problem: &Problem) -> String {
    let errors = problem.errors().iter().map(|error| format!("{} {}", error.field, error.detail));
    let errors =
        errors.chain(problem.and_more().map(|more| more.trim_end_matches('.').replace("And", "and")));
    format!("must be an object with valid fields: {}", errors.collect::<Vec<_>>().join("; "))
}

fn new_account(value: Value, with_role: bool) -> Result<NewAccount, String> {
    let read = || {
        let mut fields = Fields::of_value(value)?;
        let account_id = fields.optional("accountId", |v| identifier(v, AccountId::parse));
        let email = fields.required("email", |v| {
            Email::parse_new(string(v)?)
                .ok_or_else(|| "must be an email address of at most 320 characters".into())
        });
        let name = fields.required("name", |v| text::person_name(string(v)?));
        let role = if with_role { fields.optional("role", role) } else { None };
        let identity = fields.optional("identity", |v| identity(v.clone()));
        fields.finish(email.zip(name).map(|(email, name)| NewAccount {
            account_id,
            email,
            name,
            role,
            identity,
        }))
    };
    read().map_err(|problem: Problem| within(&problem))
}

fn identity(value: Value) -> Result<Identity, String> {
    let read = || {
        let mut fields = Fields::of_value(value)?;
        let issuer = fields.required("issuer", |v| string(v).map(str::to_owned));
        let subject = fields.required("subject", |v| string(v).map(str::to_owned));
        let (issuer, subject) = fields.finish(issuer.zip(subject))?;
        let detail = "issuer and subject must have 1 to 255 characters each";
        Identity::new(&issuer, &subject).ok_or_else(|| Problem::invalid_field("identity", detail))
    };
    read().map_err(|problem: Problem| within(&problem))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_error_is_named() {
        let problem = Request::read(json!({"operation": "change-plan", "plan": "gold", "extra": 1}))
            .expect_err("wrong");
        let named: Vec<_> = problem.errors().iter().map(|error| error.field.as_str()).collect();
        assert_eq!(named, ["operator", "companyId", "plan", "extra"]);
        let nested = json!({"operation": "add-account", "operator": "Op", "companyId": "acme", "account": {"name": "A"}});
        let problem = Request::read(nested).expect_err("wrong");
        assert!(problem.errors()[0].detail.contains("email is missing"), "{problem:?}");
        let many: serde_json::Map<_, _> = (0..30).map(|n| (format!("x{n}"), json!(1))).collect();
        let nested =
            json!({"operation": "add-account", "operator": "Op", "companyId": "acme", "account": many});
        let problem = Request::read(nested).expect_err("wrong");
        assert!(problem.errors()[0].detail.ends_with("; and 12 more"), "{problem:?}");
    }
}
