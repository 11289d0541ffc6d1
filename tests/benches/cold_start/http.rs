//! Reads HTTP by hand, so that measuring costs little, even in a debug build.

use tokio::{io::AsyncReadExt, net::TcpStream};

/// A request or response.
pub struct Message {
    /// The first line and the headers, in lower case.
    pub head: String,
    /// Everything, as it was sent.
    pub bytes: Vec<u8>,
}

impl Message {
    /// The body.
    pub fn body(&self) -> &[u8] {
        &self.bytes[self.head.len() + 4..]
    }
}

/// Reads the next message, or `None` at the end of the connection. `bytes` keeps what was read beyond it.
pub async fn read(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> std::io::Result<Option<Message>> {
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = std::str::from_utf8(&bytes[..end]).expect("ASCII").to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
            let length: usize = length.map_or(0, |length| length.trim().parse().expect("a number"));
            assert!(!head.contains("transfer-encoding"), "messages come whole");
            if bytes.len() >= end + 4 + length {
                return Ok(Some(Message { head, bytes: bytes.drain(..end + 4 + length).collect() }));
            }
        }
        if stream.read_buf(bytes).await? == 0 {
            return Ok(None);
        }
    }
}
