//! The embedded `DynamoDB`: `dynoxide`, served over HTTP so that the functions reach it through the real SDK.

use std::{fs, fs::File, net::SocketAddr, path::Path};

use dynoxide::Database;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

/// An engine at work.
#[derive(Debug)]
pub struct Engine {
    /// `http://127.0.0.1:8000`
    pub url: String,
    shutdown: oneshot::Sender<()>,
    task: JoinHandle<Result<(), String>>,
    _lock: Option<File>,
}

impl Engine {
    /// Starts an engine at this address with its data in this folder, or in memory.
    pub async fn start(address: SocketAddr, folder: Option<&Path>) -> Result<Self, String> {
        let (database, lock) = match folder {
            Some(folder) => open(folder)?,
            None => (
                Database::memory()
                    .map_err(|error| format!("the embedded DynamoDB did not start: {error}"))?,
                None,
            ),
        };
        let listener = listen(address, "--dynamodb-addr").await?;
        let bound = listener.local_addr().map_err(|error| error.to_string())?;
        let (shutdown, stopped) = oneshot::channel();
        let task = tokio::spawn(dynoxide::server::serve_with_shutdown(listener, database, async {
            let _ = stopped.await;
        }));
        let reachable = if bound.ip().is_unspecified() {
            SocketAddr::new([127, 0, 0, 1].into(), bound.port())
        } else {
            bound
        };
        Ok(Self { url: format!("http://{reachable}"), shutdown, task, _lock: lock })
    }

    /// Stops the engine and closes its file.
    pub async fn stop(self) {
        let _ = self.shutdown.send(());
        self.task.abort();
        let _ = self.task.await;
    }
}

fn open(folder: &Path) -> Result<(Database, Option<File>), String> {
    let lock = File::create(folder.join("lock")).map_err(|error| unwritable(folder, &error))?;
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
    let database = Database::new(text).map_err(|error| format!("{text} can't be opened: {error}"))?;
    Ok((database, Some(lock)))
}

/// Makes the data folder, readable by its owner only.
pub fn make_folder(folder: &Path) -> Result<(), String> {
    fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let _ = fs::set_permissions(folder, fs::Permissions::from_mode(0o700));
    }
    Ok(())
}

fn unwritable(folder: &Path, error: &std::io::Error) -> String {
    format!(
        "the data folder {} can't be written ({error}): choose another with --data, or use --in-memory",
        folder.display()
    )
}

/// Listens at an address; the error says which option chooses another.
pub async fn listen(address: SocketAddr, option: &str) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            format!("port {} is taken: stop what uses it, or choose another with {option}", address.port())
        }
        _ => format!("can't listen on {address} ({error}): choose another address with {option}"),
    })
}
