//! GitHub's signatures, with a server that publishes keys as GitHub does.

mod cached;
mod failing;
mod fetched;
mod flood;
mod local;
mod server;
mod signed;

use harness::World;
use store::{
    Service, Settings, Tables,
    published_keys::{FetchFailed, KeySource, KeysUnavailable, SignatureRefused, verify},
};

use server::{KeyServer, Signer};

/// A body as GitHub sends it.
const BODY: &[u8] = br#"[{"token":"some_token","type":"some_type","url":"some_url","source":"content"}]"#;

/// What a verification says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verified {
    Yes,
    Refused,
    NotConfigured,
    NotFetched(FetchFailed),
    NotStored,
    TableFailed,
}

/// An instance of the function with its own memory, which fetches the keys from this source.
fn instance_with(world: &World, source: Option<KeySource>) -> Service {
    let settings = Settings::for_endpoint(&world.dynamodb.url, "published-keys").with_github_keys(source);
    Service::new(Tables::new(settings), world.clock.clone())
}

fn instance(world: &World, server: &KeyServer) -> Service {
    instance_with(world, Some(server.source()))
}

async fn verified(instance: &Service, identifier: &str, signature: &str, body: &[u8]) -> Verified {
    match verify(instance, identifier, signature, body).await {
        Ok(()) => Verified::Yes,
        Err(SignatureRefused::Refused) => Verified::Refused,
        Err(SignatureRefused::NotConfigured) => Verified::NotConfigured,
        Err(SignatureRefused::Unavailable(KeysUnavailable::NotFetched(failed))) => {
            Verified::NotFetched(failed)
        }
        Err(SignatureRefused::Unavailable(KeysUnavailable::NotStored)) => Verified::NotStored,
        Err(SignatureRefused::Table(_)) => Verified::TableFailed,
    }
}

/// A request that this key signed.
async fn signed_by(instance: &Service, signer: &Signer) -> Verified {
    verified(instance, &signer.identifier, &signer.sign(BODY), BODY).await
}

/// A request with this identifier, which no key has, and somebody's signature.
async fn made_up(instance: &Service, identifier: &str) -> Verified {
    verified(instance, identifier, &Signer::new(identifier).sign(BODY), BODY).await
}

/// The calls to the table since the last time, as `GetItem` and `UpdateItem`.
fn calls(world: &World) -> Vec<String> {
    let calls = world.dynamodb.take_calls().into_iter();
    calls.filter(|call| call.function == "published-keys").map(|call| call.action).collect()
}
