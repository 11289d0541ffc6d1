//! Keys that somebody found: looks them up, and records reports for which a key is not revoked.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    audit::AuditEvent,
    company::Company,
    key::{ApiKeyRecord, Credential, Digest},
};

use super::{Tables, api_keys::record_from, companies::company_from, key_digests::note_report};
use crate::{
    caller::{CompanyAdministrator, KeyFinder},
    error::TableError,
    item::{Item, at, company_key, key_in_company, s},
    table::Table,
    transaction::{CommitError, Transaction},
    write::{Guard, Write},
};

/// The maximum number of reports about a secret that are recorded.
const REPORTS: usize = 20;

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

    /// Records that somebody found a secret, unless this report was recorded before, 20 were, or the secret has ended. `mark`
    /// identifies the report. The secret's own item remembers the reports, so a new secret begins anew.
    pub async fn record_leak(
        &self,
        finder: &KeyFinder,
        mark: &str,
        event: &AuditEvent,
    ) -> Result<(), CommitError> {
        let digest = finder.digest().to_hex();
        let expression = "SET #leakedAt = :now ADD #leakedDigests :digests";
        let of_key = Write::update(Guard::ApiKey, Table::ApiKeys, found_key(finder), expression)
            .when("attribute_exists(#keyId) AND attribute_not_exists(#revokedAt)")
            .when("(#digest = :digest OR #newSecret.#digest = :digest OR #oldSecret.#digest = :digest)")
            .value(":now", at(event.at))
            .value(":digests", AttributeValue::Ss(vec![digest.clone()]))
            .value(":digest", s(digest));
        Transaction::of(self, finder, event.at)
            .and(of_key)
            .and(note_report(finder.digest(), mark, REPORTS))
            .and(self.append(event))
            .commit()
            .await
    }
}

fn found_key(finder: &KeyFinder) -> Item {
    key_in_company(finder, "keyId", finder.credential().key_id.as_str())
}
