//! Sound bars over a known span of time, ready to be traded.

use market::bar::Bar;
use market::calendar::{Calendar, CalendarError, FIRST_DATE, LAST_DATE};
use market::file::{BarFile, Grid};
use market::hours::Gap;
use market::time::{Instant, new_york_date, new_york_text};
use market::{Date, Interval};

/// Fewest bars worth trading: one to decide on, one to fill in, one to mark.
pub const BARS_MIN: usize = 3;
/// Most bars taken: ten years of minutes fit.
pub const BARS_MAX: usize = 4_000_000;
/// Days of a year over the whole Gregorian cycle, for annual rates.
pub const DAYS_PER_YEAR: f64 = 365.2425;

/// Damaged rows, and stretches of missing bars, that are named one by one.
pub const NAMED_MAX: usize = 20;

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
    /// The moment it is read: a newest bar that has not ended by then is left out.
    pub now: Option<Instant>,
}

/// Why bars cannot be traded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SeriesError {
    /// Rows were left out and nobody allowed it.
    #[error("{count} damaged {}\n  {}", if *count == 1 { "row" } else { "rows" }, rows.join("\n  "))]
    Defects {
        /// How many.
        count: usize,
        /// Each with row, time and reason; the first [`NAMED_MAX`], and how many more there are.
        rows: Vec<String>,
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
        if !file.defects.is_empty() && !selection.allow_defects {
            let count = file.defects.len();
            let rows = named(&file.defects);
            return Err(SeriesError::Defects { count, rows });
        }
        let mut notes = notes(&file);
        let defects = file.defects.len();
        let mut bars = select(file.bars, selection)?;
        let forming = |bar: &Bar| -> Result<bool, CalendarError> {
            let Some(now) = selection.now.filter(|now| bar.start <= *now) else {
                return Ok(false);
            };
            Ok(end_of(bar, file.interval, calendar)? > now)
        };
        if let Some(last) = bars.last()
            && forming(last)?
        {
            let start = new_york_text(last.start);
            notes.push(format!(
                "{start}: this bar has not ended yet and is left out"
            ));
            bars.pop();
        }
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
        self.years_from(0)
    }

    /// Years from the start of bar `first` to the last one's end; above zero.
    ///
    /// # Panics
    /// When there is no bar `first`.
    #[must_use]
    pub fn years_from(&self, first: usize) -> f64 {
        let seconds = self
            .end
            .duration_since(self.bars[first].start)
            .as_secs_f64();
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

/// The first few of a list, one line each, and how many more there are.
fn named<T: ToString>(all: &[T]) -> Vec<String> {
    let mut lines: Vec<String> = all.iter().take(NAMED_MAX).map(T::to_string).collect();
    if let Some(more) = all.len().checked_sub(NAMED_MAX).filter(|more| *more > 0) {
        lines.push(format!("and {more} more"));
    }
    lines
}

/// Rows left out, bars that are missing, and what the file's reader had to do.
fn notes(file: &BarFile) -> Vec<String> {
    let mut notes = named(&file.defects);
    notes.extend(named(&stretches(file)));
    notes.extend(file.notes());
    notes
}

/// Missing bars, day by day: nothing is interpolated.
fn stretches(file: &BarFile) -> Vec<String> {
    let same_day = |a: &Gap, b: &Gap| new_york_date(a.start) == new_york_date(b.start);
    let stretch = |day: &[Gap]| match day {
        [only] => format!("{}: no bar", new_york_text(only.start)),
        [first, ..] => {
            let (date, count) = (new_york_date(first.start), day.len());
            format!("{date}: {count} bars missing")
        }
        [] => unreachable!("a chunk is never empty"),
    };
    file.gaps.chunk_by(same_day).map(stretch).collect()
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
