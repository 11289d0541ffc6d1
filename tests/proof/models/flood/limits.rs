//! The limiter of each instance, and the table of counts.

use std::{collections::HashMap, time::Duration};

use domain::{
    identifiers::CompanyId,
    key::{ApiKey, Credential, SecretHolds, SecretRole},
    limits::Limits as Numbers,
    scope::Scope,
    time::Timestamp,
};
use store::{
    limiter::{Limiter, Metered, Window},
    random,
};

/// The instances, and what all of them reported.
pub(super) struct Limits {
    limiters: Vec<Limiter>,
    /// The instances that are free. The one that was used last is used next.
    free: Vec<usize>,
    /// A key of each company.
    keys: [Metered; 2],
    sums: HashMap<(Window, i64), i64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            limiters: Vec::new(),
            free: Vec::new(),
            keys: [key("flooding"), key("other")],
            sums: HashMap::new(),
        }
    }
}

fn key(company: &str) -> Metered {
    let secret: ApiKey = random::api_key();
    let credential = Credential {
        networks: None,
        suspensions_per_hour: None,
        company_id: CompanyId::parse(company).expect("a company"),
        key_id: random::key_id(Timestamp::from_millis(0)),
        name: String::new(),
        mask: secret.mask(),
        scopes: [Scope::Deprovisioning].into_iter().collect(),
        expires_at: None,
        role: SecretRole::Current,
        holds: SecretHolds::default(),
        frozen: false,
        revoked: false,
        ending: false,
        generation: 0,
        limits: Numbers::default(),
    };
    Metered::new(&credential, false)
}

fn at(now: Duration) -> Timestamp {
    Timestamp::from_millis(0).plus(now)
}

impl Limits {
    /// Takes a free instance, or a new one.
    pub(super) fn take(&mut self) -> usize {
        self.free.pop().unwrap_or_else(|| {
            self.limiters.push(Limiter::default());
            self.limiters.len() - 1
        })
    }

    pub(super) fn free(&mut self, instance: usize) {
        self.free.push(instance);
    }

    /// Whether an instance admits a request with the key of this company.
    pub(super) fn admit(&self, company: usize, instance: usize, now: Duration) -> bool {
        self.limiters[instance].admit(&self.keys[company], 1, at(now)).is_ok()
    }

    /// Reports what an instance admitted, if that is due. Returns whether it was.
    pub(super) fn report(&mut self, instance: usize, now: Duration) -> bool {
        let reports = self.limiters[instance].reports(at(now));
        let is_due = !reports.is_empty();
        for report in reports {
            let sum = self.sums.entry((report.window().clone(), report.minute())).or_default();
            *sum += report.count();
            report.added(*sum);
        }
        is_due
    }
}
