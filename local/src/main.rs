//! `cargo run`: the whole product on this machine. `cargo run -- --help` lists the options.

mod build_page;
mod events;

use std::{
    env,
    io::{Read, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, Parser, Subcommand};
use local::{Options, Stack, event_schema, openapi, restore};
use serde_json::{Value, json};
use store::Clock;
use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};
use web::telemetry;

#[derive(Parser)]
#[command(
    bin_name = "cargo run --",
    version,
    about = "Company API Keys on this machine: Company Dashboard, API, embedded DynamoDB, development sign-in",
    after_help = "Without a command, this starts everything and says what to do next. Press Ctrl-C to stop it, and again to stop it at once.",
    args_conflicts_with_subcommands = true
)]
struct Arguments {
    #[command(flatten)]
    serve: Serve,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the command line")]
struct Serve {
    #[arg(long, default_value_t = 3000, help = "Port for the dashboard and the API; 0 means any free port")]
    port: u16,
    #[arg(long, conflicts_with = "data", help = "Keep no data")]
    in_memory: bool,
    #[arg(long, value_name = "DIR", help = "Folder for the data [default: .local]")]
    data: Option<PathBuf>,
    #[arg(
        long,
        value_name = "ADDRESS",
        help = "Address of the embedded DynamoDB [default: 127.0.0.1:8000; any free port with --in-memory]. 0.0.0.0:8000 lets \
                containers connect, and everybody else on the network"
    )]
    dynamodb_addr: Option<SocketAddr>,
    #[arg(
        long,
        value_name = "URL",
        conflicts_with = "dynamodb_addr",
        help = "Use the DynamoDB at this URL instead of the embedded one"
    )]
    dynamodb_endpoint: Option<String>,
    #[arg(long, help = "Don't build the Company Dashboard; serve the last build")]
    no_page: bool,
    #[arg(long, help = "Limit requests to each route as API Gateway does; excess requests get 429")]
    throttle: bool,
    #[arg(long, help = "Send no mail, as a service without a sender")]
    no_mail: bool,
}

/// Who sends mails here. Nobody outside this machine gets them.
const MAIL_SENDER: &str = "Company API Keys <keys@localhost>";

#[derive(Args)]
struct Running {
    #[arg(long, default_value_t = 3000, help = "Port of the running stack")]
    port: u16,
}

#[derive(Subcommand)]
enum Command {
    /// Print an access token from the running stack, for curl.
    Token {
        /// The email address of the person who signs in, for example admin@acme.example.
        email: String,
        #[command(flatten)]
        running: Running,
    },
    /// Run an operator's request on the running stack: create companies, add accounts, change roles and plans.
    Provision {
        /// A file with the request (see docs/provisioning.md); - means standard input.
        file: PathBuf,
        #[command(flatten)]
        running: Running,
    },
    /// Look at every key on the running stack now: which expire soon, have expired or are not used (see docs/audit-actions.md).
    WatchKeys {
        #[command(flatten)]
        running: Running,
    },
    /// Print the audit events that the running stack has published since it started, each in a line of JSON.
    Events {
        /// Go on with each new event until Ctrl-C.
        #[arg(long)]
        follow: bool,
        #[command(flatten)]
        running: Running,
    },
    /// After a point-in-time restore, apply the audit log's later revocations and suspensions (see docs/operating.md).
    Restore {
        /// The time that the tables were restored to, for example 2027-01-31T09:30:00Z.
        #[arg(long)]
        since: String,
        /// Only show what would be done.
        #[arg(long)]
        dry_run: bool,
        #[arg(long, value_name = "URL", help = "Use the DynamoDB at this URL instead of the region's")]
        dynamodb_endpoint: Option<String>,
    },
    /// Name the events of a time, one in each line, to publish those that were lost (see docs/operating.md).
    EventNames {
        /// The beginning, for example 2027-01-31T09:30:00Z.
        #[arg(long)]
        since: String,
        /// The end. Events of this very time are left out.
        #[arg(long)]
        until: String,
        #[arg(long, value_name = "URL", help = "Use the DynamoDB at this URL instead of the region's")]
        dynamodb_endpoint: Option<String>,
    },
    /// Once, after an update from a release before gates: take over its revocations in progress (see docs/operating.md).
    TakeOverFences {
        #[arg(long, value_name = "URL", help = "Use the DynamoDB at this URL instead of the region's")]
        dynamodb_endpoint: Option<String>,
    },
    /// Build the Company Dashboard only.
    BuildPage,
    /// Print openapi.json.
    Openapi,
    /// Print the JSON Schema of the events on the event bus.
    EventSchema,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match &arguments.command {
        None => serve(arguments.serve).await,
        Some(Command::Token { email, running }) => token(running.port, email).await,
        Some(Command::Provision { file, running }) => provision(running.port, file).await,
        Some(Command::WatchKeys { running }) => watch_keys(running.port).await,
        Some(Command::Events { follow, running }) => events::print_events(running.port, *follow).await,
        Some(Command::Restore { since, dry_run, dynamodb_endpoint }) => {
            let endpoint = dynamodb_endpoint.as_deref();
            let restored = restore::restore(since, *dry_run, endpoint, Clock::default().now()).await;
            restored.and_then(|restored| print(&restore::report(&restored, *dry_run)))
        }
        Some(Command::EventNames { since, until, dynamodb_endpoint }) => {
            let names = restore::event_names(since, until, dynamodb_endpoint.as_deref()).await;
            names.and_then(|names| if names.is_empty() { Ok(()) } else { print(&names) })
        }
        Some(Command::TakeOverFences { dynamodb_endpoint }) => {
            let endpoint = dynamodb_endpoint.as_deref();
            let taken = restore::take_over_fences(endpoint, Clock::default().now()).await;
            taken.and_then(|report| print(&report))
        }
        Some(Command::BuildPage) => build_page::build(&build_page::folder()),
        Some(Command::EventSchema) => print(&format!("{:#}", event_schema::document())),
        Some(Command::Openapi) => print(&format!("{:#}", openapi::document())),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            let _ = writeln!(std::io::stderr(), "error: {sentence}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(arguments: Serve) -> Result<(), String> {
    let levels = env::var("RUST_LOG").ok().and_then(|levels| levels.parse().ok());
    let quiet = || {
        Targets::new()
            .with_default(LevelFilter::WARN)
            .with_target(telemetry::REQUEST, LevelFilter::INFO)
            // A failed condition is an ordinary response.
            .with_target("dynoxide", LevelFilter::ERROR)
    };
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    tracing_subscriber::registry()
        .with(lines)
        .with(levels.unwrap_or_else(quiet))
        .with(telemetry::limits())
        .init();
    if !arguments.no_page
        && let Err(sentence) = build_page::build(&build_page::folder())
    {
        build_page::say(&format!("warning: {sentence}"));
    }
    let default_port = if arguments.in_memory { 0 } else { 8000 };
    // Listens for signals before it prints anything, so that no signal is too early for a clean stop.
    let stop = stop_signal()?;
    let stack = Stack::start(Options {
        port: arguments.port,
        folder: (!arguments.in_memory).then(|| arguments.data.unwrap_or_else(|| ".local".into())),
        dynamodb_address: arguments.dynamodb_addr.unwrap_or(([127, 0, 0, 1], default_port).into()),
        dynamodb_endpoint: arguments.dynamodb_endpoint,
        page: Some(build_page::folder().join("dist")),
        github_keys: env::var("GITHUB_KEYS_ADDRESS").ok(),
        throttle: arguments.throttle,
        watches_keys: true,
        mail_sender: (!arguments.no_mail).then(|| MAIL_SENDER.into()),
        clock: Clock::default(),
    })
    .await?;
    print(&format!("DynamoDB on {}", stack.dynamodb_url))?;
    print(&format!("Company Dashboard on {}", local::for_people(&stack.url)))?;
    if stack.publishes_events() && !arguments.no_mail {
        print(&format!("Mails on {}{}", local::for_people(&stack.url), local::outbox::PLACE))?;
    }
    print(next_step(&stack))?;
    if !stack.publishes_events() {
        print("  Nothing publishes events or sends mail here: that needs the embedded DynamoDB.")?;
    }
    print(&format!("listening on {}", stack.url))?;
    stop.await;
    print("stopping; press Ctrl-C again to stop at once")?;
    stack.stop().await;
    Ok(())
}

/// What the person who has just started the stack does next.
fn next_step(stack: &Stack) -> &'static str {
    if stack.issues_tokens {
        "  Open it and sign in as admin@acme.example, an administrator of a demonstration company. There is no password.\n  \
         README.md shows the next steps, in the browser and with curl. `cargo run -- events --follow` shows what happens.\n  \
         Press Ctrl-C to stop."
    } else {
        "  It uses the existing tables. Nobody can sign in here. Press Ctrl-C to stop."
    }
}

/// Begins to listen for Ctrl-C and SIGTERM at once, and returns a future that waits for either. The second signal ends
/// the program at once.
#[cfg(unix)]
fn stop_signal() -> Result<impl Future<Output = ()>, String> {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = |kind| signal(kind).map_err(|error| format!("signals can't be handled: {error}"));
    let (mut interrupt, mut terminate) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    let (told, wait) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        let mut told = Some(told);
        loop {
            let status = tokio::select! {
                _ = interrupt.recv() => 130,
                _ = terminate.recv() => 143,
            };
            match told.take() {
                Some(told) => drop(told.send(())),
                None => std::process::exit(status),
            }
        }
    });
    Ok(async move {
        let _ = wait.await;
    })
}

/// Returns a future that waits for Ctrl-C.
#[cfg(not(unix))]
fn stop_signal() -> Result<impl Future<Output = ()>, String> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

/// Prints an access token from the running stack.
async fn token(port: u16, email: &str) -> Result<(), String> {
    let body = ask(port, "/local/token", &json!({"email": email})).await?;
    match body["access_token"].as_str() {
        Some(token) => print(token),
        None => Err(not_this_stack(port)),
    }
}

/// Runs an operator's request on the running stack.
async fn provision(port: u16, file: &Path) -> Result<(), String> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin().read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|mut file| file.read_to_string(&mut text))
    };
    read.map_err(|error| format!("{} can't be read: {error}", file.display()))?;
    let request: Value =
        serde_json::from_str(&text).map_err(|error| format!("{} is not JSON: {error}", file.display()))?;
    print(&format!("{:#}", ask(port, "/local/provision", &request).await?))
}

/// Looks at every key on the running stack.
async fn watch_keys(port: u16) -> Result<(), String> {
    print(&format!("{:#}", ask(port, "/local/key-watch", &Value::Null).await?))
}

/// Posts to the running stack. An error response is the error.
async fn ask(port: u16, path: &str, request: &Value) -> Result<Value, String> {
    send(port, reqwest::Client::new().post(format!("http://127.0.0.1:{port}{path}")).json(request)).await
}

/// Gets something from the running stack. An error response is the error.
async fn get(port: u16, path: &str) -> Result<Value, String> {
    send(port, reqwest::Client::new().get(format!("http://127.0.0.1:{port}{path}"))).await
}

async fn send(port: u16, request: reqwest::RequestBuilder) -> Result<Value, String> {
    let response = request.send().await.map_err(|_| {
        format!(
            "no stack is running on port {port}: start one with `cargo run`, or give its port with --port"
        )
    })?;
    let is_success = response.status().is_success();
    let body: Value = response.json().await.map_err(|_| not_this_stack(port))?;
    match body["message"].as_str() {
        _ if is_success => Ok(body),
        Some(message) => Err(message.to_owned()),
        None => Err(not_this_stack(port)),
    }
}

fn not_this_stack(port: u16) -> String {
    format!("the program on port {port} is not this stack")
}

fn print(line: &str) -> Result<(), String> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }
}
