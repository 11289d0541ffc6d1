//! The callers. Only verification creates them, so an operation that takes a caller can't run without authentication.
//! An operator is created after IAM has admitted one.

mod administrator;
mod current;
mod finder;
mod key_holder;
mod operator;
mod service_work;

use domain::{
    account::Changer,
    audit::{Action, Actor, Affected, AuditEvent, Details, Origin},
    identifiers::CompanyId,
    key::Credential,
    time::Timestamp,
};

use crate::random;

pub use administrator::CompanyAdministrator;
pub use current::{CurrentCaller, LostAuthority};
pub use finder::KeyFinder;
pub use key_holder::{KeyHolder, RefusedHolder};
pub use operator::Operator;
pub use service_work::ServiceWork;

/// Any caller. Determines the company that a table method may access.
#[derive(Clone, Copy, Debug)]
pub enum Caller<'a> {
    /// A person, through the admin plane.
    Administrator(&'a CompanyAdministrator),
    /// A machine, through the enterprise plane.
    KeyHolder(&'a KeyHolder),
    /// One of the people who run the service, through IAM.
    Operator(&'a Operator),
    /// A machine whose request was refused: its key was revoked, or a limit refused it. This is recorded, and the machine can
    /// do nothing else.
    Refused(&'a RefusedHolder),
    /// Somebody who found a key, which is the right to end it.
    Finder(&'a KeyFinder),
    /// The service itself, which tells a company's people what it noticed.
    Service(&'a ServiceWork),
}

impl<'a> Caller<'a> {
    /// The caller's company.
    #[must_use]
    pub fn company_id(self) -> &'a CompanyId {
        match self {
            Self::Administrator(admin) => admin.company_id(),
            Self::KeyHolder(holder) => holder.company_id(),
            Self::Operator(operator) => operator.company_id(),
            Self::Refused(holder) => &holder.credential().company_id,
            Self::Finder(finder) => finder.company_id(),
            Self::Service(work) => work.company_id(),
        }
    }

    /// The caller as the audit log names it.
    #[must_use]
    pub fn actor(self) -> Actor {
        let key = |credential: &Credential| Actor::ApiKey {
            id: credential.key_id.clone(),
            name: credential.name.clone(),
            mask: credential.mask.clone(),
        };
        match self {
            Self::Administrator(admin) => {
                let account = admin.account();
                let (id, email, name) = (account.id.clone(), account.email.clone(), account.name());
                Actor::Account { id, email, name }
            }
            Self::KeyHolder(holder) => key(holder.credential()),
            Self::Operator(operator) => Actor::Operator { name: operator.name().into() },
            Self::Refused(holder) => key(holder.credential()),
            Self::Finder(finder) => Actor::Reporter(finder.reporter()),
            Self::Service(_) => Actor::Service,
        }
    }

    /// An event that this caller causes now, in the log of the caller's company.
    #[must_use]
    pub fn event(
        self,
        action: Action,
        affected: impl Into<Affected>,
        origin: &Origin,
        now: Timestamp,
    ) -> AuditEvent {
        AuditEvent {
            id: random::ulid(now),
            company_id: self.company_id().clone(),
            action,
            actor: self.actor(),
            affected: affected.into(),
            details: Details::default(),
            origin: origin.clone(),
            at: now,
        }
    }

    /// The caller as accounts remember who suspended them.
    #[must_use]
    pub fn changer(self) -> Changer {
        match self {
            Self::Administrator(admin) => Changer::Account(admin.account().id.clone()),
            Self::KeyHolder(holder) => Changer::Key(holder.credential().key_id.clone()),
            Self::Operator(operator) => Changer::Operator(operator.name().into()),
            Self::Refused(holder) => Changer::Key(holder.credential().key_id.clone()),
            // Finders change no account.
            Self::Finder(finder) => Changer::Key(finder.credential().key_id.clone()),
            // The service changes no account.
            Self::Service(_) => Changer::Operator("service".into()),
        }
    }
}

impl<'a> From<&'a CompanyAdministrator> for Caller<'a> {
    fn from(admin: &'a CompanyAdministrator) -> Self {
        Self::Administrator(admin)
    }
}

impl<'a> From<&'a KeyHolder> for Caller<'a> {
    fn from(holder: &'a KeyHolder) -> Self {
        Self::KeyHolder(holder)
    }
}

impl<'a> From<&'a Operator> for Caller<'a> {
    fn from(operator: &'a Operator) -> Self {
        Self::Operator(operator)
    }
}

impl<'a> From<&'a RefusedHolder> for Caller<'a> {
    fn from(holder: &'a RefusedHolder) -> Self {
        Self::Refused(holder)
    }
}

impl<'a> From<&'a ServiceWork> for Caller<'a> {
    fn from(work: &'a ServiceWork) -> Self {
        Self::Service(work)
    }
}

impl<'a> From<&'a KeyFinder> for Caller<'a> {
    fn from(finder: &'a KeyFinder) -> Self {
        Self::Finder(finder)
    }
}
