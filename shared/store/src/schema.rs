//! Creates the tables on a laptop, where there is no `CloudFormation`.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType, TimeToLiveSpecification,
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
}

impl Tables {
    /// Creates the missing tables. Returns whether any was missing.
    pub async fn create_missing(&self, definitions: &[TableDefinition]) -> Result<bool, TableError> {
        let existing = self.client.list_tables().send().await?.table_names.unwrap_or_default();
        let mut made = false;
        for definition in definitions {
            let name = self.name(definition.table);
            if existing.iter().any(|existing| existing == name) {
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

    /// Whether the tables respond. For a clear message at the start.
    pub async fn reach(&self) -> Result<(), TableError> {
        self.client.list_tables().limit(1).send().await?;
        Ok(())
    }
}
