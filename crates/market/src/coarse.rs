//! Coarser bars built from finer ones, on the session grid.
//!
//! For files. Live trading builds its hours in [`crate::hours`], by the clock and with the hour
//! under way; here the bars are all there is, and a span they do not cover to its ends is cut off.

use crate::bar::{Bar, Interval};
use crate::calendar::{Calendar, CalendarError};
use crate::time::{Instant, new_york_date};

/// What finer bars make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coarse {
    /// Oldest first.
    pub bars: Vec<Bar>,
    /// Those of [`Coarse::bars`] that miss some of their parts.
    pub incomplete: Vec<Span>,
    /// At most one at either end: begun before the first part or not over with the last one, so
    /// that its open or its close is not known. Not built.
    pub cut: Vec<Span>,
}

/// A coarse bar and its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Where it starts.
    pub start: Instant,
    /// Finer bars it has.
    pub parts: usize,
    /// Finer bars it should have.
    pub expected: usize,
}

/// Why nothing can be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CoarseError {
    /// The parts are no parts.
    #[error("bars of {to} cannot be built from bars of {from}")]
    NotParts {
        /// The interval given.
        from: Interval,
        /// The interval wanted.
        to: Interval,
    },
    /// A bar outside the calendar.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
}

/// Builds bars of `to` from checked bars of `from`, oldest first.
///
/// A span without any part is skipped; the calendar's gaps were reported when the file was read.
///
/// # Errors
/// [`CoarseError::NotParts`] unless `to` is a multiple of `from`.
pub fn coarsen(
    bars: &[Bar],
    from: Interval,
    to: Interval,
    calendar: &Calendar,
) -> Result<Coarse, CoarseError> {
    // A day is cut by sessions, so whatever is shorter is a part of it.
    let divides =
        to == Interval::OneDay || to.duration().as_secs() % from.duration().as_secs() == 0;
    if from >= to || !divides {
        return Err(CoarseError::NotParts { from, to });
    }
    let mut coarse = Coarse {
        bars: Vec::new(),
        incomplete: Vec::new(),
        cut: Vec::new(),
    };
    let (Some(first), Some(last)) = (bars.first(), bars.last()) else {
        return Ok(coarse);
    };
    let mut rest = bars;
    for session in calendar.sessions(new_york_date(first.start), new_york_date(last.start))? {
        let parts = session.bar_starts(from);
        for start in session.bar_starts(to) {
            let end = session.bar_end(to, start);
            let (given, later) = rest.split_at(rest.partition_point(|bar| bar.start < end));
            rest = later;
            let within = |at: &&Instant| (start..end).contains(*at);
            let expected: Vec<Instant> = parts.iter().filter(within).copied().collect();
            coarse.add(start, given, &expected, (first.start, last.start));
        }
    }
    Ok(coarse)
}

impl Coarse {
    /// One span from the parts it has; `ends` are the first and last part of all.
    fn add(
        &mut self,
        start: Instant,
        given: &[Bar],
        expected: &[Instant],
        ends: (Instant, Instant),
    ) {
        let Some(bar) = merged(start, given) else {
            return;
        };
        let span = Span {
            start,
            parts: given.len(),
            expected: expected.len(),
        };
        let begun_before = expected.first().is_some_and(|first| *first < ends.0);
        let not_over = expected.last().is_some_and(|last| *last > ends.1);
        if begun_before || not_over {
            self.cut.push(span);
            return;
        }
        if span.parts < span.expected {
            self.incomplete.push(span);
        }
        self.bars.push(bar);
    }
}

/// First open, highest high, lowest low, last close; the volume where every part knows it.
fn merged(start: Instant, parts: &[Bar]) -> Option<Bar> {
    let (first, last) = (parts.first()?, parts.last()?);
    let high = parts.iter().map(|bar| bar.high).max()?;
    let low = parts.iter().map(|bar| bar.low).min()?;
    let volume = parts
        .iter()
        .try_fold(0_u64, |sum, bar| Some(sum.saturating_add(bar.volume?)));
    let bar = Bar::new(start, first.open, high, low, last.close, volume);
    Some(bar.expect("the extremes of consistent bars bound their opens and closes"))
}
