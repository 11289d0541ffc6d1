//! The notes about requests with a key, in the key's item in `ApiKeys`. No decision depends on them.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{key::SecretRole, limits::Limit, network::Source, suspensions::Stop, time::Timestamp};

use super::Tables;
use crate::{
    caller::{KeyHolder, RefusedHolder},
    item::{at, key_in_company, n, s},
    table::Table,
    transaction::{CommitError, Transaction},
    write::{Guard, Write},
};

impl Tables {
    /// Notes that the key was used, unless this was noted since `earliest`. The last uses of the current and of the old secret are
    /// also noted separately. The write checks no authority, and no decision depends on it, so the calling code ignores any error.
    pub async fn note_use(
        &self,
        holder: &KeyHolder,
        now: Timestamp,
        earliest: Timestamp,
    ) -> Result<(), CommitError> {
        let key = key_in_company(holder, "keyId", holder.credential().key_id.as_str());
        let note = |expression: &str, time: &str| {
            Write::update(Guard::ApiKey, Table::ApiKeys, key.clone(), expression)
                .when("attribute_exists(#keyId) AND attribute_not_exists(#revokedAt)")
                .when(&format!("(attribute_not_exists({time}) OR {time} <= :earliest)"))
                .value(":now", at(now))
                .value(":earliest", at(earliest))
        };
        let commit = async |note| Transaction::without_authority(self, now).and(note).commit().await;
        if holder.credential().role == SecretRole::Old {
            let separately = "SET #lastUsedAt = :now, #oldSecret.#lastUsedAt = :now";
            let separately = note(separately, "#oldSecret.#lastUsedAt")
                .when("#oldSecret.#digest = :digest")
                .value(":digest", s(holder.digest().to_hex()));
            match commit(separately).await {
                // It was noted, or a restore has made the old secret the current one again.
                Err(CommitError::Refused(_)) => {}
                other => return other,
            }
        }
        if holder.credential().role != SecretRole::Old {
            let of_current = note("SET #lastUsedAt = :now, #secretUsedAt = :now", "#secretUsedAt");
            return commit(
                of_current.when("#digest = :digest").value(":digest", s(holder.digest().to_hex())),
            )
            .await;
        }
        commit(note("SET #lastUsedAt = :now", "#lastUsedAt")).await
    }

    /// Notes that a limit refused a request with the key, unless this was noted since `earliest`. Like [`Tables::note_use`].
    pub(crate) async fn note_limited(
        &self,
        holder: &RefusedHolder,
        limit: Limit,
        now: Timestamp,
        earliest: Timestamp,
    ) -> Result<(), CommitError> {
        let key = key_in_company(holder, "keyId", holder.credential().key_id.as_str());
        let note =
            Write::update(Guard::ApiKey, Table::ApiKeys, key, "SET #limitedAt = :now, #limitedBy = :limit")
                .when("attribute_exists(#keyId) AND attribute_not_exists(#revokedAt)")
                .when("(attribute_not_exists(#limitedAt) OR #limitedAt <= :earliest)")
                .value(":now", at(now))
                .value(":limit", s(limit.id()))
                .value(":earliest", at(earliest));
        Transaction::without_authority(self, now).and(note).commit().await
    }
}

/// The write that begins a minute in which uses of a revoked key are recorded, unless one began after `earliest`.
pub(crate) fn mark_first_refused(
    holder: &RefusedHolder,
    source: Source,
    now: Timestamp,
    earliest: Timestamp,
) -> Write {
    let key_id = &holder.credential().key_id;
    let from = AttributeValue::Ss(vec![source.mark(key_id)]);
    refused_update(holder, "SET #refusedSince = :now, #refusedFrom = :from", from, earliest)
        .when("(attribute_not_exists(#refusedSince) OR #refusedSince <= :earliest)")
        .value(":now", at(now))
}

/// The write that adds a network to such a minute, up to this number of networks.
pub(crate) fn mark_refused_from(
    holder: &RefusedHolder,
    source: Source,
    earliest: Timestamp,
    limit: usize,
) -> Write {
    let mark = source.mark(&holder.credential().key_id);
    let from = AttributeValue::Ss(vec![mark.clone()]);
    refused_update(holder, "ADD #refusedFrom :from", from, earliest)
        .when("#refusedSince > :earliest")
        .when("NOT contains(#refusedFrom, :mark) AND size(#refusedFrom) < :limit")
        .value(":mark", s(mark))
        .value(":limit", n(limit))
}

/// The write that notes that the company's policy holds a key since this time, unless it is noted.
pub(crate) fn mark_policy_hold(holder: &RefusedHolder, since: Timestamp) -> Write {
    let key = key_in_company(holder, "keyId", holder.credential().key_id.as_str());
    Write::update(Guard::ApiKey, Table::ApiKeys, key, "SET #policyHold = :since")
        .when("attribute_exists(#keyId) AND attribute_not_exists(#revokedAt)")
        .when("(attribute_not_exists(#policyHold) OR #policyHold <> :since)")
        .value(":since", at(since))
}

/// The write that notes that a request with the key came from a network that isn't on its list, unless this was noted since
/// `earliest`.
pub(crate) fn mark_network_refused(holder: &RefusedHolder, now: Timestamp, earliest: Timestamp) -> Write {
    let key = key_in_company(holder, "keyId", holder.credential().key_id.as_str());
    Write::update(Guard::ApiKey, Table::ApiKeys, key, "SET #networkRefusedAt = :now")
        .when("attribute_exists(#keyId) AND attribute_not_exists(#revokedAt)")
        .when("(attribute_not_exists(#networkRefusedAt) OR #networkRefusedAt <= :earliest)")
        .value(":now", at(now))
        .value(":earliest", at(earliest))
}

/// The write that notes that a request contained the key where it is often logged, unless this was noted since `earliest`.
pub(crate) fn mark_exposed(holder: &RefusedHolder, now: Timestamp, earliest: Timestamp) -> Write {
    let key = key_in_company(holder, "keyId", holder.credential().key_id.as_str());
    Write::update(Guard::ApiKey, Table::ApiKeys, key, "SET #exposedAt = :now")
        .when("attribute_exists(#keyId) AND attribute_not_exists(#revokedAt)")
        .when("(attribute_not_exists(#exposedAt) OR #exposedAt <= :earliest)")
        .value(":now", at(now))
        .value(":earliest", at(earliest))
}

/// The write that notes that the key has reached its limit of suspensions, unless this stop is noted.
pub(crate) fn mark_limit_reached(holder: &KeyHolder, stop: &Stop) -> Write {
    let key = key_in_company(holder, "keyId", holder.credential().key_id.as_str());
    Write::update(Guard::ApiKey, Table::ApiKeys, key, "SET #limitReached = :stop")
        .when("attribute_exists(#keyId) AND attribute_not_exists(#revokedAt)")
        .when("(attribute_not_exists(#limitReached) OR #limitReached <> :stop)")
        .value(":stop", s(stop))
}

fn refused_update(
    holder: &RefusedHolder,
    expression: &str,
    from: AttributeValue,
    earliest: Timestamp,
) -> Write {
    let key = key_in_company(holder, "keyId", holder.credential().key_id.as_str());
    Write::update(Guard::ApiKey, Table::ApiKeys, key, expression)
        .when("attribute_exists(#keyId)")
        .value(":from", from)
        .value(":earliest", at(earliest))
}
