//! The baseline of a function that reads one item: one strongly consistent `GetItem` through the SDK, with a client
//! built from the environment by hand.

use std::env;

use aws_sdk_dynamodb::{
    Client, Config,
    config::{BehaviorVersion, Builder},
    types::AttributeValue,
};
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use lambda_http::{Error, Request, run, service_fn};

#[cfg(feature = "ring")]
const CRYPTOGRAPHY: CryptoMode = CryptoMode::Ring;
#[cfg(not(feature = "ring"))]
const CRYPTOGRAPHY: CryptoMode = CryptoMode::AwsLc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let tls = TlsContext::builder().with_trust_store(roots()?).build()?;
    let http = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CRYPTOGRAPHY));
    let builder = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(env::var("AWS_ENDPOINT_URL_DYNAMODB")?)
        .http_client(http.tls_context(tls).build_https());
    let client = Client::from_conf(identify(builder).await?.build());
    let read = async |_: Request| {
        let item = client
            .get_item()
            .table_name("Accounts")
            .key("companyId", AttributeValue::S("events".into()))
            .key("accountId", AttributeValue::S("events-member".into()))
            .consistent_read(true)
            .send()
            .await?;
        let email = item.item.and_then(|mut item| item.remove("email"));
        match email {
            Some(AttributeValue::S(email)) => Ok::<_, Error>(email),
            _ => Err("no such account".into()),
        }
    };
    run(service_fn(read)).await
}

/// Region and credentials from Lambda's environment.
#[cfg(not(feature = "aws-config"))]
#[expect(clippy::unused_async, reason = "the alternative is")]
async fn identify(builder: Builder) -> Result<Builder, Error> {
    use aws_sdk_dynamodb::config::{Credentials, Region};
    let (id, secret) = (env::var("AWS_ACCESS_KEY_ID")?, env::var("AWS_SECRET_ACCESS_KEY")?);
    let credentials = Credentials::new(id, secret, env::var("AWS_SESSION_TOKEN").ok(), None, "environment");
    Ok(builder.region(Region::new(env::var("AWS_REGION")?)).credentials_provider(credentials))
}

/// The same with the providers of aws-config.
#[cfg(feature = "aws-config")]
async fn identify(builder: Builder) -> Result<Builder, Error> {
    use aws_config::{
        environment::{EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider},
        meta::region::ProvideRegion,
    };
    let region = EnvironmentVariableRegionProvider::new().region().await;
    Ok(builder.region(region).credentials_provider(EnvironmentVariableCredentialsProvider::new()))
}

fn roots() -> Result<TrustStore, Error> {
    if cfg!(feature = "system-roots") {
        return Ok(TrustStore::default());
    }
    if let Ok(bundle) = env::var("AWS_CA_BUNDLE") {
        return Ok(TrustStore::empty().with_pem_certificate(std::fs::read(bundle)?));
    }
    let amazon: [&[u8]; 5] = [
        include_bytes!("../../../../shared/store/trust/amazon-root-ca-1.pem"),
        include_bytes!("../../../../shared/store/trust/amazon-root-ca-2.pem"),
        include_bytes!("../../../../shared/store/trust/amazon-root-ca-3.pem"),
        include_bytes!("../../../../shared/store/trust/amazon-root-ca-4.pem"),
        include_bytes!("../../../../shared/store/trust/starfield-services-root-ca-g2.pem"),
    ];
    Ok(amazon.into_iter().fold(TrustStore::empty(), TrustStore::with_pem_certificate))
}
