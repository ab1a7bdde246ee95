//! The NYSE calendar, 1990 to 2035: sessions, slots, hours and the bars each should have.
//!
//! Rules of the exchange (`rules`), what happened against them (`exceptions`) and overrides
//! from the configuration, the later winning; [`Disagreement`] holds another calendar against this
//! one. Every question outside the range is an error, never
//! a guess. Nothing is precomputed: one date costs a few comparisons.

mod disagreement;
mod exceptions;
mod overrides;
mod rules;
mod session;
mod slot;

use std::collections::BTreeMap;

pub use disagreement::{DISAGREEMENTS_MAX, Disagreement};
pub use overrides::{Override, OverrideKind};
pub use session::{HOUR_STEP, HourSpan, SLOT_STEP, Session};
pub use slot::{Slot, SlotError};

use crate::bar::Interval;
use crate::time::{Date, Instant, new_york_date};
use rules::Day;

/// First date the calendar knows.
pub const FIRST_DATE: Date = Date::constant(1990, 1, 1);
/// Last date the calendar knows.
pub const LAST_DATE: Date = Date::constant(2035, 12, 31);

/// Why the calendar cannot answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// The question leaves the range of dates it knows.
    #[error("{date} is outside the NYSE calendar, which knows 1990-01-01 to 2035-12-31")]
    OutOfRange {
        /// The date asked for, or the first one past the end of a search.
        date: Date,
    },
    /// An override ends before it begins.
    #[error(
        "calendar override of {date}: it opens at {open} and closes at {close}; the close must come later"
    )]
    EmptyHours {
        /// The overridden date.
        date: Date,
        /// The open given.
        open: crate::time::Time,
        /// The close given.
        close: crate::time::Time,
    },
    /// Two overrides name one date.
    #[error("calendar override of {date} is given twice; keep one")]
    OverriddenTwice {
        /// The date.
        date: Date,
    },
}

/// When the NYSE trades.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    overrides: BTreeMap<Date, Day>,
}

impl Calendar {
    /// The exchange's rules and history.
    #[must_use]
    pub const fn nyse() -> Self {
        Self {
            overrides: BTreeMap::new(),
        }
    }

    /// The exchange's rules and history, but for these dates.
    ///
    /// # Errors
    /// [`CalendarError`] for a date outside the range, hours that end before they begin, and a
    /// date given twice.
    pub fn with_overrides(overrides: &[Override]) -> Result<Self, CalendarError> {
        let mut days = BTreeMap::new();
        for Override { date, kind } in overrides {
            let date = in_range(*date)?;
            let day = match *kind {
                OverrideKind::Closed => Day::Closed,
                OverrideKind::Hours { open, close } if open < close => Day::Hours { open, close },
                OverrideKind::Hours { open, close } => {
                    return Err(CalendarError::EmptyHours { date, open, close });
                }
            };
            if days.insert(date, day).is_some() {
                return Err(CalendarError::OverriddenTwice { date });
            }
        }
        Ok(Self { overrides: days })
    }

    /// The session of `date`; `None` when the exchange is closed.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`], as every question below.
    pub fn session(&self, date: Date) -> Result<Option<Session>, CalendarError> {
        let date = in_range(date)?;
        let overridden = self.overrides.get(&date).copied();
        let day = overridden
            .or_else(|| exceptions::day(date))
            .unwrap_or_else(|| rules::day(date));
        crate::sabotage!(NoHalfDays, {
            if let (Day::Hours { open, .. }, None) = (day, overridden) {
                let close = rules::CLOSE;
                return Ok(Session::of(date, Day::Hours { open, close }));
            }
        });
        Ok(Session::of(date, day))
    }

    /// The sessions from `from` to `to`, both included, oldest first.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] when either date is outside.
    pub fn sessions(&self, from: Date, to: Date) -> Result<Vec<Session>, CalendarError> {
        in_range(to)?;
        let mut sessions = Vec::new();
        let mut date = in_range(from)?;
        while date <= to {
            sessions.extend(self.session(date)?);
            date = day_after(date);
        }
        Ok(sessions)
    }

    /// The session under way at `instant`.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`].
    pub fn session_at(&self, instant: Instant) -> Result<Option<Session>, CalendarError> {
        let session = self.session(new_york_date(instant))?;
        Ok(session.filter(|session| session.contains(instant)))
    }

    /// The newest session strictly before `date`.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] when the range ends first.
    pub fn previous_session(&self, date: Date) -> Result<Session, CalendarError> {
        let mut date = date;
        loop {
            date = day_before(date);
            if let Some(session) = self.session(date)? {
                return Ok(session);
            }
        }
    }

    /// The oldest session strictly after `date`.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] when the range ends first.
    pub fn next_session(&self, date: Date) -> Result<Session, CalendarError> {
        let mut date = date;
        loop {
            date = day_after(date);
            if let Some(session) = self.session(date)? {
                return Ok(session);
            }
        }
    }

    /// The slot at exactly this moment; `None` when the moment is none.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`].
    pub fn slot(&self, at: Instant) -> Result<Option<Slot>, CalendarError> {
        let session = self.session_at(at)?;
        Ok(session.and_then(|session| session.slots().into_iter().find(|slot| slot.at() == at)))
    }

    /// The slots after `after`, up to and with `until`, oldest first.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] when either moment is outside.
    pub fn slots(&self, after: Instant, until: Instant) -> Result<Vec<Slot>, CalendarError> {
        let sessions = self.sessions(new_york_date(after), new_york_date(until))?;
        let wanted = |slot: &Slot| after < slot.at() && slot.at() <= until;
        Ok(sessions
            .iter()
            .flat_map(Session::slots)
            .filter(wanted)
            .collect())
    }

    /// The first slot strictly after `after`.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] when the range ends first.
    pub fn next_slot(&self, after: Instant) -> Result<Slot, CalendarError> {
        let today = new_york_date(after);
        let left = self
            .session(today)?
            .into_iter()
            .flat_map(|session| session.slots());
        match left.into_iter().find(|slot| slot.at() > after) {
            Some(slot) => Ok(slot),
            None => Ok(Slot::new(self.next_session(today)?.open)),
        }
    }

    /// The newest slot at or before `at`.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] when the range begins later.
    pub fn latest_slot(&self, at: Instant) -> Result<Slot, CalendarError> {
        let today = new_york_date(at);
        let passed = self
            .session(today)?
            .into_iter()
            .flat_map(|session| session.slots());
        if let Some(slot) = passed.take_while(|slot| slot.at() <= at).last() {
            return Ok(slot);
        }
        let slots = self.previous_session(today)?.slots();
        Ok(*slots
            .last()
            .expect("a session opens before it closes, so its open is a slot"))
    }

    /// The newest `count` hours that have ended by `at`, oldest first.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] when the range holds fewer.
    pub fn closed_hours(&self, at: Instant, count: usize) -> Result<Vec<HourSpan>, CalendarError> {
        let mut date = new_york_date(at);
        let mut newest_first: Vec<HourSpan> = Vec::with_capacity(count);
        let mut session = self.session(date)?;
        while newest_first.len() < count {
            let hours = session.map(|session| session.hours()).unwrap_or_default();
            newest_first.extend(hours.into_iter().rev().filter(|hour| hour.end <= at));
            if newest_first.len() < count {
                let previous = self.previous_session(date)?;
                date = previous.date;
                session = Some(previous);
            }
        }
        newest_first.truncate(count);
        newest_first.reverse();
        Ok(newest_first)
    }

    /// The starts of the bars that should exist from `from` to `until`, both included.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] when either moment is outside.
    pub fn bar_starts(
        &self,
        interval: Interval,
        from: Instant,
        until: Instant,
    ) -> Result<Vec<Instant>, CalendarError> {
        let sessions = self.sessions(new_york_date(from), new_york_date(until))?;
        let starts = sessions
            .iter()
            .flat_map(|session| session.bar_starts(interval));
        Ok(starts
            .filter(|start| (from..=until).contains(start))
            .collect())
    }
}

fn in_range(date: Date) -> Result<Date, CalendarError> {
    if (FIRST_DATE..=LAST_DATE).contains(&date) {
        Ok(date)
    } else {
        Err(CalendarError::OutOfRange { date })
    }
}

/// Saturates at the end of the civil calendar, far outside the range, where the caller's next
/// question is refused.
fn day_after(date: Date) -> Date {
    date.tomorrow().unwrap_or(date)
}

/// As [`day_after`], backwards.
fn day_before(date: Date) -> Date {
    date.yesterday().unwrap_or(date)
}
