//! The reads and writes of a restoration.

use aws_sdk_dynamodb::{operation::query::builders::QueryFluentBuilder, types::AttributeValue};
use domain::time::Timestamp;

use crate::{
    error::TableError,
    item::{Item, s},
    table::Table,
    tables::Tables,
};

/// The result of a restoration: what it did or would do, and the events on which this is based.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// A sentence for each change, and for each thing that must be done by hand.
    pub done: Vec<String>,
    /// The number of events in the audit log since the restored time, of the companies that exist.
    pub events: usize,
    /// The time of the newest of these events.
    pub newest: Option<Timestamp>,
    /// Whether the audit log has an event from before the restored time.
    pub reaches_back: bool,
}

/// A restoration in progress.
pub(super) struct Restoration<'t> {
    pub(super) tables: &'t Tables,
    pub(super) now: Timestamp,
    pub(super) applies: bool,
    pub(super) restored: Restored,
}

/// A change of an attribute.
pub(super) enum Change {
    Set(&'static str, AttributeValue),
    Remove(&'static str),
}

impl Change {
    /// Whether it sets this attribute.
    pub(super) fn sets(&self, attribute: &str) -> bool {
        matches!(self, Self::Set(name, _) if *name == attribute)
    }
}

impl Restoration<'_> {
    /// Every item of a table, or the items of one company from an identifier on.
    pub(super) async fn all(
        &self,
        table: Table,
        company: Option<(&str, &str, &str)>,
    ) -> Result<Vec<Item>, TableError> {
        let (mut items, mut from) = (Vec::new(), None);
        loop {
            let name = self.tables.name(table);
            let (page, last) = if let Some((id, sort_key, first)) = company {
                let query = self.query(table, id, sort_key, ">=", first);
                let page = query.set_exclusive_start_key(from).send().await?;
                (page.items, page.last_evaluated_key)
            } else {
                let scan = self.tables.client.scan().table_name(name).consistent_read(true);
                let page = scan.set_exclusive_start_key(from).send().await?;
                (page.items, page.last_evaluated_key)
            };
            items.extend(page.unwrap_or_default());
            if last.is_none() {
                return Ok(items);
            }
            from = last;
        }
    }

    pub(super) fn query(
        &self,
        table: Table,
        company: &str,
        sort_key: &str,
        is: &str,
        id: &str,
    ) -> QueryFluentBuilder {
        let query = self.tables.client.query().table_name(self.tables.name(table)).consistent_read(true);
        query
            .key_condition_expression(format!("#company = :company AND #id {is} :id"))
            .expression_attribute_names("#company", "companyId")
            .expression_attribute_names("#id", sort_key)
            .expression_attribute_values(":company", s(company))
            .expression_attribute_values(":id", s(id))
    }

    pub(super) fn say(&mut self, sentence: String) {
        self.restored.done.push(sentence);
    }

    pub(super) async fn set(
        &self,
        table: Table,
        item: &Item,
        keys: &[&str],
        changes: Vec<(&'static str, AttributeValue)>,
    ) -> Result<(), TableError> {
        let changes = changes.into_iter().map(|(name, value)| Change::Set(name, value));
        self.change(table, item, keys, changes.collect()).await
    }

    pub(super) async fn change(
        &self,
        table: Table,
        item: &Item,
        keys: &[&str],
        changes: Vec<Change>,
    ) -> Result<(), TableError> {
        if !self.applies {
            return Ok(());
        }
        let mut update = self.tables.client.update_item().table_name(self.tables.name(table));
        update = update.set_key(Some(key_of(item, keys)));
        let (mut set, mut removed) = (Vec::new(), Vec::new());
        for change in changes {
            match change {
                Change::Set(name, value) => {
                    set.push(format!("#{name} = :{name}"));
                    update = update
                        .expression_attribute_names(format!("#{name}"), name)
                        .expression_attribute_values(format!(":{name}"), value);
                }
                Change::Remove(name) => {
                    removed.push(format!("#{name}"));
                    update = update.expression_attribute_names(format!("#{name}"), name);
                }
            }
        }
        let clauses = [("SET", set), ("REMOVE", removed)].into_iter().filter(|(_, parts)| !parts.is_empty());
        let clauses: Vec<_> =
            clauses.map(|(clause, parts)| format!("{clause} {}", parts.join(", "))).collect();
        update.update_expression(clauses.join(" ")).send().await?;
        Ok(())
    }

    /// Changes attributes of an item that was read, also in memory, so that the next step sees them in a dry run too.
    pub(super) async fn alter(
        &self,
        table: Table,
        item: &mut Item,
        keys: &[&str],
        changes: Vec<Change>,
    ) -> Result<(), TableError> {
        if changes.is_empty() {
            return Ok(());
        }
        let mut altered = item.clone();
        for change in &changes {
            match change {
                Change::Set(name, value) => drop(altered.insert((*name).to_owned(), value.clone())),
                Change::Remove(name) => drop(altered.remove(*name)),
            }
        }
        self.change(table, item, keys, changes).await?;
        *item = altered;
        Ok(())
    }

    pub(super) async fn remove(&self, table: Table, item: &Item, keys: &[&str]) -> Result<(), TableError> {
        if self.applies {
            let delete = self.tables.client.delete_item().table_name(self.tables.name(table));
            delete.set_key(Some(key_of(item, keys))).send().await?;
        }
        Ok(())
    }
}

pub(super) fn key_of(item: &Item, keys: &[&str]) -> Item {
    keys.iter().filter_map(|key| Some(((*key).to_owned(), item.get(*key)?.clone()))).collect()
}
