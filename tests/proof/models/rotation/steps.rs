//! The steps of the operations. Each transaction is one step: it names what was read, as the service's do.

use super::{
    model::{Rotation, Weakness},
    state::{Key, Kind, SECRETS, Second, Sent, State, Step},
};

impl Rotation {
    /// An operation reads the key and the company, and decides what it does.
    pub(super) fn read(&self, state: &mut State, number: usize) {
        let (key, company) = (state.key, state.company);
        let second_lives = key.second.is_some_and(|second| state.secrets[second.secret()].lives());
        let step = match (self.operations[number], key.second) {
            (Kind::Freeze, _) if company.frozen => Step::Raise,
            (Kind::Release, _) if !company.frozen => Step::End,
            (Kind::Freeze | Kind::Release, _) => Step::Commit,
            _ if key.revoked => Step::End,
            (Kind::Revoke, _) => Step::Commit,
            _ if key.ending != 0 => Step::End,
            (Kind::Rotate, _) if company.frozen => Step::End,
            (Kind::Rotate, Some(Second::Old(_, None))) if second_lives => Step::End,
            (Kind::Rotate, Some(Second::Old(_, Some(_))))
                if self.weakness != Weakness::RotationClosesAfterwards =>
            {
                Step::RaiseFirst
            }
            (Kind::Complete, Some(Second::Old(_, None))) if !second_lives => Step::End,
            // An earlier run may have been broken off.
            (Kind::Complete, Some(Second::Old(_, Some(_)))) => Step::Raise,
            (Kind::Rotate, _) | (Kind::Cancel, Some(Second::New(_))) | (Kind::Complete, Some(_)) => {
                Step::Commit
            }
            _ => Step::End,
        };
        let operation = &mut state.operations[number];
        operation.step = step;
        operation.sent = Sent { key, company, ..Sent::default() };
    }

    /// The transaction of an operation reaches the database.
    pub(super) fn commit(&self, state: &mut State, number: usize) {
        let sent = state.operations[number].sent;
        let is_done = self.transact(state, number, sent);
        let operation = &mut state.operations[number];
        // A revocation begins a new generation, which is not new a second time.
        operation.late = (is_done && self.operations[number] != Kind::Revoke).then_some(sent);
        operation.step = match self.operations[number] {
            _ if !is_done => Step::Read,
            Kind::Rotate if self.weakness != Weakness::RotationClosesAfterwards => Step::End,
            Kind::Cancel | Kind::Release => Step::End,
            _ => Step::Raise,
        };
        if operation.step == Step::End {
            self.answer(state, number);
        }
    }

    /// Whether the conditions of a transaction hold. Then it has its effect.
    pub(super) fn transact(&self, state: &mut State, number: usize, sent: Sent) -> bool {
        let Sent { key: before, company, .. } = sent;
        let names_version = self.weakness != Weakness::NoVersion;
        let is_as_read = !state.key.revoked && (!names_version || state.key.version == before.version);
        let changes = is_as_read && state.key.ending == 0;
        let after = state.clone();
        let mut after = State { key: Key { version: before.version + 1, ..before }, ..after };
        let (secrets, old) = (&mut after.secrets, state.secrets);
        let current = before.current;
        let is_allowed = match (self.operations[number], before.second) {
            (Kind::Rotate, second) => {
                let Some(new) = old.iter().position(|secret| !secret.exists) else { return false };
                secrets[new].exists = true;
                secrets[new].unused = true;
                after.key.second = Some(Second::New(new));
                after.company.has_second = true;
                after.company.rotations += 1;
                let replaced = match second {
                    Some(Second::New(one)) => Some((one, old[one].unused && !old[one].ended)),
                    Some(Second::Old(one, None)) => Some((one, !old[one].ended)),
                    _ => None,
                };
                if let Some((one, _)) = replaced {
                    secrets[one].ended = true;
                }
                changes && !state.company.frozen && replaced.is_none_or(|(_, allowed)| allowed)
            }
            (Kind::Cancel, Some(Second::New(new))) => {
                secrets[new].ended = true;
                after.key.second = None;
                after.company.has_second = false;
                changes && old[new].unused && !old[new].ended && state.company.has_second
            }
            (Kind::Complete, Some(Second::New(new))) => {
                let generation = secrets[current].begin_generation();
                secrets[current].ended = true;
                secrets[new].unused = false;
                (after.key.current, after.key.second) = (new, Some(Second::Old(current, Some(generation))));
                after.company.has_second = false;
                let is_new = old[new].unused && !old[new].ended;
                changes && is_new && !old[current].ended && state.company.has_second
            }
            (Kind::Complete, Some(Second::Old(one, None))) => {
                let generation = secrets[one].begin_generation();
                secrets[one].ended = true;
                after.key.second = Some(Second::Old(one, Some(generation)));
                after.company.has_second = false;
                changes && !old[one].ended && state.company.has_second
            }
            (Kind::Revoke, _) => {
                for one in before.unended() {
                    secrets[one].ending |= 1 << number;
                    secrets[one].begin_generation();
                }
                after.key = Key { ending: state.key.ending | 1 << number, ..state.key };
                is_as_read && before.unended().all(|one| !old[one].ended)
            }
            (kind @ (Kind::Freeze | Kind::Release), _) => {
                let living = before.unended().filter(|one| old[*one].lives() || *one == current);
                let living: Vec<_> = living.filter(|_| !company.released).collect();
                for &one in &living {
                    secrets[one].frozen = kind == Kind::Freeze;
                    if kind == Kind::Freeze {
                        secrets[one].begin_generation();
                    }
                }
                after.key = state.key;
                after.company.frozen = kind == Kind::Freeze;
                after.company.plan_version += 1;
                let compares = self.weakness != Weakness::PlanIgnoresRotations;
                state.company.plan_version == company.plan_version
                    && state.company.released == company.released
                    && (!compares || state.company.rotations == company.rotations)
                    && living.iter().all(|one| !old[*one].ended)
            }
            _ => false,
        };
        if is_allowed {
            *state = after;
        }
        is_allowed
    }

    /// Raises the gates of an operation. All gates of a secret are one here.
    pub(super) fn raise(&self, state: &mut State, number: usize) {
        let kind = self.operations[number];
        let read = state.operations[number].sent.key;
        let raises =
            self.weakness != Weakness::OldGatesStay || !matches!(kind, Kind::Complete | Kind::Rotate);
        match kind {
            // It ended a secret in its transaction, or found one that was ended.
            Kind::Complete => {
                if let Some(old) = read.completed().filter(|_| raises) {
                    state.raise_gate(old);
                }
            }
            Kind::Freeze => (0..SECRETS).for_each(|one| state.raise_gate(one)),
            _ => {
                if kind == Kind::Revoke {
                    read.unended().for_each(|one| state.raise_gate(one));
                }
                if let Some((old, _)) = read.ended().filter(|_| raises) {
                    state.raise_gate(old);
                }
            }
        }
        let step = match (kind, state.operations[number].step) {
            (_, Step::RaiseFirst) => Step::Commit,
            (Kind::Revoke, _) => Step::Revoke,
            _ => Step::End,
        };
        state.operations[number].step = step;
        if step == Step::End {
            self.answer(state, number);
        }
    }

    pub(super) fn revoke(&self, state: &mut State, number: usize) {
        let read = state.operations[number].sent.key;
        state.operations[number].step = Step::Read;
        if !state.key.revoked && read.unended().all(|one| state.secrets[one].ending & (1 << number) != 0) {
            for one in read.unended() {
                state.secrets[one].ended = true;
                state.secrets[one].ending = 0;
            }
            state.key = Key { revoked: true, ending: 0, ..state.key };
            state.company.released = true;
            state.company.has_second = false;
            state.operations[number].step = Step::End;
            self.answer(state, number);
        }
    }

    /// Answers with 200: what it has ended or frozen stays so.
    fn answer(&self, state: &mut State, number: usize) {
        let kind = self.operations[number];
        let read = state.operations[number].sent.key;
        let (key, frozen) = (state.key, state.company.frozen);
        for (one, secret) in state.secrets.iter_mut().enumerate() {
            let was_ended = match kind {
                Kind::Revoke => key.revoked,
                Kind::Freeze => frozen,
                Kind::Complete => read.completed() == Some(one),
                Kind::Rotate | Kind::Cancel => read.second.is_some_and(|second| second.secret() == one),
                Kind::Release | Kind::Write => false,
            };
            if secret.exists && was_ended && (secret.ended || kind == Kind::Freeze) {
                // Nobody has used it, so no generation of it may write.
                let promised = if secret.unused { u8::MAX } else { secret.generation };
                secret.promised =
                    secret.promised.max(if secret.ended { promised } else { secret.generation });
            }
        }
    }

    /// A request is verified with a secret.
    pub(super) fn verify(&self, state: &mut State, number: usize, one: usize) {
        let secret = state.secrets[one];
        let step = match secret {
            _ if !secret.admits() => Step::End,
            _ if secret.unused && self.weakness != Weakness::FirstUseUnrecorded => Step::ReadKey,
            _ => Step::Write,
        };
        let operation = &mut state.operations[number];
        operation.step = step;
        operation.sent = Sent { secret: one, generation: secret.generation, ..Sent::default() };
    }

    /// The transaction of the first use reaches the database. A refused request is verified again.
    pub(super) fn use_first(&self, state: &mut State, sent: Sent) -> bool {
        let Sent { key: before, secret: one, generation, .. } = sent;
        let secret = state.secrets[one];
        let names_version = self.weakness != Weakness::NoVersion;
        let old = before.current;
        let is_allowed = before.second == Some(Second::New(one))
            && (!names_version || state.key.version == before.version)
            && state.key.ending == 0
            && !state.key.revoked
            && secret.unused
            && !secret.ended
            && !secret.frozen
            && !state.company.frozen
            && secret.generation <= generation
            && secret.gate <= generation
            && !state.secrets[old].ended
            && state.company.has_second;
        if is_allowed {
            state.secrets[one].unused = false;
            state.secrets[old].replaced = true;
            let second = Some(Second::Old(old, None));
            state.key = Key { version: before.version + 1, current: one, second, ..before };
        }
        is_allowed
    }

    /// A write commits if its gate lets it through.
    pub(super) fn write(state: &mut State, number: usize) {
        let Sent { secret: one, generation, .. } = state.operations[number].sent;
        let secret = state.secrets[one];
        if secret.gate <= generation {
            state.late_write |= generation < secret.promised;
            state.early_write |= secret.unused;
        }
    }
}

impl State {
    fn raise_gate(&mut self, one: usize) {
        let secret = &mut self.secrets[one];
        secret.gate = secret.gate.max(secret.generation);
    }
}
