//! `cargo run`: the whole product on this machine. `cargo run -- --help` lists the options.

mod build_page;

use std::{
    env,
    io::{Read, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, Parser, Subcommand};
use local::{Options, Stack, openapi, restore};
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
    after_help = "Without a command it starts all of it and says what to do next. Ctrl-C stops it; a second Ctrl-C stops it at once.",
    args_conflicts_with_subcommands = true
)]
struct Arguments {
    #[command(flatten)]
    serve: Serve,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Args)]
struct Serve {
    #[arg(long, default_value_t = 3000, help = "Port for the page and the API; 0 takes any free port")]
    port: u16,
    #[arg(long, conflicts_with = "data", help = "Keep nothing")]
    in_memory: bool,
    #[arg(long, value_name = "DIR", help = "Folder for the data [default: .local]")]
    data: Option<PathBuf>,
    #[arg(
        long,
        value_name = "ADDRESS",
        help = "Address of the embedded DynamoDB [default: 127.0.0.1:8000; any free port with --in-memory]. 0.0.0.0:8000 lets \
                containers in, and everybody else on the network"
    )]
    dynamodb_addr: Option<SocketAddr>,
    #[arg(
        long,
        value_name = "URL",
        conflicts_with = "dynamodb_addr",
        help = "Use the DynamoDB at this URL instead of the embedded one"
    )]
    dynamodb_endpoint: Option<String>,
    #[arg(long, help = "Don't build the Company Dashboard's page; serve the one that is there")]
    no_page: bool,
    #[arg(long, help = "Limit requests to each route as API Gateway does; more are answered with 429")]
    throttle: bool,
}

#[derive(Args)]
struct Running {
    #[arg(long, default_value_t = 3000, help = "Port of the running stack")]
    port: u16,
}

#[derive(Subcommand)]
enum Command {
    /// Print an access token from the running stack, for curl.
    Token {
        /// Who signs in, for example admin@acme.example.
        email: String,
        #[command(flatten)]
        running: Running,
    },
    /// Have the running stack do what operators do: create companies, add accounts, change roles and plans.
    Provision {
        /// A file with the request, as docs/provisioning.md describes it; - is standard input.
        file: PathBuf,
        #[command(flatten)]
        running: Running,
    },
    /// After a point-in-time restore, take away again what the audit log says was taken away since: keys, accounts, roles,
    /// plans.
    Restore {
        /// The moment that the tables were restored to, for example 2027-01-31T09:30:00Z.
        #[arg(long)]
        since: String,
        /// Only say what would be done.
        #[arg(long)]
        dry_run: bool,
        #[arg(long, value_name = "URL", help = "The DynamoDB at this URL instead of the region's")]
        dynamodb_endpoint: Option<String>,
    },
    /// Build the Company Dashboard's page, and nothing else.
    BuildPage,
    /// Print openapi.json.
    Openapi,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match &arguments.command {
        None => serve(arguments.serve).await,
        Some(Command::Token { email, running }) => token(running.port, email).await,
        Some(Command::Provision { file, running }) => provision(running.port, file).await,
        Some(Command::Restore { since, dry_run, dynamodb_endpoint }) => {
            let endpoint = dynamodb_endpoint.as_deref();
            let restored = restore::restore(since, *dry_run, endpoint, Clock::default().now()).await;
            restored.and_then(|restored| print(&restore::report(&restored, *dry_run)))
        }
        Some(Command::BuildPage) => build_page::build(&build_page::folder()),
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
    let quiet =
        || Targets::new().with_default(LevelFilter::WARN).with_target("web::answer", LevelFilter::INFO);
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
    // Before anything is said, so that no signal comes too early to be a clean stop.
    let stop = stop_signal()?;
    let stack = Stack::start(Options {
        port: arguments.port,
        folder: (!arguments.in_memory).then(|| arguments.data.unwrap_or_else(|| ".local".into())),
        dynamodb_address: arguments.dynamodb_addr.unwrap_or(([127, 0, 0, 1], default_port).into()),
        dynamodb_endpoint: arguments.dynamodb_endpoint,
        page: Some(build_page::folder().join("dist")),
        throttle: arguments.throttle,
        clock: Clock::default(),
    })
    .await?;
    print(&format!("DynamoDB on {}", stack.dynamodb_url))?;
    print(&format!("Company Dashboard on {}", stack.url.replace("127.0.0.1", "localhost")))?;
    print(next_step(&stack))?;
    print(&format!("listening on {}", stack.url))?;
    stop.await;
    print("stopping; Ctrl-C again stops at once")?;
    stack.stop().await;
    Ok(())
}

/// What somebody who has just started it does next.
fn next_step(stack: &Stack) -> &'static str {
    if stack.issues_tokens {
        "  Open it and sign in as admin@acme.example, who administers a demonstration company; there is no password.\n  \
         README.md goes on from there, in the browser and with curl. Ctrl-C stops."
    } else {
        "  It shows the tables that are there. Nobody can sign in here. Ctrl-C stops."
    }
}

/// Begins to listen for Ctrl-C and SIGTERM at once; gives back what waits for either. The second of them ends the program
/// at once, whatever it is at.
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

/// What waits for Ctrl-C.
#[cfg(not(unix))]
fn stop_signal() -> Result<impl Future<Output = ()>, String> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

/// Asks the running stack for an access token.
async fn token(port: u16, email: &str) -> Result<(), String> {
    let body = ask(port, "/local/token", &json!({"email": email})).await?;
    match body["access_token"].as_str() {
        Some(token) => print(token),
        None => Err(not_this_stack(port)),
    }
}

/// Has the running stack carry out an operator's request.
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

/// Posts to the running stack; a refusal is the error.
async fn ask(port: u16, path: &str, request: &Value) -> Result<Value, String> {
    let request = reqwest::Client::new().post(format!("http://127.0.0.1:{port}{path}")).json(request);
    let response = request.send().await.map_err(|_| {
        format!("no stack answers on port {port}: start one with `cargo run`, or name its port with --port")
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
    format!("what answers on port {port} is not this stack")
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
