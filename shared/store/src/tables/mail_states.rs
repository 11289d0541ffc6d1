//! The mails in `Notices`: what was sent about each topic, what waits, and what is due.
//!
//! Each topic with something to send has a second item, whose key begins with the time at which it is due. Both change in one
//! transaction, so nothing that waits is forgotten.

use std::{collections::BTreeSet, time::Duration};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    audit::Action,
    identifiers::{AccountId, CompanyId},
    mails::{Batch, Group, Happening, MailState, MailTopic, Sending},
    time::Timestamp,
};

use super::Tables;
use crate::{
    caller::ServiceWork,
    error::TableError,
    item::{Attributes, Item, at, map_of, n, notice_in_company, s},
    table::Table,
    transaction::{CommitError, Transaction},
    write::{Guard, Write},
};

/// How long items are kept after their last change. Until then, a repeated event is known.
const KEPT: Duration = Duration::from_hours(30 * 24);
/// How many due topics one reading returns at most.
const MOST_DUE: i32 = 500;
/// Below what everything is that is due.
const DUE: &str = "due";

/// What is stored about the mails of a topic.
#[derive(Clone, Debug, Default)]
pub struct KnownMails {
    /// The state.
    pub state: MailState,
    /// The number of the last change. `None` if nothing is stored.
    version: Option<u64>,
    /// When something is due, as stored.
    due_at: Option<Timestamp>,
}

impl Tables {
    /// What is known of the mails of a topic.
    pub async fn mails(&self, work: &ServiceWork, topic: &MailTopic) -> Result<KnownMails, TableError> {
        let Some(item) = self.get(Table::Notices, state_key(work, topic)).await? else {
            return Ok(KnownMails::default());
        };
        Ok(KnownMails {
            state: state_from(&item)?,
            version: Some(item.number("version")?),
            due_at: item.optional_time("dueAt")?,
        })
    }

    /// Stores what is known of the mails of a topic, unless it has changed since it was read.
    pub async fn change_mails(
        &self,
        work: &ServiceWork,
        topic: &MailTopic,
        before: &KnownMails,
        after: &MailState,
        now: Timestamp,
    ) -> Result<(), CommitError> {
        let due_at = after.due_at();
        let expiry = now.plus(KEPT).seconds();
        let mut item = state_key(work, topic);
        item.extend(attributes(after));
        item.extend(due_at.map(|due| ("dueAt".into(), at(due))));
        item.insert("version".into(), n(before.version.map_or(0, |version| version + 1)));
        item.insert("expiry".into(), n(expiry));
        let state = Write::put(Guard::Notice, Table::Notices, item);
        let state = match before.version {
            Some(version) => state.when("#version = :before").value(":before", n(version)),
            None => state.when("attribute_not_exists(#version)"),
        };
        let [was, is] = [before.due_at, due_at].map(|due| due.map(|due| due_key(work, topic, due)));
        let outdated = was.filter(|was| is.as_ref() != Some(was));
        let outdated = outdated.map(|key| Write::delete(Guard::Notice, Table::Notices, key));
        let due = is.zip(due_at).map(|(mut item, due)| {
            item.extend([("dueAt".into(), at(due)), ("expiry".into(), n(expiry))]);
            Write::put(Guard::Notice, Table::Notices, item)
        });
        Transaction::of(self, work, now).and(state).and_all(outdated).and_all(due).commit().await
    }

    /// The topics of all companies of which something is due, the longest due ones first, at most [`MOST_DUE`].
    pub async fn due_mails(&self, now: Timestamp) -> Result<Vec<(CompanyId, MailTopic)>, TableError> {
        let page = self
            .client
            .query()
            .table_name(self.name(Table::Notices))
            .key_condition_expression("about = :about AND notice < :end")
            .expression_attribute_values(":about", s(DUE))
            .expression_attribute_values(":end", s(due_from(now.plus(Duration::from_millis(1)))))
            .limit(MOST_DUE)
            .consistent_read(true)
            .send()
            .await?;
        // A topic that a later release stored waits for that release.
        Ok(page.items().iter().filter_map(|item| due_topic(item.text("notice").ok()?)).collect())
    }
}

fn state_key(work: &ServiceWork, topic: &MailTopic) -> Item {
    notice_in_company(work, &format!("mail#{topic}"))
}

fn due_key(work: &ServiceWork, topic: &MailTopic, due: Timestamp) -> Item {
    let notice = format!("{}{}#{topic}", due_from(due), work.company_id());
    Item::from([("about".into(), s(DUE)), ("notice".into(), s(notice))])
}

/// The beginning of the keys of what is due at this time. They sort by it.
fn due_from(due: Timestamp) -> String {
    format!("{:015}#", due.millis().max(0))
}

fn due_topic(notice: &str) -> Option<(CompanyId, MailTopic)> {
    let (_, named) = notice.split_once('#')?;
    let (company, topic) = named.split_once('#')?;
    CompanyId::parse(company).zip(MailTopic::parse(topic))
}

fn list<T>(values: impl IntoIterator<Item = T>, attribute: impl Fn(T) -> AttributeValue) -> AttributeValue {
    AttributeValue::L(values.into_iter().map(attribute).collect())
}

fn attributes(state: &MailState) -> Item {
    let MailState { sent_at, waiting, sending, told } = state;
    let sending = sending.as_ref().map(|sending| {
        map_of([
            ("groups", Some(groups(&sending.batch))),
            ("begunAt", Some(at(sending.begun_at))),
            ("nextAt", Some(at(sending.next_at))),
            ("attempts", Some(n(sending.attempts))),
            ("reached", Some(list(&sending.reached, s))),
        ])
    });
    let waiting = Some(waiting).filter(|waiting| !waiting.is_empty()).map(groups);
    let attributes = [
        ("sentAt", sent_at.map(at)),
        ("waiting", waiting),
        ("sending", sending),
        ("told", Some(list(told, s))),
    ];
    attributes.into_iter().filter_map(|(name, value)| Some((name.into(), value?))).collect()
}

fn groups(batch: &Batch) -> AttributeValue {
    list(&batch.groups, |group| {
        let named = list(&group.named, |(id, author)| match author {
            Some(author) => s(format!("{id} {author}")),
            None => s(id),
        });
        map_of([
            ("action", Some(s(group.action.id()))),
            ("named", Some(named)),
            ("more", Some(group.more).filter(|more| *more > 0).map(n)),
            ("latest", Some(happening(&group.latest))),
            ("other", group.other.as_ref().map(happening)),
        ])
    })
}

fn happening(happening: &Happening) -> AttributeValue {
    let Happening { event_id, author, data, .. } = happening;
    map_of([("eventId", Some(s(event_id))), ("author", author.as_ref().map(s)), ("data", Some(s(data)))])
}

fn state_from(item: &Item) -> Result<MailState, TableError> {
    Ok(MailState {
        sent_at: item.optional_time("sentAt")?,
        waiting: batch_from(item, "waiting")?,
        sending: item.optional_map("sending")?.map(sending_from).transpose()?,
        told: texts(item, "told")?,
    })
}

fn sending_from(item: &Item) -> Result<Sending, TableError> {
    let reached = texts(item, "reached")?.into_iter().map(|id| AccountId::parse(&id));
    Ok(Sending {
        batch: batch_from(item, "groups")?,
        begun_at: item.time("begunAt")?,
        next_at: item.time("nextAt")?,
        attempts: item.number("attempts")?,
        reached: reached.collect::<Option<BTreeSet<_>>>().ok_or(TableError::Corrupt("reached"))?,
    })
}

fn list_of<'a>(item: &'a Item, name: &'static str) -> Result<&'a [AttributeValue], TableError> {
    let Some(value) = item.optional(name) else { return Ok(&[]) };
    value.as_l().map(Vec::as_slice).map_err(|_| TableError::Corrupt(name))
}

fn texts(item: &Item, name: &'static str) -> Result<Vec<String>, TableError> {
    let texts = list_of(item, name)?.iter().map(|text| text.as_s().cloned());
    texts.collect::<Result<_, _>>().map_err(|_| TableError::Corrupt(name))
}

/// The events of a batch. Those of an action that only a later release knows wait for that release.
fn batch_from(item: &Item, name: &'static str) -> Result<Batch, TableError> {
    let mut groups = Vec::new();
    for group in list_of(item, name)? {
        let group = group.as_m().map_err(|_| TableError::Corrupt(name))?;
        let action = group.parsed("action", Action::from_id)?;
        let other = group.optional_map("other")?.map(|other| happening_from(other, action));
        groups.push(Group {
            action,
            named: texts(group, "named")?.iter().map(|named| named_from(named)).collect(),
            more: group.optional_number("more")?.unwrap_or(0),
            latest: happening_from(
                group.optional_map("latest")?.ok_or(TableError::Corrupt("latest"))?,
                action,
            )?,
            other: other.transpose()?,
        });
    }
    Ok(Batch { groups })
}

fn named_from(named: &str) -> (String, Option<AccountId>) {
    let (id, author) = named.split_once(' ').unwrap_or((named, ""));
    (id.into(), AccountId::parse(author))
}

fn happening_from(item: &Item, action: Action) -> Result<Happening, TableError> {
    Ok(Happening {
        event_id: item.text("eventId")?.into(),
        action,
        author: item.optional_parsed("author", AccountId::parse)?,
        data: item.text("data")?.into(),
    })
}
