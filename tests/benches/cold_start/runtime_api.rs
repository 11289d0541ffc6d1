//! A Lambda Runtime API for one instance at a time. It sends events, receives responses, and records the times
//! (<https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>).
//!
//! It implements HTTP by hand, so that measuring costs little, even in a debug build.

use std::time::Instant;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{mpsc, oneshot},
};

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
    while let Some((path, body)) = read(&mut stream, &mut bytes).await? {
        let at = Instant::now();
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
            let body = String::from_utf8_lossy(&body).into_owned();
            let is_response = path.ends_with("/response");
            let _ = say.send(if is_response { Said::Response(at, body) } else { Said::Failed(body) });
            stream.write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n").await?;
        }
    }
    Ok(())
}

/// The path and the body of the next request, or `None` at the end of the connection.
async fn read(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> std::io::Result<Option<(String, Vec<u8>)>> {
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
            let length: usize = length.map_or(0, |length| length.trim().parse().expect("a number"));
            assert!(!head.contains("transfer-encoding"), "responses come whole");
            if bytes.len() >= end + 4 + length {
                let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
                let body = bytes[end + 4..end + 4 + length].to_vec();
                bytes.drain(..end + 4 + length);
                return Ok(Some((path, body)));
            }
        }
        if stream.read_buf(bytes).await? == 0 {
            return Ok(None);
        }
    }
}
