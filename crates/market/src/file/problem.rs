//! Why a file is refused, and what to do about it.

use crate::bar::Interval;
use crate::calendar::CalendarError;
use crate::money::Price;
use crate::split::Split;
use crate::time::{Date, Instant, in_new_york, new_york_text};

/// A file that cannot be taken as a whole: which, where and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileError {
    /// The file's name.
    pub file: String,
    /// The line at fault, the header being line 1; `None` when it is the file itself.
    pub row: Option<u64>,
    /// What is wrong.
    pub problem: Problem,
}

impl std::fmt::Display for FileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.row {
            Some(row) => write!(f, "{}: row {row}: {}", self.file, self.problem),
            None => write!(f, "{}: {}", self.file, self.problem),
        }
    }
}

impl std::error::Error for FileError {}

impl FileError {
    /// What the reader of the error can do, for the line after `hint:`.
    #[must_use]
    pub fn hint(&self) -> String {
        self.problem.hint()
    }
}

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The bytes cannot be read or unpacked.
    #[error("cannot be read: {detail}")]
    Unreadable {
        /// What the system or the decompressor said.
        detail: String,
    },
    /// More bytes than are taken.
    #[error("holds more than {bytes_max} bytes unpacked")]
    TooLarge {
        /// The limit, in bytes.
        bytes_max: u64,
    },
    /// More rows than are taken.
    #[error("holds more than {rows_max} rows")]
    TooManyRows {
        /// The limit.
        rows_max: u64,
    },
    /// Parquet, which this build does not read.
    #[error("is Parquet, which this build does not read")]
    ParquetUnread,
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
    /// A header and no row.
    #[error("the file has a header and no rows")]
    HeaderOnly,
    /// Not text.
    #[error("is not UTF-8 text")]
    NotText,
    /// A column is missing.
    #[error("no column `{column}` among `{header}`")]
    NoColumn {
        /// The column's name.
        column: &'static str,
        /// The header given.
        header: String,
    },
    /// Two columns claim one meaning.
    #[error("column `{column}` appears twice in `{header}`")]
    ColumnTwice {
        /// The column's name.
        column: &'static str,
        /// The header given.
        header: String,
    },
    /// A row with another number of fields.
    #[error("{fields} fields where the header has {expected}")]
    CutRow {
        /// Fields in the row.
        fields: usize,
        /// Fields in the header.
        expected: usize,
    },
    /// A reading of a clock that is no moment.
    #[error("timestamp `{text}` has no offset, so it names no moment")]
    NoOffset {
        /// The timestamp given.
        text: String,
    },
    /// No time at all.
    #[error("timestamp `{text}` is not a time")]
    BadTimestamp {
        /// The timestamp given.
        text: String,
    },
    /// A date that the calendar does not know.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// The rows' distances name no interval.
    #[error("cannot tell the interval of {rows} bars from the distances between them")]
    UnknownInterval {
        /// Rows with different starts.
        rows: usize,
    },
    /// A whole day's bars are shifted against the session.
    #[error(
        "wrong time zone on {date}: its bars run from {} to {} New York, the session's from {} to {}",
        reading(first),
        reading(last),
        reading(expected_first),
        reading(expected_last)
    )]
    WrongZone {
        /// The date.
        date: Date,
        /// Start of the first bar given.
        first: Instant,
        /// Start of the last bar given.
        last: Instant,
        /// Start of the first bar of the session.
        expected_first: Instant,
        /// Start of the last bar of the session.
        expected_last: Instant,
    },
    /// Hours that begin at whole clock hours.
    #[error("{} is a clock hour; the session's hours begin at half past", new_york_text(*start))]
    ClockHours {
        /// The bar's start.
        start: Instant,
    },
    /// Hours that begin at the open in a file taken by clock hours.
    #[error("{} is an hour of the session grid, not a clock hour", new_york_text(*start))]
    SessionHours {
        /// The bar's start.
        start: Instant,
    },
    /// A start between those of the interval.
    #[error("{} is not where a {interval} bar starts", new_york_text(*start))]
    OffGrid {
        /// The bar's start.
        start: Instant,
        /// The file's interval.
        interval: Interval,
    },
    /// A bar where there is no session.
    #[error("{} is outside the session", new_york_text(*start))]
    OutsideSession {
        /// The bar's start.
        start: Instant,
    },
    /// Two rows for one bar with other values.
    #[error("{} stands in row {other_row} too, with other values", new_york_text(*start))]
    ConflictingTwins {
        /// The bar's start.
        start: Instant,
        /// The line of the other row.
        other_row: u64,
    },
    /// A step between neighbours near the ratio of a split.
    #[error("open {open} after close {close} looks like the split {split}")]
    SuspectedSplit {
        /// The split that it looks like, on the date of the step.
        split: Split,
        /// The close before it.
        close: Price,
        /// The open after it.
        open: Price,
    },
    /// Every row was left out.
    #[error("no sound bar is left of {rows} rows")]
    NothingLeft {
        /// Rows left out.
        rows: usize,
    },
}

impl Problem {
    /// The problem's word, for programs: `conflicting_twins`.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "unreadable",
            Self::TooLarge { .. } => "too_large",
            Self::TooManyRows { .. } => "too_many_rows",
            Self::ParquetUnread => "parquet_unread",
            Self::Empty => "empty",
            Self::HeaderOnly => "header_only",
            Self::NotText => "not_text",
            Self::NoColumn { .. } => "no_column",
            Self::ColumnTwice { .. } => "column_twice",
            Self::CutRow { .. } => "cut_row",
            Self::NoOffset { .. } => "no_offset",
            Self::BadTimestamp { .. } => "bad_timestamp",
            Self::Calendar(_) => "outside_calendar",
            Self::UnknownInterval { .. } => "unknown_interval",
            Self::WrongZone { .. } => "wrong_zone",
            Self::ClockHours { .. } => "clock_hours",
            Self::SessionHours { .. } => "session_hours",
            Self::OffGrid { .. } => "off_grid",
            Self::OutsideSession { .. } => "outside_session",
            Self::ConflictingTwins { .. } => "conflicting_twins",
            Self::SuspectedSplit { .. } => "suspected_split",
            Self::NothingLeft { .. } => "nothing_left",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Unreadable { .. } => "check the path and that the file is complete".into(),
            Self::TooLarge { .. } | Self::TooManyRows { .. } => "cut the file by date".into(),
            Self::ParquetUnread => {
                "build with `--features parquet`, or write the bars as CSV".into()
            }
            Self::Empty | Self::HeaderOnly => {
                "the download may have failed; fetch the file again".into()
            }
            Self::NotText => "CSV as UTF-8 text is expected, plain or gzipped".into(),
            Self::NoColumn { .. } | Self::ColumnTwice { .. } => {
                "name the columns timestamp,open,high,low,close,volume or t,o,h,l,c,v, separated by commas".into()
            }
            Self::CutRow { .. } => "the file may be cut; fetch it again or remove the row".into(),
            Self::NoOffset { text } => format!("write the offset, `{text}-04:00`, or `Z` for UTC"),
            Self::BadTimestamp { .. } => "write 2025-05-12T09:30:00-04:00 or the like".into(),
            Self::Calendar(_) => "cut the file to dates that the calendar knows".into(),
            Self::UnknownInterval { .. } => {
                "bars of 1, 5, 15, 30 or 60 minutes or of a day are read; give more rows".into()
            }
            Self::WrongZone { .. } => {
                "the offsets do not belong to these readings; write the times with their true offset".into()
            }
            Self::ClockHours { .. } => {
                "trading needs bars of at most 30 minutes; research takes clock hours with `--grid clock`, and its signals then differ from live ones".into()
            }
            Self::SessionHours { .. } => "leave `--grid clock` out".into(),
            Self::OffGrid { interval: Interval::OneDay, .. } => {
                "a daily bar starts at New York midnight of its session".into()
            }
            Self::OffGrid { .. } => "bars are counted from the open, 09:30 New York".into(),
            Self::OutsideSession { .. } => {
                "give `--session-only` to drop such bars, or correct the time zone".into()
            }
            Self::ConflictingTwins { .. } => "keep the row that is right".into(),
            Self::SuspectedSplit { split, .. } => format!(
                "give `--split {split}` if it is one, `--split {}:1` if the jump is real",
                split.date
            ),
            Self::NothingLeft { .. } => "the defects of its rows say why; fetch the file again".into(),
        }
    }
}

/// New York's clock at a moment, to the minute.
fn reading(instant: &Instant) -> String {
    let (_, time) = in_new_york(*instant);
    format!("{:02}:{:02}", time.hour(), time.minute())
}
