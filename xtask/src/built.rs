//! What cargo built: the command itself, and the tests of a package.
//!
//! Cargo builds a crate once for every set of features, and what packages ask for together is more
//! than what each asks for alone. So the stages of `cargo xtask test` ask for the whole workspace,
//! each time in the same way, and find what the stage `tests` has built; a stage that runs by itself
//! asks for its own packages and builds no more than those.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::environment;
use crate::stage::output;

/// Whose features a build has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Build {
    /// Those of the whole workspace with its tests, as the stage `tests` builds it.
    Workspace,
    /// Those of the packages that are asked for.
    Alone,
}

/// A file of tests, and the folder in which they expect to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tests {
    pub(crate) program: PathBuf,
    pub(crate) folder: PathBuf,
}

#[derive(Deserialize)]
struct Message {
    manifest_path: Option<PathBuf>,
    target: Option<Target>,
    profile: Option<Profile>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

/// The command itself, built if need be.
///
/// # Errors
/// When it does not build.
pub(crate) fn program(build: Build) -> Result<PathBuf> {
    let arguments: &[&str] = match build {
        // With the tests of the command line comes the command.
        Build::Workspace => &["test", "--no-run", "--workspace", "--test", "command"],
        Build::Alone => &["build", "--package", "cli"],
    };
    let messages = messages(arguments)?;
    let built = messages.iter().find_map(|message| {
        let is_it = message.target.as_ref()?.name == "tqqq" && !message.profile.as_ref()?.test;
        is_it.then(|| message.executable.clone())?
    });
    built.context("cargo built no program")
}

/// The command with tables on AWS, built if need be, in the place of the one without.
///
/// # Errors
/// When it does not build.
pub(crate) fn program_with_tables() -> Result<PathBuf> {
    let messages = messages(&["build", "--package", "cli", "--features", "cli/aws"])?;
    let built = messages.iter().find_map(|message| {
        let is_it = message.target.as_ref()?.name == "tqqq";
        is_it.then(|| message.executable.clone())?
    });
    built.context("cargo built no program")
}

/// All tests of these packages, which lie in folders of their names, built if need be.
///
/// # Errors
/// When they do not build.
pub(crate) fn tests(build: Build, packages: &[&str]) -> Result<Vec<Tests>> {
    let mut arguments = vec!["test", "--no-run"];
    match build {
        Build::Workspace => arguments.push("--workspace"),
        Build::Alone => arguments.extend(packages.iter().flat_map(|name| ["--package", *name])),
    }
    let messages = messages(&arguments)?;
    let tests = messages.iter().filter_map(|message| {
        let folder = message.manifest_path.as_deref()?.parent()?;
        let is_asked_for = packages.iter().any(|name| folder.ends_with(name));
        let is_tests = message.profile.as_ref()?.test && is_asked_for;
        is_tests.then(|| {
            Some(Tests {
                program: message.executable.clone()?,
                folder: folder.to_path_buf(),
            })
        })?
    });
    Ok(tests.collect())
}

fn messages(arguments: &[&str]) -> Result<Vec<Message>> {
    let mut build = Command::new(environment::cargo());
    build
        .args(arguments)
        .args(["--quiet", "--locked", "--message-format", "json"]);
    let text = output(&mut build)?;
    let messages = text.lines().map(serde_json::from_str);
    messages
        .collect::<Result<_, _>>()
        .context("cargo's messages are of another form")
}

impl Tests {
    /// As words of a command line: folder, then program.
    pub(crate) fn words(&self) -> [&Path; 2] {
        [&self.folder, &self.program]
    }
}
