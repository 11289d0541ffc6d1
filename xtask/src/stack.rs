//! A local stack for checks over HTTP.

use std::{
    env,
    io::{BufRead, BufReader},
    process::Child,
};

use crate::process::Run;

/// A stack that runs until this value is dropped.
pub struct Stack {
    process: Child,
    /// The address of the API, `http://127.0.0.1:PORT`.
    pub url: String,
    /// The port of its tables.
    pub dynamodb_port: String,
}

impl Stack {
    /// Starts a stack that keeps no data. The API has a free port, and the tables have this address.
    pub fn start(dynamodb_address: &str) -> Result<Self, String> {
        Run::cargo(["build", "--quiet", "--package", "local"]).check()?;
        let program = env::current_exe().map_err(|error| error.to_string())?.with_file_name("local");
        let options = ["--no-page", "--in-memory", "--port", "0", "--dynamodb-addr", dynamodb_address];
        let process = Run::new(program, options)
            // A failed condition is normal, so it is not shown.
            .env("RUST_LOG", "error")
            .start()?;
        let mut stack = Self { process, url: String::new(), dynamodb_port: String::new() };
        let output = stack.process.stdout.take().into_iter();
        for line in output.flat_map(|output| BufReader::new(output).lines()).map_while(Result::ok) {
            if line.starts_with("DynamoDB on ") {
                stack.dynamodb_port = line.rsplit(':').next().unwrap_or_default().into();
            } else if let Some(url) = line.strip_prefix("listening on ") {
                stack.url = url.into();
                return Ok(stack);
            }
        }
        Err("the local stack did not start: its output says why".into())
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
