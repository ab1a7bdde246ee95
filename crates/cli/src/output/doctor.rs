//! `tqqq doctor`: a line for everything that was looked at.

use std::path::PathBuf;

use market::time::new_york_text;
use serde::Serialize;

use super::{Paint, Terminal, View};
use crate::doctor::{Done, Finding, Level, Subject};
use crate::exit::Exit;

/// A check-up.
#[derive(Debug, Serialize)]
pub(crate) struct DoctorView {
    schema: &'static str,
    config: Option<PathBuf>,
    venue: String,
    journal: Option<PathBuf>,
    /// By the exchange's clock, where it answers.
    now: Option<String>,
    ok: usize,
    warn: usize,
    bad: usize,
    checks: Vec<CheckView>,
    /// What `--fix` did.
    fixed: Vec<FixedView>,
}

/// One line.
#[derive(Debug, Serialize)]
struct CheckView {
    name: String,
    /// `ok`, `warn`, `bad`.
    level: &'static str,
    found: String,
    advice: Option<String>,
    /// What `--fix` would do about it.
    fix: Option<String>,
    #[serde(skip)]
    paint: Paint,
}

/// Something `--fix` did, or did not.
#[derive(Debug, Serialize)]
struct FixedView {
    what: String,
    error: Option<String>,
}

impl DoctorView {
    /// The view of what was found.
    pub(crate) fn new(findings: &[Finding], subject: &Subject<'_>) -> Self {
        let count = |level| findings.iter().filter(|found| found.level == level).count();
        let exchange = subject.exchange.as_ref().ok();
        Self {
            schema: "tqqq.doctor/1",
            config: subject.configuration.file.clone(),
            venue: subject.configuration.settings.venue.to_string(),
            journal: subject.journal.clone(),
            now: exchange.map(|exchange| new_york_text(exchange.clock.now())),
            ok: count(Level::Ok),
            warn: count(Level::Warn),
            bad: count(Level::Bad),
            checks: findings.iter().map(CheckView::new).collect(),
            fixed: Vec::new(),
        }
    }

    /// The same, after this was done.
    pub(crate) fn after(self, done: &[Done]) -> Self {
        let fixed = done.iter().map(|done| FixedView {
            what: done.what.clone(),
            error: done.error.clone(),
        });
        Self {
            fixed: fixed.collect(),
            ..self
        }
    }

    /// How the program ends.
    pub(crate) const fn exit(&self) -> Exit {
        if self.bad == 0 {
            Exit::Done
        } else {
            Exit::SaidNo
        }
    }
}

impl CheckView {
    fn new(finding: &Finding) -> Self {
        Self {
            name: finding.name.clone(),
            level: finding.level.word(),
            found: finding.found.clone(),
            advice: finding.advice.clone(),
            fix: finding.remedy.as_ref().map(ToString::to_string),
            paint: match finding.level {
                Level::Ok => Paint::Good,
                Level::Warn => Paint::Warn,
                Level::Bad => Paint::Bad,
            },
        }
    }
}

impl View for DoctorView {
    fn text(&self, terminal: Terminal) -> String {
        let mut lines = Vec::new();
        for fixed in &self.fixed {
            let end = match &fixed.error {
                None => terminal.paint(Paint::Good, "done"),
                Some(error) => terminal.paint(Paint::Bad, &format!("NOT DONE: {error}")),
            };
            lines.push(format!("{}: {end}", fixed.what));
        }
        let widest = self.checks.iter().map(|check| check.name.len()).max();
        let width = widest.unwrap_or(0);
        for check in &self.checks {
            let level = terminal.paint(check.paint, &format!("{:<4}", check.level));
            let advice = check.advice.as_ref().map(|advice| format!(" -> {advice}"));
            lines.push(format!(
                "{level}  {:<width$}  {}{}",
                check.name,
                check.found,
                advice.unwrap_or_default()
            ));
        }
        let Self { ok, warn, bad, .. } = self;
        let verdict = match (bad, warn) {
            (0, 0) => terminal.paint(Paint::Good, "all is well"),
            (0, _) => terminal.paint(Paint::Warn, "fit to trade, with something to look at"),
            _ => terminal.paint(Paint::Bad, "NOT FIT TO TRADE"),
        };
        lines.push(format!("{verdict}: {ok} ok, {warn} warn, {bad} bad"));
        lines.join("\n")
    }
}
