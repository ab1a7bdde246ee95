//! `cargo xtask browser`: the dashboard in a real browser.
//!
//! Chromium, driven by playwright-core from tests/browser, looks at pages over a journal that the
//! program makes there. The packages come from a lock file of versions and hashes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::built::{self, Build};
use crate::environment;
use crate::stage::{Stages, Work, quiet};
use crate::tool;

const TESTS: &str = "tests/browser";
/// Names under which systems have it.
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// The stage alone.
///
/// # Errors
/// When it fails.
pub(crate) fn run() -> Result<()> {
    let mut stages = Stages::new();
    stages.run("browser", || work(Build::Alone));
    stages.close()
}

/// Installs the packages and runs every test.
///
/// # Errors
/// The log of the tests that failed.
pub(crate) fn work(build: Build) -> Result<Work> {
    for (name, package) in [("node", "nodejs"), ("npm", "npm")] {
        if tool::on_path(name).is_none() {
            let remedy =
                format!("{name} is not on PATH; install it with `apt-get install {package}`");
            return Ok(Work::Missing(remedy));
        }
    }
    let Some(browser) = browser_or_install() else {
        let remedy = "no Chromium on PATH; install it with `apt-get install chromium`";
        return Ok(Work::Missing(remedy.to_owned()));
    };
    let folder = packages()?;
    let shots = environment::target().join("xtask").join("browser-shots");
    let mut run = Command::new("node");
    run.args(["--test", "--test-reporter=spec"])
        .arg(folder.join("desk.test.mjs"))
        .env("TQQQ", built::program(build)?)
        .env("CHROMIUM", browser)
        .env("SHOTS", &shots);
    let log = quiet("browser", &mut run)?;
    summary(&log).map(Work::Done)
}

/// A browser on PATH; where there is none and we may, Debian's is installed.
fn browser_or_install() -> Option<PathBuf> {
    let find = || BROWSERS.iter().find_map(|name| tool::on_path(name));
    find().or_else(|| {
        // A fresh machine may know of no package yet. Without the right to install, or without apt,
        // the remedy is named instead.
        let mut lists = Command::new("apt-get");
        quiet("update-packages", lists.arg("update")).ok()?;
        let mut install = Command::new("apt-get");
        install
            .args(["install", "--yes", "--no-install-recommends", "chromium"])
            .env("DEBIAN_FRONTEND", "noninteractive");
        quiet("install-chromium", &mut install).ok()?;
        find()
    })
}

/// A copy of the tests under `target` with their packages: nothing is written beside the sources.
fn packages() -> Result<PathBuf> {
    let (from, to) = (
        environment::root().join(TESTS),
        environment::target().join("xtask").join("browser"),
    );
    fs::create_dir_all(&to).with_context(|| format!("cannot make {}", to.display()))?;
    for file in fs::read_dir(&from).with_context(|| format!("cannot list {}", from.display()))? {
        let file = file?.path();
        if let (true, Some(name)) = (file.is_file(), file.file_name()) {
            fs::copy(&file, to.join(name))
                .with_context(|| format!("cannot copy {}", file.display()))?;
        }
    }
    let mut install = Command::new("npm");
    install
        .args([
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--prefix",
        ])
        .arg(&to);
    quiet("browser-packages", &mut install)?;
    Ok(to)
}

/// How many tests passed, and what the pages weighed; a run of none proves nothing.
fn summary(log: &Path) -> Result<String> {
    let text = fs::read_to_string(log).with_context(|| format!("cannot read {}", log.display()))?;
    let passed = text
        .lines()
        .find_map(|line| line.split_once("pass ").map(|(_, count)| count.trim()))
        .and_then(|count| count.parse::<u32>().ok())
        .with_context(|| format!("{}: no line says how many tests passed", log.display()))?;
    ensure!(passed > 0, "no test was found in {TESTS}");
    let figures = text
        .lines()
        .filter(|line| line.contains("ms on the server"));
    let slowest = figures
        .map(|line| line.trim_start_matches([' ', 'ℹ', '#']).to_owned())
        .collect::<Vec<_>>()
        .join("; ");
    Ok(format!("{passed} tests; {slowest}"))
}
