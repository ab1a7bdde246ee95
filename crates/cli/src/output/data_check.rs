//! `tqqq data check`: everything that is to be said about a file of bars.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use market::bar::Bar;
use market::file::{BarFile, Inspection};
use market::hours::Gap;
use market::time::{in_new_york, new_york_date, new_york_text};
use market::{Calendar, Date, Instant, Interval};
use serde::Serialize;

use super::{Paint, Terminal, View, text};

/// Most lines of one kind that are shown to a person; `--json` has all.
const LINES_MAX: usize = 20;

/// What a file holds and what is wrong with it.
#[derive(Debug, Serialize)]
pub(crate) struct CheckView {
    schema: &'static str,
    file: PathBuf,
    clean: bool,
    interval: Option<Interval>,
    grid: Option<String>,
    rows: usize,
    bars: usize,
    first: Option<String>,
    last: Option<String>,
    /// Sessions that have a bar.
    sessions: usize,
    faults: Vec<FaultView>,
    /// Starts of the bars that the calendar expects and the file does not have.
    gaps: Vec<String>,
    duplicates: usize,
    outside_session: usize,
    reordered: bool,
    splits_applied: Vec<String>,
    /// Bars whose volume nobody knows.
    volume_unknown: usize,
    #[serde(skip)]
    notes: Vec<String>,
    #[serde(skip)]
    gap_days: Vec<String>,
}

/// A row at fault, or the file itself.
#[derive(Debug, Serialize)]
struct FaultView {
    /// Its line, the header being line 1.
    row: Option<u64>,
    kind: &'static str,
    reason: String,
    hint: Option<String>,
}

impl CheckView {
    /// The view of an inspected file as of `now`: a bar that is not over is at fault too.
    pub(crate) fn new(
        path: &Path,
        inspection: &Inspection,
        calendar: &Calendar,
        now: Instant,
    ) -> Self {
        let file = inspection.file.as_ref();
        let mut faults: Vec<FaultView> = inspection.problems.iter().map(FaultView::of).collect();
        let bars = file.map_or(&[][..], |file| &file.bars);
        if let Some(file) = file {
            faults.extend(file.defects.iter().map(FaultView::left_out));
            faults.extend(forming(file, calendar, now));
        }
        // What has no row is about the whole file and comes last.
        faults.sort_by_key(|fault| fault.row.unwrap_or(u64::MAX));
        let gaps = file.map_or(&[][..], |file| &file.gaps);
        let start = |bar: Option<&Bar>| bar.map(|bar| new_york_text(bar.start));
        let mut notes = file.map(BarFile::notes).unwrap_or_default();
        let volume_unknown = bars.iter().filter(|bar| bar.volume.is_none()).count();
        if volume_unknown > 0 {
            notes.push(format!("bars whose volume is not known: {volume_unknown}"));
        }
        Self {
            schema: "tqqq.data-check/1",
            file: path.to_owned(),
            clean: faults.is_empty() && gaps.is_empty(),
            interval: file.map(|file| file.interval),
            grid: file.map(|file| file.grid.to_string()),
            rows: file.map_or(0, |file| file.rows),
            bars: bars.len(),
            first: start(bars.first()),
            last: start(bars.last()),
            sessions: bars
                .chunk_by(|a, b| new_york_date(a.start) == new_york_date(b.start))
                .count(),
            faults,
            gaps: gaps.iter().map(|gap| new_york_text(gap.start)).collect(),
            duplicates: file.map_or(0, |file| file.duplicates),
            outside_session: file.map_or(0, |file| file.outside_session),
            reordered: file.is_some_and(|file| file.reordered),
            splits_applied: file
                .iter()
                .flat_map(|file| &file.splits_applied)
                .map(ToString::to_string)
                .collect(),
            volume_unknown,
            notes,
            gap_days: gap_days(gaps),
        }
    }

    /// Whether nothing is wrong.
    pub(crate) const fn is_clean(&self) -> bool {
        self.clean
    }

    fn verdict(&self, terminal: Terminal) -> String {
        let counts = [(self.faults.len(), "fault"), (self.gaps.len(), "gap")];
        let wrong: Vec<String> = counts
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, one)| text::counted(count as u64, one))
            .collect();
        if wrong.is_empty() {
            terminal.paint(Paint::Good, "clean")
        } else {
            terminal.paint(Paint::Bad, &wrong.join(", "))
        }
    }

    fn facts(&self) -> Vec<String> {
        let (Some(interval), Some(grid)) = (self.interval, &self.grid) else {
            return Vec::new();
        };
        let mut lines = vec![format!(
            "  bars      {} of {interval} on the {grid} grid, from {} rows",
            text::count(self.bars as u64),
            text::count(self.rows as u64)
        )];
        if let (Some(first), Some(last)) = (&self.first, &self.last) {
            lines.push(format!("  range     {first} to {last}"));
        }
        lines.push(format!("  sessions  {}", text::count(self.sessions as u64)));
        lines.extend(self.notes.iter().map(|note| format!("  note      {note}")));
        lines
    }

    /// One remedy for each kind of fault, however many rows have it.
    fn hints(&self) -> Vec<String> {
        let mut kinds = BTreeSet::new();
        let first_of_kind = self.faults.iter().filter(|fault| kinds.insert(fault.kind));
        first_of_kind
            .filter_map(|fault| Some(format!("hint: {}", fault.hint.as_ref()?)))
            .collect()
    }
}

impl View for CheckView {
    fn text(&self, terminal: Terminal) -> String {
        let name = terminal.paint(Paint::Strong, &self.file.display().to_string());
        let mut lines = vec![format!("{name}: {}", self.verdict(terminal))];
        lines.extend(self.facts());
        let faults = self.faults.iter().map(FaultView::text).collect();
        lines.extend(shortened(faults));
        let gaps = self.gap_days.iter().map(|day| format!("  gap       {day}"));
        lines.extend(shortened(gaps.collect()));
        lines.extend(self.hints());
        lines.join("\n")
    }
}

impl FaultView {
    /// What refuses the file.
    fn of(error: &market::file::FileError) -> Self {
        Self {
            row: error.row,
            kind: error.problem.word(),
            reason: error.problem.to_string(),
            hint: Some(error.hint()),
        }
    }

    /// A row that is left out.
    fn left_out(defect: &market::file::Defect) -> Self {
        Self {
            row: Some(defect.row),
            kind: defect.reason.word(),
            reason: format!("{}: {}", new_york_text(defect.start), defect.reason),
            hint: None,
        }
    }

    fn text(&self) -> String {
        match self.row {
            Some(row) => format!("  {:<9} {}", format!("row {row}"), self.reason),
            None => format!("  {:<9} {}", "file", self.reason),
        }
    }
}

/// Bars that are not over: their values will change.
fn forming(file: &BarFile, calendar: &Calendar, now: Instant) -> Vec<FaultView> {
    let end = |bar: &Bar| match calendar.session(new_york_date(bar.start)) {
        Ok(Some(session)) => session.bar_end(file.interval, bar.start),
        _ => bar.start + file.interval.duration(),
    };
    let newest = file.bars.iter().rev();
    newest
        .take_while(|bar| end(bar) > now)
        .map(|bar| FaultView {
            row: None,
            kind: "forming",
            reason: format!(
                "the bar of {} is not over before {}",
                new_york_text(bar.start),
                new_york_text(end(bar))
            ),
            hint: Some("remove it, or fetch the file again when it is over".into()),
        })
        .collect()
}

/// One line a date.
fn gap_days(gaps: &[Gap]) -> Vec<String> {
    let mut days: BTreeMap<Date, Vec<String>> = BTreeMap::new();
    for gap in gaps {
        let (date, time) = in_new_york(gap.start);
        let reading = format!("{:02}:{:02}", time.hour(), time.minute());
        days.entry(date).or_default().push(reading);
    }
    let line = |(date, times): (Date, Vec<String>)| match times.as_slice() {
        [first, .., last] if times.len() > 4 => {
            format!("{date}: {} bars from {first} to {last}", times.len())
        }
        few => format!("{date}: {}", few.join(", ")),
    };
    days.into_iter().map(line).collect()
}

/// The first lines, and how many more there are.
fn shortened(mut lines: Vec<String>) -> Vec<String> {
    if lines.len() > LINES_MAX {
        let more = lines.len() - LINES_MAX;
        lines.truncate(LINES_MAX);
        lines.push(format!("  … and {more} more; --json names them all"));
    }
    lines
}
