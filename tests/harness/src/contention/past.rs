//! Reads that aren't strongly consistent return the data of a while ago.

use std::{
    collections::HashMap,
    sync::Mutex,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{ItemKey, Keys};

/// What each write of an item replaced, and when, oldest first.
type Replaced = Vec<(Instant, Option<Value>)>;

/// The past of the tables.
#[derive(Debug)]
pub(super) struct Past {
    staleness: Duration,
    replaced: Mutex<HashMap<ItemKey, Replaced>>,
}

impl Past {
    pub(super) fn new(staleness: Duration) -> Self {
        Self { staleness, replaced: Mutex::default() }
    }

    /// Whether any read may return old data.
    pub(super) fn is_kept(&self) -> bool {
        !self.staleness.is_zero()
    }

    /// Remembers the content of an item before a write.
    pub(super) fn note(&self, item: ItemKey, before: Option<Value>) {
        let mut replaced = self.replaced.lock().expect("not poisoned");
        let versions = replaced.entry(item).or_default();
        versions.retain(|(at, _)| at.elapsed() < self.staleness);
        versions.push((Instant::now(), before));
    }

    /// The content that an item had this long ago, if it has this content now.
    fn of(&self, item: &ItemKey, present: Option<Value>) -> Option<Value> {
        let replaced = self.replaced.lock().expect("not poisoned");
        let versions = replaced.get(item).into_iter().flatten();
        let first = versions.into_iter().find(|(at, _)| at.elapsed() < self.staleness);
        first.map_or(present, |(_, before)| before.clone())
    }

    /// Replaces the response to a read that isn't strongly consistent by old data. A query finds the same items as now,
    /// with their old content.
    pub(super) fn age(&self, keys: &Keys, action: &str, request: &Value, answer: &mut Value) {
        let is_consistent = |asked: &Value| asked["ConsistentRead"] == true;
        let table = request["TableName"].as_str().unwrap_or_default();
        match action {
            "GetItem" if !is_consistent(request) => {
                let present = answer.get("Item").cloned();
                let seen = self.of(&keys.of(table, &request["Key"]), present);
                *answer = seen.map_or_else(|| json!({}), |item| json!({"Item": item}));
            }
            "Query" if !is_consistent(request) => {
                let items = answer["Items"].as_array().cloned().unwrap_or_default();
                let seen = items.into_iter().filter_map(|item| self.of(&keys.of(table, &item), Some(item)));
                answer["Items"] = seen.collect();
            }
            "BatchGetItem" => {
                let asked = request["RequestItems"].as_object().into_iter().flatten();
                for (table, asked) in asked.filter(|(_, asked)| !is_consistent(asked)) {
                    let items = answer["Responses"][table].as_array().cloned().unwrap_or_default();
                    let present =
                        |wanted: &ItemKey| items.iter().find(|item| keys.of(table, item) == *wanted).cloned();
                    let wanted =
                        asked["Keys"].as_array().into_iter().flatten().map(|key| keys.of(table, key));
                    answer["Responses"][table] =
                        wanted.filter_map(|item| self.of(&item, present(&item))).collect();
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_past_is_what_an_item_was_before_all_recent_writes() {
        let past = Past::new(Duration::from_mins(1));
        let (item, present) = ("Accounts a".to_owned(), Some(json!(3)));
        assert_eq!(past.of(&item, present.clone()), present);
        past.note(item.clone(), Some(json!(1)));
        past.note(item.clone(), Some(json!(2)));
        assert_eq!(past.of(&item, present), Some(json!(1)));
    }
}
