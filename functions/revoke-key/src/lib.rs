//! `POST /admin/v1/api-keys/{keyId}/revoke`: a Company Administrator revokes an API key permanently.
//!
//! Promises: After the response, no request with the key succeeds and no write with it commits. First the item that
//! every verification reads ends the key. Then the gates end the writes in progress. Then a transaction revokes the key.
//! Then the response is sent. The administrator confirms the key by its first four and last four characters.

mod wire;

use domain::{identifiers::KeyId, key::Mask};
use keys::revoke_key;
use store::{PlanRule, Service};
use tracing::Span;
use web::{
    Call, Input, Problem, ProblemType, Reply, auth::company_administrator_and_key, characters::KeyCharacters,
    fields::Fields,
};

pub use wire::{Receipt, operations};

/// The function's name in `template.yaml` and in logs.
pub const NAME: &str = "revoke-key";

/// Answers the function's requests.
pub async fn handle(service: Service, call: Call) -> Result<Reply, Problem> {
    if call.route() != wire::REVOKE {
        return Err(Problem::unknown_route());
    }
    let (mut admin, key, input) = company_administrator_and_key(&service, call, PlanRule::Any).await?;
    let (key_id, mask) = read(&input)?;
    Span::current().record("keyId", key_id.as_str());
    let key = key.ok_or_else(|| Problem::of(ProblemType::NotFound))?;
    let origin = input.origin();
    let key = Box::pin(revoke_key(&mut admin, &service, key, &mask, &origin, input.deadline())).await?;
    Ok(Reply::json(200, &Receipt::new(&key)?))
}

/// Reads which key the administrator wants to revoke, and the characters that confirm it.
fn read(input: &Input) -> Result<(KeyId, Mask), Problem> {
    let mut fields = Fields::of_body(input)?;
    let mask = KeyCharacters::read(&mut fields);
    let key_id = KeyId::parse(input.path_parameter("keyId"));
    if key_id.is_none() {
        fields.wrong("keyId", "must be the keyId of an API key, with 26 characters");
    }
    fields.finish(key_id.zip(mask))
}
