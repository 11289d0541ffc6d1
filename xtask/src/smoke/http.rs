//! Sends requests with curl, which doesn't change the path.

use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::Value;

use crate::process::Run;

/// A response.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// The headers, by their names in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Answer {
    /// A header, empty if absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The body; null if it isn't JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// This response if it has the status. Otherwise the error describes the response.
    pub fn expect(self, status: u16) -> Result<Self, String> {
        if self.status == status { Ok(self) } else { Err(format!("{status} was expected, not {self}")) }
    }
}

/// The status and the beginning of the body.
impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.status, self.body.chars().take(200).collect::<String>())
    }
}

/// Sends a request. Its contents go through standard input, because everybody on the machine can read a command line.
pub fn send(method: &str, url: &str, headers: &[&str], body: Option<&str>) -> Result<Answer, String> {
    let mut config =
        String::from("silent\nshow-error\ninclude\nhttp1.1\npath-as-is\ngloboff\nmax-time = 40\n");
    config.push_str("suppress-connect-headers\nnoproxy = \"127.0.0.1\"\n");
    // Removes curl's own Content-Type and Expect, which a client doesn't send.
    let defaults = ["Expect:", "Content-Type:"].into_iter();
    for header in defaults.filter(|default| !headers.iter().any(|header| header.starts_with(default))) {
        let _ = writeln!(config, "header = {}", quoted(header));
    }
    for header in headers {
        let _ = writeln!(config, "header = {}", quoted(header));
    }
    if let Some(body) = body {
        let _ = writeln!(config, "data-binary = {}", quoted(body));
    }
    let _ = writeln!(config, "request = {}\nurl = {}", quoted(method), quoted(url));
    let output = Run::new("curl", ["--config", "-"]).outcome_of(config.as_bytes())?;
    if !output.status.success() {
        return Err(format!("{method} {url}: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    parse(&String::from_utf8_lossy(&output.stdout)).ok_or_else(|| format!("{method} {url}: no HTTP response"))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

fn parse(response: &str) -> Option<Answer> {
    let (head, body) = response.split_once("\r\n\r\n")?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    if status < 200 {
        return parse(body);
    }
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()));
    Some(Answer { status, headers: headers.collect(), body: body.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_final_response_is_read() {
        let text = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer x=\"y:z\"\r\n\r\n{}\r\n\r\n";
        let answer = parse(text).expect("a response");
        assert_eq!((answer.status, answer.header("www-authenticate")), (401, "Bearer x=\"y:z\""));
        assert_eq!(answer.body, "{}\r\n\r\n");
        assert!(parse("").is_none() && parse("HTTP/1.1\r\n\r\n").is_none());
    }
}
