//! Lists what a key suspended and deleted, and what an undo would do.

use std::collections::BTreeMap;

use domain::{
    account::{Account, Changer, Suspender, UndoEffect},
    audit::{Action, Affected, RecordedEvent},
    identifiers::{AccountId, Email, KeyId},
    time::Timestamp,
};
use store::{CompanyAdministrator, EventPage, Service, TableError};

use crate::{
    PAGE, QUERIES,
    page::Page,
    wire::{SuspensionList, SuspensionView},
};

/// A limit so large that a query ends at its megabyte.
const MEGABYTE: usize = 100_000;
/// The maximum number of others whose names are read. One batched read finds as many.
const NAMES: usize = 100;

/// A suspension or a deletion by the key, as the log recorded it.
pub(crate) struct Harm {
    pub(crate) event_id: String,
    pub(crate) action: Action,
    pub(crate) at: Timestamp,
    pub(crate) account_id: AccountId,
    pub(crate) email: Email,
    pub(crate) name: Option<String>,
}

impl Harm {
    fn of(event: RecordedEvent, key_id: &KeyId) -> Option<Self> {
        let action = Action::from_id(&event.action)?;
        if !matches!(action, Action::SuspendAccount | Action::DeleteAccount) || !event.actor.is_key(key_id) {
            return None;
        }
        let Affected::Account { id: account_id, email, name } = event.affected else { return None };
        Some(Self { event_id: event.id, action, at: event.at, account_id, email, name })
    }

    /// Whether the account says that the key suspended it again later in the range. Then a row before this one shows it.
    fn is_shown_before(&self, account: &Account, key_id: &KeyId, last: &str) -> bool {
        let known = account.suspended_by.known().iter();
        let mut of_key = known.filter(|suspender| suspender.who == Changer::Key(key_id.clone()));
        let later = of_key.find_map(|suspender| suspender.event_id.as_deref());
        later.is_some_and(|later| self.event_id.as_str() < later && later <= last)
    }
}

/// One page of what the key did, newest first.
pub(crate) async fn list(
    admin: &CompanyAdministrator,
    service: &Service,
    key_id: &KeyId,
    page: Page,
) -> Result<SuspensionList, TableError> {
    let Some(ids) = page.ids() else { return Ok(SuspensionList::default()) };
    let (harms, next) = harms(admin, service, key_id, &page, &ids).await?;
    let affected: Vec<_> = harms.iter().map(|harm| harm.account_id.clone()).collect();
    let accounts = service.tables.accounts(admin, &affected).await?;
    let account_of = |harm: &Harm| accounts.iter().find(|account| account.id == harm.account_id);
    let harms: Vec<_> = harms
        .into_iter()
        .filter(|harm| {
            !account_of(harm).is_some_and(|account| harm.is_shown_before(account, key_id, ids.end()))
        })
        .collect();
    let also_by = |account| also_by(account, key_id, page.since());
    let others = harms.iter().filter_map(account_of).flat_map(also_by);
    let names = Names::read(admin, service, others).await?;
    let rows =
        harms.iter().map(|harm| SuspensionView::new(harm, account_of(harm), key_id, page.since(), &names));
    Ok(SuspensionList { suspensions: rows.collect(), next_token: next.map(|after| page.token(after)) })
}

/// The newest event of each account, up to a full page, and the position after it if there may be more.
async fn harms(
    admin: &CompanyAdministrator,
    service: &Service,
    key_id: &KeyId,
    page: &Page,
    ids: &std::ops::RangeInclusive<String>,
) -> Result<(Vec<Harm>, Option<String>), TableError> {
    let (now, mut found, mut after) = (service.clock.now().seconds(), Vec::<Harm>::new(), page.after.clone());
    for _ in 0..QUERIES {
        let EventPage { events, next } =
            service.tables.audit_events(admin, ids, after.as_deref(), MEGABYTE).await?;
        for event in events {
            let id = event.id.clone();
            // TTL deletes expired events with a delay.
            let harm = if event.expiry > now { Harm::of(event, key_id) } else { None };
            let is_new = |harm: &Harm| found.iter().all(|other| other.account_id != harm.account_id);
            if let Some(harm) = harm.filter(is_new) {
                if found.len() == PAGE {
                    return Ok((found, after));
                }
                found.push(harm);
            }
            after = Some(id);
        }
        after = next;
        if after.is_none() {
            break;
        }
    }
    Ok((found, after))
}

/// Who else wants the account to be suspended. If an undo changes the account, these are its suspenders after the undo. They can
/// include the key itself, which wanted the suspension before this time.
pub(crate) fn also_by(account: &Account, key_id: &KeyId, since: Timestamp) -> Vec<Suspender> {
    let suspenders = &account.suspended_by;
    let is_undone = suspenders.undo(key_id, since) != UndoEffect::Nothing;
    let after = suspenders.after_undo(key_id, since);
    after
        .known()
        .iter()
        .filter(|other| is_undone || other.who != Changer::Key(key_id.clone()))
        .cloned()
        .collect()
}

/// The names of those who also want accounts to be suspended.
pub(crate) struct Names {
    keys: BTreeMap<String, String>,
    accounts: BTreeMap<String, String>,
}

impl Names {
    async fn read(
        admin: &CompanyAdministrator,
        service: &Service,
        others: impl Iterator<Item = Suspender>,
    ) -> Result<Self, TableError> {
        let (mut keys, mut people) = (Vec::new(), Vec::new());
        for suspender in others {
            let is_full = keys.len() + people.len() == NAMES;
            match suspender.who {
                Changer::Key(id) if !is_full && !keys.contains(&id) => keys.push(id),
                Changer::Account(id) if !is_full && !people.contains(&id) => people.push(id),
                Changer::Key(_) | Changer::Account(_) | Changer::Operator(_) => {}
            }
        }
        let (keys, accounts) = service.tables.keys_and_accounts(admin, &keys, &people).await?;
        Ok(Self {
            keys: keys.into_iter().map(|key| (key.key_id.to_string(), key.name)).collect(),
            accounts: accounts.iter().map(|account| (account.id.to_string(), account.name())).collect(),
        })
    }

    pub(crate) fn of_key(&self, id: &KeyId) -> Option<&String> {
        self.keys.get(id.as_str())
    }

    pub(crate) fn of_account(&self, id: &AccountId) -> Option<&String> {
        self.accounts.get(id.as_str())
    }
}
