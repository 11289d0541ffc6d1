//! Which mails a Company Administrator gets.

/// The function's name in `template.yaml` and in logs.
pub const NAME: &str = "notifications";
