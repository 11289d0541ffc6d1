//! Runs other programs, and prints which.

use std::{
    env,
    ffi::OsStr,
    io::{ErrorKind, Write, stderr},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

/// The workspace's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_path_buf)
}

/// Prints a line for the user.
pub fn say(line: &str) {
    let _ = writeln!(stderr(), "{line}");
}

/// A program to run in the workspace's root.
pub struct Run {
    command: Command,
    shown: String,
}

impl Run {
    /// A program with its arguments.
    pub fn new<A: AsRef<OsStr>>(program: impl AsRef<OsStr>, arguments: impl IntoIterator<Item = A>) -> Self {
        let program = program.as_ref();
        let mut shown = Path::new(program).file_name().unwrap_or(program).to_string_lossy().into_owned();
        let mut command = Command::new(program);
        command.current_dir(root());
        // Cargo has set these for xtask. If another cargo inherits them, it rebuilds every crate that reads them.
        for (name, _) in env::vars_os() {
            if ["CARGO_MANIFEST_", "CARGO_PKG_"].iter().any(|ours| name.to_string_lossy().starts_with(ours)) {
                command.env_remove(name);
            }
        }
        for argument in arguments {
            shown.push(' ');
            shown.push_str(&argument.as_ref().to_string_lossy());
            command.arg(argument);
        }
        Self { command, shown }
    }

    /// The Cargo that runs this program.
    pub fn cargo<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Self {
        Self::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()), arguments)
    }

    /// Sets a variable in the program's environment.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs the program in this folder instead of the workspace's root.
    pub fn folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Runs the program and shows its output. Fails unless the program succeeds.
    pub fn check(mut self) -> Result<(), String> {
        say(&format!("$ {}", self.shown));
        let status = self.command.status().map_err(|error| missing(&self.shown, &error))?;
        if status.success() { Ok(()) } else { Err(format!("`{}` failed", self.shown)) }
    }

    /// Runs the program silently. Returns whether it succeeded.
    pub fn succeeds(mut self) -> bool {
        self.command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    }

    /// Runs the program silently. Returns its status and output.
    pub fn outcome(mut self) -> Result<Output, String> {
        self.command.output().map_err(|error| missing(&self.shown, &error))
    }

    /// Does the same as [`Run::outcome`], with this on the program's standard input.
    pub fn outcome_of(mut self, input: &[u8]) -> Result<Output, String> {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().map_err(|error| missing(&self.shown, &error))?;
        // If the program doesn't read its input, its status says why.
        let _ = child.stdin.take().map(|mut stdin| stdin.write_all(input));
        child.wait_with_output().map_err(|error| missing(&self.shown, &error))
    }

    /// Starts the program. The caller reads its standard output.
    pub fn start(mut self) -> Result<Child, String> {
        say(&format!("$ {}", self.shown));
        self.command.stdout(Stdio::piped()).spawn().map_err(|error| missing(&self.shown, &error))
    }

    /// Runs the program and returns its standard output. Fails unless the program succeeds.
    pub fn output(mut self) -> Result<Vec<u8>, String> {
        say(&format!("$ {}", self.shown));
        let Output { status, stdout, .. } =
            self.command.stderr(Stdio::inherit()).output().map_err(|error| missing(&self.shown, &error))?;
        if status.success() { Ok(stdout) } else { Err(format!("`{}` failed", self.shown)) }
    }
}

fn missing(shown: &str, error: &std::io::Error) -> String {
    let program = shown.split(' ').next().unwrap_or_default();
    match error.kind() {
        ErrorKind::NotFound => format!("`{program}` is not installed: install it and try again"),
        _ => format!("`{shown}` did not start: {error}"),
    }
}
