//! From bytes to rows: unpacking, header, fields, timestamps.

use std::io::Read;

use csv::StringRecord;
use flate2::read::MultiGzDecoder;
use jiff::civil::DateTime;

use super::{Problem, Refusal, Row};
use crate::check::Texts;
use crate::time::Instant;

/// Most bytes taken from one file, packed or unpacked: ten years of minutes are a fifth of it.
pub const FILE_BYTES_MAX: u64 = 512 << 20;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
/// What a Parquet file begins with, by its format's definition.
const PARQUET_MAGIC: [u8; 4] = *b"PAR1";
const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// What stands below the header.
pub(super) struct Table {
    /// Every row that names a moment, in file order.
    pub(super) rows: Vec<Row>,
    /// Whether the last line has no line end.
    pub(super) ends_open: bool,
}

/// The table in the file; rows that name no moment go to the problems. An error means that there
/// is no table.
pub(super) fn read(source: impl Read, problems: &mut Vec<Refusal>) -> Result<Table, Refusal> {
    let bytes = unpacked(source).map_err(|problem| (None, problem))?;
    if bytes.starts_with(&PARQUET_MAGIC) {
        return read_parquet(bytes, problems);
    }
    let text = bytes.strip_prefix(&BYTE_ORDER_MARK).unwrap_or(&bytes);
    if text.trim_ascii().is_empty() {
        return Err((None, Problem::Empty));
    }
    let mut table = csv::ReaderBuilder::new().flexible(true).from_reader(text);
    let header = table.headers().map_err(|error| unreadable(&error))?.clone();
    let columns = Columns::find(&header).map_err(|problem| (Some(1), problem))?;
    let mut rows = Vec::new();
    let mut record = StringRecord::new();
    loop {
        match table.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {
                let line = record.position().map_or(0, csv::Position::line);
                match columns.row(&record, line) {
                    Ok(row) => rows.push(row),
                    Err(problem) => problems.push((Some(line), problem)),
                }
            }
            Err(error) => match unreadable(&error) {
                // The reader has passed the row and goes on behind it.
                at_row @ (Some(_), Problem::NotText) => problems.push(at_row),
                whole => return Err(whole),
            },
        }
    }
    if rows.is_empty() && problems.is_empty() {
        return Err((None, Problem::HeaderOnly));
    }
    Ok(Table {
        rows,
        ends_open: !text.ends_with(b"\n"),
    })
}

/// A row's number is what it would be in CSV: the first after the header is 2.
#[cfg(feature = "parquet")]
fn read_parquet(bytes: Vec<u8>, problems: &mut Vec<Refusal>) -> Result<Table, Refusal> {
    let (header, records) = super::parquet::records(bytes).map_err(|problem| (None, problem))?;
    let columns = Columns::find(&header).map_err(|problem| (Some(1), problem))?;
    let mut rows = Vec::with_capacity(records.len());
    for (record, line) in records.iter().zip(2..) {
        match columns.row(record, line) {
            Ok(row) => rows.push(row),
            Err(problem) => problems.push((Some(line), problem)),
        }
    }
    if rows.is_empty() && problems.is_empty() {
        return Err((None, Problem::HeaderOnly));
    }
    Ok(Table {
        rows,
        ends_open: false,
    })
}

#[cfg(not(feature = "parquet"))]
fn read_parquet(_: Vec<u8>, _: &mut Vec<Refusal>) -> Result<Table, Refusal> {
    Err((None, Problem::ParquetUnread))
}

/// The file's text, whether it came packed or not.
fn unpacked(source: impl Read) -> Result<Vec<u8>, Problem> {
    let bytes = limited(source)?;
    if bytes.starts_with(&GZIP_MAGIC) {
        return limited(MultiGzDecoder::new(bytes.as_slice()));
    }
    Ok(bytes)
}

fn limited(source: impl Read) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    let read = source.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes);
    read.map_err(|error| Problem::Unreadable {
        detail: error.to_string(),
    })?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(Problem::TooLarge {
            bytes_max: FILE_BYTES_MAX,
        });
    }
    Ok(bytes)
}

fn unreadable(error: &csv::Error) -> Refusal {
    let line = error.position().map(csv::Position::line);
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => (line, Problem::NotText),
        _ => (
            line,
            Problem::Unreadable {
                detail: error.to_string(),
            },
        ),
    }
}

/// Where each column stands.
struct Columns {
    timestamp: usize,
    open: usize,
    high: usize,
    low: usize,
    close: usize,
    volume: Option<usize>,
    width: usize,
}

impl Columns {
    fn find(header: &StringRecord) -> Result<Self, Problem> {
        let needed = |name, letter| {
            column(header, name, letter)?.ok_or_else(|| Problem::NoColumn {
                column: name,
                header: joined(header),
            })
        };
        Ok(Self {
            timestamp: needed("timestamp", "t")?,
            open: needed("open", "o")?,
            high: needed("high", "h")?,
            low: needed("low", "l")?,
            close: needed("close", "c")?,
            volume: column(header, "volume", "v")?,
            width: header.len(),
        })
    }

    fn row(&self, record: &StringRecord, line: u64) -> Result<Row, Problem> {
        if record.len() != self.width {
            return Err(Problem::CutRow {
                fields: record.len(),
                expected: self.width,
            });
        }
        let start = moment(record[self.timestamp].trim())?;
        let texts = Texts {
            open: &record[self.open],
            high: &record[self.high],
            low: &record[self.low],
            close: &record[self.close],
            volume: self.volume.map(|at| &record[at]),
        };
        Ok(Row {
            line,
            start,
            bar: texts.bar(start),
        })
    }
}

/// The place of the one column with this name or letter, in any case.
fn column(
    header: &StringRecord,
    name: &'static str,
    letter: &str,
) -> Result<Option<usize>, Problem> {
    let named = |text: &str| {
        let text = text.trim();
        text.eq_ignore_ascii_case(name) || text.eq_ignore_ascii_case(letter)
    };
    let mut places = header
        .iter()
        .enumerate()
        .filter(|(_, text)| named(text))
        .map(|(at, _)| at);
    match (places.next(), places.next()) {
        (_, Some(_)) => Err(Problem::ColumnTwice {
            column: name,
            header: joined(header),
        }),
        (found, None) => Ok(found),
    }
}

fn joined(header: &StringRecord) -> String {
    const SHOWN_MAX: usize = 200;
    let text = header.iter().collect::<Vec<_>>().join(",");
    text.chars().take(SHOWN_MAX).collect()
}

/// The moment that a text with an offset names.
fn moment(text: &str) -> Result<Instant, Problem> {
    text.parse().map_err(|_| {
        let text = text.to_owned();
        if text.parse::<DateTime>().is_ok() {
            Problem::NoOffset { text }
        } else {
            Problem::BadTimestamp { text }
        }
    })
}
