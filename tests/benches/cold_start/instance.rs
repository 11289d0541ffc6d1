//! The process of a function.

use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

use crate::{endpoint::Endpoint, runtime_api::RuntimeApi};

/// An instance that has ended its init phase.
pub struct Instance {
    process: Child,
    api: RuntimeApi,
    /// When it was executed.
    pub started: Instant,
    waiting: Option<oneshot::Sender<String>>,
    /// From exec to the first request for an event.
    pub init: Duration,
}

impl Instance {
    /// Starts a program as Lambda does, with its tables at this endpoint. `under` is the program that runs it, if any.
    pub async fn start(program: &Path, endpoint: &Endpoint, under: &[String]) -> Self {
        Self::start_logging(program, endpoint, under, Stdio::null()).await
    }

    /// The same, with its log lines in this file.
    pub async fn start_logging(program: &Path, endpoint: &Endpoint, under: &[String], log: Stdio) -> Self {
        let mut api = RuntimeApi::start().await;
        let program = program.to_str().expect("a readable path").to_owned();
        let words = [under, &[program]].concat();
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).env_clear().stdout(log).stderr(Stdio::null());
        for (name, value) in [
            ("AWS_LAMBDA_RUNTIME_API", api.address.as_str()),
            ("AWS_LAMBDA_FUNCTION_NAME", "bench"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "bench"),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "bench"),
            ("METRICS_NAMESPACE", "CompanyApiKeys/company-api-keys"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "bench"),
            ("AWS_SECRET_ACCESS_KEY", "bench"),
            ("AWS_ENDPOINT_URL_DYNAMODB", &endpoint.url),
        ] {
            command.env(name, value);
        }
        for (name, roots) in [("AWS_CA_BUNDLE", &endpoint.roots), ("SSL_CERT_FILE", &endpoint.system_roots)] {
            command.envs(roots.as_ref().map(|roots| (name, roots)));
        }
        let started = Instant::now();
        let process = command.spawn().expect("the function starts");
        let (at, waiting) = api.next().await;
        Self { process, api, started, waiting: Some(waiting), init: at - started }
    }

    /// Sends an event. Returns the response and its time since exec.
    pub async fn answer(&mut self, event: &str) -> (String, Duration) {
        let waiting = match self.waiting.take() {
            Some(waiting) => waiting,
            None => self.api.next().await.1,
        };
        waiting.send(event.to_owned()).expect("the function waits");
        let (at, response) = self.api.response().await;
        (response, at - self.started)
    }

    /// Sends an event this many times. Returns the average time.
    pub async fn answer_all(&mut self, event: &str, times: u32) -> Duration {
        let began = Instant::now();
        for _ in 0..times {
            self.answer(event).await;
        }
        began.elapsed() / times
    }

    /// Sends an event and waits until the function polls again. Returns the response and the processor time, in user and
    /// kernel mode, that it took.
    pub async fn turn(&mut self, event: &str) -> (String, Duration) {
        let before = self.processor_time();
        let (response, _) = self.answer(event).await;
        self.waiting = Some(self.api.next().await.1);
        (response, self.processor_time().saturating_sub(before))
    }

    /// The processor time of all threads until now
    /// (<https://docs.kernel.org/scheduler/sched-stats.html#proc-pid-schedstat>).
    fn processor_time(&self) -> Duration {
        let threads = fs::read_dir(format!("/proc/{}/task", self.process.id())).expect("Linux");
        let times = threads.filter_map(Result::ok).filter_map(|thread| {
            let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
            text.split(' ').next()?.parse::<u64>().ok()
        });
        Duration::from_nanos(times.sum())
    }

    /// The peak of resident memory until now, in kB.
    pub fn peak_kilobytes(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).expect("Linux");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a line");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// Ends the process in a way that lets the program that runs it report its results.
    pub fn terminate(mut self) {
        let _ = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status();
        let _ = self.process.wait();
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
