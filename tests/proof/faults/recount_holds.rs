//! Recounts what the items of secrets say about holds and grants, from the key's item and the company's policy.

use std::collections::BTreeMap;

use serde_json::Value;

use super::recount::{number, set, text};

const DAY: i64 = 24 * 60 * 60 * 1_000;

/// A secret of a key that works, as the key's item has it.
struct Secret<'k> {
    digest: &'k str,
    /// When it was made, unless it is an old one. No rule about its life applies to that.
    made_at: Option<i64>,
    expires_at: Option<i64>,
}

/// What is wrong with the items of the secrets of a company's active keys. The rules are written down here once more, so that
/// a mistake in the service's own isn't repeated.
pub(crate) fn wrong_holds(company: &Value, keys: &[&Value], digests: &[&Value], now: i64) -> Vec<String> {
    let mut wrong = Vec::new();
    for key in keys.iter().filter(|key| key.get("revokedAt").is_none()) {
        for secret in secrets(key, now) {
            let Some(item) = digests.iter().find(|item| item["digest"] == secret.digest) else {
                wrong.push(format!("a secret without an item: {key}"));
                continue;
            };
            let expected = expected(company, key, &secret);
            let found = found(item);
            if found != expected {
                wrong.push(format!("{found:?} instead of {expected:?}: {item} of {key} under {company}"));
            }
        }
    }
    wrong
}

fn secrets(key: &Value, now: i64) -> Vec<Secret<'_>> {
    let time = |item: &Value, name: &str| item[name].as_i64();
    let made_at = time(key, "secretCreatedAt").or(time(key, "createdAt"));
    let current = Secret { digest: text(key, "digest"), made_at, expires_at: time(key, "expiresAt") };
    let mut secrets = vec![current];
    if let Some(new) = key.get("newSecret").filter(|new| number(new, "unusedUntil") > now) {
        let (made_at, expires_at) = (time(new, "createdAt"), time(new, "expiresAt"));
        secrets.push(Secret { digest: text(new, "digest"), made_at, expires_at });
    }
    if let Some(old) = key.get("oldSecret").filter(|old| old.get("endedIn").is_none()) {
        secrets.push(Secret { digest: text(old, "digest"), made_at: None, expires_at: time(old, "endsAt") });
    }
    secrets.retain(|secret| secret.expires_at.is_none_or(|at| at > now));
    secrets
}

/// What a secret may do, and from when it is held for what.
type Says = BTreeMap<&'static str, String>;

fn found(item: &Value) -> Says {
    let mut says = Says::new();
    let mut say = |name, value: Option<String>| says.extend(value.map(|value| (name, value)));
    say("scopes", Some(format!("{:?}", set(item, "scopes"))));
    say("held", item.get("held").map(|_| "yes".to_owned()));
    say("usedOn", item.get("usedOn").map(|_| "yes".to_owned()));
    for name in ["expiresAt", "heldFrom", "deniedFrom"] {
        say(name, item[name].as_i64().map(|at| at.to_string()));
    }
    say("unused", item.get("unused").map(ToString::to_string));
    say("networks", networks(item));
    say("suspensionsPerHour", item["suspensionsPerHour"].as_i64().map(|number| number.to_string()));
    says
}

/// The list of networks that a key or a secret has.
fn networks(item: &Value) -> Option<String> {
    let list = item.get("networks")?;
    Some(format!("{} {:?}", text(list, "mode"), set(list, "ranges")))
}

/// How many accounts a key may suspend and delete in an hour.
fn suspensions_per_hour(policy: &Value, key: &Value) -> Option<i64> {
    let of_policy = policy["policy"]["suspensionsPerHour"].as_i64();
    key.get("suspensionLimit").map_or(of_policy, Value::as_i64)
}

fn expected(company: &Value, key: &Value, secret: &Secret<'_>) -> Says {
    let policy = &company["keyPolicy"];
    let life = secret.made_at.and_then(|made_at| match secret.expires_at {
        None => policy["expiryFrom"].as_i64(),
        Some(at) => {
            let bounds = policy["lifetime"].as_object().into_iter().flatten();
            let beyond = bounds.filter(|(days, _)| at - made_at > DAY * days.parse::<i64>().expect("days"));
            beyond.filter_map(|(_, from)| from.as_i64()).min()
        }
    });
    let scopes = set(key, "scopes");
    let denied = policy["denied"].as_object().into_iter().flatten();
    let denied = denied.filter(|(scope, _)| scopes.contains(scope.as_str()));
    let is_open = key["networks"]["mode"] != "enforce" && policy["policy"].get("networksRequired").is_some();
    let open_from = policy["networksFrom"].as_i64().filter(|_| is_open);
    let denied = denied.filter_map(|(_, from)| from.as_i64()).chain(open_from).min();
    let is_old = secret.made_at.is_none();
    let unused = policy["unused"].as_object().filter(|days| !days.is_empty() && !is_old);
    let says = [
        ("scopes", Some(format!("{scopes:?}"))),
        ("held", key.get("heldAt").map(|_| "yes".to_owned())),
        ("usedOn", unused.map(|_| "yes".to_owned())),
        ("expiresAt", secret.expires_at.map(|at| at.to_string())),
        ("heldFrom", life.map(|at| at.to_string())),
        ("deniedFrom", denied.map(|at| at.to_string())),
        ("unused", unused.map(|_| policy["unused"].to_string())),
        ("networks", networks(key)),
        ("suspensionsPerHour", suspensions_per_hour(policy, key).map(|number| number.to_string())),
    ];
    says.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}
