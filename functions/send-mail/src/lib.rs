//! Sends mails to Company Administrators about what they must not miss.

/// The function's name in `template.yaml` and in logs.
pub const NAME: &str = "send-mail";
