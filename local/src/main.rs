//! `cargo run`: the whole product on this machine. `cargo run -- --help` lists the options.

use std::{
    io::Write,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use local::{Options, Stack, openapi};
use serde_json::{Value, json};
use shared::clock::Clock;
use tracing_subscriber::EnvFilter;

/// Company API Keys on this machine: API, embedded `DynamoDB`, development sign-in.
#[derive(Parser)]
#[command(bin_name = "cargo run --")]
struct Arguments {
    /// Port of the API; 0 is any free port.
    #[arg(long, default_value_t = 3000, global = true)]
    port: u16,
    /// Keep nothing.
    #[arg(long, conflicts_with = "data")]
    in_memory: bool,
    /// Folder for the data [default: .local].
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Address of the embedded `DynamoDB` [default: 127.0.0.1:8000; any free port with --in-memory]. 0.0.0.0:8000 lets
    /// containers in, and everybody else on the network.
    #[arg(long, value_name = "ADDRESS")]
    dynamodb_addr: Option<SocketAddr>,
    /// Use the `DynamoDB` at this URL instead of the embedded one.
    #[arg(long, value_name = "URL", conflicts_with = "dynamodb_addr")]
    dynamodb_endpoint: Option<String>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Print an access token from the running stack, for curl.
    Token {
        /// Who signs in: admin@acme.example.
        email: String,
    },
    /// Print openapi.json.
    Openapi,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match &arguments.command {
        None => serve(arguments).await,
        Some(Command::Token { email }) => token(arguments.port, email).await,
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

async fn serve(arguments: Arguments) -> Result<(), String> {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,shared::http=info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let default_port = if arguments.in_memory { 0 } else { 8000 };
    // Before anything is said, so that no signal comes too early to be a clean stop.
    let stop = stop_signal()?;
    let stack = Stack::start(Options {
        port: arguments.port,
        folder: (!arguments.in_memory).then(|| arguments.data.unwrap_or_else(|| ".local".into())),
        dynamodb_address: arguments.dynamodb_addr.unwrap_or(([127, 0, 0, 1], default_port).into()),
        dynamodb_endpoint: arguments.dynamodb_endpoint,
        page: Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("../dashboard/dist")),
        clock: Clock::default(),
    })
    .await?;
    print(&format!("DynamoDB on {}", stack.dynamodb_url))?;
    print(&format!("listening on {}", stack.url))?;
    stop.await;
    print("stopping")?;
    stack.stop().await;
    Ok(())
}

/// Begins to listen for Ctrl-C and SIGTERM at once; gives back what waits for either.
#[cfg(unix)]
fn stop_signal() -> Result<impl Future<Output = ()>, String> {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = |kind| signal(kind).map_err(|error| format!("signals can't be handled: {error}"));
    let (mut interrupt, mut terminate) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
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
    let request = reqwest::Client::new().post(format!("http://127.0.0.1:{port}/local/token"));
    let response = request.json(&json!({"email": email})).send().await;
    let response = response.map_err(|_| {
        format!("no stack answers on port {port}: start one with `cargo run`, or name its port with --port")
    })?;
    let body: Value =
        response.json().await.map_err(|_| format!("what answers on port {port} is not this stack"))?;
    match (body["access_token"].as_str(), body["message"].as_str()) {
        (Some(token), _) => print(token),
        (None, Some(message)) => Err(message.to_owned()),
        (None, None) => Err(format!("what answers on port {port} is not this stack")),
    }
}

fn print(line: &str) -> Result<(), String> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).map_err(|error| error.to_string())
}
