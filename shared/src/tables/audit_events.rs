//! `AuditEvents`: who did what, append-only.

use super::{
    CommitError, Guard, Table, Tables,
    item::{Item, at, n, s},
    key_in_company,
    transaction::{Transaction, Write},
};
use crate::{
    audit::{Actor, Affected, AuditEvent},
    auth::RefusedHolder,
    clock::Timestamp,
};
use aws_sdk_dynamodb::types::AttributeValue;

impl Tables {
    /// The write that appends the event; part of the transaction that does what it tells.
    pub(super) fn append(&self, event: &AuditEvent) -> Write {
        let expiry = event.at.plus(self.settings.audit_retention).seconds();
        let mut item = Item::from([
            ("companyId".into(), s(&event.company_id)),
            ("eventId".into(), s(&event.id)),
            ("action".into(), s(event.action.id())),
            ("actor".into(), AttributeValue::M(actor(&event.actor))),
            ("affected".into(), AttributeValue::M(affected(&event.affected))),
            ("requestId".into(), s(&event.origin.request_id)),
            ("expiry".into(), n(expiry)),
        ]);
        if let Some(ip) = &event.origin.ip {
            item.insert("ip".into(), s(ip));
        }
        Write::put(Guard::AuditEvent, Table::AuditEvents, item).when("attribute_not_exists(#eventId)")
    }

    /// Records that a revoked key was used, unless that was recorded less than `pause` ago.
    ///
    /// The event rides on the key's item, which nothing else needs once the key is revoked.
    pub async fn record_revoked_use(
        &self,
        holder: &RefusedHolder,
        event: &AuditEvent,
        now: Timestamp,
        earliest: Timestamp,
    ) -> Result<(), CommitError> {
        let key = key_in_company(holder, "keyId", holder.credential().key_id.as_str());
        let notice = Write::update(Guard::ApiKey, Table::ApiKeys, key, "SET #lastRefusedAt = :now")
            .when("attribute_exists(#revokedAt)")
            .when("(attribute_not_exists(#lastRefusedAt) OR #lastRefusedAt <= :earliest)")
            .value(":now", at(now))
            .value(":earliest", at(earliest));
        Transaction::of(self, holder, now).and(notice).and(self.append(event)).commit().await
    }
}

fn actor(actor: &Actor) -> Item {
    let pairs = match actor {
        Actor::Account { id, email, name } => {
            vec![("type", s("account")), ("id", s(id)), ("email", s(email)), ("name", s(name))]
        }
        Actor::ApiKey { id, name, mask } => {
            vec![("type", s("api_key")), ("id", s(id)), ("name", s(name)), ("mask", s(mask))]
        }
        Actor::Operator { name } => vec![("type", s("operator")), ("name", s(name))],
    };
    pairs.into_iter().map(|(name, value)| (name.into(), value)).collect()
}

fn affected(affected: &Affected) -> Item {
    let pairs = match affected {
        Affected::Account { id, email } => vec![("type", s("account")), ("id", s(id)), ("email", s(email))],
        Affected::ApiKey { id, name, mask } => {
            vec![("type", s("api_key")), ("id", s(id)), ("name", s(name)), ("mask", s(mask))]
        }
        Affected::Company => vec![("type", s("company"))],
    };
    pairs.into_iter().map(|(name, value)| (name.into(), value)).collect()
}
