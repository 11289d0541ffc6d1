//! `POST /leaks/v1/revoke`: anybody who found API keys ends them. `POST /leaks/v1/github`: GitHub reports the keys that it found in
//! public.
//!
//! Promises: After the response, no request with a key that was revoked succeeds and no write with it commits. The response to a
//! stranger is the same for every key. Only GitHub, which signs its reports, is told which keys exist. An unknown key costs a part
//! of one read, and nothing is written for it.

mod report;
mod wire;

use domain::{audit::Origin, key::Digest, leaks::Reporter};
use keys::report_leaked_key;
use store::{
    FoundKeys, Service, find_keys,
    published_keys::{self, SignatureRefused},
};
use web::{Call, Input, Problem, ProblemType, Reply, auth::anybody, fields::Fields};

use wire::{Feedback, Received};

pub use report::{Match, Report, matches_in, report_in};
pub use wire::operations;

/// The function's name in `template.yaml` and in logs.
pub const NAME: &str = "leaked-keys";

/// Answers the function's requests.
pub async fn handle(service: Service, call: Call) -> Result<Reply, Problem> {
    match call.route() {
        wire::REVOKE => revoke(&service, &anybody(call)).await,
        wire::GITHUB => github(&service, &anybody(call)).await,
        _ => Err(Problem::unknown_route()),
    }
}

/// Ends the keys that somebody found.
async fn revoke(service: &Service, input: &Input) -> Result<Reply, Problem> {
    let (report, received) = report_in(Fields::of_body_with_keys(input)?)?;
    end(service, input, report, input.origin(), Reporter::Finder).await?;
    Ok(Reply::json(202, &Received { received }))
}

/// Ends the keys that GitHub found, or tells their administrators, and tells GitHub which of them exist.
async fn github(service: &Service, input: &Input) -> Result<Reply, Problem> {
    Fields::of_query(input)?.finish(Some(()))?;
    let body = input.body()?;
    let header = |name| input.header(name).unwrap_or_default();
    let (identifier, signature) = (header(wire::KEY_IDENTIFIER), header(wire::SIGNATURE));
    // Boxed, because otherwise every request's future would be as large.
    let verified = Box::pin(published_keys::verify(service, identifier, signature, body)).await;
    verified.map_err(refused)?;
    let (report, matches) = matches_in(body)?;
    // GitHub's address says nothing about the finder.
    let origin = Origin { ip: None, ..input.origin() };
    let found = end(service, input, report, origin, Reporter::GitHub).await?;
    let is_real = |digest: &Digest| found.real.contains(digest);
    let labels: Vec<_> = matches.into_iter().map(|found| Feedback::new(found, is_real)).collect();
    Ok(Reply::json(200, &labels))
}

/// Does what must be done about each key of a report, one after the other. If it fails for one key, it goes on with the others, and
/// then the request fails. Repeating the report completes what is missing.
async fn end(
    service: &Service,
    input: &Input,
    report: Report,
    origin: Origin,
    reporter: Reporter,
) -> Result<FoundKeys, Problem> {
    let Report { keys, places } = report;
    let found = find_keys(service, keys, reporter).await?;
    let mut failed = None;
    for finder in &found.usable {
        let places = places.of(finder.digest());
        let done = report_leaked_key(finder, service, places, &origin, input.deadline());
        if let Err(error) = Box::pin(done).await {
            failed = failed.or(Some(error));
        }
    }
    failed.map_or(Ok(found), |error| Err(error.into()))
}

fn refused(refused: SignatureRefused) -> Problem {
    match refused {
        SignatureRefused::NotConfigured => {
            Problem::of(ProblemType::NotFound).with_detail("This service takes no reports from GitHub.")
        }
        SignatureRefused::Refused => Problem::of(ProblemType::SignatureRefused),
        SignatureRefused::Unavailable(source) => Problem::of(ProblemType::Unavailable).with_source(source),
        SignatureRefused::Table(error) => error.into(),
    }
}
