//! `KeyDigests`: the items that verification reads. A key's item gets a fence next to it when the key is revoked.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    identifiers::CompanyId,
    key::{ApiKeyRecord, Credential, Digest},
    time::Timestamp,
};

use super::Tables;
use crate::{
    caller::CompanyAdministrator,
    error::TableError,
    item::{Attributes, Item, at, s, scope_set},
    table::Table,
    transaction::{Guard, Write},
};

/// The revocations in progress: a set, which `DynamoDB` removes together with its last element.
const ATTEMPTS: &str = "attempts";

fn digest_key(digest: &Digest) -> Item {
    Item::from([("digest".into(), s(digest.to_hex()))])
}

fn fence_key(digest: &Digest) -> Item {
    Item::from([("digest".into(), s(format!("fence#{}", digest.to_hex())))])
}

impl Tables {
    /// Reads the item and the fence of the key with this digest, in one strongly consistent read.
    pub(crate) async fn credential(&self, digest: &Digest) -> Result<Option<Credential>, TableError> {
        let keys = vec![digest_key(digest), fence_key(digest)];
        let (mut credential, mut fenced) = (None, false);
        for (_, item) in self.batch_get(vec![(Table::KeyDigests, keys)]).await? {
            if item.text("digest")?.starts_with("fence#") {
                fenced = item.contains_key(ATTEMPTS);
            } else {
                credential = Some(Credential {
                    company_id: item.company_id()?,
                    key_id: item.key_id()?,
                    name: item.text("name")?.into(),
                    mask: item.mask()?,
                    scopes: item.scopes()?,
                    expires_at: item.optional_time("expiresAt")?,
                    frozen: item.contains_key("frozen"),
                    revoked: item.contains_key("revokedAt"),
                    fenced: false,
                });
            }
        }
        Ok(credential.map(|credential| Credential { fenced, ..credential }))
    }

    /// Writes the fence. From now on, every verification refuses the key.
    ///
    /// It is a plain write to an item that no transaction touches, so that a flood of requests with the key can't delay
    /// it. It has no condition on the administrator, who was just authenticated. If the revocation is then refused
    /// because of missing authority, [`Tables::lift_fence`] removes this attempt. The fence contains the IDs of all
    /// attempts in progress, so that no attempt removes the fence of another.
    pub async fn put_fence(
        &self,
        admin: &CompanyAdministrator,
        key: &ApiKeyRecord,
        attempt: &str,
        now: Timestamp,
    ) -> Result<(), TableError> {
        let names =
            ["companyId", "keyId", "fencedAt", ATTEMPTS].map(|name| (format!("#{name}"), name.into()));
        self.client
            .update_item()
            .table_name(self.name(Table::KeyDigests))
            .set_key(Some(fence_key(&key.digest)))
            .update_expression(
                "SET #companyId = :company, #keyId = :key, #fencedAt = :now ADD #attempts :attempt",
            )
            .set_expression_attribute_names(Some(names.into()))
            .expression_attribute_values(":company", s(admin.company_id()))
            .expression_attribute_values(":key", s(&key.key_id))
            .expression_attribute_values(":now", at(now))
            .expression_attribute_values(":attempt", AttributeValue::Ss(vec![attempt.into()]))
            .send()
            .await?;
        Ok(())
    }

    /// Removes this attempt from the fence. The fence remains while it contains an attempt.
    pub async fn lift_fence(
        &self,
        _admin: &CompanyAdministrator,
        key: &ApiKeyRecord,
        attempt: &str,
    ) -> Result<(), TableError> {
        self.client
            .update_item()
            .table_name(self.name(Table::KeyDigests))
            .set_key(Some(fence_key(&key.digest)))
            .update_expression("DELETE #attempts :attempt")
            .expression_attribute_names("#attempts", ATTEMPTS)
            .expression_attribute_values(":attempt", AttributeValue::Ss(vec![attempt.into()]))
            .send()
            .await?;
        Ok(())
    }
}

/// The write that makes a key verifiable.
pub(crate) fn put_digest(company_id: &CompanyId, key: &ApiKeyRecord) -> Write {
    let mut item = digest_key(&key.digest);
    item.insert("companyId".into(), s(company_id));
    item.insert("keyId".into(), s(&key.key_id));
    item.insert("name".into(), s(&key.name));
    item.insert("mask".into(), s(&key.mask));
    item.insert("scopes".into(), scope_set(&key.scopes));
    if let Some(expiry) = key.expires_at {
        item.insert("expiresAt".into(), at(expiry));
    }
    Write::put(Guard::ApiKey, Table::KeyDigests, item).when("attribute_not_exists(#digest)")
}

/// The write that revokes a key permanently. The item stays, so that a use of the key can be distinguished from noise.
pub(crate) fn revoke_digest(digest: &Digest, now: Timestamp) -> Write {
    Write::update(Guard::ApiKey, Table::KeyDigests, digest_key(digest), "SET #revokedAt = :now")
        .when("attribute_exists(#digest) AND attribute_not_exists(#revokedAt)")
        .value(":now", at(now))
}

/// The write that freezes or releases a key.
pub(crate) fn freeze_digest(digest: &Digest, freeze: bool, now: Timestamp) -> Write {
    let write = |expression| Write::update(Guard::ApiKey, Table::KeyDigests, digest_key(digest), expression);
    let write =
        if freeze { write("SET #frozen = :now").value(":now", at(now)) } else { write("REMOVE #frozen") };
    write.when("attribute_exists(#digest) AND attribute_not_exists(#revokedAt)")
}
