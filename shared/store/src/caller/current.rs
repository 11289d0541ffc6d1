//! Callers in the course of an operation, which may have to verify them again.

use domain::scope::Scope;
use thiserror::Error;

use super::{Caller, KeyHolder};
use crate::{error::TableError, service::Service};

/// What a caller lost in the course of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LostAuthority {
    /// Everything: the key or the administrator is refused now.
    #[error("the caller lost authority")]
    Caller,
    /// The scope that the request needs. The key works without it.
    #[error("the key lost the scope {0}")]
    Scope(Scope),
    /// The key may no longer be used from where the request came.
    #[error("the key may not be used from this network")]
    Network,
}

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

    /// Checks that the caller still has authority, after a transaction's condition on it may have failed. If so, the next
    /// attempt is made with the authority that the caller has now.
    pub async fn check_authority(
        &mut self,
        service: &Service,
    ) -> Result<Result<(), LostAuthority>, TableError> {
        match self.get() {
            Caller::Administrator(admin) => {
                let is_authorized = admin.is_still_authorized(service).await?;
                Ok(if is_authorized { Ok(()) } else { Err(LostAuthority::Caller) })
            }
            Caller::KeyHolder(holder) => Ok(match holder.verify_after_refusal(service).await? {
                Ok(verified) => {
                    self.holder = Some(verified);
                    Ok(())
                }
                Err(lost) => Err(lost),
            }),
            Caller::Operator(_) | Caller::Refused(_) | Caller::Finder(_) | Caller::Service(_) => Ok(Ok(())),
        }
    }
}
