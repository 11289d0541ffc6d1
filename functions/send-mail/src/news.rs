//! What a mail says of an event: the few members of the event's data that it needs.

use domain::{
    audit::{Action, HeldBy},
    identifiers::{AccountId, CompanyId, KeyId},
    key::Mask,
    mails::{Happening, MailKind, MailTopic},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The beginning of the source of a company's events.
const SOURCE: &str = "urn:company-api-keys:company:";
/// The longest identifier of an event that is read. Those that the service writes have 26 characters.
const ID_LENGTH: usize = 64;

/// An event from the bus about which a mail may be sent.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) company_id: CompanyId,
    pub(crate) topic: MailTopic,
    pub(crate) happening: Happening,
}

impl Message {
    /// Reads an event of the bus, whose detail is a `CloudEvent`. The error means that it is no such event. `None` means that no
    /// mail is sent about it, for example because only a later release knows its action.
    pub(crate) fn read(event: &Value) -> Result<Option<Self>, NotUnderstood> {
        let detail = &event["detail"];
        let company_id = detail["source"].as_str().and_then(|source| source.strip_prefix(SOURCE));
        let company_id = company_id.and_then(CompanyId::parse).ok_or(NotUnderstood)?;
        let is_id =
            |id: &&str| (1..=ID_LENGTH).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric());
        let event_id = detail["id"].as_str().filter(is_id).ok_or(NotUnderstood)?;
        let data = &detail["data"];
        let Some(action) = Action::from_id(data["action"].as_str().ok_or(NotUnderstood)?) else {
            return Ok(None);
        };
        let held_by = data["heldBy"].as_str().and_then(HeldBy::from_id);
        let Some(kind) = MailKind::of(action, held_by) else { return Ok(None) };
        let news = News::deserialize(data).map_err(|_| NotUnderstood)?;
        let happening = Happening {
            event_id: event_id.into(),
            action,
            author: news.actor.account(),
            data: serde_json::to_string(&news).map_err(|_| NotUnderstood)?,
        };
        Ok(Some(Self { company_id, topic: MailTopic { kind, key: news.affected.key() }, happening }))
    }
}

/// A message that is no event of the bus.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NotUnderstood;

/// The members of an audit event that mails need. It is stored with the mails that wait, so later releases read it, too.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct News {
    pub(crate) actor: Party,
    pub(crate) affected: Party,
    pub(crate) date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) days: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    leaked_mask: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) place: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) suspensions_per_hour: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<Secret>,
}

/// Who did it, or what it was done to.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Party {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mask: Option<String>,
    pub(crate) r#type: String,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
struct Secret {
    mask: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ends_at: Option<String>,
}

impl Party {
    /// The account, if it is a person.
    fn account(&self) -> Option<AccountId> {
        (self.r#type == "USER").then(|| AccountId::parse(self.id.as_deref()?)).flatten()
    }

    /// The key, if it is one.
    pub(crate) fn key(&self) -> Option<KeyId> {
        (self.r#type == "API_KEY").then(|| KeyId::parse(self.id.as_deref()?)).flatten()
    }

    /// The mask, if it is a key.
    pub(crate) fn mask(&self) -> Option<Mask> {
        Mask::parse(self.mask.as_deref()?)
    }
}

/// Whatever the members contain, a mail shows no more of a key than a mask, and times that are times.
impl News {
    pub(crate) fn read(data: &str) -> Self {
        serde_json::from_str(data).unwrap_or_default()
    }

    pub(crate) fn at(&self) -> Option<Timestamp> {
        Timestamp::parse_rfc3339(&self.date)
    }

    pub(crate) fn expires_at(&self) -> Option<Timestamp> {
        Timestamp::parse_rfc3339(self.expires_at.as_deref()?)
    }

    pub(crate) fn last_used_at(&self) -> Option<Timestamp> {
        Timestamp::parse_rfc3339(self.last_used_at.as_deref()?)
    }

    pub(crate) fn leaked_mask(&self) -> Option<Mask> {
        Mask::parse(self.leaked_mask.as_deref()?)
    }

    pub(crate) fn secret_mask(&self) -> Option<Mask> {
        Mask::parse(&self.secret.as_ref()?.mask)
    }

    pub(crate) fn secret_ends_at(&self) -> Option<Timestamp> {
        Timestamp::parse_rfc3339(self.secret.as_ref()?.ends_at.as_deref()?)
    }
}
