//! `POST /leaks/v1/revoke`: anybody who found API keys ends them. `POST /leaks/v1/github`: GitHub reports the keys that it found in
//! public.
//!
//! Promises: After the response, no request with a key that was revoked succeeds and no write with it commits. The response to a
//! stranger is the same for every key. Only GitHub, which signs its reports, is told which keys exist. An unknown key costs a part
//! of one read, and nothing is written for it.

mod report;
mod wire;

use domain::{audit::Origin, key::Digest, leaks::Reporter};
use futures_util::{FutureExt, StreamExt, stream};
use keys::{RevokeError, report_leaked_key};
use store::{
    FoundKeys, KeyFinder, Service, find_keys,
    published_keys::{self, SignatureRefused},
};
use web::{Call, Input, Problem, ProblemType, Reply, auth::anybody, fields::Fields};

use wire::{Feedback, Received};

pub use report::{Match, Report, matches_in, report_in};
pub use wire::operations;

/// The function's name in `template.yaml` and in logs.
pub const NAME: &str = "leaked-keys";

/// How many keys of a report are ended at once. Each raises up to 32 gates at once, on as many connections.
const AT_ONCE: usize = 4;

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

/// Does what must be done about each key of a report, several at once. If it fails for one key, it goes on with the others, and then
/// the request fails. Repeating the report completes what is missing.
async fn end(
    service: &Service,
    input: &Input,
    report: Report,
    origin: Origin,
    reporter: Reporter,
) -> Result<FoundKeys, Problem> {
    let Report { keys, places } = report;
    let found = find_keys(service, keys, reporter).await?;
    let mut ends = Vec::new();
    for finder in &found.usable {
        let places = places.of(finder.digest());
        // Boxed, because otherwise every request's future would be as large.
        ends.push(end_one(service, input, finder, places, &origin).boxed());
    }
    let done: Vec<_> = stream::iter(ends).buffer_unordered(AT_ONCE).collect().await;
    done.into_iter().collect::<Result<Vec<()>, _>>()?;
    Ok(found)
}

async fn end_one(
    service: &Service,
    input: &Input,
    finder: &KeyFinder,
    places: &[String],
    origin: &Origin,
) -> Result<(), RevokeError> {
    match report_leaked_key(finder, service, places, origin, input.deadline()).await {
        // A stranger must not learn of it, and the other keys matter.
        Err(RevokeError::NotFound) => {
            tracing::error!(key_id = %finder.credential().key_id, "a secret has no key");
            Ok(())
        }
        done => done,
    }
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
