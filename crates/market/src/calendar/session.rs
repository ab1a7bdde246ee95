//! One trading day: its slots, hours and bars.

use serde::{Deserialize, Serialize};

use super::rules::{self, Day};
use super::slot::Slot;
use crate::bar::Interval;
use crate::time::{Date, Duration, Instant, Time, minutes, new_york};

/// Time between two slots.
pub const SLOT_STEP: Duration = minutes(30);
/// Length of an hour bar, but for the last of a session.
pub const HOUR_STEP: Duration = minutes(60);

/// One NYSE trading day: `[open, close)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Session {
    /// New York's date.
    pub date: Date,
    /// First moment of the session.
    pub open: Instant,
    /// First moment after the session.
    pub close: Instant,
}

/// The span of one session-anchored hour: `[start, end)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct HourSpan {
    /// First moment.
    pub start: Instant,
    /// First moment after it: 60 minutes later, or the session's close.
    pub end: Instant,
}

impl Session {
    pub(super) fn of(date: Date, day: Day) -> Option<Self> {
        match day {
            Day::Closed => None,
            Day::Hours { open, close } => {
                // No clock changes between the two: New York's do so on Sundays at 02:00.
                let length = close.duration_since(open);
                let open = new_york(date, open);
                let close = open + length;
                Some(Self { date, open, close })
            }
        }
    }

    /// The decision moments: every 30 minutes from the open while before the close, 13 on a full
    /// day and 7 on a half day.
    #[must_use]
    pub fn slots(&self) -> Vec<Slot> {
        self.steps(SLOT_STEP).map(Slot::new).collect()
    }

    /// The hours: every 60 minutes from the open, the last cut at the close; 7 on a full day and
    /// 4 on a half day.
    #[must_use]
    pub fn hours(&self) -> Vec<HourSpan> {
        self.steps(HOUR_STEP)
            .map(|start| HourSpan {
                start,
                end: self.close.min(start + HOUR_STEP),
            })
            .collect()
    }

    /// The starts of the bars that this session should have, oldest first.
    #[must_use]
    pub fn bar_starts(&self, interval: Interval) -> Vec<Instant> {
        match interval {
            Interval::OneDay => vec![self.midnight()],
            shorter => self.steps(shorter.duration()).collect(),
        }
    }

    /// Whether a bar of this session starts at `start`.
    #[must_use]
    pub fn is_bar_start(&self, interval: Interval, start: Instant) -> bool {
        match interval {
            Interval::OneDay => start == self.midnight(),
            shorter => {
                let since_open = start.duration_since(self.open);
                let step = shorter.duration();
                self.contains(start) && since_open.as_nanos() % step.as_nanos() == 0
            }
        }
    }

    /// The first moment after the bar that starts at `start`: one interval later, or the close
    /// that cuts it.
    #[must_use]
    pub fn bar_end(&self, interval: Interval, start: Instant) -> Instant {
        match interval {
            Interval::OneDay => self.close,
            shorter => self.close.min(start + shorter.duration()),
        }
    }

    /// Whether trading is on at `instant`: the open belongs to the session, the close does not.
    #[must_use]
    pub fn contains(&self, instant: Instant) -> bool {
        (self.open..self.close).contains(&instant)
    }

    /// Whether the session closes before the regular 16:00.
    #[must_use]
    pub fn is_half_day(&self) -> bool {
        self.close < new_york(self.date, rules::CLOSE)
    }

    /// New York midnight of the date, by which daily bars are named.
    #[must_use]
    pub fn midnight(&self) -> Instant {
        new_york(self.date, Time::midnight())
    }

    fn steps(&self, step: Duration) -> impl Iterator<Item = Instant> + use<> {
        let close = self.close;
        std::iter::successors(Some(self.open), move |at| Some(*at + step))
            .take_while(move |at| *at < close)
    }
}
