//! A range of sessions, window after window, within the key's credits and across passing errors.
//!
//! Nothing is kept here but what the next window is compared with: each window is handed to the
//! caller, who puts it where it survives, and a download that begins with windows kept earlier
//! asks for their last session once more before it goes on.

use std::sync::Arc;

use cycle::port::{Clock, ReadError};
use market::calendar::{Calendar, CalendarError, Session};
use market::check::{Rejected, check};
use market::time::{new_york_date, new_york_text, seconds};
use market::{Bar, Date, Duration, Instant, Interval, Symbol};

use super::overlap::{Bars, Changed};
use super::{History, Span};
use crate::budget::Exhausted;
use crate::twelve_data::api_usage::Usage;

/// Pauses after a failed try; after the last one the download ends. Together longer than a minute
/// and than most outages of a gateway.
pub const PAUSES: [Duration; 6] = [
    seconds(1),
    seconds(2),
    seconds(5),
    seconds(10),
    seconds(30),
    seconds(60),
];

/// What is to be downloaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Of which symbol.
    pub symbol: Symbol,
    /// The bars' interval.
    pub interval: Interval,
    /// First New York date.
    pub from: Date,
    /// Last New York date, included.
    pub to: Date,
    /// Sessions asked for at once; the vendor's own measure when `None`.
    pub window: Option<usize>,
}

/// The checked bars of some sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// The first session asked for.
    pub first: Date,
    /// The last one.
    pub last: Date,
    /// The sound bars, oldest first.
    pub bars: Vec<Bar>,
    /// The rows kept out.
    pub rejected: Vec<Rejected>,
    /// Identical twins dropped.
    pub duplicates: usize,
    /// Bars that were known already and are the same.
    pub compared: usize,
}

/// Why a download cannot go on, by what its owner must do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DownloadError {
    /// Wait until the vendor grants credits again, then go on.
    #[error(transparent)]
    Exhausted(#[from] Exhausted),
    /// Errors that should have passed did not; go on later.
    #[error("{what}, asked for {tries} times: {why}")]
    Failing {
        /// What was asked for.
        what: String,
        /// How often it was asked for.
        tries: usize,
        /// The last error.
        why: String,
    },
    /// Asking again is useless: key, plan, symbol.
    #[error("{0}")]
    Refused(String),
    /// What was kept is not what the vendor says now; begin anew.
    #[error(transparent)]
    Changed(#[from] Changed),
    /// There is no session to ask for.
    #[error("no session from {from} to {to} is over by {}", new_york_text(*until))]
    NoSessions {
        /// First date asked for.
        from: Date,
        /// Last date asked for.
        to: Date,
        /// The newest moment whose bars are final.
        until: Instant,
    },
    /// Dates that the calendar does not know.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
}

/// Told of every wait: its end and its reason.
pub type Waits<'a> = dyn FnMut(Instant, &str) + Send + 'a;

/// A download under way.
pub struct Download<'a> {
    history: &'a History,
    clock: Arc<dyn Clock>,
    calendar: &'a Calendar,
    wanted: Wanted,
    sessions: Vec<Session>,
    /// The session that the next window begins with.
    next: usize,
    until: Instant,
    kept: Bars,
}

impl<'a> Download<'a> {
    /// A download of `wanted` that goes on behind the windows kept earlier.
    ///
    /// # Errors
    /// [`DownloadError::NoSessions`], [`DownloadError::Calendar`]; [`DownloadError::Changed`] when
    /// the windows contradict each other.
    pub fn new(
        history: &'a History,
        clock: Arc<dyn Clock>,
        calendar: &'a Calendar,
        wanted: Wanted,
        kept: &[Window],
    ) -> Result<Self, DownloadError> {
        let until = history.newest();
        let sessions = calendar.sessions(wanted.from, wanted.to)?;
        let has_bars = |session: &Session| first_end(session, wanted.interval) <= until;
        let sessions: Vec<Session> = sessions.into_iter().filter(has_bars).collect();
        if sessions.is_empty() {
            let Wanted { from, to, .. } = wanted;
            return Err(DownloadError::NoSessions { from, to, until });
        }
        let mut download = Self {
            history,
            clock,
            calendar,
            wanted,
            sessions,
            next: 0,
            until,
            kept: Bars::default(),
        };
        for window in kept {
            download.kept.take(&window.bars)?;
            download.pass(window.last);
        }
        Ok(download)
    }

    /// The sessions asked for, oldest first; at least one.
    #[must_use]
    pub fn sessions(&self) -> &[Session] {
        &self.sessions
    }

    /// Sessions that the windows so far cover.
    #[must_use]
    pub fn done(&self) -> usize {
        if self.is_over() {
            self.sessions.len()
        } else {
            self.next
        }
    }

    /// Calls still to be made, if each window takes one.
    #[must_use]
    pub fn calls_left(&self) -> usize {
        let (size, mut next, mut calls) = (self.size(), self.next, 0);
        while next < self.sessions.len() {
            calls += 1;
            next = following(next, size, self.sessions.len());
        }
        calls
    }

    /// The next window; `None` when all sessions are there.
    ///
    /// # Errors
    /// [`DownloadError`]; the windows so far stand, and the download can be taken up again.
    pub async fn next(&mut self, waits: &mut Waits<'_>) -> Result<Option<Window>, DownloadError> {
        if self.is_over() {
            return Ok(None);
        }
        let last = (self.next + self.size()).min(self.sessions.len()) - 1;
        let span = Span {
            symbol: self.wanted.symbol.clone(),
            interval: self.wanted.interval,
            first: self.sessions[self.next],
            last: self.sessions[last],
            until: self.until,
        };
        let what = format!("bars from {} to {}", span.first.date, span.last.date);
        let ask = async || self.history.bars(&span).await;
        let rows = self.patiently(&what, ask, waits).await?;
        let now = self.clock.now();
        let mut checked = check(rows, span.interval, self.calendar, now);
        let is_wanted = |start: Instant| {
            let date = new_york_date(start);
            (span.first.date..=span.last.date).contains(&date)
        };
        checked
            .bars
            .retain(|bar| is_wanted(bar.start) && self.end(bar) <= self.until);
        checked
            .rejected
            .retain(|row| is_wanted(row.start) && row.start < self.until);
        let compared = self.kept.take(&checked.bars)?;
        self.next = following(self.next, self.size(), self.sessions.len());
        Ok(Some(Window {
            first: span.first.date,
            last: span.last.date,
            bars: checked.bars,
            rejected: checked.rejected,
            duplicates: checked.duplicates,
            compared,
        }))
    }

    /// All bars so far, oldest first.
    #[must_use]
    pub fn into_bars(self) -> Vec<Bar> {
        self.kept.into_sorted()
    }

    /// What the key has used so far by the vendor's own count, where the vendor tells it.
    ///
    /// # Errors
    /// As [`Download::next`].
    pub async fn usage(&self, waits: &mut Waits<'_>) -> Result<Option<Usage>, DownloadError> {
        let ask = async || self.history.usage().await;
        self.patiently("the credits left", ask, waits).await
    }

    /// Asks until there is an answer, credits and pauses permitting.
    async fn patiently<T>(
        &self,
        what: &str,
        ask: impl AsyncFn() -> Result<T, ReadError>,
        waits: &mut Waits<'_>,
    ) -> Result<T, DownloadError> {
        let mut pauses = PAUSES.iter();
        loop {
            let ready = self.history.ready()?;
            if ready > self.clock.now() {
                waits(ready, "for credits");
                self.clock.sleep_until(ready).await;
            }
            let why = match ask().await {
                Ok(answer) => return Ok(answer),
                Err(ReadError::Transient(why)) => why,
                Err(ReadError::Permanent(why)) => {
                    // The vendor may just have said that the day's credits are used.
                    self.history.ready()?;
                    return Err(DownloadError::Refused(why));
                }
            };
            let Some(pause) = pauses.next() else {
                return Err(DownloadError::Failing {
                    what: what.to_owned(),
                    tries: PAUSES.len() + 1,
                    why,
                });
            };
            let again = self.clock.now() + *pause;
            waits(again, &why);
            self.clock.sleep_until(again).await;
        }
    }

    fn size(&self) -> usize {
        let measure = self.history.sessions_a_window(self.wanted.interval);
        self.wanted.window.unwrap_or(measure).max(1)
    }

    fn is_over(&self) -> bool {
        self.next >= self.sessions.len()
    }

    /// Goes on with the last session of a kept window, which is asked for once more; unless it is
    /// the last of all and complete.
    fn pass(&mut self, last: Date) {
        let at = self.sessions.partition_point(|session| session.date < last);
        self.next = self.next.max(at.min(self.sessions.len()));
        let newest = self.kept.newest();
        let is_whole = self.sessions.get(self.next).is_some_and(|session| {
            let starts = session.bar_starts(self.wanted.interval);
            self.next + 1 == self.sessions.len() && starts.last().copied() == newest
        });
        if is_whole {
            self.next = self.sessions.len();
        }
    }

    fn end(&self, bar: &Bar) -> Instant {
        match self.calendar.session(new_york_date(bar.start)) {
            Ok(Some(session)) => session.bar_end(self.wanted.interval, bar.start),
            _ => bar.start + self.wanted.interval.duration(),
        }
    }
}

/// The session that the window after one from `at` begins with: the last of that one, which both
/// then have, or the end.
fn following(at: usize, size: usize, sessions: usize) -> usize {
    let past = at + size;
    if past >= sessions {
        sessions
    } else {
        // A window of one session has nothing to overlap with but would never end.
        (past - 1).max(at + 1)
    }
}

fn first_end(session: &Session, interval: Interval) -> Instant {
    let starts = session.bar_starts(interval);
    starts
        .first()
        .map_or(session.close, |start| session.bar_end(interval, *start))
}
