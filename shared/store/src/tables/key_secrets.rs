//! The secrets of a key in its item of `ApiKeys`.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::key::{
    ApiKeyRecord, Digest, KeyActor, NewSecret, OldSecret, ReportedSecrets, SecondSecret, SelfRotation,
};

use crate::{
    error::TableError,
    item::{Attributes, Item, at, map_of, n, person, s},
};

/// When somebody last reported a secret of the key.
const LEAKED_AT: &str = "leakedAt";
/// The digests of the secrets that were reported.
const LEAKED_DIGESTS: &str = "leakedDigests";
/// A new secret, which waits for its first use.
pub(crate) const NEW: &str = "newSecret";
/// An old secret, which works until its end.
pub(crate) const OLD: &str = "oldSecret";
/// The number of changes of the key's secrets.
pub(crate) const VERSION: &str = "secretsVersion";
const SELF_ROTATION: &str = "selfRotation";
const LIFETIME: &str = "lifetimeDays";

/// The attributes that a change of a key's secrets writes or removes.
pub(crate) const SECRETS: [&str; 8] =
    ["digest", "mask", "expiresAt", "secretCreatedAt", "rotatedAt", NEW, OLD, VERSION];

/// The attributes with a key's secrets. The first version isn't stored.
pub(crate) fn secrets_of(key: &ApiKeyRecord) -> Item {
    let (new, old) = match &key.second {
        Some(SecondSecret::New(new)) => (Some(new_secret(new)), None),
        Some(SecondSecret::Old(old)) => (None, Some(old_secret(old))),
        None => (None, None),
    };
    let first = (key.secret_created_at != key.created_at).then(|| at(key.secret_created_at));
    let attributes = [
        ("digest", Some(s(key.digest.to_hex()))),
        ("mask", Some(s(&key.mask))),
        ("expiresAt", key.expires_at.map(at)),
        ("secretCreatedAt", first),
        ("rotatedAt", key.rotated_at.map(at)),
        (NEW, new),
        (OLD, old),
    ];
    attributes.into_iter().filter_map(|(name, value)| Some((name.into(), value?))).collect()
}

/// Whether a key may rotate itself, as an attribute of its item and of the event of its creation.
pub(crate) fn self_rotation_attribute(allowed: SelfRotation) -> (String, AttributeValue) {
    (SELF_ROTATION.into(), map_of([(LIFETIME, Some(n(allowed.lifetime_days)))]))
}

pub(crate) fn self_rotation_from(item: &Item) -> Result<Option<SelfRotation>, TableError> {
    let allowed = item.optional_map(SELF_ROTATION)?;
    allowed.map(|map| Ok(SelfRotation { lifetime_days: map.number(LIFETIME)? })).transpose()
}

pub(crate) fn second_from(item: &Item) -> Result<Option<SecondSecret>, TableError> {
    if let Some(map) = item.optional_map(NEW)? {
        return new_secret_from(map).map(SecondSecret::New).map(Some);
    }
    item.optional_map(OLD)?.map(|map| old_secret_from(map).map(SecondSecret::Old)).transpose()
}

fn new_secret(new: &NewSecret) -> AttributeValue {
    map_of([
        ("digest", Some(s(new.digest.to_hex()))),
        ("mask", Some(s(&new.mask))),
        ("createdAt", Some(at(new.created_at))),
        ("createdBy", new.created_by.person().map(person)),
        ("expiresAt", new.expires_at.map(at)),
        ("unusedUntil", Some(at(new.unused_until))),
        ("overlapSeconds", Some(n(new.overlap_seconds))),
    ])
}

fn new_secret_from(map: &Item) -> Result<NewSecret, TableError> {
    Ok(NewSecret {
        digest: map.digest()?,
        mask: map.mask()?,
        created_at: map.time("createdAt")?,
        created_by: map.optional_person("createdBy")?.map_or(KeyActor::Itself, KeyActor::Person),
        expires_at: map.optional_time("expiresAt")?,
        unused_until: map.time("unusedUntil")?,
        overlap_seconds: map.number("overlapSeconds")?,
    })
}

fn old_secret(old: &OldSecret) -> AttributeValue {
    map_of([
        ("digest", Some(s(old.digest.to_hex()))),
        ("mask", Some(s(&old.mask))),
        ("endsAt", Some(at(old.ends_at))),
        ("lastUsedAt", old.last_used_at.map(at)),
        ("endedIn", old.ended_in.map(n)),
    ])
}

fn old_secret_from(map: &Item) -> Result<OldSecret, TableError> {
    Ok(OldSecret {
        digest: map.digest()?,
        mask: map.mask()?,
        ends_at: map.time("endsAt")?,
        last_used_at: map.optional_time("lastUsedAt")?,
        ended_in: map.optional_number("endedIn")?,
    })
}

/// What was reported about secrets of the key.
pub(super) fn leaked_from(item: &Item) -> Result<Option<ReportedSecrets>, TableError> {
    let Some(at) = item.optional_time(LEAKED_AT)? else { return Ok(None) };
    let digests = item.optional(LEAKED_DIGESTS).and_then(|set| set.as_ss().ok());
    let digests = digests.into_iter().flatten().filter_map(|digest| Digest::from_hex(digest)).collect();
    Ok(Some(ReportedSecrets { at, digests }))
}
