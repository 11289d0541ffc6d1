//! Settings: from the environment on Lambda, from code on a laptop.

use std::{collections::HashMap, env, error::Error, fs, time::Duration};

use aws_config::{
    SdkConfig,
    environment::{EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider},
    meta::region::ProvideRegion,
};
use aws_sdk_dynamodb::{
    Config,
    config::{
        BehaviorVersion, Credentials, IdentityCache, Region, SharedCredentialsProvider,
        StalledStreamProtectionConfig, retry::RetryConfig, timeout::TimeoutConfig,
    },
};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::{HttpClient, http_client_fn};

use crate::{published_keys::source::KeySource, table::Table};

/// The time limit of one `DynamoDB` call, including the SDK's retries. Readers of the audit log rely on it (`HORIZON`
/// in `functions/audit-log`): an attempt that has not committed some seconds later never will.
pub const OPERATION_TIMEOUT: Duration = Duration::from_secs(5);
/// The time limit of one attempt of a `DynamoDB` call.
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(1_500);
/// The time limit for writing a notice about a key.
pub const NOTICE_TIMEOUT: Duration = Duration::from_millis(500);
/// How long audit events are kept by default.
const AUDIT_RETENTION_DAYS: u64 = 400;

/// The root certificates of Amazon Trust Services, to which `DynamoDB`'s certificates chain. Loading the system's store
/// instead would cost every cold start about 5 ms (<https://www.amazontrust.com/repository/>).
const AMAZON_ROOTS: [&[u8]; 5] = [
    include_bytes!("../trust/amazon-root-ca-1.pem"),
    include_bytes!("../trust/amazon-root-ca-2.pem"),
    include_bytes!("../trust/amazon-root-ca-3.pem"),
    include_bytes!("../trust/amazon-root-ca-4.pem"),
    include_bytes!("../trust/starfield-services-root-ca-g2.pem"),
];

/// Where the tables are and how to reach them.
#[derive(Clone, Debug)]
pub struct Settings {
    region: Option<Region>,
    endpoint: Option<String>,
    credentials: SharedCredentialsProvider,
    table_names: HashMap<Table, String>,
    /// Root certificates (PEM) to use instead of Amazon's.
    roots: Option<Vec<u8>>,
    /// Where GitHub publishes its keys, if that is configured.
    pub(crate) github_keys: Option<KeySource>,
    /// How long audit events are kept.
    pub audit_retention: Duration,
    /// Who sends mails. `None` if the service sends none.
    pub mail_sender: Option<String>,
}

impl Settings {
    /// The settings that Lambda and `template.yaml` put into the environment: region, credentials, table names and
    /// `AUDIT_RETENTION_DAYS`. For an endpoint other than AWS: `AWS_ENDPOINT_URL_DYNAMODB`, and `AWS_CA_BUNDLE`, a file
    /// with the root certificates to trust instead of Amazon's, as for the AWS CLI
    /// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-gen-config.html>). `GITHUB_KEYS_ADDRESS` is where GitHub
    /// publishes its keys, and `GITHUB_KEYS_CA_BUNDLE` a file with the root certificates to trust there instead of the usual
    /// ones. If one of these two is wrong, that is logged, and there is no source of GitHub's keys. `MAIL_SENDER` is who sends
    /// mails. It is empty if the service sends none.
    pub async fn from_environment() -> Result<Self, Box<dyn Error + Send + Sync>> {
        let mut table_names = HashMap::new();
        for table in Table::ALL {
            if let Ok(name) = env::var(table.variable()) {
                table_names.insert(table, name);
            }
        }
        let days = match env::var("AUDIT_RETENTION_DAYS") {
            Ok(days) => days.parse().map_err(|_| "AUDIT_RETENTION_DAYS must be a whole number of days")?,
            Err(_) => AUDIT_RETENTION_DAYS,
        };
        Ok(Self {
            roots: bundle("AWS_CA_BUNDLE")?,
            github_keys: github_keys(
                &env::var("GITHUB_KEYS_ADDRESS").unwrap_or_default(),
                bundle("GITHUB_KEYS_CA_BUNDLE"),
            ),
            region: EnvironmentVariableRegionProvider::new().region().await,
            endpoint: env::var("AWS_ENDPOINT_URL_DYNAMODB").ok(),
            credentials: SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()),
            table_names,
            audit_retention: Duration::from_hours(24 * days),
            mail_sender: env::var("MAIL_SENDER").ok().filter(|sender| !sender.is_empty()),
        })
    }

    /// Settings for a `DynamoDB` at this address that accepts any credentials, with tables named by their logical IDs.
    /// `access_key_id` tells the engine, and a proxy in between, which function is calling.
    #[must_use]
    pub fn for_endpoint(endpoint: &str, access_key_id: &str) -> Self {
        let credentials = Credentials::new(access_key_id, "local", None, None, "local");
        Self {
            region: Some(Region::new("us-east-1")),
            endpoint: Some(endpoint.into()),
            credentials: SharedCredentialsProvider::new(credentials),
            table_names: HashMap::new(),
            roots: None,
            github_keys: None,
            audit_retention: Duration::from_hours(24 * AUDIT_RETENTION_DAYS),
            mail_sender: None,
        }
    }

    /// The same settings with another endpoint.
    #[must_use]
    pub fn with_endpoint(mut self, endpoint: &str) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// The same settings with this source of GitHub's keys.
    #[must_use]
    pub fn with_github_keys(mut self, source: Option<KeySource>) -> Self {
        self.github_keys = source;
        self
    }

    /// The same settings with this sender of mails.
    #[must_use]
    pub fn with_mail_sender(mut self, sender: Option<String>) -> Self {
        self.mail_sender = sender;
        self
    }

    pub(crate) fn table_name(&self, table: Table) -> &str {
        self.table_names.get(&table).map_or(table.logical_id(), String::as_str)
    }

    pub(crate) fn client_configuration(&self) -> Config {
        Config::from(&self.for_service(self.endpoint.as_deref()))
    }

    /// The configuration of the client of an AWS service: region, credentials, time limits and retries. `endpoint` replaces the
    /// region's.
    #[must_use]
    pub fn for_service(&self, endpoint: Option<&str>) -> SdkConfig {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(1))
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .operation_timeout(OPERATION_TIMEOUT)
            .build();
        let retries =
            RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(25));
        let builder = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(self.region.clone())
            .credentials_provider(self.credentials.clone())
            // The credentials are in memory and never change.
            .identity_cache(IdentityCache::no_cache())
            .timeout_config(timeouts)
            // The time limit of an attempt includes its response.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .retry_config(retries);
        let builder = match endpoint {
            Some(endpoint) => builder.endpoint_url(endpoint),
            None => builder,
        };
        let roots = match &self.roots {
            Some(bundle) => TrustStore::empty().with_pem_certificate(bundle.as_slice()),
            None => AMAZON_ROOTS.into_iter().fold(TrustStore::empty(), TrustStore::with_pem_certificate),
        };
        let tls = TlsContext::builder().with_trust_store(roots).build().expect("the roots are PEM");
        let client =
            Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(tls).build_https();
        // On its own, this client would build a first connector only to check it, when the SDK's client is built. That
        // decodes the roots a second time.
        let client = http_client_fn(move |settings, components| client.http_connector(settings, components));
        builder.http_client(client).build()
    }
}

/// The file that an environment variable names, if it is set.
fn bundle(variable: &str) -> Result<Option<Vec<u8>>, String> {
    let file = env::var_os(variable).filter(|file| !file.is_empty());
    file.map(fs::read).transpose().map_err(|error| format!("{variable}: {error}"))
}

/// The source of GitHub's keys. A wrong address or file must not keep a function from its other work.
fn github_keys(address: &str, roots: Result<Option<Vec<u8>>, String>) -> Option<KeySource> {
    let source = KeySource::at(address).map_err(str::to_owned);
    let configured = source.and_then(|source| Ok((source, roots?)));
    match configured {
        Ok((source, None)) => source,
        Ok((source, Some(roots))) => source.map(|source| source.trusting(roots)),
        Err(error) => {
            tracing::error!(error, "no report of GitHub is accepted");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_source_of_githubs_keys_is_none() {
        let address = "https://api.github.com/keys";
        let source = github_keys(address, Ok(None)).expect("a source");
        assert_eq!((source.address(), source.roots()), (address, None));
        let source = github_keys(address, Ok(Some(b"PEM".to_vec()))).expect("a source");
        assert_eq!(source.roots(), Some(&b"PEM"[..]));
        assert!(github_keys(address, Err("GITHUB_KEYS_CA_BUNDLE: not found".into())).is_none());
        for address in ["", "http://api.github.com/keys", "nonsense"] {
            assert!(github_keys(address, Ok(None)).is_none(), "{address}");
        }
    }
}
