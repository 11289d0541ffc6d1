//! Cognito's pre-token-generation trigger, event version 2
//! (<https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html>): decides at
//! every sign-in and every renewal whether a person gets tokens, and adds the account to the access token.
//!
//! Promises: An account is found only by its identity, which is the pool and the person's subject in it, never by an
//! email address. Unknown and suspended people get no token. The token doesn't say what an account may do: every
//! request reads this from the tables.

use std::{fmt::Display, time::Duration};

use domain::{
    identifiers::{AccountId, CompanyId},
    identity::Identity,
};
use lambda_runtime::Diagnostic;
use serde_json::{Value, json};
use store::{Service, SignInRefused, sign_in};
use thiserror::Error;
use tracing::{Span, field::Empty};
use web::telemetry::{INVOCATION, Outcome, logged};

/// The function's name in `template.yaml` and in logs.
pub const NAME: &str = "token-gate";

/// The time in which the trigger is answered, below the 5 s that Cognito waits for it and that Lambda gives the
/// function
/// (<https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html>).
/// After that it is refused as unavailable, which the page understands. Lambda's own timeout gives no reason.
pub const TRIGGER_TIME: Duration = Duration::from_secs(4);
/// The time limit for opening the connection to `DynamoDB`, because Cognito is already waiting.
const WARM_UP_TIME: Duration = Duration::from_secs(1);

/// The reason why a person gets no token. Cognito passes the message to the page in `error_description`.
#[derive(Debug, Error)]
pub enum Refused {
    /// The sign-in has no account.
    #[error("{}: this sign-in has no account. Ask a Company Administrator to have it added.", self.kind())]
    Unknown,
    /// The account is suspended.
    #[error("{}: this account is suspended. Ask a Company Administrator.", self.kind())]
    Suspended,
    /// The tables did not respond, or the event is not from Cognito.
    #[error("{}: sign-in is not possible at the moment. Try again in a minute.", self.kind())]
    Failed(String),
}

impl Refused {
    /// A name that never changes, by which a page distinguishes the reasons.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Unknown => "account-unknown",
            Self::Suspended => "account-suspended",
            Self::Failed(_) => "unavailable",
        }
    }
}

impl From<Refused> for Diagnostic {
    fn from(refused: Refused) -> Self {
        Self { error_type: refused.kind().into(), error_message: refused.to_string() }
    }
}

/// Answers the trigger: the event, with the claims of the access token in its response.
pub async fn handle(service: &Service, event: Value, request_id: &str) -> Result<Value, Refused> {
    let span = tracing::info_span!(
        target: INVOCATION,
        "request",
        function = NAME,
        requestId = request_id,
        trigger = event["triggerSource"].as_str(),
        companyId = Empty
    );
    let in_time = async {
        let admitted = tokio::time::timeout(TRIGGER_TIME, admit(service, event)).await;
        admitted.unwrap_or_else(|_| Err(Refused::Failed("the tables did not respond in time".into())))
    };
    logged(span, Box::pin(in_time), outcome).await
}

fn outcome(result: &Result<Value, Refused>) -> Outcome<'_> {
    let error: Option<&dyn Display> =
        if let Err(Refused::Failed(source)) = result { Some(source) } else { None };
    Outcome { name: result.as_ref().map_or_else(Refused::kind, |_| "ok"), status: None, error }
}

async fn admit(service: &Service, mut event: Value) -> Result<Value, Refused> {
    let identity = identity(&event).ok_or_else(|| Refused::Failed("not an event from Cognito".into()))?;
    let (company_id, account_id) = sign_in(service, &identity).await.map_err(|refused| match refused {
        SignInRefused::Unknown => Refused::Unknown,
        SignInRefused::Suspended => Refused::Suspended,
        SignInRefused::Failed(error) => Refused::Failed(error.to_string()),
    })?;
    Span::current().record("companyId", company_id.as_str());
    event["response"] = response(&company_id, &account_id);
    Ok(event)
}

/// The issuer in the pool's tokens, and the person's subject in the pool.
fn identity(event: &Value) -> Option<Identity> {
    let (region, pool) = (event["region"].as_str()?, event["userPoolId"].as_str()?);
    Identity::new(&issuer(region, pool), event["request"]["userAttributes"]["sub"].as_str()?)
}

/// The issuer of a user pool's tokens
/// (<https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html>).
#[must_use]
pub fn issuer(region: &str, pool: &str) -> String {
    format!("https://cognito-idp.{region}.amazonaws.com/{pool}")
}

fn response(company_id: &CompanyId, account_id: &AccountId) -> Value {
    json!({"claimsAndScopeOverrideDetails": {"accessTokenGeneration": {"claimsToAddOrOverride": {
        "company_id": company_id.as_str(), "account_id": account_id.as_str(),
    }}}})
}

/// Opens the connection to `DynamoDB` during Lambda's init phase. A failure does no harm.
pub async fn warm_up(service: &Service) {
    if let Some(identity) = Identity::new("warm-up", "warm-up") {
        let _ = tokio::time::timeout(WARM_UP_TIME, sign_in(service, &identity)).await;
    }
}
