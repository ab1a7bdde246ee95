//! Bars in files: CSV, plain or gzipped, and Parquet by the feature `parquet`, on the session grid or
//! by clock hours.
//!
//! [`read`] either takes the whole file, naming every row it leaves out, or refuses it with row,
//! value and a hint; [`inspect`] does the same and goes on after what refuses, to name all of it.
//! Neither guesses a zone, a value or a split, and neither knows a clock: a bar still forming when
//! the file was written is left to [`crate::hours::build`] and its `now`.

mod grid;
#[cfg(feature = "parquet")]
mod parquet;
mod problem;
mod spike;
mod split;
mod table;
mod writing;

use std::fmt;
use std::io::Read;

pub use grid::Grid;
pub use problem::{FileError, Problem};
pub use spike::SPIKE_FACTOR;
pub use split::{LIKE_MOVE_PART, LIKE_MOVE_REACH};
pub use table::FILE_BYTES_MAX;
pub use writing::{HEADER, write};

use crate::bar::{Bar, Interval};
use crate::calendar::Calendar;
use crate::check::{Field, Reject};
use crate::hours::Gap;
use crate::money::Price;
use crate::split::Split;
use crate::time::{Instant, new_york_text};

/// How a file is to be taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Drop and count bars outside the session instead of refusing the file.
    pub session_only: bool,
    /// Take hours that start at whole clock hours.
    pub grid_clock: bool,
    /// Splits that the file's older bars may not know yet.
    pub splits: Vec<Split>,
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BarFile {
    /// The span of its bars.
    pub interval: Interval,
    /// Where its hours begin.
    pub grid: Grid,
    /// Rows below the header.
    pub rows: usize,
    /// The sound bars, oldest first.
    pub bars: Vec<Bar>,
    /// The rows left out, in order of time.
    pub defects: Vec<Defect>,
    /// Bars that the calendar expects between the first and the last row and nobody wrote.
    pub gaps: Vec<Gap>,
    /// Identical twins dropped.
    pub duplicates: usize,
    /// Bars outside the session dropped, because the options said so.
    pub outside_session: usize,
    /// Whether the rows had to be put in order.
    pub reordered: bool,
    /// Whether the last line has no line end: legal, and all that shows of a file that was cut
    /// inside its last number.
    pub ends_open: bool,
    /// The splits whose step was found in the bars and taken out; the others changed nothing.
    pub splits_applied: Vec<Split>,
}

impl BarFile {
    /// What the reader had to do, in plain words. Rows left out are in [`BarFile::defects`], bars
    /// that are missing in [`BarFile::gaps`].
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let counted = [
            (self.duplicates, "identical duplicate rows dropped"),
            (self.outside_session, "bars outside the session dropped"),
        ];
        let mut notes: Vec<String> = counted
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{what}: {count}"))
            .collect();
        if self.reordered {
            notes.push("the rows were not in order of time and were sorted".into());
        }
        if self.ends_open {
            notes.push("the last line has no line end: the file may be cut".into());
        }
        if self.grid == Grid::Clock {
            notes.push("hours begin at clock hours; live trading never uses them".into());
        }
        for split in &self.splits_applied {
            notes.push(format!(
                "bars before the split {split} put on the new share basis"
            ));
        }
        notes
    }
}

/// A row left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defect {
    /// Its line in the file, the header being line 1.
    pub row: u64,
    /// The start it claims.
    pub start: Instant,
    /// Why.
    pub reason: DefectReason,
}

/// Why a row is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DefectReason {
    /// Its values make no bar.
    Value(Reject),
    /// A value far from its neighbours that the next bar does not confirm.
    Spike {
        /// Where it stands.
        field: Field,
        /// The value.
        value: Price,
        /// Median close of the five bars around it.
        median: Price,
    },
    /// A clock hour that holds the open and trades from before it.
    MixedOpen,
}

impl DefectReason {
    /// The reason's word, for programs: `spike`.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Value(_) => "value",
            Self::Spike { .. } => "spike",
            Self::MixedOpen => "mixed_open",
        }
    }
}

impl fmt::Display for DefectReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(reject) => fmt::Display::fmt(reject, f),
            Self::Spike {
                field,
                value,
                median,
            } => {
                write!(
                    f,
                    "{field} {value} is far from its neighbours around {median}"
                )
            }
            Self::MixedOpen => f.write_str("this clock hour mixes the open with trades before it"),
        }
    }
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "row {}, {}: {}",
            self.row,
            new_york_text(self.start),
            self.reason
        )
    }
}

/// One row with a moment and texts.
#[derive(Debug, Clone)]
struct Row {
    line: u64,
    start: Instant,
    bar: Result<Bar, Reject>,
}

/// A sound bar and where it stands.
#[derive(Debug, Clone, Copy)]
struct Placed {
    line: u64,
    bar: Bar,
}

/// All there is to say about a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// What it holds besides the rows in [`Inspection::problems`]; `None` when nothing is left.
    pub file: Option<BarFile>,
    /// Everything that refuses the file as a whole; empty when it is taken. The first is the one
    /// that [`read`] names.
    pub problems: Vec<FileError>,
}

/// Reads bars from CSV, gzipped or not, or from Parquet, by the first bytes. `name` is used in errors
/// only.
///
/// # Errors
/// [`FileError`] with file, row and value when the file cannot be taken as a whole: unreadable,
/// empty, cut, without offsets, in the wrong zone, off the grid, outside the session (unless
/// `session_only`), with conflicting twins, or with a jump that looks like a split.
pub fn read(
    source: impl Read,
    name: &str,
    calendar: &Calendar,
    options: &Options,
) -> Result<BarFile, FileError> {
    let Inspection { file, problems } = inspect(source, name, calendar, options);
    match problems.into_iter().next() {
        Some(first) => Err(first),
        None => Ok(file.expect("a file of which nothing is left has a problem")),
    }
}

/// Reads bars as [`read`] does and does not stop at what refuses the file: the rows at fault are
/// left out and named, all of them, each once.
#[must_use]
pub fn inspect(
    source: impl Read,
    name: &str,
    calendar: &Calendar,
    options: &Options,
) -> Inspection {
    let mut problems = Vec::new();
    let file = match take(source, calendar, options, &mut problems) {
        Ok(file) => Some(file),
        Err(last) => {
            problems.push(last);
            None
        }
    };
    let named = |(row, problem)| FileError {
        file: name.to_owned(),
        row,
        problem,
    };
    Inspection {
        file,
        problems: problems.into_iter().map(named).collect(),
    }
}

/// A problem and the line it stands in, if it stands in one.
type Refusal = (Option<u64>, Problem);

/// What is left of the file once the rows at fault are out; an error is the last problem, after
/// which nothing can be told.
fn take(
    source: impl Read,
    calendar: &Calendar,
    options: &Options,
    problems: &mut Vec<Refusal>,
) -> Result<BarFile, Refusal> {
    let table::Table {
        mut rows,
        ends_open,
    } = table::read(source, problems)?;
    let count = rows.len() + problems.len();
    if rows.is_empty() {
        return Err((None, Problem::NothingLeft { rows: count }));
    }
    let reordered = !rows.is_sorted_by_key(|row| row.start);
    rows.sort_by_key(|row| row.start);
    let interval = grid::detect(&rows)?;
    let clock = options.grid_clock && interval == Interval::OneHour;
    let grid = if clock { Grid::Clock } else { Grid::Session };
    let sieve = grid::Sieve {
        interval,
        grid,
        calendar,
        session_only: options.session_only,
    };
    let sifted = sieve.sift(rows, problems);
    let gaps = sifted.gaps;
    let mut defects = sifted.defects;
    let (placed, duplicates) = sound(sifted.rows, &mut defects, problems);
    let mut placed = spike::leave_out(placed, &mut defects);
    let splits_applied = split::apply(&mut placed, &options.splits);
    problems.extend(split::suspects(&placed, &options.splits));
    if placed.is_empty() {
        return Err((None, Problem::NothingLeft { rows: count }));
    }
    defects.sort_by_key(|defect| (defect.start, defect.row));
    Ok(BarFile {
        interval,
        grid,
        rows: count,
        bars: placed.into_iter().map(|placed| placed.bar).collect(),
        defects,
        gaps,
        duplicates,
        outside_session: sifted.outside_session,
        reordered,
        ends_open,
        splits_applied,
    })
}

/// Leaves out rows that are no bars, drops identical twins and names conflicting ones.
fn sound(
    rows: Vec<Row>,
    defects: &mut Vec<Defect>,
    problems: &mut Vec<Refusal>,
) -> (Vec<Placed>, usize) {
    let mut placed: Vec<Placed> = Vec::with_capacity(rows.len());
    let mut duplicates = 0;
    for Row { line, start, bar } in rows {
        let bar = match bar {
            Ok(bar) => bar,
            Err(reject) => {
                defects.push(Defect {
                    row: line,
                    start,
                    reason: DefectReason::Value(reject),
                });
                continue;
            }
        };
        match placed.last().filter(|last| last.bar.start == start) {
            None => placed.push(Placed { line, bar }),
            Some(twin) if twin.bar == bar => duplicates += 1,
            Some(twin) => {
                let other_row = twin.line;
                let problem = Problem::ConflictingTwins { start, other_row };
                problems.push((Some(line), problem));
            }
        }
    }
    (placed, duplicates)
}
