//! What `ApiKeys` says about reports that a key leaked, for which the key was not revoked.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    audit::AuditEvent,
    company::Company,
    key::{ApiKeyRecord, Credential, Digest},
    time::Timestamp,
};

use super::{Tables, api_keys::record_from, companies::company_from};
use crate::{
    caller::{CompanyAdministrator, KeyFinder},
    error::TableError,
    item::{Attributes, Item, at, company_key, key_in_company, n, s},
    table::Table,
    transaction::{CommitError, Transaction},
    write::{Guard, Write},
};

/// When somebody last reported a secret of the key.
const LEAKED_AT: &str = "leakedAt";
/// The digest of that secret.
const LEAKED_DIGEST: &str = "leakedDigest";
/// The maximum number of reports about a key that are recorded.
const REPORTS: usize = 20;

/// The last report, and the digest of the secret that it was about.
pub(super) fn leaked_from(item: &Item) -> Result<Option<(Timestamp, Digest)>, TableError> {
    let digest = item.optional_parsed(LEAKED_DIGEST, Digest::from_hex)?;
    Ok(item.optional_time(LEAKED_AT)?.zip(digest))
}

impl Tables {
    /// The company's key that has or had a secret with this digest, and what is known of the secret. A key of another company is not
    /// found, with as many reads as one that doesn't exist.
    pub async fn key_with_digest(
        &self,
        admin: &CompanyAdministrator,
        digest: &Digest,
    ) -> Result<Option<(Credential, ApiKeyRecord)>, TableError> {
        let credential = self.credential(digest).await?;
        let Some(credential) = credential.filter(|found| found.company_id == *admin.company_id()) else {
            return Ok(None);
        };
        let key = self.key(admin, &credential.key_id).await?;
        Ok(key.map(|key| (credential, key)))
    }

    /// The key that a finder found, with all its secrets.
    pub async fn found_key(&self, finder: &KeyFinder) -> Result<Option<ApiKeyRecord>, TableError> {
        self.get(Table::ApiKeys, found_key(finder)).await?.as_ref().map(record_from).transpose()
    }

    /// The company of the key that a finder found.
    pub async fn company_of_found_key(&self, finder: &KeyFinder) -> Result<Option<Company>, TableError> {
        self.get(Table::Companies, company_key(finder)).await?.as_ref().map(company_from).transpose()
    }

    /// Records that somebody found a secret, unless this report was recorded before, 20 were, or the key was revoked. `mark`
    /// identifies the report.
    pub async fn record_leak(
        &self,
        finder: &KeyFinder,
        mark: &str,
        event: &AuditEvent,
    ) -> Result<(), CommitError> {
        let expression = "SET #leakedAt = :now, #leakedDigest = :digest ADD #leakMarks :marks";
        let note = Write::update(Guard::ApiKey, Table::ApiKeys, found_key(finder), expression)
            .when("attribute_exists(#keyId) AND attribute_not_exists(#revokedAt)")
            .when("(attribute_not_exists(#leakMarks) OR size(#leakMarks) < :limit)")
            .when("NOT contains(#leakMarks, :mark)")
            .value(":now", at(event.at))
            .value(":digest", s(finder.digest().to_hex()))
            .value(":marks", AttributeValue::Ss(vec![mark.into()]))
            .value(":mark", s(mark))
            .value(":limit", n(REPORTS));
        Transaction::of(self, finder, event.at).and(note).and(self.append(event)).commit().await
    }
}

fn found_key(finder: &KeyFinder) -> Item {
    key_in_company(finder, "keyId", finder.credential().key_id.as_str())
}
