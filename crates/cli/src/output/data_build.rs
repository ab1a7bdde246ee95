//! `tqqq data build`: what was built of what, and what was not.

use std::path::{Path, PathBuf};

use market::Interval;
use market::coarse::{Coarse, Span};
use market::file::BarFile;
use market::time::new_york_text;
use serde::Serialize;

use super::{Paint, Terminal, View, text};

/// Most lines of one kind that are shown to a person; `--json` has all.
const LINES_MAX: usize = 20;

/// Bars built from finer ones.
#[derive(Debug, Serialize)]
pub(crate) struct BuildView {
    schema: &'static str,
    file: PathBuf,
    output: PathBuf,
    from_interval: Interval,
    interval: Interval,
    parts: usize,
    bars: usize,
    first: Option<String>,
    last: Option<String>,
    /// Built without some of their parts.
    incomplete: Vec<SpanView>,
    /// Not built, since the file does not cover them to their ends.
    cut: Vec<SpanView>,
    /// What the reader of the file had to do, rows left out first.
    notes: Vec<String>,
}

/// A bar and how much of it the file has.
#[derive(Debug, Serialize)]
struct SpanView {
    start: String,
    parts: usize,
    expected: usize,
}

impl BuildView {
    /// The view of what `file` made.
    pub(crate) fn new(
        path: &Path,
        output: &Path,
        file: &BarFile,
        to: Interval,
        made: &Coarse,
    ) -> Self {
        let mut notes: Vec<String> = file.defects.iter().map(ToString::to_string).collect();
        notes.extend(file.notes());
        let start = |bar: Option<&market::Bar>| bar.map(|bar| new_york_text(bar.start));
        Self {
            schema: "tqqq.data-build/1",
            file: path.to_owned(),
            output: output.to_owned(),
            from_interval: file.interval,
            interval: to,
            parts: file.bars.len(),
            bars: made.bars.len(),
            first: start(made.bars.first()),
            last: start(made.bars.last()),
            incomplete: made.incomplete.iter().map(SpanView::new).collect(),
            cut: made.cut.iter().map(SpanView::new).collect(),
            notes,
        }
    }
}

impl SpanView {
    fn new(span: &Span) -> Self {
        Self {
            start: new_york_text(span.start),
            parts: span.parts,
            expected: span.expected,
        }
    }

    fn text(&self) -> String {
        format!("{}: {} of {} parts", self.start, self.parts, self.expected)
    }
}

impl View for BuildView {
    fn text(&self, terminal: Terminal) -> String {
        let name = terminal.paint(Paint::Strong, &self.output.display().to_string());
        let range = match (&self.first, &self.last) {
            (Some(first), Some(last)) => format!(", {first} to {last}"),
            _ => String::new(),
        };
        let mut lines = vec![format!(
            "{name}: {} bars of {} from {} of {}{range}",
            text::count(self.bars as u64),
            self.interval,
            text::count(self.parts as u64),
            self.from_interval,
        )];
        lines.extend(listed("without some parts", &self.incomplete));
        lines.extend(listed("not built, cut by the file's end", &self.cut));
        let notes = self.notes.iter().take(LINES_MAX);
        lines.extend(notes.map(|note| format!("  note  {note}")));
        if self.notes.len() > LINES_MAX {
            let more = self.notes.len() - LINES_MAX;
            lines.push(format!("  … and {more} more; --json names them all"));
        }
        lines.join("\n")
    }
}

/// `  what: 2` and the first few below it.
fn listed(what: &str, spans: &[SpanView]) -> Vec<String> {
    if spans.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![format!("  {what}: {}", spans.len())];
    let shown = spans.iter().take(LINES_MAX);
    lines.extend(shown.map(|span| format!("    {}", span.text())));
    if spans.len() > LINES_MAX {
        let more = spans.len() - LINES_MAX;
        lines.push(format!("    … and {more} more; --json names them all"));
    }
    lines
}
