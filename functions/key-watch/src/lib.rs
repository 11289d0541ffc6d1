//! Once a day, looks at every active key of every company, and writes what its administrators should know into the audit log.

/// The function's name in `template.yaml` and in logs.
pub const NAME: &str = "key-watch";
