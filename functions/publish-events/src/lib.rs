//! Publishes every audit event on the stack's event bus.

/// The function's name in `template.yaml` and in logs.
pub const NAME: &str = "publish-events";
