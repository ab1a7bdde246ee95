//! Parquet files of bars: the same bars as from CSV, the same refusals.

#![expect(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a fixture that cannot be built fails its test; cents of a price are exact in a float"
)]

use std::sync::Arc;

use market::calendar::Calendar;
use market::file::{self, BarFile, FileError, Options};
use parquet::basic::Compression;
use parquet::column::writer::ColumnWriter;
use parquet::data_type::{ByteArray, FixedLenByteArray};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

const CSV: &str = "\
timestamp,open,high,low,close,volume
2025-05-12T09:30:00-04:00,34.1,34.52,33.9,34.25,1200
2025-05-12T10:00:00-04:00,34.25,34.6,34.2,34.55,900
2025-05-12T10:30:00-04:00,34.55,34.7,34.3,34.4,
";

/// Seconds since 1970 of the three starts.
const STARTS: [i64; 3] = [1_747_056_600, 1_747_058_400, 1_747_060_200];
/// Open, high, low, close, in cents.
const CENTS: [[i64; 4]; 3] = [
    [3410, 3452, 3390, 3425],
    [3425, 3460, 3420, 3455],
    [3455, 3470, 3430, 3440],
];

fn read(bytes: &[u8]) -> Result<BarFile, FileError> {
    let calendar = Calendar::nyse();
    file::read(bytes, "bars.parquet", &calendar, &Options::default())
}

/// A file of the three bars whose timestamps and prices are of these kinds.
fn written(timestamp: &str, price: &str, compression: Compression) -> Vec<u8> {
    let columns: String = ["open", "high", "low", "close"]
        .map(|name| {
            let (kind, logical) = price.split_once(' ').unwrap_or((price, ""));
            format!("required {kind} {name} {logical};")
        })
        .concat();
    let (kind, logical) = timestamp.split_once(' ').unwrap();
    let schema = format!(
        "message bars {{ required {kind} timestamp {logical}; {columns} optional int64 volume; }}"
    );
    let schema = Arc::new(parse_message_type(&schema).unwrap());
    let properties = WriterProperties::builder().set_compression(compression);
    let mut bytes = Vec::new();
    let mut writer =
        SerializedFileWriter::new(&mut bytes, schema, Arc::new(properties.build())).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut at = 0;
    while let Some(mut column) = group.next_column().unwrap() {
        fill(column.untyped(), at, timestamp);
        column.close().unwrap();
        at += 1;
    }
    group.close().unwrap();
    writer.close().unwrap();
    bytes
}

fn fill(column: &mut ColumnWriter<'_>, at: usize, timestamp: &str) {
    let volumes_at = 5;
    let cents = || CENTS.map(|bar| bar[at - 1]);
    match column {
        ColumnWriter::Int64ColumnWriter(column) if at == 0 => {
            let a_second = match timestamp {
                text if text.contains("MILLIS") => 1_000,
                text if text.contains("MICROS") => 1_000_000,
                _ => 1_000_000_000,
            };
            let starts = STARTS.map(|start| start * a_second);
            column.write_batch(&starts, None, None).unwrap();
        }
        ColumnWriter::Int64ColumnWriter(column) if at == volumes_at => {
            let levels = [1, 1, 0];
            column
                .write_batch(&[1200, 900], Some(&levels), None)
                .unwrap();
        }
        ColumnWriter::Int64ColumnWriter(column) => {
            column.write_batch(&cents(), None, None).unwrap();
        }
        ColumnWriter::ByteArrayColumnWriter(column) => {
            let texts = ["09:30", "10:00", "10:30"]
                .map(|time| ByteArray::from(format!("2025-05-12T{time}:00-04:00").as_str()));
            column.write_batch(&texts, None, None).unwrap();
        }
        ColumnWriter::DoubleColumnWriter(column) => {
            let prices = cents().map(|cents| cents as f64 / 100.0);
            column.write_batch(&prices, None, None).unwrap();
        }
        ColumnWriter::FloatColumnWriter(column) => {
            let prices = cents().map(|cents| cents as f32 / 100.0);
            column.write_batch(&prices, None, None).unwrap();
        }
        ColumnWriter::FixedLenByteArrayColumnWriter(column) => {
            let prices = cents().map(|cents| {
                let bytes = cents.to_be_bytes().to_vec();
                FixedLenByteArray::from(ByteArray::from(bytes))
            });
            column.write_batch(&prices, None, None).unwrap();
        }
        _ => panic!("no column of that kind is written here"),
    }
}

const MOMENT: &str = "int64 (TIMESTAMP(NANOS,true))";

#[test]
fn the_bars_are_those_of_the_same_file_as_csv_however_they_are_stored() {
    let expected = read(CSV.as_bytes()).unwrap();
    for timestamp in [
        MOMENT,
        "int64 (TIMESTAMP(MICROS,true))",
        "int64 (TIMESTAMP(MILLIS,true))",
        "binary (UTF8)",
    ] {
        for price in [
            "double",
            "float",
            "int64 (DECIMAL(18,2))",
            "fixed_len_byte_array(8) (DECIMAL(18,2))",
        ] {
            for compression in [
                Compression::UNCOMPRESSED,
                Compression::SNAPPY,
                Compression::ZSTD(Default::default()),
            ] {
                let found = read(&written(timestamp, price, compression)).unwrap();
                assert_eq!(found, expected, "{timestamp}, {price}, {compression}");
            }
        }
    }
}

#[test]
fn a_clock_without_a_zone_is_refused_by_its_row() {
    let naive = written(
        "int64 (TIMESTAMP(MICROS,false))",
        "double",
        Compression::SNAPPY,
    );
    insta::assert_snapshot!(read(&naive).unwrap_err(), @"bars.parquet: row 2: timestamp `2025-05-12T13:30:00` has no offset, so it names no moment");
}

#[test]
fn whole_numbers_that_no_type_calls_a_time_are_no_timestamps() {
    let bare = written("int64 ", "double", Compression::SNAPPY);
    insta::assert_snapshot!(read(&bare).unwrap_err(), @"bars.parquet: row 2: timestamp `1747056600000000000` is not a time");
}

#[test]
fn a_file_cut_anywhere_is_refused_and_never_panics() {
    let whole = written(MOMENT, "double", Compression::SNAPPY);
    for length in 4..whole.len() {
        assert!(read(&whole[..length]).is_err(), "cut at {length}");
    }
}

#[test]
fn a_damaged_byte_never_panics() {
    let whole = written(MOMENT, "double", Compression::SNAPPY);
    for at in 4..whole.len() {
        for damage in [0x00, 0x01, 0x80, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] ^= damage;
            // Values may differ and still be bars; only a file that is no table must be refused.
            let _ = read(&bytes);
        }
    }
}
