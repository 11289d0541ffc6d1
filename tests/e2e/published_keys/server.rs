//! A server that publishes keys, and keys to sign with.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, SigningKey};
use serde_json::{Value, json};
use store::published_keys::KeySource;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

/// A key of GitHub.
pub(super) struct Signer {
    pub(super) identifier: String,
    pair: KeyPair,
}

impl Signer {
    pub(super) fn new(identifier: &str) -> Self {
        let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("a key");
        Self { identifier: identifier.into(), pair }
    }

    /// A key on another curve than GitHub's.
    pub(super) fn p384(identifier: &str) -> Self {
        let pair = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).expect("a key");
        Self { identifier: identifier.into(), pair }
    }

    /// The signature of a body, in base64.
    pub(super) fn sign(&self, body: &[u8]) -> String {
        STANDARD.encode(self.pair.sign(body).expect("a signature"))
    }

    /// The key as GitHub lists it.
    pub(super) fn listed(&self) -> Value {
        let key = self.pair.public_key_pem();
        json!({"key_identifier": self.identifier, "key": key, "is_current": true})
    }
}

/// What the server does with a request.
#[derive(Clone)]
pub(super) enum Respond {
    /// Answers with this status, these further header lines and this body.
    With(u16, String, Vec<u8>),
    /// Answers after a while.
    Later(Duration, Box<Respond>),
    /// Never answers.
    Never,
    /// Answers with the beginning of a response.
    Partly,
}

impl Respond {
    pub(super) fn text(text: impl Into<Vec<u8>>) -> Self {
        Self::With(200, String::new(), text.into())
    }

    pub(super) fn status(status: u16) -> Self {
        Self::With(status, String::new(), Vec::new())
    }

    pub(super) fn keys(listed: &[Value]) -> Self {
        Self::text(json!({"public_keys": listed}).to_string())
    }
}

struct Shared {
    respond: Respond,
    /// The heads of the requests since the last time.
    requests: Vec<String>,
}

/// The server.
pub(super) struct KeyServer {
    pub(super) url: String,
    /// The certificate, if the server has TLS.
    certificate: Option<String>,
    shared: Arc<Mutex<Shared>>,
}

impl KeyServer {
    /// A server that lists these keys.
    pub(super) async fn listing(signers: &[&Signer]) -> Self {
        let server = Self::start(None).await;
        server.list(signers);
        server
    }

    /// The same server with TLS, and a certificate that it made itself.
    pub(super) async fn with_tls(signers: &[&Signer]) -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let configuration = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .expect("the key is the certificate's");
        let mut server = Self::start(Some(TlsAcceptor::from(Arc::new(configuration)))).await;
        server.certificate = Some(made.cert.pem());
        server.list(signers);
        server
    }

    async fn start(tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let shared = Arc::new(Mutex::new(Shared { respond: Respond::Never, requests: Vec::new() }));
        let state = shared.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (state, tls) = (state.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        Some(tls) => serve(tls.accept(stream).await?, &state).await,
                        None => serve(stream, &state).await,
                    }
                });
            }
        });
        Self { url: format!("{scheme}://localhost:{port}/keys"), certificate: None, shared }
    }

    pub(super) fn list(&self, signers: &[&Signer]) {
        let listed: Vec<_> = signers.iter().map(|signer| signer.listed()).collect();
        self.respond(Respond::keys(&listed));
    }

    pub(super) fn respond(&self, respond: Respond) {
        self.shared.lock().expect("not poisoned").respond = respond;
    }

    /// The requests since the last time.
    pub(super) fn take_requests(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.lock().expect("not poisoned").requests)
    }

    /// The requests since they were last taken.
    pub(super) fn requests(&self) -> Vec<String> {
        self.shared.lock().expect("not poisoned").requests.clone()
    }

    pub(super) fn source(&self) -> Option<KeySource> {
        let source = KeySource::at(&self.url).expect("an address").expect("not empty");
        Some(if self.certificate.is_some() { source.trusting(self.certificate()) } else { source })
    }

    /// The server's certificate (PEM), or nothing.
    pub(super) fn certificate(&self) -> Vec<u8> {
        self.certificate.clone().unwrap_or_default().into()
    }
}

/// Answers one request and closes the connection.
async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    shared: &Mutex<Shared>,
) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let respond = {
        let mut shared = shared.lock().expect("not poisoned");
        shared.requests.push(String::from_utf8_lossy(&head).into_owned());
        shared.respond.clone()
    };
    let respond = match respond {
        Respond::Later(pause, respond) => {
            tokio::time::sleep(pause).await;
            *respond
        }
        other => other,
    };
    match respond {
        Respond::Later(..) => {}
        Respond::With(status, headers, body) => {
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status} x\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n"
            );
            stream.write_all(&[head.as_bytes(), &body].concat()).await?;
        }
        Respond::Never => std::future::pending().await,
        Respond::Partly => {
            stream.write_all(b"HTTP/1.1 200 x\r\ncontent-length: 100\r\n\r\n{\"public_keys\": [").await?;
            stream.flush().await?;
            std::future::pending().await
        }
    }
    stream.shutdown().await
}
