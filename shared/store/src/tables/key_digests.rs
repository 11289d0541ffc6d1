//! `KeyDigests`: the items that verification reads.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    identifiers::CompanyId,
    key::{ApiKeyRecord, Credential, Digest, Mask, NewSecret, SecretRole},
    limits::Limits,
    policy::{PolicyInForce, Verdict},
    time::Timestamp,
};
use tokio::time::Instant;

use super::{
    Tables,
    key_limits::{NETWORKS, SUSPENSIONS_PER_HOUR, networks_attribute, networks_from},
    key_policies::{
        DENIED_FROM, HELD_FROM, UNUSED, USED_ON, bound_attribute, holds_from, verdict_attributes,
    },
};
use crate::{
    error::TableError,
    item::{Attributes, Item, LIMITS, at, limits_attribute, n, s, scope_set},
    table::Table,
    write::{Change, Guard, Write},
};

/// The revocations in progress: a set, which `DynamoDB` removes together with its last element.
pub(crate) const ENDING: &str = "ending";

/// When a new secret ends if nobody uses it. Its first use removes the attribute.
pub(crate) const UNUSED_UNTIL: &str = "unusedUntil";
/// Whether a new secret has replaced this one.
pub(crate) const REPLACED: &str = "replaced";

const NOT_REVOKED: &str = "attribute_exists(#digest) AND attribute_not_exists(#revokedAt)";

fn digest_key(digest: &Digest) -> Item {
    Item::from([("digest".into(), s(digest.to_hex()))])
}

fn update(digest: &Digest, expression: impl Into<String>) -> Write {
    Write::update(Guard::ApiKey, Table::KeyDigests, digest_key(digest), expression)
}

/// Begins a generation of a key that isn't revoked. The generation must be new, so a late copy of the write has no effect.
fn begin_generation(digest: &Digest, generation: u64, more: &str) -> Write {
    let write = update(digest, format!("SET #generation = :generation{more}")).when(NOT_REVOKED);
    if_generation_is_new(write, generation)
}

fn if_generation_is_new(write: Write, generation: u64) -> Write {
    write
        .when("(attribute_not_exists(#generation) OR #generation < :generation)")
        .value(":generation", n(generation))
}

/// The generation that a change of a key begins now: the time in milliseconds, or one more than the generation before if
/// that is later.
#[must_use]
pub fn next_generation(before: u64, now: Timestamp) -> u64 {
    u64::try_from(now.millis()).unwrap_or(0).max(before + 1)
}

fn role_from(item: &Item) -> Result<SecretRole, TableError> {
    Ok(match item.optional_time(UNUSED_UNTIL)? {
        Some(unused_until) => SecretRole::New { unused_until },
        None if item.contains_key(REPLACED) => SecretRole::Old,
        None => SecretRole::Current,
    })
}

fn credential_from(item: &Item) -> Result<Credential, TableError> {
    Ok(Credential {
        company_id: item.company_id()?,
        key_id: item.key_id()?,
        name: item.text("name")?.into(),
        mask: item.mask()?,
        scopes: item.scopes()?,
        expires_at: item.optional_time("expiresAt")?,
        role: role_from(item)?,
        frozen: item.contains_key("frozen"),
        holds: holds_from(item)?,
        revoked: item.contains_key("revokedAt"),
        ending: item.contains_key(ENDING),
        generation: item.generation()?,
        limits: item.limits()?,
        networks: networks_from(item)?,
        suspensions_per_hour: item.optional_number(SUSPENSIONS_PER_HOUR)?,
    })
}

/// A secret's generation.
pub(crate) struct Generation {
    pub(crate) digest: Digest,
    pub(crate) number: u64,
}

impl Tables {
    /// Reads the item of the key with this digest, strongly consistent.
    pub(crate) async fn credential(&self, digest: &Digest) -> Result<Option<Credential>, TableError> {
        self.get(Table::KeyDigests, digest_key(digest)).await?.as_ref().map(credential_from).transpose()
    }

    /// Reads the items of the keys with these digests (at most 100, each once), in one strongly consistent read. A digest that no
    /// key has is missing from the result. So is a corrupt item, which is logged.
    pub(crate) async fn credentials(
        &self,
        digests: &[Digest],
    ) -> Result<Vec<(Digest, Credential)>, TableError> {
        let wanted: Vec<_> = digests.iter().map(digest_key).collect();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let items = self.batch_get(vec![(Table::KeyDigests, wanted)]).await?;
        let read = |item: &Item| Ok::<_, TableError>((item.digest()?, credential_from(item)?));
        let readable = items.iter().filter_map(|(_, item)| {
            read(item).inspect_err(|error| tracing::error!(%error, "the item of a secret can't be read")).ok()
        });
        Ok(readable.collect())
    }

    /// Notes the first use of a secret on a day, if it can be held for disuse.
    pub(crate) async fn note_day(
        &self,
        digest: &Digest,
        now: Timestamp,
        deadline: Instant,
    ) -> Result<(), TableError> {
        let note = update(digest, "SET #usedOn = :now")
            .when(NOT_REVOKED)
            .when("attribute_exists(#unused) AND #usedOn < :now")
            .value(":now", at(now));
        note.apply(self, deadline).await.map(drop)
    }

    /// The generations of these secrets (at most 100), in one strongly consistent read.
    pub(crate) async fn generations<'d>(
        &self,
        digests: impl Iterator<Item = &'d Digest> + Send,
    ) -> Result<Vec<Generation>, TableError> {
        let wanted: Vec<_> = digests.map(digest_key).collect();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let items = self.batch_get(vec![(Table::KeyDigests, wanted)]).await?;
        let generation =
            |(_, item): &(Table, Item)| Ok(Generation { digest: item.digest()?, number: item.generation()? });
        items.iter().map(generation).collect()
    }
}

/// The write that makes a key verifiable by its current secret.
pub(crate) fn put_digest(
    company_id: &CompanyId,
    key: &ApiKeyRecord,
    limits: &Limits,
    policy: Option<&PolicyInForce>,
) -> Write {
    put(company_id, key, &key.digest, &key.mask, limits, [("expiresAt", key.expires_at)], policy)
}

/// The write that makes a key verifiable by its new secret.
pub(crate) fn put_new_digest(
    company_id: &CompanyId,
    key: &ApiKeyRecord,
    new: &NewSecret,
    limits: &Limits,
    policy: Option<&PolicyInForce>,
) -> Write {
    let times = [("expiresAt", new.expires_at), (UNUSED_UNTIL, Some(new.unused_until))];
    put(company_id, key, &new.digest, &new.mask, limits, times, policy)
}

fn put<const N: usize>(
    company_id: &CompanyId,
    key: &ApiKeyRecord,
    digest: &Digest,
    mask: &Mask,
    limits: &Limits,
    times: [(&str, Option<Timestamp>); N],
    policy: Option<&PolicyInForce>,
) -> Write {
    let mut item = digest_key(digest);
    item.insert("companyId".into(), s(company_id));
    item.insert("keyId".into(), s(&key.key_id));
    item.insert("name".into(), s(&key.name));
    item.insert("mask".into(), s(mask));
    item.insert("scopes".into(), scope_set(&key.scopes));
    item.extend(times.into_iter().filter_map(|(name, time)| Some((name.into(), at(time?)))));
    item.extend(limits_attribute(limits).map(|own| (LIMITS.into(), own)));
    let suspensions_per_hour = suspensions_per_hour(key, policy);
    item.extend(suspensions_per_hour.map(|number| (SUSPENSIONS_PER_HOUR.into(), n(number))));
    item.extend(key.networks.as_ref().map(|networks| (NETWORKS.into(), networks_attribute(networks))));
    let verdicts = policy.map(|policy| policy.verdicts(key)).unwrap_or_default();
    let verdict = verdicts.iter().find(|verdict| verdict.digest == digest);
    item.extend(verdict.into_iter().flat_map(verdict_attributes));
    Write::put(Guard::ApiKey, Table::KeyDigests, item).when("attribute_not_exists(#digest)")
}

fn suspensions_per_hour(key: &ApiKeyRecord, policy: Option<&PolicyInForce>) -> Option<u16> {
    key.suspension_limit.applied(policy.and_then(|policy| policy.policy.suspensions_per_hour))
}

/// The write that begins to end a key, in an attempt to revoke it. From now on, every verification refuses the key.
pub(crate) fn end_digest(digest: &Digest, attempt: &str, generation: u64) -> Write {
    begin_generation(digest, generation, " ADD #ending :attempt")
        .value(":attempt", AttributeValue::Ss(vec![attempt.into()]))
}

/// The write that withdraws an attempt, if the key isn't revoked. The key works again unless another attempt is in
/// progress.
pub(crate) fn stop_ending_digest(digest: &Digest, attempt: &str) -> Write {
    update(digest, "DELETE #ending :attempt")
        .when(NOT_REVOKED)
        .value(":attempt", AttributeValue::Ss(vec![attempt.into()]))
}

/// The write that revokes a key permanently, if this attempt is still in progress. The item stays, so that a use of the
/// key can be distinguished from noise.
pub(crate) fn revoke_digest(digest: &Digest, attempt: &str, now: Timestamp) -> Write {
    update(digest, "SET #revokedAt = :now REMOVE #ending")
        .when("attribute_not_exists(#revokedAt) AND contains(#ending, :attempt)")
        .value(":attempt", s(attempt))
        .value(":now", at(now))
}

/// The write that makes a new secret the current one. Nobody may have used it before, and nothing may have been taken away
/// from it since it was verified.
pub(crate) fn use_digest(digest: &Digest, generation: u64) -> Write {
    update(digest, "REMOVE #unusedUntil")
        .when(NOT_REVOKED)
        .when("attribute_exists(#unusedUntil) AND attribute_not_exists(#frozen)")
        .when("(attribute_not_exists(#generation) OR #generation <= :generation)")
        .value(":generation", n(generation))
}

/// The write that makes an unused secret the current one, because an administrator ends the other.
pub(crate) fn promote_digest(digest: &Digest) -> Write {
    update(digest, "REMOVE #unusedUntil").when(NOT_REVOKED).when("attribute_exists(#unusedUntil)")
}

/// The write that sets the end of a secret that was replaced.
pub(crate) fn replace_digest(digest: &Digest, ends_at: Timestamp) -> Write {
    // No rule of a policy about life or disuse applies to it any more.
    let without = "REMOVE #heldFrom, #unused, #usedOn";
    update(digest, format!("SET #expiresAt = :endsAt, #replaced = :replaced {without}"))
        .when(NOT_REVOKED)
        .value(":endsAt", at(ends_at))
        .value(":replaced", AttributeValue::Bool(true))
}

/// The write that ends a secret that was in use, in a new generation.
pub(crate) fn end_old_digest(digest: &Digest, generation: u64, now: Timestamp) -> Write {
    begin_generation(digest, generation, ", #revokedAt = :now").value(":now", at(now))
}

/// The write that ends a new secret that nobody has used. No write with it is in progress: its first use would be one.
pub(crate) fn drop_digest(digest: &Digest, now: Timestamp) -> Write {
    update(digest, "SET #revokedAt = :now")
        .when(NOT_REVOKED)
        .when("attribute_exists(#unusedUntil)")
        .value(":now", at(now))
}

/// The write that forgets an old secret that ended with time.
pub(crate) fn forget_digest(digest: &Digest, ended_at: Timestamp) -> Write {
    update(digest, "SET #revokedAt = :endedAt").when(NOT_REVOKED).value(":endedAt", at(ended_at))
}

/// The write that gives a key its company's limits.
pub(crate) fn limit_digest(digest: &Digest, limits: &Limits) -> Write {
    match limits_attribute(limits) {
        Some(own) => update(digest, "SET #limits = :limits").value(":limits", own),
        None => update(digest, "REMOVE #limits"),
    }
    .when(NOT_REVOKED)
}

/// The write that notes a report that the secret leaked, unless it is noted, this many are, or the secret has ended.
pub(crate) fn note_report(digest: &Digest, mark: &str, limit: usize) -> Write {
    update(digest, "ADD #leakMarks :marks")
        .when(NOT_REVOKED)
        .when("attribute_not_exists(#ending)")
        .when("(attribute_not_exists(#leakMarks) OR size(#leakMarks) < :limit)")
        .when("NOT contains(#leakMarks, :mark)")
        .value(":marks", AttributeValue::Ss(vec![mark.into()]))
        .value(":mark", s(mark))
        .value(":limit", n(limit))
}

/// The write that freezes a key. It takes something away, so it begins a generation after the one that was read.
pub(crate) fn freeze_digest(read: &Generation, now: Timestamp) -> Write {
    begin_generation(&read.digest, next_generation(read.number, now), ", #frozen = :now")
        .value(":now", at(now))
}

/// The write that releases a frozen key. A write from before the freeze stays refused by the gates.
pub(crate) fn release_digest(digest: &Digest) -> Write {
    update(digest, "REMOVE #frozen").when(NOT_REVOKED)
}

/// The write that makes the item of a secret say what its key does after an edit. If that takes something away, it begins a
/// generation.
pub(crate) fn edit_digest(
    key: &ApiKeyRecord,
    digest: &Digest,
    policy: Option<&PolicyInForce>,
    generation: Option<u64>,
) -> Write {
    let verdicts = policy.map(|policy| policy.verdicts(key)).unwrap_or_default();
    let verdict = verdicts.iter().find(|verdict| verdict.digest == digest);
    let attributes = [
        ("name", Some(s(&key.name))),
        ("scopes", Some(scope_set(&key.scopes))),
        ("expiresAt", key.expiry_of(digest).map(at)),
        (HELD_FROM, verdict.and_then(|verdict| verdict.held_from).map(at)),
        (DENIED_FROM, verdict.and_then(|verdict| verdict.denied_from).map(at)),
        (NETWORKS, key.networks.as_ref().map(networks_attribute)),
        (SUSPENSIONS_PER_HOUR, suspensions_per_hour(key, policy).map(n)),
    ];
    let generation_attribute = generation.map(|generation| ("generation", Some(n(generation))));
    let attributes = attributes.into_iter().chain(generation_attribute);
    let write =
        Write::set(Guard::ApiKey, Table::KeyDigests, digest_key(digest), attributes).when(NOT_REVOKED);
    match generation {
        Some(generation) => if_generation_is_new(write, generation),
        None => write,
    }
}

/// The write that gives the secret of a key the key's new name.
pub(crate) fn rename_digest(key: &ApiKeyRecord, digest: &Digest) -> Write {
    update(digest, "SET #name = :name").when(NOT_REVOKED).value(":name", s(&key.name))
}

/// The write that holds a key, because an administrator wants it. It begins a generation.
pub(crate) fn hold_digest(digest: &Digest, generation: u64, now: Timestamp) -> Write {
    begin_generation(digest, generation, ", #held = :now").value(":now", at(now))
}

/// The write that releases a key from the hold of an administrator. A write from before the hold stays refused by the gates.
pub(crate) fn end_hold_digest(digest: &Digest) -> Write {
    update(digest, "REMOVE #held").when(NOT_REVOKED)
}

/// The same, and the days without use are counted from now. Only if the policy has such a rule: otherwise a later one would
/// find this time.
pub(crate) fn end_disuse_digest(digest: &Digest, now: Timestamp) -> Write {
    update(digest, "SET #usedOn = :now REMOVE #held").when(NOT_REVOKED).value(":now", at(now))
}

/// The write that makes the item of a secret say what the company's policy does. A use that was noted stays. If the policy
/// lowers the key's limit of suspensions, the write begins a generation.
pub(crate) fn judge_digest(
    key: &ApiKeyRecord,
    verdict: &Verdict<'_>,
    policy: &PolicyInForce,
    generation: Option<u64>,
) -> Write {
    let Verdict { digest, held_from, denied_from, disuse } = verdict;
    let unused = disuse.as_ref().map(|disuse| bound_attribute(&disuse.days));
    let used_on = disuse.as_ref().map_or(Change::Remove, |disuse| Change::SetOnce(at(disuse.last_used)));
    let attributes = [
        (HELD_FROM, held_from.map(at).into()),
        (DENIED_FROM, denied_from.map(at).into()),
        (UNUSED, unused.into()),
        (USED_ON, used_on),
        (SUSPENSIONS_PER_HOUR, suspensions_per_hour(key, Some(policy)).map(n).into()),
    ];
    let generation_attribute = generation.map(|generation| ("generation", Change::Set(n(generation))));
    let attributes = attributes.into_iter().chain(generation_attribute);
    let write =
        Write::set(Guard::ApiKey, Table::KeyDigests, digest_key(digest), attributes).when(NOT_REVOKED);
    match generation {
        Some(generation) => if_generation_is_new(write, generation),
        None => write,
    }
}
