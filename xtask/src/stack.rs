//! A local stack for checks from outside.

use std::{
    env,
    io::{BufRead, BufReader},
    process::Child,
};

use crate::process::Run;

/// A stack that runs until this is dropped.
pub struct Stack {
    process: Child,
    /// Where the API is, `http://127.0.0.1:PORT`.
    pub url: String,
    /// Where its tables are.
    pub dynamodb_port: String,
}

impl Stack {
    /// Starts one on free ports that keeps nothing, with its tables at this address.
    pub fn start(dynamodb_address: &str) -> Result<Self, String> {
        Run::cargo(["build", "--quiet", "--package", "local"]).check()?;
        let program = env::current_exe().map_err(|error| error.to_string())?.with_file_name("local");
        let options = ["--no-page", "--in-memory", "--port", "0", "--dynamodb-addr", dynamodb_address];
        let process = Run::new(program, options)
            // A condition that fails is no news.
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
        Err("the local stack did not start; what it printed says why".into())
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
