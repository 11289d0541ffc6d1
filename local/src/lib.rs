//! The whole product on a laptop: a stand-in for API Gateway, the functions in-process, an embedded `DynamoDB`, and a
//! development issuer of access tokens. `cargo run` starts it, and the tests use it.
//!
//! It promises that routes, authorizers and tables come from `template.yaml`, and that the functions are the handlers
//! that Lambda runs and get the events that API Gateway would send.

pub mod demonstration;
pub mod engine;
pub mod event_schema;
pub mod functions;
mod gateway;
mod github;
mod http;
pub mod issuer;
pub mod notices;
pub mod openapi;
pub mod outbox;
pub mod page;
pub mod restore;
pub mod sign_in;
pub mod template;
mod watch;

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use axum::http::Uri;
use store::{Clock, Service, Settings, TableError, Tables, published_keys::KeySource};
use tokio::{sync::oneshot, task::JoinHandle};

use engine::{Engine, listen, make_folder};
use gateway::Gateway;
use issuer::Issuer;
use notices::{Notices, Surroundings, audit_events};
use outbox::Outbox;
use page::Page;
use template::Template;

/// The options of a stack.
#[derive(Clone, Debug)]
pub struct Options {
    /// The port at which the API listens. 0 means any free port.
    pub port: u16,
    /// The folder for the data. Without one, no data is kept.
    pub folder: Option<PathBuf>,
    /// The address at which the embedded `DynamoDB` listens.
    pub dynamodb_address: SocketAddr,
    /// The URL of another `DynamoDB` to use instead.
    pub dynamodb_endpoint: Option<String>,
    /// The folder of the built page, if there is one.
    pub page: Option<PathBuf>,
    /// The address of GitHub's public keys. `None` means this stack's stand-in for GitHub, and the empty address means that no
    /// report of GitHub is accepted.
    pub github_keys: Option<String>,
    /// Whether routes are limited by the template's `RouteSettings`.
    pub throttle: bool,
    /// Whether keys are looked at now and every hour, if the tables are on this machine.
    pub watches_keys: bool,
    /// Who sends mails, if the tables are in the embedded `DynamoDB`. `None` if no mail is sent.
    pub mail_sender: Option<String>,
    /// The clock. Tests move its time.
    pub clock: Clock,
}

impl Options {
    /// Options with any free port and no kept data.
    #[must_use]
    pub fn in_memory() -> Self {
        Self {
            port: 0,
            folder: None,
            dynamodb_address: SocketAddr::from(([127, 0, 0, 1], 0)),
            dynamodb_endpoint: None,
            page: None,
            github_keys: None,
            throttle: false,
            watches_keys: false,
            mail_sender: None,
            clock: Clock::default(),
        }
    }
}

/// A running stack.
#[derive(Debug)]
pub struct Stack {
    /// `http://127.0.0.1:3000`
    pub url: String,
    /// The address of `DynamoDB` for people and containers.
    pub dynamodb_url: String,
    /// A service like the functions have, for operations without an HTTP route.
    pub service: Service,
    /// Whether people can sign in. They can if the tables are on this machine.
    pub issues_tokens: bool,
    notices: Option<Arc<Notices>>,
    engine: Option<Engine>,
    shutdown: oneshot::Sender<()>,
    task: JoinHandle<()>,
    key_watch: Option<JoinHandle<()>>,
}

impl Stack {
    /// Starts a stack. The error is a sentence for the person who started it.
    pub async fn start(options: Options) -> Result<Self, String> {
        let template = Template::read(template::SOURCE)?;
        // It listens first, so that an occupied port leaves no files behind.
        let listener = listen(SocketAddr::from(([127, 0, 0, 1], options.port)), "--port").await?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let url = format!("http://{address}");
        if let Some(folder) = &options.folder {
            make_folder(folder)?;
        }
        let (engine, dynamodb_url) = if let Some(endpoint) = options.dynamodb_endpoint {
            (None, checked_endpoint(&endpoint)?)
        } else {
            let engine = Engine::start(options.dynamodb_address, options.folder.as_deref()).await?;
            let url = engine.url.clone();
            (Some(engine), url)
        };
        let ours = is_on_this_machine(&dynamodb_url);
        let mut environment = Settings::from_environment().await.map_err(|error| error.to_string())?;
        let stand_in = format!("{url}{}", github::PUBLIC_KEYS);
        let github_keys = KeySource::at(options.github_keys.as_ref().unwrap_or(&stand_in))?;
        if options.github_keys.is_some() {
            environment = environment.with_github_keys(github_keys.clone());
        }
        if !ours {
            require_variables(&["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"], &dynamodb_url)?;
        }
        let clock = options.clock;
        let mail_sender = options.mail_sender.filter(|_| engine.is_some());
        let settings = |name: &str| {
            // For a DynamoDB elsewhere, credentials and table names come from the environment, as on Lambda.
            if ours {
                Settings::for_endpoint(&dynamodb_url, name)
                    .with_github_keys(github_keys.clone())
                    .with_mail_sender(mail_sender.clone())
            } else {
                environment.clone().with_endpoint(&dynamodb_url)
            }
        };
        let service = |name: &str| Service::new(Tables::new(settings(name)), clock.clone());
        let operator = service(provision::NAME);
        let own = service("local");
        #[expect(clippy::disallowed_methods, reason = "it reports at its start whether DynamoDB responds")]
        own.tables.reach().await.map_err(|error| {
            tracing::debug!(%error, "DynamoDB was not reached");
            unreached(&dynamodb_url, &error)
        })?;
        let mut issuer = None;
        if ours {
            #[expect(clippy::disallowed_methods, reason = "no CloudFormation makes tables on a laptop")]
            let made = own.tables.create_missing(&template.tables).await;
            made.map_err(|error| format!("the tables could not be created at {dynamodb_url}: {error}"))?;
            #[expect(clippy::disallowed_methods, reason = "the data may be an earlier release's")]
            let taken = own.tables.take_over_fences(clock.now()).await;
            taken.map_err(|error| {
                format!("the data of an earlier release could not be taken over: {error}")
            })?;
            demonstration::seed(&own).await?;
            issuer = Some(Issuer::open(url.clone(), options.folder.as_deref())?);
        }
        let issues_tokens = issuer.is_some();
        let watched = (options.watches_keys && ours).then(|| service(key_watch::NAME));
        let notices = if let Some(engine) = &engine {
            let (folder, dashboard) = (options.folder.as_deref(), for_people(&url));
            let surroundings = Surroundings {
                template: template::SOURCE,
                service: &|name| service(name),
                settings: &|name| settings(name),
                outbox: Arc::new(Outbox::start(folder, clock.clone()).await?),
                dashboard: &dashboard,
            };
            Some(Arc::new(Box::pin(Notices::start(&surroundings, audit_events(engine), folder)).await?))
        } else {
            None
        };
        let page = Page::new(&template, options.page, &url);
        let gateway = Gateway::new(template, service, issuer, page, clock.clone(), options.throttle)?;
        let router = gateway.with_notices(notices.clone()).router();
        let (shutdown, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            let app = router.into_make_service_with_connect_info::<SocketAddr>();
            let server = axum::serve(listener, app).with_graceful_shutdown(async {
                let _ = stopped.await;
            });
            if let Err(error) = server.await {
                tracing::error!(%error, "the server ended");
            }
        });
        let dynamodb_url = engine.as_ref().map_or(dynamodb_url, |engine| engine.public_url.clone());
        let key_watch = watched.map(watch::schedule);
        Ok(Self {
            url,
            dynamodb_url,
            service: operator,
            issues_tokens,
            notices,
            engine,
            shutdown,
            task,
            key_watch,
        })
    }

    /// Whether events are published here. They are if the tables are in the embedded `DynamoDB`.
    #[must_use]
    pub fn publishes_events(&self) -> bool {
        self.notices.is_some()
    }

    /// What happens to audit events after they are written, if the tables are in the embedded `DynamoDB`.
    #[must_use]
    pub fn notices(&self) -> Option<&Notices> {
        self.notices.as_deref()
    }

    /// Stops accepting requests, lets the running ones finish for up to 5 s, and closes the data.
    pub async fn stop(self) {
        if let Some(task) = &self.key_watch {
            task.abort();
        }
        let _ = self.shutdown.send(());
        let _ = tokio::time::timeout(Duration::from_secs(5), self.task).await;
        if let Some(notices) = self.notices {
            notices.stop();
        }
        if let Some(engine) = self.engine {
            engine.stop().await;
        }
    }
}

/// The address of the dashboard as people know it.
#[must_use]
pub fn for_people(url: &str) -> String {
    url.replace("127.0.0.1", "localhost")
}

/// The value of `--dynamodb-endpoint`, if it is a URL.
fn checked_endpoint(endpoint: &str) -> Result<String, String> {
    let uri = endpoint.parse::<Uri>().ok();
    let is_url =
        uri.is_some_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some());
    if is_url {
        return Ok(endpoint.into());
    }
    Err("--dynamodb-endpoint must be a URL such as http://127.0.0.1:8001 or https://dynamodb.eu-west-1.amazonaws.com".into())
}

fn require_variables(names: &[&str], endpoint: &str) -> Result<(), String> {
    let missing: Vec<_> = names.iter().copied().filter(|name| std::env::var_os(name).is_none()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{endpoint} is not on this machine, so the environment must say how to reach it: set {}",
        missing.join(", ")
    ))
}

fn unreached(endpoint: &str, error: &TableError) -> String {
    match error {
        TableError::Unavailable(_) => {
            format!("the DynamoDB at {endpoint} doesn't respond: start it, or omit --dynamodb-endpoint")
        }
        TableError::Corrupt(_) | TableError::Internal(_) => {
            format!(
                "{endpoint} is not a DynamoDB that accepts these credentials: check the URL and the environment"
            )
        }
    }
}

/// Whether a URL names this machine. Only then may the stack create tables and issue tokens.
fn is_on_this_machine(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    let host = uri.host().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_addresses_are_on_this_machine() {
        for here in
            ["http://localhost:8000", "http://127.0.0.1:8000/", "http://[::1]:8000", "http://LOCALHOST"]
        {
            assert!(is_on_this_machine(here), "{here}");
        }
        for elsewhere in [
            "https://dynamodb.eu-west-1.amazonaws.com",
            "http://10.0.0.7:8000",
            "http://localhost.example:8000",
            "http://localhost@evil.example",
            "http://127.0.0.1.example",
        ] {
            assert!(!is_on_this_machine(elsewhere), "{elsewhere}");
        }
    }
}
