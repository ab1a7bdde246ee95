//! `cargo xtask coverage`: the share of lines that the tests run.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::stage::{output, quiet};
use crate::tool::{LLVM_COV, NEXTEST, on_path};
use crate::{environment, say};

/// The least share of lines that tests must run, in percent.
const LINES_PERCENT_MIN: f64 = 85.0;

/// Measures, prints the table a file, and judges.
///
/// # Errors
/// When a tool is missing, a test fails, or coverage is under [`LINES_PERCENT_MIN`].
pub(crate) fn run() -> Result<()> {
    let tool = LLVM_COV
        .find_or_install()
        .with_context(|| LLVM_COV.remedy())?;
    let llvm = Llvm::find()?;
    let mut measure = Command::new(&tool);
    measure.arg("llvm-cov");
    if NEXTEST.find().is_some() {
        measure.arg("nextest");
    }
    llvm.set(&mut measure);
    measure.args(["--workspace", "--locked", "--no-report"]);
    quiet("coverage", &mut measure)?;

    let mut report = Command::new(&tool);
    report.args([
        "llvm-cov",
        "report",
        "--summary-only",
        "--ignore-filename-regex",
        "^xtask/|/xtask/",
    ]);
    llvm.set(&mut report);
    let table = output(&mut report)?;
    say(&table);
    let percent = lines_percent(&table).context("the report has no TOTAL line")?;
    say(&format!("line coverage {percent:.2} %"));
    if percent < LINES_PERCENT_MIN {
        bail!("line coverage {percent:.2} % is under {LINES_PERCENT_MIN} %");
    }
    Ok(())
}

/// The two LLVM programs that read a profile; they must be of the compiler's own LLVM version.
struct Llvm {
    cov: PathBuf,
    profdata: PathBuf,
}

impl Llvm {
    /// As the reader set them, from the toolchain's component, or the system's.
    fn find() -> Result<Self> {
        let major = llvm_major()?;
        let program = |variable: &str, name: &str| {
            environment::tool_override(variable)
                .or_else(|| component(name))
                .or_else(|| on_path(&format!("{name}-{major}")))
        };
        let found = program("LLVM_COV", "llvm-cov").zip(program("LLVM_PROFDATA", "llvm-profdata"));
        let (cov, profdata) = found.with_context(|| {
            format!(
                "llvm-cov and llvm-profdata of LLVM {major} are missing; install them with \
                 `rustup component add llvm-tools` or `apt-get install llvm-{major}`"
            )
        })?;
        Ok(Self { cov, profdata })
    }

    fn set(&self, command: &mut Command) {
        command
            .env("LLVM_COV", &self.cov)
            .env("LLVM_PROFDATA", &self.profdata);
    }
}

/// The LLVM version the compiler was built with: `22`.
fn llvm_major() -> Result<String> {
    let text = output(Command::new("rustc").arg("-vV"))?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("LLVM version: "));
    let version = line.context("rustc names no LLVM version")?;
    Ok(version.split('.').next().unwrap_or(version).to_owned())
}

/// A program of the toolchain's `llvm-tools` component.
fn component(name: &str) -> Option<PathBuf> {
    let sysroot = output(Command::new("rustc").args(["--print", "sysroot"])).ok()?;
    let version = output(Command::new("rustc").arg("-vV")).ok()?;
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))?;
    let path = PathBuf::from(sysroot.trim())
        .join("lib/rustlib")
        .join(host)
        .join("bin")
        .join(name);
    path.is_file().then_some(path)
}

/// The line coverage in the last table row: regions, functions and lines each show total, missed
/// and percent, in this order.
fn lines_percent(table: &str) -> Option<f64> {
    let total = table.lines().find(|line| line.starts_with("TOTAL"))?;
    let percents: Vec<&str> = total
        .split_whitespace()
        .filter_map(|cell| cell.strip_suffix('%'))
        .collect();
    percents.get(2)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::lines_percent;

    #[test]
    fn the_lines_column_is_the_third_percentage() {
        let row = "TOTAL  100  20  80.00%  10  1  90.00%  200  10  95.00%  0  0  -";
        assert_eq!(lines_percent(row), Some(95.0));
        assert_eq!(lines_percent("nothing"), None);
    }
}
