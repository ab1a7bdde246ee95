//! Sound bars over a known span of time, ready to be traded.

use market::bar::Bar;
use market::calendar::{Calendar, CalendarError, FIRST_DATE, LAST_DATE};
use market::file::{BarFile, Grid};
use market::time::{Instant, new_york_date};
use market::{Date, Interval};

/// Fewest bars worth trading: one to decide on, one to fill in, one to mark.
pub const BARS_MIN: usize = 3;
/// Most bars taken: ten years of minutes fit.
pub const BARS_MAX: usize = 4_000_000;
/// Days of a year over the whole Gregorian cycle, for annual rates.
pub const DAYS_PER_YEAR: f64 = 365.2425;

const SECONDS_PER_DAY: f64 = 86_400.0;

/// Bars of one interval with what a year of them means.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// The span of a bar.
    pub interval: Interval,
    /// Where hours begin.
    pub grid: Grid,
    /// Sound bars, oldest first; at least [`BARS_MIN`].
    pub bars: Vec<Bar>,
    /// First moment after the last bar.
    pub end: Instant,
    /// Bars that a year holds by the exchange's calendar, on average over the years touched.
    pub bars_per_year: f64,
    /// What a reader of results must know about the bars, in plain words.
    pub notes: Vec<String>,
    /// Rows that the file's reader left out.
    pub defects: usize,
}

/// Which part of a file is used, and whether damage is tolerated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Selection {
    /// First New York date, included.
    pub from: Option<Date>,
    /// Last New York date, included.
    pub to: Option<Date>,
    /// Go on without the rows that were left out.
    pub allow_defects: bool,
}

/// Why bars cannot be traded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SeriesError {
    /// Rows were left out and nobody allowed it.
    #[error("{first} (damaged rows: {count})")]
    Defects {
        /// How many.
        count: usize,
        /// The first with row, time and reason.
        first: String,
    },
    /// The dates leave too little.
    #[error("{bars} bars from {from} to {to}; at least {BARS_MIN} are needed")]
    TooFew {
        /// Bars left.
        bars: usize,
        /// First date asked for, or the file's.
        from: Date,
        /// Last date asked for, or the file's.
        to: Date,
    },
    /// Too many bars for one run.
    #[error("{bars} bars; at most {BARS_MAX} are taken")]
    TooMany {
        /// Bars given.
        bars: usize,
    },
    /// A bar that the calendar cannot place.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
}

impl SeriesError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Defects { .. } => {
                "repair these rows, or go on without them with --allow-defects; the result then says so"
            }
            Self::TooFew { .. } => "widen --from and --to, or give a longer file",
            Self::TooMany { .. } => "cut the file by --from and --to",
            Self::Calendar(_) => "cut the file to dates that the calendar knows",
        }
    }
}

impl Series {
    /// The selected part of a file.
    ///
    /// Averages start at the first selected bar: what lies before `from` is not seen.
    ///
    /// # Errors
    /// [`SeriesError`] for damage not allowed, too few or too many bars, and dates outside the
    /// calendar.
    pub fn new(
        file: BarFile,
        selection: Selection,
        calendar: &Calendar,
    ) -> Result<Self, SeriesError> {
        if let Some(first) = file.defects.first().filter(|_| !selection.allow_defects) {
            let count = file.defects.len();
            let first = first.to_string();
            return Err(SeriesError::Defects { count, first });
        }
        let notes = notes(&file);
        let defects = file.defects.len();
        let bars = select(file.bars, selection)?;
        let mut series = Self::of(file.interval, file.grid, bars, calendar)?;
        series.notes = notes;
        series.defects = defects;
        Ok(series)
    }

    /// Bars known to be sound, oldest first.
    ///
    /// # Errors
    /// As [`Series::new`].
    pub fn of(
        interval: Interval,
        grid: Grid,
        bars: Vec<Bar>,
        calendar: &Calendar,
    ) -> Result<Self, SeriesError> {
        if bars.len() > BARS_MAX {
            return Err(SeriesError::TooMany { bars: bars.len() });
        }
        let (Some(first), Some(last)) = (bars.first(), bars.last()) else {
            return Err(too_few(0, FIRST_DATE, LAST_DATE));
        };
        let (from, to) = (new_york_date(first.start), new_york_date(last.start));
        if bars.len() < BARS_MIN {
            return Err(too_few(bars.len(), from, to));
        }
        let end = end_of(last, interval, calendar)?;
        Ok(Self {
            interval,
            grid,
            end,
            bars_per_year: bars_per_year(interval, from, to, calendar)?,
            bars,
            notes: Vec::new(),
            defects: 0,
        })
    }

    /// Start of the first bar.
    #[must_use]
    pub fn first(&self) -> Instant {
        self.bars[0].start
    }

    /// Start of the last bar.
    #[must_use]
    pub fn last(&self) -> Instant {
        self.bars[self.bars.len() - 1].start
    }

    /// Years from the first bar's start to the last one's end; above zero.
    #[must_use]
    pub fn years(&self) -> f64 {
        let seconds = self.end.duration_since(self.first()).as_secs_f64();
        seconds / SECONDS_PER_DAY / DAYS_PER_YEAR
    }

    /// Whether decisions fall on the slots of a session, as live ones do.
    #[must_use]
    pub fn has_slots(&self) -> bool {
        self.interval < Interval::OneHour
    }
}

fn too_few(bars: usize, from: Date, to: Date) -> SeriesError {
    SeriesError::TooFew { bars, from, to }
}

fn select(bars: Vec<Bar>, selection: Selection) -> Result<Vec<Bar>, SeriesError> {
    let date = |bar: Option<&Bar>, or| bar.map_or(or, |bar| new_york_date(bar.start));
    let from = selection
        .from
        .unwrap_or_else(|| date(bars.first(), FIRST_DATE));
    let to = selection.to.unwrap_or_else(|| date(bars.last(), LAST_DATE));
    let mut bars = bars;
    if selection.from.is_some() || selection.to.is_some() {
        bars.retain(|bar| (from..=to).contains(&new_york_date(bar.start)));
    }
    if bars.len() < BARS_MIN {
        return Err(too_few(bars.len(), from, to));
    }
    Ok(bars)
}

/// What is missing, and what the file's reader had to do.
fn notes(file: &BarFile) -> Vec<String> {
    let mut notes: Vec<String> = file.defects.iter().map(ToString::to_string).collect();
    if !file.gaps.is_empty() {
        let count = file.gaps.len();
        notes.push(format!(
            "bars missing of those the calendar expects (nothing is interpolated): {count}"
        ));
    }
    notes.extend(file.notes());
    notes
}

/// First moment after a bar; a clock hour ends an hour after its start, at most at the close.
fn end_of(bar: &Bar, interval: Interval, calendar: &Calendar) -> Result<Instant, CalendarError> {
    let session = calendar.session(new_york_date(bar.start))?;
    Ok(session.map_or(bar.start + interval.duration(), |session| {
        session.bar_end(interval, bar.start)
    }))
}

/// Bars of whole calendar years from the first to the last year touched, per year.
fn bars_per_year(
    interval: Interval,
    from: Date,
    to: Date,
    calendar: &Calendar,
) -> Result<f64, CalendarError> {
    let (first, last) = (from.year(), to.year());
    let sessions = calendar.sessions(Date::constant(first, 1, 1), Date::constant(last, 12, 31))?;
    let bars_of = |seconds: i64| match interval {
        Interval::OneDay => 1,
        shorter => {
            let step = shorter.duration().as_secs();
            (seconds + step - 1) / step
        }
    };
    let bars: i64 = sessions
        .iter()
        .map(|session| bars_of(session.close.duration_since(session.open).as_secs()))
        .sum();
    let years = f64::from(last) - f64::from(first) + 1.0;
    Ok(bars as f64 / years)
}
