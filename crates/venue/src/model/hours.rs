//! When the exchange really trades: its calendar, and what nobody had planned.

use std::collections::BTreeMap;

use market::calendar::{CalendarError, Session};
use market::time::new_york_date;
use market::{Calendar, Date, Instant};

/// The calendar and the days that turned out otherwise.
#[derive(Debug, Clone)]
pub struct Hours {
    calendar: Calendar,
    unscheduled: BTreeMap<Date, Option<Session>>,
}

impl Hours {
    pub(super) const fn new(calendar: Calendar) -> Self {
        Self {
            calendar,
            unscheduled: BTreeMap::new(),
        }
    }

    /// What really becomes of a day: a shorter session, or none.
    pub(super) fn change(&mut self, date: Date, session: Option<Session>) {
        self.unscheduled.insert(date, session);
    }

    /// The session of `date`; `None` when the exchange is closed.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`], as every question below.
    pub fn session(&self, date: Date) -> Result<Option<Session>, CalendarError> {
        match self.unscheduled.get(&date) {
            Some(session) => Ok(*session),
            None => self.calendar.session(date),
        }
    }

    /// The sessions from `from` to `to`, both included, oldest first.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`].
    pub fn sessions(&self, from: Date, to: Date) -> Result<Vec<Session>, CalendarError> {
        let planned = self.calendar.sessions(from, to)?;
        let real = planned.into_iter().filter_map(|session| {
            let changed = self.unscheduled.get(&session.date).copied();
            changed.unwrap_or(Some(session))
        });
        Ok(real.collect())
    }

    /// The session under way at `at`.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`].
    pub fn session_at(&self, at: Instant) -> Result<Option<Session>, CalendarError> {
        let session = self.session(new_york_date(at))?;
        Ok(session.filter(|session| session.contains(at)))
    }

    /// The newest session strictly before `date`.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] when the range ends first.
    pub fn previous_session(&self, date: Date) -> Result<Session, CalendarError> {
        self.step(date, |date| self.calendar.previous_session(date))
    }

    /// The oldest session strictly after `date`.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] when the range ends first.
    pub fn next_session(&self, date: Date) -> Result<Session, CalendarError> {
        self.step(date, |date| self.calendar.next_session(date))
    }

    /// The next planned session that is really held. Days are only ever shortened or called off,
    /// so none is held that was not planned.
    fn step(
        &self,
        date: Date,
        next: impl Fn(Date) -> Result<Session, CalendarError>,
    ) -> Result<Session, CalendarError> {
        let mut date = date;
        loop {
            let planned = next(date)?;
            date = planned.date;
            if let Some(session) = self.session(date)? {
                return Ok(session);
            }
        }
    }
}
