//! Two calendars held against each other: ours, and that of somebody who was there.
//!
//! No table knows of a closure before it is decided. What another calendar, the broker's, says
//! otherwise is kept date by date, and where the two differ only what both call a session is one.

use serde::{Deserialize, Serialize};

use super::rules::Day;
use super::{Calendar, CalendarError, Session};
use crate::time::{Date, Instant, in_new_york};

/// A date of which another calendar says something else than ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disagreement {
    /// New York's date.
    pub date: Date,
    /// Our session; `None` when ours has none.
    pub ours: Option<Session>,
    /// Their session; `None` when theirs has none.
    pub theirs: Option<Session>,
}

impl Disagreement {
    /// What both call a session: the later opening, the earlier close; `None` where there is no
    /// such time.
    #[must_use]
    pub fn agreed(&self) -> Option<Session> {
        let (ours, theirs) = self.ours.zip(self.theirs)?;
        let (open, close) = (ours.open.max(theirs.open), ours.close.min(theirs.close));
        (open < close).then_some(Session {
            open,
            close,
            ..ours
        })
    }

    /// Whether one of them calls this moment a part of the session and the other does not.
    #[must_use]
    pub fn is_contested(&self, at: Instant) -> bool {
        let holds = |session: Option<Session>| session.is_some_and(|it| it.contains(at));
        holds(self.ours) != holds(self.theirs)
    }
}

/// Most dates of one window on which another calendar is believed; the longest unscheduled closure
/// since 1933 took four sessions (September 2001).
pub const DISAGREEMENTS_MAX: usize = 5;

impl Calendar {
    /// The dates from `from` to `to`, both included, of which `theirs` says otherwise, oldest
    /// first. `theirs` is all that the other calendar has in that time.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] when either date is outside.
    pub fn disagreements(
        &self,
        from: Date,
        to: Date,
        theirs: &[Session],
    ) -> Result<Vec<Disagreement>, CalendarError> {
        let ours = self.sessions(from, to)?;
        let of = |sessions: &[Session], date| sessions.iter().find(|it| it.date == date).copied();
        let mut dates: Vec<Date> = ours.iter().chain(theirs).map(|it| it.date).collect();
        dates.sort_unstable();
        dates.dedup();
        let compared = dates.into_iter().map(|date| Disagreement {
            date,
            ours: of(&ours, date),
            theirs: of(theirs, date),
        });
        let differs = |it: &Disagreement| (from..=to).contains(&it.date) && it.ours != it.theirs;
        Ok(compared.filter(differs).collect())
    }

    /// This calendar, but on the dates of `by` only what both call a session. Of more dates than
    /// [`DISAGREEMENTS_MAX`] none is believed: a list that lacks weeks was cut, and averages built
    /// without them would sell or buy on prices of months ago.
    #[must_use]
    pub fn narrowed(&self, by: &[Disagreement]) -> Self {
        let mut narrowed = self.clone();
        if by.len() > DISAGREEMENTS_MAX {
            return narrowed;
        }
        let time = |at: Instant| in_new_york(at).1;
        for disagreement in by {
            let day = disagreement
                .agreed()
                .map_or(Day::Closed, |session| Day::Hours {
                    open: time(session.open),
                    close: time(session.close),
                });
            narrowed.overrides.insert(disagreement.date, day);
        }
        narrowed
    }
}
