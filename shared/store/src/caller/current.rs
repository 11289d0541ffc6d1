//! Callers in the course of an operation, which may have to verify them again.

use super::{Caller, KeyHolder};
use crate::{error::TableError, service::Service};

/// A caller in the course of an operation of several attempts.
#[derive(Debug)]
pub struct CurrentCaller<'a> {
    caller: Caller<'a>,
    /// The caller's key as it is now, if it was verified again.
    holder: Option<KeyHolder>,
}

impl<'a> CurrentCaller<'a> {
    /// A caller who was just verified.
    #[must_use]
    pub fn new(caller: impl Into<Caller<'a>>) -> Self {
        Self { caller: caller.into(), holder: None }
    }

    /// The caller as last verified.
    #[must_use]
    pub fn get(&self) -> Caller<'_> {
        self.holder.as_ref().map_or(self.caller, Caller::KeyHolder)
    }

    /// Whether the caller still has authority, after a transaction's condition on it may have failed. If so, the next
    /// attempt is made with the authority that the caller has now.
    pub async fn still_authorized(&mut self, service: &Service) -> Result<bool, TableError> {
        match self.get() {
            Caller::Administrator(admin) => admin.is_still_authorized(service).await,
            Caller::KeyHolder(holder) => {
                let verified = holder.verify_after_refusal(service).await?;
                let is_valid = verified.is_some();
                if is_valid {
                    self.holder = verified;
                }
                Ok(is_valid)
            }
            Caller::Operator(_) | Caller::Refused(_) => Ok(true),
        }
    }
}
