//! `tqqq study`: the verdict, sentence by sentence; every number for programs.

use research::study::StudyReport;
use serde::Serialize;

use super::figures::{self, FIGURES};
use super::{Paint, Sheet, Terminal, View, text};

/// One study.
#[derive(Debug, Serialize)]
pub(crate) struct StudyView {
    schema: &'static str,
    file: String,
    #[serde(flatten)]
    report: StudyReport,
}

impl StudyView {
    /// The view of what was found on this file.
    pub(crate) fn new(file: String, report: StudyReport) -> Self {
        Self {
            schema: "tqqq.study/1",
            file,
            report,
        }
    }

    fn figures(&self, terminal: Terminal) -> String {
        let report = &self.report;
        let mut sheet = Sheet::new(&FIGURES);
        sheet.row(figures::row("strategy", &report.metrics));
        sheet.row(figures::row("buy and hold", &report.buy_and_hold));
        if let Some(rule) = &report.rule_of_200_days {
            sheet.row(figures::row("200-day rule", rule));
        }
        if let Some(walked) = &report.walk_forward {
            sheet.row(figures::row("walk-forward", &walked.metrics));
            sheet.row(figures::row("its bars, held", &walked.buy_and_hold));
        }
        sheet.text(terminal)
    }
}

impl View for StudyView {
    fn text(&self, terminal: Terminal) -> String {
        let report = &self.report;
        let verdict = &report.verdict;
        let title = format!(
            "{}/{} on {}: {} bars of {}, {} to {}; every draw from seed {}",
            report.fast,
            report.slow,
            self.file,
            text::count(report.bars as u64),
            report.interval,
            &report.first[..10],
            &report.last[..10],
            report.seed,
        );
        let paint = if verdict.evidence {
            Paint::Good
        } else {
            Paint::Warn
        };
        let mut lines = vec![
            terminal.paint(Paint::Strong, &title),
            String::new(),
            self.figures(terminal),
            String::new(),
            terminal.paint(paint, &format!("{}.", verdict.headline())),
        ];
        let reasons = verdict.reasons.iter().skip(1);
        lines.extend(reasons.map(|reason| format!("  - {reason}")));
        lines.push("What these bars cannot tell, and what to mind:".to_owned());
        lines.extend(verdict.caveats.iter().map(|caveat| format!("  - {caveat}")));
        lines.join("\n")
    }
}
