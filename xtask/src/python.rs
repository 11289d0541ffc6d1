//! The pinned Python tools, in the project's own virtual environments. Each environment has tools whose dependencies are
//! compatible.

use std::{fs, path::PathBuf};

use crate::{
    apt,
    process::{Run, root, say},
};

/// A virtual environment.
pub struct Environment {
    /// Its folder in `.venv`, and the name of its files in `xtask/python`.
    name: &'static str,
    /// The names of its tools, for messages.
    tools: &'static str,
    /// The required packages, and the versions of all their dependencies.
    pins: &'static str,
}

/// The tools that check and build `template.yaml`.
pub const AWS: Environment = Environment {
    name: "aws",
    tools: "SAM CLI, cfn-lint and cargo-lambda",
    pins: concat!(include_str!("../python/aws.txt"), include_str!("../python/aws-constraints.txt")),
};
/// The tools that test the SCIM API as clients.
pub const SCIM: Environment = Environment {
    name: "scim",
    tools: "scim2-cli and scim-sanity",
    pins: concat!(include_str!("../python/scim.txt"), include_str!("../python/scim-constraints.txt")),
};
/// What the examples for secret managers are tested with.
pub const SECRET_MANAGERS: Environment = Environment {
    name: "secret-managers",
    tools: "boto3, moto and ruff",
    pins: concat!(
        include_str!("../python/secret-managers.txt"),
        include_str!("../python/secret-managers-constraints.txt")
    ),
};
/// The tools that the rules for leaked keys are tested with. Each is pinned by its hash, because the package of gitleaks
/// is not from its authors: it wraps the program that they released.
pub const LEAK_RULES: Environment = Environment {
    name: "leak-rules",
    tools: "gitleaks and Hyperscan",
    pins: concat!(
        include_str!("../python/leak-rules.txt"),
        include_str!("../python/leak-rules-constraints.txt")
    ),
};
/// The published classes of OCSF, which audit events are compared with.
pub const OCSF: Environment = Environment {
    name: "ocsf",
    tools: "ocsf-json-schema",
    pins: concat!(include_str!("../python/ocsf.txt"), include_str!("../python/ocsf-constraints.txt")),
};
/// The tool that looks for security mistakes in `template.yaml`.
pub const CHECKOV: Environment = Environment {
    name: "checkov",
    tools: "checkov",
    pins: concat!(include_str!("../python/checkov.txt"), include_str!("../python/checkov-constraints.txt")),
};
/// The tool that sends valid and invalid requests from `openapi.json`.
pub const SCHEMATHESIS: Environment = Environment {
    name: "schemathesis",
    tools: "schemathesis",
    pins: concat!(
        include_str!("../python/schemathesis.txt"),
        include_str!("../python/schemathesis-constraints.txt")
    ),
};

/// Creates every environment that is missing or out of date.
pub fn prepare() -> Result<(), String> {
    let environments = [AWS, SCIM, SECRET_MANAGERS, LEAK_RULES, SCHEMATHESIS, CHECKOV];
    environments.iter().try_for_each(|environment| environment.tool("python").map(drop))
}

impl Environment {
    /// The path of a tool. The environment is created if it is missing or out of date.
    pub fn tool(&self, name: &str) -> Result<PathBuf, String> {
        let folder = root().join(".venv").join(self.name);
        let marker = folder.join("pins.txt");
        if fs::read_to_string(&marker).is_ok_and(|installed| installed == self.pins) {
            return Ok(folder.join("bin").join(name));
        }
        say(&format!("Installing {} into .venv/{}. This takes a minute.", self.tools, self.name));
        let make =
            || Run::new("python3", ["-m".as_ref(), "venv".as_ref(), "--clear".as_ref(), folder.as_os_str()]);
        if !make().succeeds() {
            install_python()?;
            make().check()?;
        }
        let pip = folder.join("bin").join("pip");
        let wanted = format!("xtask/python/{}.txt", self.name);
        let versions = format!("xtask/python/{}-constraints.txt", self.name);
        Run::new(pip, ["install", "--quiet", "--disable-pip-version-check", "-r", &wanted, "-c", &versions])
            .check()?;
        fs::write(&marker, self.pins).map_err(|error| format!("{}: {error}", marker.display()))?;
        Ok(folder.join("bin").join(name))
    }
}

fn install_python() -> Result<(), String> {
    apt::install(
        "Python",
        &["python3", "python3-venv"],
        "the checks of template.yaml, of SCIM and of the examples need Python 3 with venv: install it (Debian: `apt-get \
         install python3-venv`), or run `cargo xtask test --fast`",
    )
}
