//! Accounts on their way through a change.

use domain::{
    account::{Account, AccountChange, After, ChangeRefused},
    audit::{Action, Origin},
    identifiers::{AccountId, AccountRef},
    suspensions::KnownCounts,
    time::Timestamp,
};
use store::{
    AccountTransition, Caller, CommitError, CurrentCaller, Guard, Held, Refusals, Service,
    retry::{Attempt, Operation},
};

use crate::{
    changed::Changed,
    error::{AccountRefused, ChangeError},
    metrics::count_changes,
    taken::ignore_taken_values,
};

/// Accounts that are changed together, as far as they can be.
pub(crate) struct Batch<'a> {
    caller: CurrentCaller<'a>,
    service: &'a Service,
    origin: &'a Origin,
    entries: Vec<Entry<'a>>,
    /// How many accounts the caller's key suspended and deleted in this hour, as far as is known.
    counts: KnownCounts,
}

/// One of the names.
struct Entry<'a> {
    named: &'a AccountRef,
    change: AccountChange,
    progress: Progress,
    /// Whether another transaction held the account in this round. It waits until the others are done.
    was_held: bool,
}

enum Progress {
    /// The account must be read, for the first time or again.
    Unread,
    /// The account, which this name leads to, is to be changed.
    Read(Account),
    /// The name leads to the same account as the name at that place.
    SameAs(usize),
    /// There is an outcome.
    Done(Result<Changed, AccountRefused>),
}

impl Entry<'_> {
    fn account(&self) -> Option<&AccountId> {
        match &self.progress {
            Progress::Read(account) => Some(&account.id),
            Progress::Done(Ok(changed)) => Some(&changed.account.id),
            Progress::Unread | Progress::SameAs(_) | Progress::Done(Err(_)) => None,
        }
    }

    fn is_pending(&self) -> bool {
        matches!(self.progress, Progress::Unread | Progress::Read(_))
    }
}

/// What the next transaction changes.
struct Plan {
    places: Vec<usize>,
    transitions: Vec<AccountTransition>,
}

impl Plan {
    /// How many of the changes a limit of suspensions counts.
    fn suspensions(&self) -> u16 {
        let counted = self.transitions.iter().filter(|transition| transition.is_suspension());
        u16::try_from(counted.count()).unwrap_or(u16::MAX)
    }

    /// As much of these changes as fits in one transaction. Nothing if all that is left now is the caller's own account,
    /// but `others_wait`: after a change of that account, no other change may be possible.
    fn of(caller: Caller<'_>, possible: Vec<(usize, AccountTransition)>, others_wait: bool) -> Self {
        let is_self = |account: &Account| matches!(caller, Caller::Administrator(admin) if admin.account().id == account.id);
        let (mut together, mut single): (Vec<_>, Vec<_>) =
            possible.into_iter().partition(|(_, transition)| transition.stands_alone());
        if together.is_empty() {
            single.sort_by_key(|(_, transition)| is_self(&transition.before));
            single.truncate(1);
            single.retain(|(_, transition)| !others_wait || !is_self(&transition.before));
            together = single;
        }
        together.truncate(AccountTransition::TOGETHER);
        let (places, transitions) = together.into_iter().unzip();
        Self { places, transitions }
    }
}

impl<'a> Batch<'a> {
    pub(crate) fn new(
        caller: CurrentCaller<'a>,
        service: &'a Service,
        accounts: &'a [AccountRef],
        change: &AccountChange,
        origin: &'a Origin,
    ) -> Self {
        let entry = |named| {
            let change = change.clone();
            Entry { named, change, progress: Progress::Unread, was_held: false }
        };
        let counts = KnownCounts::default();
        Self { caller, service, origin, entries: accounts.iter().map(entry).collect(), counts }
    }

    /// The outcome for each name, if there is one.
    pub(crate) fn into_outcomes(self) -> Vec<Option<Result<Changed, AccountRefused>>> {
        let outcome = |entry: &Entry<'_>| match &entry.progress {
            Progress::Done(outcome) => Some(outcome.clone()),
            Progress::Unread | Progress::Read(_) | Progress::SameAs(_) => None,
        };
        let repeated = |changed: Changed| Changed { changed: false, ..changed };
        let outcomes = self.entries.iter().map(|entry| match entry.progress {
            Progress::SameAs(place) => outcome(&self.entries[place]).map(|first| first.map(repeated)),
            _ => outcome(entry),
        });
        outcomes.collect()
    }

    /// The places of the accounts whose turn it is: all that are pending, without those that were held in this round.
    fn turn(&mut self) -> Vec<usize> {
        if !self.entries.iter().any(|entry| entry.is_pending() && !entry.was_held) {
            self.begin_round();
        }
        let places = 0..self.entries.len();
        places.filter(|place| self.entries[*place].is_pending() && !self.entries[*place].was_held).collect()
    }

    /// From now on, accounts that were held have their turn again.
    fn begin_round(&mut self) {
        self.entries.iter_mut().for_each(|entry| entry.was_held = false);
    }

    /// Reads the accounts whose turn it is and that must be read.
    async fn read(&mut self, turn: &[usize]) -> Result<(), ChangeError> {
        let unread = |place: &usize| matches!(self.entries[*place].progress, Progress::Unread);
        let places: Vec<usize> = turn.iter().copied().filter(unread).collect();
        if places.is_empty() {
            return Ok(());
        }
        let names: Vec<_> = places.iter().map(|place| self.entries[*place].named).collect();
        let found = self.service.tables.find_accounts(self.caller.get(), &names).await?;
        for (place, account) in places.into_iter().zip(found) {
            self.entries[place].progress = match account {
                None => Progress::Done(Err(AccountRefused::NotFound)),
                Some(account) => {
                    let same = self.entries.iter().position(|entry| entry.account() == Some(&account.id));
                    same.map_or(Progress::Read(account), Progress::SameAs)
                }
            };
        }
        Ok(())
    }

    /// What the next transaction changes. An account that needs no change, or can't be changed, has its outcome here.
    fn plan(&mut self, turn: &[usize], now: Timestamp) -> Plan {
        let caller = self.caller.get();
        let who = caller.changer();
        let mut possible = Vec::new();
        for place in turn.iter().copied() {
            let entry = &mut self.entries[place];
            let Progress::Read(before) = &entry.progress else { continue };
            let permitted = match &entry.change {
                AccountChange::Edit(edit) => AccountChange::Edit(before.permitted(edit, who.power())),
                other => other.clone(),
            };
            let before = before.clone();
            let outcome = match before.after(&permitted, &who, now) {
                Ok(After::Same) => Ok(Changed { account: before, changed: false }),
                Err(ChangeRefused::AdministratorProtected) => Err(AccountRefused::AdministratorProtected),
                Ok(mut after) => {
                    let event = |action: Action| {
                        let details = before.details(&permitted, &after, action);
                        caller.event(action, &before, self.origin, now).with(details)
                    };
                    let events: Vec<_> = before.actions(&after).into_iter().map(event).collect();
                    let suspension = events.iter().find(|event| event.action == Action::SuspendAccount);
                    if let Some(event) = suspension {
                        after.note_suspension(&event.id);
                    }
                    possible.push((place, AccountTransition { before, after, events }));
                    continue;
                }
            };
            entry.progress = Progress::Done(outcome);
        }
        let possible = self.within_limit(possible, now);
        let (caller, count) = (self.caller.get(), possible.len());
        let pending = self.entries.iter().filter(|entry| entry.is_pending()).count();
        Plan::of(caller, possible, pending > count)
    }

    /// Those of the changes that the limit of suspensions of the caller's key allows now. If it allows none, it refuses the
    /// accounts. Otherwise they may have their turn later.
    fn within_limit(
        &mut self,
        mut possible: Vec<(usize, AccountTransition)>,
        now: Timestamp,
    ) -> Vec<(usize, AccountTransition)> {
        let Caller::KeyHolder(holder) = self.caller.get() else { return possible };
        let Some(per_hour) = holder.credential().suspensions_per_hour else { return possible };
        let mut room = self.counts.room(per_hour, now);
        let stop = self.counts.stop(per_hour, now);
        let refused = stop.as_ref().map(|stop| {
            let seconds_left = (stop.until().millis() - now.millis() + 999) / 1_000;
            let seconds_left = u16::try_from(seconds_left).unwrap_or(0);
            AccountRefused::SuspensionLimitReached { per_hour, seconds_left }
        });
        let mut is_stopped = false;
        possible.retain(|(place, transition)| {
            if !transition.is_suspension() {
                return true;
            }
            if let Some(refused) = refused {
                self.entries[*place].progress = Progress::Done(Err(refused));
                is_stopped = true;
            }
            let fits = room > 0;
            room = room.saturating_sub(1);
            fits
        });
        if let Some(stop) = stop.filter(|_| is_stopped) {
            holder.keep_stop(self.service, self.origin, stop);
        }
        possible
    }

    fn done(&mut self, plan: Plan, now: Timestamp) {
        self.counts.add(plan.suspensions(), now);
        for (place, AccountTransition { before, after, events }) in
            plan.places.into_iter().zip(plan.transitions)
        {
            count_changes(events.iter().map(|event| event.action));
            let changed = !events.is_empty();
            let account = if let After::Changed(account) = after { *account } else { before };
            self.entries[place].progress = Progress::Done(Ok(Changed { account, changed }));
        }
    }

    /// Decides whether to retry a refused transaction, and with which remaining edit.
    async fn retry_unless_refused(
        &mut self,
        plan: &Plan,
        refusals: &Refusals,
        now: Timestamp,
    ) -> Result<Attempt<()>, ChangeError> {
        if refusals.contains(Guard::Authority) || refusals.contains(Guard::Plan) {
            // The current state shows which condition failed if the condition on an administrator was combined with
            // another write. It also shows whether something was taken away from a key that this request doesn't need.
            self.caller.check_authority(self.service).await??;
            if refusals.contains_alone(Guard::Authority) {
                return Ok(Attempt::Again);
            }
        }
        let mut is_stale = false;
        for (number, place) in plan.places.iter().enumerate() {
            if refusals.is_account(number) {
                // The account changed in between.
                self.forget(*place, false);
                is_stale = true;
            }
        }
        if refusals.contains(Guard::Suspensions) {
            refusals.learn_counts(&mut self.counts);
            return Ok(if self.has_room(plan, now) { Attempt::Again } else { Attempt::AgainImmediately });
        }
        // Only a change that is alone in its transaction has other conditions. They are reliable only if the account is
        // unchanged.
        let ([place], [transition], false) = (&plan.places[..], &plan.transitions[..], is_stale) else {
            return Ok(Attempt::Again);
        };
        self.forget(*place, false);
        let (caller, entry) = (self.caller.get(), &mut self.entries[*place]);
        let refused = if refusals.contains(Guard::Company) {
            AccountRefused::LastAdministrator
        } else if refusals.contains(Guard::Email) || refusals.contains(Guard::ExternalId) {
            match &mut entry.change {
                AccountChange::Edit(edit) if edit.suspends() => {
                    let before = &transition.before;
                    let is_reduced = ignore_taken_values(caller, self.service, edit, before).await?;
                    return Ok(if is_reduced { Attempt::AgainImmediately } else { Attempt::Again });
                }
                _ if refusals.contains(Guard::Email) => AccountRefused::NameTaken,
                _ => AccountRefused::ExternalIdTaken,
            }
        } else {
            return Ok(Attempt::Again);
        };
        entry.progress = Progress::Done(Err(refused));
        Ok(self.next())
    }

    /// Whether the limit of suspensions allows the whole plan, as far as is known.
    fn has_room(&self, plan: &Plan, now: Timestamp) -> bool {
        let Caller::KeyHolder(holder) = self.caller.get() else { return true };
        let limit = holder.credential().suspensions_per_hour;
        limit.is_none_or(|per_hour| plan.suspensions() <= self.counts.room(per_hour, now))
    }

    /// Puts the accounts aside that another transaction held. If others remain, they go on.
    fn put_aside(&mut self, plan: &Plan, held: &Held) -> Attempt<()> {
        for (number, place) in plan.places.iter().enumerate() {
            if held.is_unknown() || held.is_about(number) {
                self.forget(*place, held.is_about(number));
            }
        }
        // An account that wasn't held need not be read again: the transaction has a condition on its version.
        let others = self.entries.iter().any(|entry| entry.is_pending() && !entry.was_held);
        if held.is_only(Guard::Suspensions) {
            Attempt::AgainAfterCounts
        } else if others && !held.is_unknown() && !held.is_shared() {
            Attempt::AgainImmediately
        } else {
            Attempt::Again
        }
    }

    /// The account must be read again. Then the name may lead to another one, so its other names are read again, too.
    fn forget(&mut self, place: usize, was_held: bool) {
        for (other, entry) in self.entries.iter_mut().enumerate() {
            if other == place || matches!(entry.progress, Progress::SameAs(first) if first == place) {
                (entry.progress, entry.was_held) = (Progress::Unread, was_held);
            }
        }
    }

    /// Whether an account that was read waits for others.
    fn is_waiting(&self) -> bool {
        self.entries.iter().any(|entry| matches!(entry.progress, Progress::Read(_)))
    }

    fn next(&self) -> Attempt<()> {
        if self.entries.iter().any(Entry::is_pending) { Attempt::AgainImmediately } else { Attempt::Done(()) }
    }
}

impl Operation for &mut Batch<'_> {
    type Done = ();
    type Refused = ChangeError;

    async fn attempt(&mut self) -> Result<Attempt<()>, ChangeError> {
        let turn = self.turn();
        self.read(&turn).await?;
        let now = self.service.clock.now();
        let plan = self.plan(&turn, now);
        if plan.places.is_empty() {
            // What is left was held, or is the caller's own account, which waits for it.
            self.begin_round();
            return Ok(if self.is_waiting() { Attempt::Again } else { self.next() });
        }
        match self.service.tables.change_accounts(self.caller.get(), &plan.transitions, now).await {
            Ok(()) => {
                self.done(plan, now);
                Ok(self.next())
            }
            Err(CommitError::Refused(refusals)) => self.retry_unless_refused(&plan, &refusals, now).await,
            Err(CommitError::Conflict(held)) => Ok(self.put_aside(&plan, &held)),
            Err(CommitError::Failed(error)) => Err(ChangeError::Failed(error)),
        }
    }
}
