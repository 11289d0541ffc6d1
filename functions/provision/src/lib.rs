//! Operators' work on a company: create it, add accounts and identities, change roles and plans, and unsuspend an
//! account. Operators invoke it with IAM (`sam remote invoke`). It has no HTTP route.
//!
//! Promises: Each run is one transaction with an audit event that the customer sees. A repeat of a run changes nothing.
//! If a company leaves the Enterprise plan, the same transaction freezes its active keys, and when the run ends, no write
//! with one of them commits any more.

mod attempts;
mod refused;
mod request;
mod run;

use std::{fmt::Display, time::Duration};

use domain::{audit::Origin, identifiers::CompanyId};
use serde::Serialize;
use serde_json::Value;
use store::{Operator, Service};
use tokio::time::Instant;
use tracing::{Span, field::Empty};
use web::{
    Problem, ProblemType,
    telemetry::{self, INVOCATION, logged},
};

use run::Run;

pub use refused::Refused;
pub use request::{NewAccount, Request, Work};

/// The function's name in `template.yaml` and in logs.
pub const NAME: &str = "provision";

/// How long a run may take: a second less than the function's own limit in `template.yaml`. A change of plan raises the
/// gates of up to 50 keys.
const RUN_TIME: Duration = Duration::from_secs(59);

/// The outcome of a run.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// Whether anything changed. `false` for a repeat of an earlier run.
    pub changed: bool,
    /// The account or company as it is now.
    #[serde(flatten)]
    pub result: Value,
}

/// Carries out one run, and logs the outcome. `request_id` identifies the invocation.
pub async fn handle(service: &Service, event: Value, request_id: &str) -> Result<Outcome, Refused> {
    let span = tracing::info_span!(
        target: INVOCATION,
        "request",
        function = NAME,
        requestId = request_id,
        companyId = Empty
    );
    logged(span, Box::pin(read_and_carry_out(service, event, request_id)), outcome).await
}

fn outcome(result: &Result<Outcome, Refused>) -> telemetry::Outcome<'_> {
    let refused = result.as_ref().err();
    telemetry::Outcome {
        name: refused.map_or("ok", |refused| refused.kind),
        status: None,
        error: refused.and_then(|refused| refused.cause.as_ref()).map(|cause| cause as &dyn Display),
    }
}

async fn read_and_carry_out(service: &Service, event: Value, request_id: &str) -> Result<Outcome, Refused> {
    let request = Request::read(event)?;
    Span::current().record("companyId", request.company_id.as_str());
    #[expect(clippy::disallowed_methods, reason = "IAM has admitted the operator who invoked this function")]
    let operator = Operator::admitted_by_iam(request.company_id, request.operator);
    let run = Run {
        service,
        operator,
        origin: Origin { ip: None, request_id: request_id.into() },
        deadline: Instant::now() + RUN_TIME,
    };
    let carried_out = tokio::time::timeout_at(run.deadline, run.carry_out(request.work)).await;
    let passed = |_| Refused::from(Problem::of(ProblemType::Unavailable).with_source("the deadline passed"));
    carried_out.map_err(passed)?
}

/// Opens the connection to `DynamoDB` during Lambda's init phase. A failure does no harm.
pub async fn warm_up(service: &Service) {
    if let Some(company_id) = CompanyId::parse("warm-up") {
        #[expect(clippy::disallowed_methods, reason = "this reads no real company")]
        let operator = Operator::admitted_by_iam(company_id, NAME.into());
        let _ = tokio::time::timeout(Duration::from_secs(2), service.tables.company(&operator)).await;
    }
}
