//! Bars that are missing because nobody traded: a halt, a closure, told from a vendor's hole.
//!
//! One source that lacks a bar has lost it, as far as anybody can tell. Two that both went on
//! after it, and none that shows it, say that there was nothing to show.

use crate::bar::{Bar, Interval};
use crate::calendar::{Calendar, CalendarError};
use crate::check::Rejected;
use crate::time::Instant;

/// Sources that must lack a bar before it counts as one that nobody traded.
pub const WITNESSES_MIN: usize = 2;

/// What one source shows.
#[derive(Debug, Clone, Copy)]
pub struct Witness<'a> {
    /// Its sound bars, oldest first.
    pub bars: &'a [Bar],
    /// Its rows that were kept out: they are no bars, but they are not nothing either.
    pub rejected: &'a [Rejected],
}

/// A bar that nobody traded, and which of the sources lack it, by their place among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untraded {
    /// Where the bar would start.
    pub start: Instant,
    /// The sources, at least [`WITNESSES_MIN`].
    pub lacking: Vec<usize>,
}

impl Witness<'_> {
    /// Whether it has a row of this bar, sound or not.
    #[must_use]
    pub fn shows(&self, start: Instant) -> bool {
        let found = self.bars.binary_search_by_key(&start, |bar| bar.start);
        found.is_ok() || self.rejected.iter().any(|row| row.start == start)
    }

    /// Whether it has bars on both sides: a source that has not come so far, or did not reach so
    /// far back, tells nothing.
    fn spans(&self, start: Instant) -> bool {
        let ends = self.bars.first().zip(self.bars.last());
        ends.is_some_and(|(first, last)| first.start < start && start < last.start)
    }
}

/// The bars of `interval` that should have ended by `now` and that nobody traded, oldest first:
/// at least two sources lack each of them, and none shows it.
///
/// # Errors
/// [`CalendarError`] when the bars leave the calendar.
pub fn untraded(
    witnesses: &[Witness<'_>],
    interval: Interval,
    calendar: &Calendar,
    now: Instant,
) -> Result<Vec<Untraded>, CalendarError> {
    let firsts = witnesses.iter().filter_map(|witness| witness.bars.first());
    let Some(from) = firsts.map(|bar| bar.start).min() else {
        return Ok(Vec::new());
    };
    let starts = calendar.bar_starts(interval, from, now)?;
    let lacked = starts.into_iter().map(|start| {
        let lacks = |(at, witness): (usize, &Witness<'_>)| {
            (witness.spans(start) && !witness.shows(start)).then_some(at)
        };
        let lacking: Vec<usize> = witnesses.iter().enumerate().filter_map(lacks).collect();
        Untraded { start, lacking }
    });
    let is_untraded = |found: &Untraded| {
        found.lacking.len() >= WITNESSES_MIN
            && !witnesses.iter().any(|witness| witness.shows(found.start))
    };
    Ok(lacked.filter(is_untraded).collect())
}
