//! An endpoint in front of the engine, plain or with TLS, that counts connections.

use std::{
    collections::HashMap,
    fs,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

use crate::http;

/// The system's root certificates, on Debian.
const SYSTEM_ROOTS: &str = "/etc/ssl/certs/ca-certificates.crt";

/// An address of the engine.
pub struct Endpoint {
    /// For `AWS_ENDPOINT_URL_DYNAMODB`.
    pub url: String,
    /// For `AWS_CA_BUNDLE`, if the endpoint uses TLS.
    pub roots: Option<PathBuf>,
    /// For `SSL_CERT_FILE`: the system's certificates and this one, for a program that loads the system's.
    pub system_roots: Option<PathBuf>,
    connections: Arc<AtomicUsize>,
}

impl Endpoint {
    /// Starts a plain endpoint.
    pub async fn plain(engine: &str) -> Self {
        Self::start(engine, None).await
    }

    /// Starts an endpoint with TLS and its own certificate.
    pub async fn tls(engine: &str) -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let (roots, system_roots) = (folder.join("bench-root.pem"), folder.join("bench-system-roots.pem"));
        fs::write(&roots, made.cert.pem()).expect("a file");
        let system = fs::read_to_string(SYSTEM_ROOTS).unwrap_or_default();
        fs::write(&system_roots, system + &made.cert.pem()).expect("a file");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let configuration = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .expect("the key is the certificate's");
        let tls = Some(TlsAcceptor::from(Arc::new(configuration)));
        Self { roots: Some(roots), system_roots: Some(system_roots), ..Self::start(engine, tls).await }
    }

    /// Starts a plain endpoint that repeats the engine's responses to reads from memory. With it, a figure shows the time
    /// of a program and not that of the engine.
    pub async fn instant(engine: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let (connections, engine) = (Arc::new(AtomicUsize::new(0)), engine.replace("http://", ""));
        let (counted, memory) = (connections.clone(), Memory::default());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(remember(stream, engine.clone(), memory.clone()));
            }
        });
        Self { url: format!("http://localhost:{port}"), roots: None, system_roots: None, connections }
    }

    async fn start(engine: &str, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let connections = Arc::new(AtomicUsize::new(0));
        let (counted, engine) = (connections.clone(), engine.replace("http://", ""));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(forward(stream, engine.clone(), tls.clone()));
            }
        });
        Self { url: format!("{scheme}://localhost:{port}"), roots: None, system_roots: None, connections }
    }

    /// The number of connections until now. With TLS, each has one handshake.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// Responses to reads, by the bodies of the requests.
type Memory = Arc<Mutex<HashMap<Vec<u8>, Vec<u8>>>>;

async fn remember(mut client: TcpStream, engine: String, memory: Memory) -> std::io::Result<()> {
    let mut engine = TcpStream::connect(engine).await?;
    client.set_nodelay(true)?;
    engine.set_nodelay(true)?;
    let (mut from_client, mut from_engine) = (Vec::new(), Vec::new());
    while let Some(request) = http::read(&mut client, &mut from_client).await? {
        let is_read = request.head.contains("x-amz-target: dynamodb_20120810.getitem");
        let known = memory.lock().expect("not poisoned").get(request.body()).cloned();
        if let Some(response) = known.filter(|_| is_read) {
            client.write_all(&response).await?;
            continue;
        }
        engine.write_all(&request.bytes).await?;
        let Some(response) = http::read(&mut engine, &mut from_engine).await? else { break };
        client.write_all(&response.bytes).await?;
        if is_read {
            memory.lock().expect("not poisoned").insert(request.body().to_vec(), response.bytes);
        }
    }
    Ok(())
}

async fn forward(mut client: TcpStream, engine: String, tls: Option<TlsAcceptor>) -> std::io::Result<()> {
    let mut engine = TcpStream::connect(engine).await?;
    client.set_nodelay(true)?;
    engine.set_nodelay(true)?;
    match tls {
        Some(tls) => copy_bidirectional(&mut tls.accept(client).await?, &mut engine).await?,
        None => copy_bidirectional(&mut client, &mut engine).await?,
    };
    Ok(())
}
