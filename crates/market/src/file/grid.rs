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
    if let Some((interval, _)) = most {
        return Ok(interval);
    }
    let starts = rows.iter().map(|row| row.start).collect::<BTreeSet<_>>();
    match starts.first() {
        Some(only) if starts.len() == 1 && is_midnight(*only) => Ok(Interval::OneDay),
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

/// Where bars may start.
pub(super) struct Sieve<'a> {
    pub(super) interval: Interval,
    pub(super) grid: Grid,
    pub(super) calendar: &'a Calendar,
    pub(super) session_only: bool,
}

impl Sieve<'_> {
    /// Holds sorted rows against the calendar, day by day.
    pub(super) fn sift(&self, rows: Vec<Row>, problems: &mut Vec<Refusal>) -> Sifted {
        let rows = self.known(rows, problems);
        let mut sifted = Sifted {
            rows: Vec::with_capacity(rows.len()),
            defects: Vec::new(),
            gaps: Vec::new(),
            outside_session: 0,
        };
        // A day whose bars stand in the wrong place has them, so it has no gaps.
        let mut misplaced = BTreeSet::new();
        for rows in rows.chunk_by(|a, b| new_york_date(a.start) == new_york_date(b.start)) {
            let Some(day) = self.day(rows) else { continue };
            if day.sift_into(&mut sifted, problems) {
                misplaced.insert(day.date);
            }
        }
        sifted.gaps = self.gaps(&rows, &misplaced);
        sifted
    }

    /// The rows on dates that the calendar knows.
    fn known(&self, rows: Vec<Row>, problems: &mut Vec<Refusal>) -> Vec<Row> {
        let mut last = None;
        let mut known = |row: &Row| {
            let date = new_york_date(row.start);
            if last == Some(date) {
                return true;
            }
            match self.calendar.session(date) {
                Ok(_) => last = Some(date),
                Err(error) => problems.push((Some(row.line), Problem::Calendar(error))),
            }
            last == Some(date)
        };
        let mut rows = rows;
        rows.retain(|row| known(row));
        rows
    }

    /// One date's rows; never `None` for a date that [`Sieve::known`] let pass.
    fn day<'r>(&self, rows: &'r [Row]) -> Option<Day<'r>> {
        let date = new_york_date(rows.first()?.start);
        let session = self.calendar.session(date).ok()?;
        let expected = session
            .map(|day| starts(&day, self.interval, self.grid))
            .unwrap_or_default();
        Some(Day {
            date,
            rows,
            session,
            expected,
            interval: self.interval,
            grid: self.grid,
            session_only: self.session_only,
        })
    }

    /// Expected starts between the first and the last row that no row has.
    fn gaps(&self, rows: &[Row], misplaced: &BTreeSet<Date>) -> Vec<Gap> {
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
            return Vec::new();
        };
        let (from, to) = (new_york_date(first.start), new_york_date(last.start));
        let sessions = self.calendar.sessions(from, to).unwrap_or_default();
        let mut given = rows.iter().map(|row| row.start).peekable();
        let mut gaps = Vec::new();
        for start in sessions
            .iter()
            .filter(|session| !misplaced.contains(&session.date))
            .flat_map(|session| starts(session, self.interval, self.grid))
        {
            while given.next_if(|at| *at < start).is_some() {}
            let inside = (first.start..=last.start).contains(&start);
            if inside && given.peek() != Some(&start) {
                gaps.push(Gap { start });
            }
        }
        gaps
    }
}

/// One date's rows beside the starts that its session should have.
struct Day<'a> {
    date: Date,
    rows: &'a [Row],
    session: Option<Session>,
    expected: Vec<Instant>,
    interval: Interval,
    grid: Grid,
    session_only: bool,
}

/// Where a row stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    OnGrid,
    OffGrid,
    Outside,
}

impl Day<'_> {
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

    fn placed(&self, place: Place) -> impl Iterator<Item = &Row> {
        self.rows
            .iter()
            .filter(move |row| self.place(row.start) == place)
    }

    /// Takes the rows where bars start and names the others; whether the day's bars stand in the
    /// wrong place altogether.
    fn sift_into(&self, sifted: &mut Sifted, problems: &mut Vec<Refusal>) -> bool {
        let on_other_grid = self
            .placed(Place::OffGrid)
            .next()
            .is_some_and(|row| self.other_grid(row.start).is_some());
        if !on_other_grid && let Some(refusal) = self.wrong_zone() {
            problems.push(refusal);
            return true;
        }
        for row in self.placed(Place::OffGrid) {
            let (start, interval) = (row.start, self.interval);
            let problem = self
                .other_grid(start)
                .unwrap_or(Problem::OffGrid { start, interval });
            problems.push((Some(row.line), problem));
        }
        for row in self.placed(Place::Outside) {
            if self.session_only {
                sifted.outside_session += 1;
            } else if !on_other_grid {
                let problem = Problem::OutsideSession { start: row.start };
                problems.push((Some(row.line), problem));
            }
        }
        self.keep(sifted);
        on_other_grid
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
    fn wrong_zone(&self) -> Option<Refusal> {
        let misfit = self
            .placed(Place::Outside)
            .next()
            .or_else(|| self.placed(Place::OffGrid).next())?;
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
        let problem = Problem::WrongZone {
            date: self.date,
            first,
            last,
            expected_first,
            expected_last,
        };
        (all_moved && several).then_some((Some(misfit.line), problem))
    }

    /// Keeps the rows on the grid; a clock hour that mixes the open with trades before it is none.
    fn keep(&self, sifted: &mut Sifted) {
        let early = |row: &Row| {
            self.expected
                .first()
                .is_some_and(|first| row.start < *first)
        };
        let has_early = self.rows.iter().any(early);
        for row in self.placed(Place::OnGrid) {
            if has_early && self.holds_the_open(row.start) {
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
