//! Ends or reports a key that somebody found.

use domain::{
    audit::{Action, Details, Origin},
    key::Digest,
    leaks::{LeakResponse, Reporter},
};
use store::{
    Caller, CommitError, KeyFinder, Service,
    metrics::{Metric, count},
    retry::{Attempt, Operation, Pace, until_done},
};
use tokio::time::Instant;

use crate::{error::RevokeError, revoke::revoke_found_key};

/// The length of the mark of a report, in hexadecimal digits.
const MARK: usize = 16;

/// Does what must be done about a key that somebody found at these places, at most [`PLACES`](domain::leaks::PLACES). Anybody who has a key can end it. If GitHub found it,
/// the company's key policy can demand that the administrators are only told. Repeating a report changes nothing.
///
/// A revocation ends all secrets of the key. If the secret that was found has ended meanwhile, nothing happens.
pub async fn report_leaked_key(
    finder: &KeyFinder,
    service: &Service,
    places: &[String],
    origin: &Origin,
    deadline: Instant,
) -> Result<(), RevokeError> {
    let details = Details {
        leaked: Some(finder.credential().mask.clone()),
        found_at: places.to_vec(),
        ..Details::default()
    };
    if response_to(finder, service).await? == LeakResponse::Alert {
        let alert = Alert { finder, service, details, origin };
        return until_done(Pace::Person, deadline, alert).await;
    }
    revoke_found_key(finder, service, &details, origin, deadline).await
}

/// What the report of this finder causes.
async fn response_to(finder: &KeyFinder, service: &Service) -> Result<LeakResponse, RevokeError> {
    match finder.reporter() {
        Reporter::Finder => Ok(LeakResponse::Revoke),
        Reporter::GitHub => {
            let company = service.tables.company_of_found_key(finder).await?;
            Ok(company.map(|company| company.key_policy().leaked_keys).unwrap_or_default())
        }
    }
}

/// Tells the administrators once of a report.
struct Alert<'a> {
    finder: &'a KeyFinder,
    service: &'a Service,
    details: Details,
    origin: &'a Origin,
}

impl Alert<'_> {
    /// Identifies the report: the secret and the places.
    fn mark(&self) -> String {
        let mut places = self.details.found_at.clone();
        places.sort();
        let report = format!("{}\n{}", self.finder.digest().to_hex(), places.join("\n"));
        Digest::of(report.as_bytes()).to_hex()[..MARK].to_owned()
    }
}

impl Operation for Alert<'_> {
    type Done = ();
    type Refused = RevokeError;

    async fn attempt(&mut self) -> Result<Attempt<()>, RevokeError> {
        let Self { finder, service, details, origin } = self;
        let event = Caller::from(*finder)
            .event(Action::ReportLeakedApiKey, finder.credential(), origin, service.clock.now())
            .with(details.clone());
        match service.tables.record_leak(finder, &self.mark(), &event).await {
            Ok(()) => {
                count(Metric::KeysLeaked, None);
                Ok(Attempt::Done(()))
            }
            // It was recorded before, or the key was revoked meanwhile.
            Err(CommitError::Refused(_)) => Ok(Attempt::Done(())),
            Err(CommitError::Conflict(_)) => Ok(Attempt::Again),
            Err(CommitError::Failed(error)) => Err(error.into()),
        }
    }
}
