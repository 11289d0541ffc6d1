//! Creates the tables on a laptop, where there is no `CloudFormation`.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType, StreamSpecification,
    StreamViewType, TimeToLiveSpecification,
};

use crate::{error::TableError, table::Table, tables::Tables};

/// A table as `template.yaml` defines it. All key attributes are strings.
#[derive(Clone, Debug)]
pub struct TableDefinition {
    /// The table.
    pub table: Table,
    /// The partition key's attribute.
    pub partition_key: String,
    /// The sort key's attribute.
    pub sort_key: Option<String>,
    /// The attribute with the expiry of an item, in seconds since the epoch.
    pub time_to_live: Option<String>,
    /// Whether the table has a stream of the keys of changed items.
    pub has_stream: bool,
}

impl Tables {
    /// Creates the missing tables, and the missing streams of existing ones. Returns whether any table was missing.
    pub async fn create_missing(&self, definitions: &[TableDefinition]) -> Result<bool, TableError> {
        let existing = self.client.list_tables().send().await?.table_names.unwrap_or_default();
        let mut made = false;
        for definition in definitions {
            let name = self.name(definition.table);
            if existing.iter().any(|existing| existing == name) {
                if definition.has_stream {
                    self.add_stream(definition.table).await?;
                }
                continue;
            }
            let keys = [
                (Some(&definition.partition_key), KeyType::Hash),
                (definition.sort_key.as_ref(), KeyType::Range),
            ];
            let mut request =
                self.client.create_table().table_name(name).billing_mode(BillingMode::PayPerRequest);
            for (attribute, key_type) in keys {
                let Some(attribute) = attribute else { continue };
                let string = AttributeDefinition::builder()
                    .attribute_name(attribute)
                    .attribute_type(ScalarAttributeType::S)
                    .build()?;
                let key = KeySchemaElement::builder().attribute_name(attribute).key_type(key_type).build()?;
                request = request.attribute_definitions(string).key_schema(key);
            }
            if definition.has_stream {
                request = request.stream_specification(stream_of_keys()?);
            }
            request.send().await?;
            if let Some(attribute) = &definition.time_to_live {
                let ttl =
                    TimeToLiveSpecification::builder().attribute_name(attribute).enabled(true).build()?;
                let request = self.client.update_time_to_live().table_name(name);
                request.time_to_live_specification(ttl).send().await?;
            }
            made = true;
        }
        Ok(made)
    }

    /// Gives a table of an earlier release its stream.
    async fn add_stream(&self, table: Table) -> Result<(), TableError> {
        let name = self.name(table);
        let described = self.client.describe_table().table_name(name).send().await?;
        let stream = described.table.and_then(|table| table.stream_specification);
        if stream.is_none_or(|stream| !stream.stream_enabled) {
            self.client
                .update_table()
                .table_name(name)
                .stream_specification(stream_of_keys()?)
                .send()
                .await?;
        }
        Ok(())
    }

    /// Whether the tables respond. For a clear message at the start.
    pub async fn reach(&self) -> Result<(), TableError> {
        self.client.list_tables().limit(1).send().await?;
        Ok(())
    }
}

fn stream_of_keys() -> Result<StreamSpecification, TableError> {
    let stream =
        StreamSpecification::builder().stream_enabled(true).stream_view_type(StreamViewType::KeysOnly);
    Ok(stream.build()?)
}
