//! Stages: timed pieces of work, quiet while they go well, with a table at the end.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::{environment, say};

/// Lines of a failed stage's log that are shown.
const TAIL_LINES: usize = 60;

/// How a stage ended.
#[derive(Debug, Clone, PartialEq, Eq)]
enum End {
    Passed(String),
    Failed,
    Skipped(String),
}

/// What a stage's work comes to, unless it fails.
pub(crate) enum Work {
    /// Done, with a word on what was seen; may be empty.
    Done(String),
    /// Not done for lack of something, with the remedy.
    Missing(String),
}

/// The stages of one command, in the order they ran.
pub(crate) struct Stages {
    rows: Vec<(&'static str, Duration, End)>,
}

impl Stages {
    pub(crate) const fn new() -> Self {
        Self { rows: Vec::new() }
    }

    /// Runs one stage; a failure is shown at once and the next stages still run. What is missing
    /// fails under `CI=true` and is skipped otherwise.
    pub(crate) fn run(&mut self, name: &'static str, work: impl FnOnce() -> Result<Work>) {
        say(&format!("{name} ..."));
        let begun = now();
        let end = match work() {
            Ok(Work::Done(seen)) => End::Passed(seen),
            Ok(Work::Missing(remedy)) => {
                say(&format!("{name}: {remedy}"));
                if environment::is_ci() {
                    End::Failed
                } else {
                    End::Skipped(remedy)
                }
            }
            Err(error) => {
                say(&format!("{name}: {error:#}"));
                End::Failed
            }
        };
        self.rows.push((name, begun.elapsed(), end));
    }

    /// Prints the closing table.
    ///
    /// # Errors
    /// When any stage failed.
    pub(crate) fn close(&self) -> Result<()> {
        say(&format!("\n{:<12} {:>7}  result", "stage", "minutes"));
        for (name, took, end) in &self.rows {
            let result = match end {
                End::Passed(seen) if seen.is_empty() => "passed".to_owned(),
                End::Passed(seen) => format!("passed: {seen}"),
                End::Failed => "FAILED".to_owned(),
                End::Skipped(remedy) => format!("skipped: {remedy}"),
            };
            say(&format!("{name:<12} {:>7.2}  {result}", minutes(*took)));
        }
        let total = self.rows.iter().map(|(_, took, _)| *took).sum();
        say(&format!("{:<12} {:>7.2}", "total", minutes(total)));
        let failed: Vec<_> = self
            .rows
            .iter()
            .filter(|row| row.2 == End::Failed)
            .map(|row| row.0)
            .collect();
        if failed.is_empty() {
            return Ok(());
        }
        bail!("failed: {}", failed.join(", "))
    }
}

/// Runs `command` in the project's root with its output in `target/xtask/NAME.log`.
///
/// # Errors
/// When it cannot be started, or ends badly: then with the log's tail.
pub(crate) fn quiet(log: &str, command: &mut Command) -> Result<PathBuf> {
    let folder = environment::target().join("xtask");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let path = folder.join(format!("{log}.log"));
    let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    let errors = file
        .try_clone()
        .context("cannot share the log between stdout and stderr")?;
    let status = command
        .current_dir(environment::root())
        .stdin(Stdio::null())
        .stdout(file)
        .stderr(errors)
        .status()
        .with_context(|| format!("cannot start {}", command.get_program().display()))?;
    if status.success() {
        return Ok(path);
    }
    let text = fs::read_to_string(&path).unwrap_or_default();
    bail!(
        "{status}\n{}\n(the whole log: {})",
        tail(&text),
        path.display()
    )
}

/// Runs `command` in the project's root and returns what it wrote to stdout.
///
/// # Errors
/// When it cannot be started or ends badly: then with what it wrote to stderr.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let done = command
        .current_dir(environment::root())
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start {}", command.get_program().display()))?;
    if !done.status.success() {
        let errors = String::from_utf8_lossy(&done.stderr);
        bail!(
            "{}: {}\n{}",
            command.get_program().display(),
            done.status,
            tail(&errors)
        );
    }
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}

fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
}

fn minutes(took: Duration) -> f64 {
    took.as_secs_f64() / 60.0
}

#[expect(
    clippy::disallowed_methods,
    reason = "a stage's minutes are wall time and nothing else"
)]
fn now() -> Instant {
    Instant::now()
}
