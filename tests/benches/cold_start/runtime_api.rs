//! A Lambda Runtime API for one instance at a time. It sends events, receives responses, and records the times
//! (<https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>).

use std::time::Instant;

use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    sync::{mpsc, oneshot},
};

use crate::http;

/// A message from the function, with its time.
pub enum Said {
    /// It is ready for an event.
    Next(Instant, oneshot::Sender<String>),
    /// Its response to the event.
    Response(Instant, String),
    /// It failed.
    Failed(String),
}

/// The API.
pub struct RuntimeApi {
    /// Its address, without a scheme.
    pub address: String,
    said: mpsc::UnboundedReceiver<Said>,
}

impl RuntimeApi {
    /// Starts it.
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let (say, said) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, say.clone()));
            }
        });
        Self { address, said }
    }

    /// Waits until the function asks for an event.
    pub async fn next(&mut self) -> (Instant, oneshot::Sender<String>) {
        loop {
            match self.said.recv().await.expect("the API runs") {
                Said::Next(at, event) => return (at, event),
                Said::Response(..) => {}
                Said::Failed(error) => panic!("the function failed: {error}"),
            }
        }
    }

    /// Waits for its response.
    pub async fn response(&mut self) -> (Instant, String) {
        loop {
            match self.said.recv().await.expect("the API runs") {
                Said::Response(at, response) => return (at, response),
                Said::Next(..) => {}
                Said::Failed(error) => panic!("the function failed: {error}"),
            }
        }
    }
}

/// Answers the requests of one connection.
async fn serve(mut stream: TcpStream, say: mpsc::UnboundedSender<Said>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut bytes = Vec::new();
    while let Some(message) = http::read(&mut stream, &mut bytes).await? {
        let at = Instant::now();
        let path = message.head.split(' ').nth(1).unwrap_or_default();
        if path.ends_with("/invocation/next") {
            let (give, event) = oneshot::channel();
            let _ = say.send(Said::Next(at, give));
            // There is no further event: the measurement is over.
            let Ok(event) = event.await else { return Ok(()) };
            let head = format!(
                "HTTP/1.1 200 OK\r\nlambda-runtime-aws-request-id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n\
                 lambda-runtime-deadline-ms: 4102444800000\r\n\
                 lambda-runtime-invoked-function-arn: arn:aws:lambda:us-east-1:123456789012:function:bench\r\n\
                 content-type: application/json\r\ncontent-length: {}\r\n\r\n",
                event.len()
            );
            stream.write_all(&[head.as_bytes(), event.as_bytes()].concat()).await?;
        } else {
            let body = String::from_utf8_lossy(message.body()).into_owned();
            let is_response = path.ends_with("/response");
            let _ = say.send(if is_response { Said::Response(at, body) } else { Said::Failed(body) });
            stream.write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n").await?;
        }
    }
    Ok(())
}
