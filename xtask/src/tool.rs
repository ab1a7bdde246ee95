//! Programs that the stages need beyond cargo, each with the command that installs it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::{environment, stage};

/// A cargo subcommand at the version it was tried with.
pub(crate) struct Tool {
    /// Its program: `cargo-deny`.
    pub(crate) name: &'static str,
    version: &'static str,
    /// What is left out of it, as cargo is told.
    options: &'static [&'static str],
}

/// Runs each test in its own process.
pub(crate) const NEXTEST: Tool = Tool {
    name: "cargo-nextest",
    version: "0.9.143",
    options: &[],
};
/// Judges licences, bans and sources.
pub(crate) const DENY: Tool = Tool {
    name: "cargo-deny",
    version: "0.20.2",
    options: &[],
};
/// Measures line coverage.
pub(crate) const LLVM_COV: Tool = Tool {
    name: "cargo-llvm-cov",
    version: "0.9.1",
    options: &[],
};

/// Puts mistakes into the code and runs the tests.
pub(crate) const MUTANTS: Tool = Tool {
    name: "cargo-mutants",
    version: "27.1.0",
    options: &[],
};

/// Makes a book of the manual.
pub(crate) const MDBOOK: Tool = Tool {
    name: "mdbook",
    version: "0.5.4",
    // Without watching, serving and searching: a third of the crates.
    options: &["--no-default-features"],
};

impl Tool {
    /// Its path, if it is there: on `PATH` or in `target/tools`.
    pub(crate) fn find(&self) -> Option<PathBuf> {
        on_path(self.name).or_else(|| executable(&tools().join("bin").join(self.name)))
    }

    /// Its path, installing it into `target/tools` when it is not there.
    ///
    /// # Errors
    /// When the installation fails, with its log.
    pub(crate) fn find_or_install(&self) -> Result<PathBuf> {
        if let Some(path) = self.find() {
            return Ok(path);
        }
        let mut install = Command::new(environment::cargo());
        install
            .args(["install", "--quiet", "--locked", "--debug", "--root"])
            .arg(tools())
            .args(self.options)
            .arg(self.package());
        stage::quiet(&format!("install-{}", self.name), &mut install)?;
        Ok(tools().join("bin").join(self.name))
    }

    /// The command that installs it.
    pub(crate) fn remedy(&self) -> String {
        format!(
            "install it with `cargo install --locked --debug {}`",
            self.package()
        )
    }

    fn package(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }
}

/// The program `name` on `PATH`.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    environment::search_path()
        .iter()
        .find_map(|folder| executable(&folder.join(name)))
}

/// A Python 3 on `PATH`.
pub(crate) fn python() -> Option<PathBuf> {
    on_path("python3")
}

fn tools() -> PathBuf {
    environment::target().join("tools")
}

fn executable(path: &Path) -> Option<PathBuf> {
    path.is_file().then(|| path.to_path_buf())
}
