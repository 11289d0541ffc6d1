//! The parties of an event, as objects of OCSF.

use std::net::IpAddr;

use domain::{
    audit::{Actor, Affected},
    identifiers::{AccountId, Email, KeyId},
    key::Mask,
    leaks::Reporter,
};
use serde_json::{Value, json};

use crate::audit_wire::{GITHUB_NAME, SERVICE_NAME};

/// What OCSF calls things that it has no number for.
const OTHER: u32 = 99;
const API_KEY: &str = "API Key";

/// A person's account. OCSF's `name` is the name with which somebody signs in.
fn account(id: &AccountId, email: &Email, name: Option<&str>) -> Value {
    let mut user = json!({"uid": id.as_str(), "name": email.as_str(), "type_id": 1, "type": "User"});
    add_address(&mut user, email.as_str());
    if let Some(name) = name {
        user["full_name"] = name.into();
    }
    user
}

/// A key as the one who did something. Its credential is the key itself, which its ID names.
fn key(id: &KeyId, name: &str, mask: &Mask) -> Value {
    json!({
        "uid": id.as_str(), "name": name, "uid_alt": mask.to_string(), "credential_uid": id.as_str(),
        "type_id": OTHER, "type": API_KEY,
    })
}

/// Adds an address, if OCSF allows it in `email_addr`. It allows fewer characters than our addresses have, and `name` has
/// the address in any case.
fn add_address(user: &mut Value, address: &str) {
    if is_plain(address) {
        user["email_addr"] = address.into();
    }
}

/// Whether an address fits the type `email_t`: ASCII, with a dot in its domain.
fn is_plain(address: &str) -> bool {
    let Some((local, domain)) = address.split_once('@') else { return false };
    let Some((host, rest)) = domain.split_once('.') else { return false };
    let is_host = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let is_local = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+,-./=?^_`{|}~".contains(c);
    !local.is_empty()
        && local.chars().all(is_local)
        && !host.is_empty()
        && host.chars().all(is_host)
        && !rest.is_empty()
        && rest.chars().all(|c| is_host(c) || c == '.')
}

/// Who did it. `None` if nothing is known that OCSF has a place for.
pub(super) fn actor(actor: &Actor) -> Option<Value> {
    let user = match actor {
        Actor::Account { id, email, name } => account(id, email, Some(name)),
        Actor::ApiKey { id, name, mask } => key(id, name, mask),
        Actor::Operator { name } => json!({"name": name, "type_id": OTHER, "type": "Operator"}),
        Actor::Service => return Some(json!({"app_name": SERVICE_NAME})),
        Actor::Reporter(Reporter::GitHub) => return Some(json!({"app_name": GITHUB_NAME})),
        Actor::Reporter(Reporter::Finder) | Actor::Unknown(_) => return None,
    };
    Some(json!({"user": user}))
}

/// The affected account or key, as a user.
pub(super) fn user(affected: &Affected) -> Option<Value> {
    match affected {
        Affected::Account { id, email, name } => Some(account(id, email, name.as_deref())),
        Affected::ApiKey { id, name, mask } => Some(key(id, name, mask)),
        Affected::Company | Affected::Unknown(_) => None,
    }
}

/// The account with its address after a change.
pub(super) fn user_after(affected: &Affected, after: &Email) -> Option<Value> {
    match affected {
        Affected::Account { id, name, .. } => Some(account(id, after, name.as_deref())),
        Affected::ApiKey { .. } | Affected::Company | Affected::Unknown(_) => None,
    }
}

/// What was affected, as an entity that somebody manages.
pub(super) fn entity(affected: &Affected, company: &str) -> Option<Value> {
    Some(match affected {
        Affected::ApiKey { id, name, mask } => json!({
            "uid": id.as_str(), "name": name, "type_id": OTHER, "type": API_KEY, "data": {"mask": mask.to_string()},
        }),
        Affected::Company => json!({
            "uid": company, "type_id": 4, "type": "Organization", "org": {"uid": company},
        }),
        Affected::Account { .. } | Affected::Unknown(_) => return None,
    })
}

/// The key policy of a company, as the entity of a change.
pub(super) fn policy_entity(company: &str, policy: &Value) -> Value {
    let name = "Key policy";
    json!({
        "uid": company, "name": name, "type_id": 5, "type": "Policy",
        "policy": {"uid": company, "name": name}, "data": policy,
    })
}

/// What was affected, as a resource of a finding.
pub(super) fn resource(affected: &Affected) -> Option<Value> {
    match affected {
        Affected::ApiKey { id, name, mask } => Some(json!({
            "uid": id.as_str(), "name": name, "type": API_KEY, "data": {"mask": mask.to_string()},
        })),
        Affected::Account { .. } | Affected::Company | Affected::Unknown(_) => None,
    }
}

/// Where the request came from.
pub(super) fn endpoint(ip: Option<&str>) -> Option<Value> {
    let ip = ip.filter(|ip| ip.parse::<IpAddr>().is_ok())?;
    Some(json!({"ip": ip}))
}
