//! The embedded `DynamoDB`: `dynoxide`, served over HTTP so that the functions reach it through the real SDK.
//!
//! The engine answers every client, including pages of other sites. So it listens at a hidden address. The proxy that
//! listens at the published address lets no page through.

use std::{
    fmt,
    fs::{self, File},
    net::SocketAddr,
    path::Path,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use dynoxide::Database;
use store::random;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use crate::http::is_loopback_name;

/// The database, which the server and the stream's reader share.
struct Shared(Database);

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Database")
    }
}

/// A running engine.
#[derive(Debug)]
pub struct Engine {
    /// The address for people and containers, `http://127.0.0.1:8000`.
    pub public_url: String,
    /// The hidden address, for the functions.
    pub url: String,
    database: Shared,
    shutdown: watch::Sender<()>,
    tasks: [JoinHandle<Result<(), String>>; 2],
    _lock: Option<File>,
}

impl Engine {
    /// Starts an engine at this address with its data in this folder, or in memory.
    pub async fn start(address: SocketAddr, folder: Option<&Path>) -> Result<Self, String> {
        let listener = listen(address, "--dynamodb-addr").await?;
        let bound = listener.local_addr().map_err(|error| error.to_string())?;
        let (database, lock) = if let Some(folder) = folder {
            open(folder)?
        } else {
            let database = Database::memory();
            (database.map_err(|error| format!("the embedded DynamoDB did not start: {error}"))?, None)
        };
        let hidden =
            hidden_listener().await.map_err(|error| format!("no port is free on this machine: {error}"))?;
        let url = format!("http://{}", hidden.local_addr().map_err(|error| error.to_string())?);
        let (shutdown, stopped) = watch::channel(());
        let (engine_end, guard_end) = (end(stopped.clone()), end(stopped));
        let guard = Router::new().fallback(admit).with_state((reqwest::Client::new(), url.clone()));
        let tasks = [
            tokio::spawn(dynoxide::server::serve_with_shutdown(hidden, database.clone(), engine_end)),
            tokio::spawn(async move {
                let server = axum::serve(listener, guard).with_graceful_shutdown(guard_end);
                server.await.map_err(|error| error.to_string())
            }),
        ];
        let known = if bound.ip().is_unspecified() { ([127, 0, 0, 1], bound.port()).into() } else { bound };
        let (public_url, database) = (format!("http://{known}"), Shared(database));
        Ok(Self { public_url, url, database, shutdown, tasks, _lock: lock })
    }

    /// The database itself, to read its streams.
    pub(crate) fn database(&self) -> Database {
        self.database.0.clone()
    }

    /// Stops the engine and closes its file.
    pub async fn stop(self) {
        let _ = self.shutdown.send(());
        for task in self.tasks {
            task.abort();
            let _ = task.await;
        }
    }
}

async fn end(mut stopped: watch::Receiver<()>) {
    let _ = stopped.changed().await;
}

/// A listener at a random address of this machine's own network, one of 16 million addresses and 28 thousand ports. If
/// the machine has only 127.0.0.1, the listener is there.
pub(crate) async fn hidden_listener() -> std::io::Result<TcpListener> {
    let part = || u8::try_from(random::number_in(1..=254)).unwrap_or(1);
    match TcpListener::bind(SocketAddr::from(([127, part(), part(), part()], 0))).await {
        Ok(listener) => Ok(listener),
        Err(_) => TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await,
    }
}

/// Passes a call on to the engine, unless a page of another site may have sent it. Such a call has an `Origin`, or a `Host`
/// that isn't this machine's (DNS rebinding). Containers call this machine `host.docker.internal`.
async fn admit(
    State((client, engine)): State<(reqwest::Client, String)>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let ours = is_loopback_name(host) || host.split(':').next() == Some("host.docker.internal");
    if !ours {
        return (StatusCode::MISDIRECTED_REQUEST, "This host name is unknown. Use localhost\n")
            .into_response();
    }
    if headers.contains_key(header::ORIGIN) {
        return (StatusCode::FORBIDDEN, "Web pages may not call this\n").into_response();
    }
    forward(&client, &engine, method, headers, body).await.unwrap_or_else(|error| {
        tracing::error!(%error, "the embedded DynamoDB doesn't respond");
        StatusCode::BAD_GATEWAY.into_response()
    })
}

async fn forward(
    client: &reqwest::Client,
    engine: &str,
    method: Method,
    mut headers: HeaderMap,
    body: Bytes,
) -> reqwest::Result<Response> {
    headers.remove(header::HOST);
    headers.remove(header::CONTENT_LENGTH);
    let answer = client.request(method, engine).headers(headers).body(body).send().await?;
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    headers.remove(header::TRANSFER_ENCODING);
    headers.remove(header::ACCESS_CONTROL_ALLOW_ORIGIN);
    let mut response = answer.bytes().await?.into_response();
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

fn open(folder: &Path) -> Result<(Database, Option<File>), String> {
    let lock = create_private(&folder.join("lock")).map_err(|error| unwritable(folder, &error))?;
    lock.try_lock().map_err(|_| {
        format!(
            "another `cargo run` uses {}: stop it, or choose another folder with --data",
            folder.display()
        )
    })?;
    let path = folder.join("dynamodb.sqlite");
    let text = path
        .to_str()
        .ok_or_else(|| format!("{} is not a Unicode path: choose another with --data", path.display()))?;
    create_private(&path).map_err(|error| unwritable(folder, &error))?;
    let database = Database::new(text).map_err(|error| {
        tracing::debug!(%error, "the database was refused");
        format!("{text} is not a database of this program: delete it, or choose another folder with --data")
    })?;
    Ok((database, Some(lock)))
}

/// Creates the data folder, readable only by its owner. An existing folder stays unchanged.
pub fn make_folder(folder: &Path) -> Result<(), String> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| unwritable(folder, &error))
}

/// Opens a file. Creates it, readable only by its owner, if it doesn't exist.
pub(crate) fn create_private(path: &Path) -> std::io::Result<File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn unwritable(folder: &Path, error: &std::io::Error) -> String {
    format!(
        "the data folder {} can't be written ({error}): choose another with --data, or use --in-memory",
        folder.display()
    )
}

/// Listens at an address. The error says which option chooses another.
pub async fn listen(address: SocketAddr, option: &str) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            format!("port {} is taken: stop what uses it, or choose another with {option}", address.port())
        }
        _ => format!("can't listen on {address} ({error}): choose another address with {option}"),
    })
}
