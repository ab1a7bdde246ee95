//! Parquet: its columns as the texts that a row of CSV would hold.
//!
//! One road for both: what a value means, and whether it is one, is decided where CSV's are.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use csv::StringRecord;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use parquet::basic::{LogicalType, TimeUnit};
use parquet::data_type::Decimal as Unscaled;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};
use parquet::schema::types::ColumnDescriptor;
use rust_decimal::Decimal;

use super::Problem;

/// Most rows taken; a row is at least its moment and four prices of eight bytes.
const ROWS_MAX: i64 = (super::FILE_BYTES_MAX / 40).cast_signed();

/// The names of the columns, and the rows in file order.
type Table = (StringRecord, Vec<StringRecord>);

/// Reads all of it. The library asserts what a damaged file's numbers may break, so a panic of its
/// is one more way to say that the file is damaged.
pub(super) fn records(bytes: Vec<u8>) -> Result<Table, Problem> {
    let whole = || unguarded(Bytes::from(bytes));
    catch_unwind(AssertUnwindSafe(whole)).unwrap_or_else(|_| {
        Err(Problem::Unreadable {
            detail: "its numbers contradict each other".into(),
        })
    })
}

fn unguarded(bytes: Bytes) -> Result<Table, Problem> {
    let reader = SerializedFileReader::new(bytes).map_err(|error| damaged(&error))?;
    let about = reader.metadata().file_metadata();
    if about.num_rows() > ROWS_MAX {
        return Err(Problem::TooManyRows {
            rows_max: ROWS_MAX.cast_unsigned(),
        });
    }
    let columns = about.schema_descr().columns();
    let header = columns.iter().map(|column| column.name()).collect();
    let readings: Vec<Reading> = columns.iter().map(|column| Reading::of(column)).collect();
    let mut records = Vec::new();
    for row in reader.get_row_iter(None).map_err(|error| damaged(&error))? {
        records.push(record(&row.map_err(|error| damaged(&error))?, &readings));
    }
    Ok((header, records))
}

fn damaged(error: &ParquetError) -> Problem {
    Problem::Unreadable {
        detail: error.to_string(),
    }
}

fn record(row: &Row, readings: &[Reading]) -> StringRecord {
    let fields = row.get_column_iter().zip(readings);
    fields
        .map(|((_, field), reading)| reading.text(field))
        .collect()
}

/// How a column's whole numbers are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// As they stand.
    Plain,
    /// Parts of a second since 1970, so many each; a moment, or a clock's reading without a zone.
    Time { a_second: i64, is_moment: bool },
}

impl Reading {
    fn of(column: &ColumnDescriptor) -> Self {
        let Some(LogicalType::Timestamp(kind)) = column.logical_type_ref() else {
            return Self::Plain;
        };
        let a_second = match kind.unit {
            TimeUnit::MILLIS => 1_000,
            TimeUnit::MICROS => 1_000_000,
            TimeUnit::NANOS => 1_000_000_000,
        };
        Self::Time {
            a_second,
            is_moment: kind.is_adjusted_to_u_t_c,
        }
    }

    fn text(self, field: &Field) -> String {
        match (field, self) {
            (Field::Null, _) => String::new(),
            (Field::Str(text), _) => text.clone(),
            // Rust writes the shortest digits that read back as the same number, never an exponent.
            (Field::Double(number), _) => number.to_string(),
            (Field::Float(number), _) => number.to_string(),
            (Field::Decimal(number), _) => decimal(number).unwrap_or_else(|| field.to_string()),
            (
                Field::TimestampMillis(count) | Field::TimestampMicros(count) | Field::Long(count),
                Self::Time {
                    a_second,
                    is_moment,
                },
            ) => time(*count, a_second, is_moment).unwrap_or_else(|| count.to_string()),
            _ => field.to_string(),
        }
    }
}

/// The moment with its `Z`, a reading without one; `None` beyond the years that there are.
fn time(count: i64, a_second: i64, is_moment: bool) -> Option<String> {
    const NANOSECONDS: i64 = 1_000_000_000;
    let nanoseconds = count.rem_euclid(a_second) * (NANOSECONDS / a_second);
    let nanoseconds = i32::try_from(nanoseconds).ok()?;
    let moment = Timestamp::new(count.div_euclid(a_second), nanoseconds).ok()?;
    if is_moment {
        return Some(moment.to_string());
    }
    Some(moment.to_zoned(TimeZone::UTC).datetime().to_string())
}

/// `None` when it has more digits than a price may.
fn decimal(number: &Unscaled) -> Option<String> {
    let bytes = number.data();
    let is_negative = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
    let mut wide = [if is_negative { 0xff } else { 0 }; 16];
    let from = wide.len().checked_sub(bytes.len())?;
    wide[from..].copy_from_slice(bytes);
    let scale = u32::try_from(number.scale()).ok()?;
    let exact = Decimal::try_from_i128_with_scale(i128::from_be_bytes(wide), scale).ok()?;
    Some(exact.to_string())
}
