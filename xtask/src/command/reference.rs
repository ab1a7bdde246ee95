//! `cargo xtask reference`: every slot of a run against `tests/reference/signals.py`, a
//! standard-library program that reads the bars and knows nothing of our code.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use super::picture::remove_journal;
use crate::built::{self, Build};
use crate::environment;
use crate::stage::{Stages, Work, output};
use crate::tool;

/// Largest relative difference between two averages that are the same.
const RELATIVE_DIFFERENCE_MAX: f64 = 1e-12;
/// Seed of the bars used where the real ones are not at hand.
const SEED: &str = "1";

/// One line of either side: what a slot knew.
#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Row {
    slot: String,
    /// `warmup`, `bullish`, `bearish` or `neutral`.
    state: Option<String>,
    price: Option<String>,
    fast: Option<f64>,
    slow: Option<f64>,
}

/// The stage alone.
///
/// # Errors
/// When it fails.
pub(crate) fn run() -> Result<()> {
    let mut stages = Stages::new();
    stages.run("reference", || work(Build::Alone));
    stages.close()
}

/// Runs both sides over the same bars and compares them slot by slot.
///
/// # Errors
/// The first slot that differs.
pub(crate) fn work(build: Build) -> Result<Work> {
    let Some(python) = tool::python() else {
        return Ok(Work::Missing(
            "install python3 with `apt-get install python3`".to_owned(),
        ));
    };
    let folder = environment::target().join("xtask");
    let tqqq = built::program(build)?;
    let (bars, kind) = bars(&tqqq, &folder)?;
    let program = environment::root().join("tests/reference/signals.py");
    let theirs = rows(&output(Command::new(python).arg(program).arg(&bars))?)?;
    let ours = ours(&tqqq, &bars, &folder.join("reference.journal"))?;
    compare(&ours, &theirs)?;
    Ok(Work::Done(format!(
        "{} slots of {kind} bars equal",
        ours.len()
    )))
}

/// The real bars where they are, else synthetic ones: something real to compare on any machine.
fn bars(tqqq: &Path, folder: &Path) -> Result<(PathBuf, &'static str)> {
    let real = environment::data().map(|data| data.join("tqqq_30m.csv"));
    if let Some(real) = real.filter(|path| path.is_file()) {
        return Ok((real, "real"));
    }
    std::fs::create_dir_all(folder)?;
    let path = folder.join("synthetic.csv");
    output(
        Command::new(tqqq)
            .args(["venue", "--seed", SEED, "--export"])
            .arg(&path),
    )?;
    Ok((path, "synthetic"))
}

fn ours(tqqq: &Path, bars: &Path, journal: &Path) -> Result<Vec<Row>> {
    remove_journal(journal)?;
    output(
        Command::new(tqqq)
            .args(["run", "--json", "--bars"])
            .arg(bars)
            .arg("--journal")
            .arg(journal),
    )?;
    rows(&output(
        Command::new(tqqq)
            .args(["history", "--json", "--journal"])
            .arg(journal),
    )?)
}

fn rows(lines: &str) -> Result<Vec<Row>> {
    let parse =
        |line: &str| serde_json::from_str(line).with_context(|| format!("not a slot: {line}"));
    lines.lines().map(parse).collect()
}

fn compare(ours: &[Row], theirs: &[Row]) -> Result<()> {
    ensure!(!theirs.is_empty(), "the reference found no slot");
    for (our, their) in ours.iter().zip(theirs) {
        if !same(our, their)? {
            bail!("a slot differs\n   ours: {our:?}\n theirs: {their:?}");
        }
    }
    ensure!(
        ours.len() == theirs.len(),
        "{} slots here, {} in the reference",
        ours.len(),
        theirs.len()
    );
    Ok(())
}

fn same(our: &Row, their: &Row) -> Result<bool> {
    Ok(our.slot == their.slot
        && our.state == their.state
        && number(our)? == number(their)?
        && close(our.fast, their.fast)
        && close(our.slow, their.slow))
}

/// The price as a number: `34.10` and `34.1` are the same decimal.
fn number(row: &Row) -> Result<f64> {
    let text = row
        .price
        .as_deref()
        .with_context(|| format!("{}: no price", row.slot))?;
    text.parse()
        .with_context(|| format!("{}: price `{text}`", row.slot))
}

fn close(ours: Option<f64>, theirs: Option<f64>) -> bool {
    match (ours, theirs) {
        (None, None) => true,
        (Some(ours), Some(theirs)) => {
            (ours - theirs).abs() <= RELATIVE_DIFFERENCE_MAX * theirs.abs()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(state: &str, fast: f64) -> Row {
        Row {
            slot: "2025-05-12T09:30-04:00".to_owned(),
            state: Some(state.to_owned()),
            price: Some("34.10".to_owned()),
            fast: Some(fast),
            slow: Some(33.0),
        }
    }

    #[test]
    fn equal_slots_pass_and_any_difference_is_named() {
        let theirs = [row("bullish", 34.0)];
        compare(
            &[Row {
                price: Some("34.1".to_owned()),
                ..row("bullish", 34.0 + 1e-12)
            }],
            &theirs,
        )
        .unwrap();
        for wrong in [row("neutral", 34.0), row("bullish", 34.0 + 1e-9)] {
            assert!(compare(&[wrong], &theirs).is_err());
        }
        assert!(
            compare(&[], &theirs).is_err(),
            "a missing slot is a difference"
        );
        assert!(
            compare(&[], &[]).is_err(),
            "comparing nothing proves nothing"
        );
    }
}
