//! `tqqq data fetch`: what came from whom, and what the check says of it.

use connectors::history::Window;
use market::check::{Reject, Rejected};
use market::time::new_york_text;
use market::{Date, Interval};
use serde::Serialize;

use super::data_check::CheckView;
use super::{Paint, Terminal, View, text};

/// Most rows kept out that are shown to a person; `--json` has all.
const LINES_MAX: usize = 20;

/// A download and the check of its file.
#[derive(Debug, Serialize)]
pub(crate) struct FetchView {
    schema: &'static str,
    source: String,
    feed: Option<String>,
    symbol: String,
    interval: Interval,
    /// The first session asked for.
    from: Date,
    /// The last session asked for.
    to: Date,
    /// Sessions asked for before the first bar that came; the vendor has nothing of them.
    missing_before: usize,
    /// Sessions asked for after the last bar that came.
    missing_after: usize,
    /// HTTP calls of this process; an earlier one may have made some too.
    calls: u64,
    /// Whether an earlier download was taken up.
    resumed: bool,
    /// Bars that came twice, in overlapping windows, and were the same.
    compared: usize,
    /// Identical twins within one answer.
    duplicates: usize,
    /// Rows outside the session dropped: some vendors write one at the close.
    outside_session: usize,
    /// Other rows that are no bars, kept out of the file.
    rejected: Vec<RejectedView>,
    check: CheckView,
}

/// A row kept out.
#[derive(Debug, Serialize)]
struct RejectedView {
    start: String,
    reason: String,
}

/// What was asked for, of whom, and at which price.
pub(crate) struct FetchFacts {
    pub(crate) source: String,
    pub(crate) feed: Option<String>,
    pub(crate) symbol: String,
    pub(crate) interval: Interval,
    pub(crate) first: Date,
    pub(crate) last: Date,
    /// Sessions before the first bar that came, and after the last one.
    pub(crate) missing: (usize, usize),
    pub(crate) calls: u64,
    pub(crate) resumed: bool,
}

impl FetchView {
    /// The view of a download's windows and of the file they made.
    pub(crate) fn new(facts: FetchFacts, windows: &[Window], check: CheckView) -> Self {
        // A row in the session that two windows share was met twice.
        let mut kept_out: Vec<&Rejected> =
            windows.iter().flat_map(|window| &window.rejected).collect();
        kept_out.sort_by_key(|row| row.start);
        kept_out.dedup();
        let (outside, rejected): (Vec<&Rejected>, Vec<&Rejected>) = kept_out
            .into_iter()
            .partition(|row| row.reason == Reject::OutsideSession);
        let FetchFacts {
            source,
            feed,
            symbol,
            interval,
            first,
            last,
            missing: (missing_before, missing_after),
            calls,
            resumed,
        } = facts;
        Self {
            schema: "tqqq.data-fetch/1",
            source,
            feed,
            symbol,
            interval,
            from: first,
            to: last,
            missing_before,
            missing_after,
            calls,
            resumed,
            compared: windows.iter().map(|window| window.compared).sum(),
            duplicates: windows.iter().map(|window| window.duplicates).sum(),
            outside_session: outside.len(),
            rejected: rejected.into_iter().map(RejectedView::new).collect(),
            check,
        }
    }

    /// Whether all came and nothing is wrong with it.
    pub(crate) fn is_clean(&self) -> bool {
        let is_all = self.missing_before == 0 && self.missing_after == 0;
        is_all && self.rejected.is_empty() && self.check.is_clean()
    }
}

impl RejectedView {
    fn new(row: &Rejected) -> Self {
        Self {
            start: new_york_text(row.start),
            reason: row.reason.to_string(),
        }
    }
}

impl View for FetchView {
    fn text(&self, terminal: Terminal) -> String {
        let feed = self.feed.as_ref().map(|feed| format!(" ({feed})"));
        let again = if self.resumed {
            ", taken up where an earlier download stopped"
        } else {
            ""
        };
        let mut lines = vec![format!(
            "{} of {} from {}{} in {}{again}",
            self.interval,
            self.symbol,
            self.source,
            feed.unwrap_or_default(),
            text::counted(self.calls, "call"),
        )];
        if self.compared > 0 {
            lines.push(format!(
                "  overlap   {} came twice and the same",
                text::counted(self.compared as u64, "bar")
            ));
        }
        if self.duplicates > 0 {
            lines.push(format!("  twins     {} dropped", self.duplicates));
        }
        if self.outside_session > 0 {
            let rows = text::counted(self.outside_session as u64, "row");
            lines.push(format!("  outside   {rows} outside the session dropped"));
        }
        let missing = [(self.missing_before, "first"), (self.missing_after, "last")];
        for (count, which) in missing.into_iter().filter(|(count, _)| *count > 0) {
            let sessions = text::counted(count as u64, "session");
            let what = format!("nothing came of the {which} {sessions} asked for");
            lines.push(format!(
                "  missing   {}",
                terminal.paint(Paint::Warn, &what)
            ));
        }
        let shown = self.rejected.iter().take(LINES_MAX);
        lines.extend(shown.map(|row| {
            let label = terminal.paint(Paint::Bad, "kept out");
            format!("  {label}  {}: {}", row.start, row.reason)
        }));
        if self.rejected.len() > LINES_MAX {
            let more = self.rejected.len() - LINES_MAX;
            lines.push(format!("  … and {more} more; --json names them all"));
        }
        lines.push(self.check.text(terminal));
        lines.join("\n")
    }
}
