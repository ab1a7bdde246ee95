//! Where a file's bars may start: its interval, its grid, and what falls outside.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{Defect, DefectReason, Problem, Refusal, Row};
use crate::bar::Interval;
use crate::calendar::{Calendar, HOUR_STEP, Session};
use crate::hours::Gap;
use crate::time::{Date, Duration, Instant, new_york_date};

/// Shortest distance between two daily bars: one clock change on a day.
const DAY_DISTANCE_MIN: Duration = Duration::from_hours(23);

/// Where a file's hours begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grid {
    /// At the open, as ours do.
    Session,
    /// At whole clock hours; live trading never does.
    Clock,
}

impl fmt::Display for Grid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Session => "session",
            Self::Clock => "clock",
        })
    }
}

/// The interval of sorted rows: the most frequent distance between neighbours that is one.
pub(super) fn detect(rows: &[Row]) -> Result<Interval, Refusal> {
    let mut votes: BTreeMap<Interval, usize> = BTreeMap::new();
    for pair in rows.windows(2) {
        if let Some(interval) = interval_of(pair[1].start.duration_since(pair[0].start)) {
            *votes.entry(interval).or_default() += 1;
        }
    }
    // Of equals the shorter wins: a longer distance may be a gap, a shorter one cannot.
    let most = votes.into_iter().rev().max_by_key(|(_, count)| *count);
    let starts = rows.iter().map(|row| row.start).collect::<BTreeSet<_>>();
    match (most, starts.first()) {
        (Some((interval, _)), _) => Ok(interval),
        (None, Some(only)) if starts.len() == 1 && is_midnight(*only) => Ok(Interval::OneDay),
        _ => Err((None, Problem::UnknownInterval { rows: starts.len() })),
    }
}

fn interval_of(distance: Duration) -> Option<Interval> {
    if distance >= DAY_DISTANCE_MIN {
        return Some(Interval::OneDay);
    }
    Interval::ALL
        .into_iter()
        .find(|interval| interval.duration() == distance)
}

fn is_midnight(start: Instant) -> bool {
    crate::time::in_new_york(start).1 == crate::time::Time::midnight()
}

/// Rows that start where bars start, and what became of the others.
pub(super) struct Sifted {
    pub(super) rows: Vec<Row>,
    pub(super) defects: Vec<Defect>,
    pub(super) gaps: Vec<Gap>,
    pub(super) outside_session: usize,
}

/// Holds sorted rows against the calendar, day by day.
pub(super) fn sift(
    rows: &[Row],
    interval: Interval,
    grid: Grid,
    calendar: &Calendar,
    session_only: bool,
) -> Result<Sifted, Refusal> {
    let gaps = gaps(rows, interval, grid, calendar)?;
    let mut sifted = Sifted {
        rows: Vec::new(),
        defects: Vec::new(),
        gaps,
        outside_session: 0,
    };
    for day in rows.chunk_by(|a, b| new_york_date(a.start) == new_york_date(b.start)) {
        let day = Day::of(day, interval, grid, calendar)?;
        day.refuse_misfits(session_only)?;
        day.sift_into(&mut sifted);
    }
    Ok(sifted)
}

/// One date's rows beside the starts that its session should have.
struct Day<'a> {
    date: Date,
    rows: &'a [Row],
    session: Option<Session>,
    expected: Vec<Instant>,
    interval: Interval,
    grid: Grid,
}

/// Where a row stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    OnGrid,
    OffGrid,
    Outside,
}

impl<'a> Day<'a> {
    fn of(
        rows: &'a [Row],
        interval: Interval,
        grid: Grid,
        calendar: &Calendar,
    ) -> Result<Self, Refusal> {
        let date = new_york_date(rows[0].start);
        let session = calendar
            .session(date)
            .map_err(|error| (Some(rows[0].line), Problem::Calendar(error)))?;
        let expected = session
            .map(|day| starts(&day, interval, grid))
            .unwrap_or_default();
        Ok(Self {
            date,
            rows,
            session,
            expected,
            interval,
            grid,
        })
    }

    fn place(&self, start: Instant) -> Place {
        if self.expected.binary_search(&start).is_ok() {
            return Place::OnGrid;
        }
        let daily = self.interval == Interval::OneDay;
        match self.session {
            Some(session) if daily || session.contains(start) => Place::OffGrid,
            _ => Place::Outside,
        }
    }

    /// Refuses a day in the wrong zone, off the grid, or outside the session.
    fn refuse_misfits(&self, session_only: bool) -> Result<(), Refusal> {
        let misfit = |place| self.rows.iter().find(|row| self.place(row.start) == place);
        let off_grid = misfit(Place::OffGrid);
        if let Some(row) = off_grid
            && let Some(problem) = self.other_grid(row.start)
        {
            return Err((Some(row.line), problem));
        }
        let outside = misfit(Place::Outside);
        if let Some(row) = outside.or(off_grid)
            && let Some(problem) = self.shift()
        {
            return Err((Some(row.line), problem));
        }
        if let Some(row) = off_grid {
            let (start, interval) = (row.start, self.interval);
            return Err((Some(row.line), Problem::OffGrid { start, interval }));
        }
        match outside {
            Some(row) if !session_only => {
                Err((Some(row.line), Problem::OutsideSession { start: row.start }))
            }
            _ => Ok(()),
        }
    }

    /// The problem of an hour that the other grid would hold.
    fn other_grid(&self, start: Instant) -> Option<Problem> {
        let other = match self.grid {
            _ if self.interval != Interval::OneHour => return None,
            Grid::Session => Grid::Clock,
            Grid::Clock => Grid::Session,
        };
        starts(&self.session?, self.interval, other)
            .contains(&start)
            .then_some(match other {
                Grid::Session => Problem::SessionHours { start },
                Grid::Clock => Problem::ClockHours { start },
            })
    }

    /// The problem of a day whose bars are exactly its session's, all moved by the same time.
    ///
    /// That is what a wrong offset does to a complete day, and nothing else does: bars before and
    /// after the session come on top of the session's own.
    fn shift(&self) -> Option<Problem> {
        let mut given: Vec<Instant> = self.rows.iter().map(|row| row.start).collect();
        given.dedup();
        let (first, last) = (*given.first()?, *given.last()?);
        let (expected_first, expected_last) = (*self.expected.first()?, *self.expected.last()?);
        let moved = first.duration_since(expected_first);
        let all_moved = given.len() == self.expected.len()
            && given
                .iter()
                .zip(&self.expected)
                .all(|(at, grid)| at.duration_since(*grid) == moved);
        let several = given.len() > 1 && !moved.is_zero();
        (all_moved && several).then_some(Problem::WrongZone {
            date: self.date,
            first,
            last,
            expected_first,
            expected_last,
        })
    }

    fn sift_into(&self, sifted: &mut Sifted) {
        let early = |row: &Row| {
            self.expected
                .first()
                .is_some_and(|first| row.start < *first)
        };
        let has_early = self.rows.iter().any(early);
        for row in self.rows {
            if self.place(row.start) != Place::OnGrid {
                sifted.outside_session += 1;
            } else if has_early && self.holds_the_open(row.start) {
                let reason = DefectReason::MixedOpen;
                sifted.defects.push(Defect {
                    row: row.line,
                    start: row.start,
                    reason,
                });
            } else {
                sifted.rows.push(row.clone());
            }
        }
    }

    /// Whether a clock hour begins before the open.
    fn holds_the_open(&self, start: Instant) -> bool {
        self.grid == Grid::Clock && self.session.is_some_and(|session| start < session.open)
    }
}

/// The starts that a session should have.
fn starts(session: &Session, interval: Interval, grid: Grid) -> Vec<Instant> {
    match grid {
        Grid::Session => session.bar_starts(interval),
        Grid::Clock => {
            // New York keeps whole hours from UTC, so a clock hour is one of UTC too.
            let into_hour = session.open.as_second().rem_euclid(HOUR_STEP.as_secs());
            let first = session.open - Duration::from_secs(into_hour);
            std::iter::successors(Some(first), |at| Some(*at + HOUR_STEP))
                .take_while(|at| *at < session.close)
                .collect()
        }
    }
}

/// Expected starts between the first and the last row that no row has.
fn gaps(
    rows: &[Row],
    interval: Interval,
    grid: Grid,
    calendar: &Calendar,
) -> Result<Vec<Gap>, Refusal> {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
        return Ok(Vec::new());
    };
    let (from, to) = (new_york_date(first.start), new_york_date(last.start));
    let sessions = calendar
        .sessions(from, to)
        .map_err(|error| (Some(first.line), Problem::Calendar(error)))?;
    let mut given = rows.iter().map(|row| row.start).peekable();
    let mut gaps = Vec::new();
    for start in sessions
        .iter()
        .flat_map(|session| starts(session, interval, grid))
    {
        while given.next_if(|at| *at < start).is_some() {}
        let inside = (first.start..=last.start).contains(&start);
        if inside && given.peek() != Some(&start) {
            gaps.push(Gap { start });
        }
    }
    Ok(gaps)
}
