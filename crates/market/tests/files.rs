//! Bar files: what is taken, what is left out by name, and what is refused with row and hint.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{self, Read, Write};

use flate2::{Compression, write::GzEncoder};
use market::bar::Interval;
use market::calendar::{Calendar, Slot};
use market::file::{BarFile, FileError, Inspection, Options, Problem, inspect, read};
use proptest::prelude::*;

const HEADER: &str = "timestamp,open,high,low,close,volume\n";

/// Four sound half hours of one morning.
const MORNING: [&str; 4] = [
    "2025-05-12T09:30:00-04:00,10,12,9,11,100",
    "2025-05-12T10:00:00-04:00,11,12,10,11,100",
    "2025-05-12T10:30:00-04:00,11,12,10,11,100",
    "2025-05-12T11:00:00-04:00,11,13,10,12,100",
];

fn take(text: &str) -> Result<BarFile, FileError> {
    take_with(text, &Options::default())
}

fn take_with(text: &str, options: &Options) -> Result<BarFile, FileError> {
    read(text.as_bytes(), "bars.csv", &Calendar::nyse(), options)
}

/// A file of the morning with rows added.
fn morning_and(rows: &[&str]) -> String {
    let rows: Vec<&str> = MORNING.iter().chain(rows).copied().collect();
    format!("{HEADER}{}\n", rows.join("\n"))
}

fn session_only() -> Options {
    Options {
        session_only: true,
        ..Options::default()
    }
}

fn split(text: &str) -> Options {
    Options {
        splits: vec![text.parse().unwrap()],
        ..Options::default()
    }
}

/// What a file says in one line, for tables.
fn summary(file: &BarFile) -> String {
    format!(
        "{} {}: {} bars, {} defects, {} gaps, {} twins, {} outside",
        file.interval,
        file.grid,
        file.bars.len(),
        file.defects.len(),
        file.gaps.len(),
        file.duplicates,
        file.outside_session
    )
}

#[test]
fn a_sound_file_is_taken_in_any_column_order_and_by_short_names() {
    let long = take(&morning_and(&[])).unwrap();
    assert_eq!(
        summary(&long),
        "30m session: 4 bars, 0 defects, 0 gaps, 0 twins, 0 outside"
    );
    let short = "\u{feff}C, H ,L,n,O,t,V\n11,12,9,7,10,2025-05-12T13:30:00Z,100\n\
                 11,12,10,7,11,2025-05-12 10:00:00-04:00,100\n";
    let short = take(short).unwrap();
    assert_eq!(short.bars, long.bars[..2]);
    let unknown_volume = "t,o,h,l,c\n2025-05-12T13:30Z,10,12,9,11\n2025-05-12T14:00Z,10,12,9,11\n";
    assert!(
        take(unknown_volume)
            .unwrap()
            .bars
            .iter()
            .all(|bar| bar.volume.is_none())
    );
}

#[test]
fn gzip_is_known_by_its_first_bytes_and_a_cut_archive_is_refused() {
    let text = morning_and(&[]);
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(text.as_bytes()).unwrap();
    let packed = packer.finish().unwrap();
    let calendar = Calendar::nyse();
    let unpacked = read(
        packed.as_slice(),
        "bars.csv",
        &calendar,
        &Options::default(),
    )
    .unwrap();
    assert_eq!(unpacked, take(&text).unwrap());
    let cut = &packed[..packed.len() - 12];
    let error = read(cut, "bars.csv.gz", &calendar, &Options::default()).unwrap_err();
    assert!(
        matches!(error.problem, Problem::Unreadable { .. }),
        "{error}"
    );
}

#[test]
fn a_source_that_fails_is_an_error_with_its_words() {
    struct Directory;
    impl Read for Directory {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("Is a directory"))
        }
    }
    let error = read(Directory, "bars", &Calendar::nyse(), &Options::default()).unwrap_err();
    assert_eq!(error.to_string(), "bars: cannot be read: Is a directory");
}

#[test]
fn files_that_cannot_be_taken_are_refused_with_row_value_and_hint() {
    let row = |row: &str| morning_and(&[row]);
    let cases = [
        (
            String::new(),
            "bars.csv: the file is empty",
            "fetch the file again",
        ),
        (
            "\n \n".into(),
            "bars.csv: the file is empty",
            "fetch the file again",
        ),
        (
            HEADER.into(),
            "bars.csv: the file has a header and no rows",
            "fetch the file again",
        ),
        (
            "timestamp;open;high;low;close\n1;2;3;4;5\n".into(),
            "bars.csv: row 1: no column `timestamp` among `timestamp;open;high;low;close`",
            "separated by commas",
        ),
        (
            "t,o,h,l,volume\n1,2,3,4,5\n".into(),
            "bars.csv: row 1: no column `close` among `t,o,h,l,volume`",
            "t,o,h,l,c,v",
        ),
        (
            "t,o,h,l,c,close\n1,2,3,4,5,6\n".into(),
            "bars.csv: row 1: column `close` appears twice in `t,o,h,l,c,close`",
            "name the columns",
        ),
        (
            row("2025-05-12T11:30:00-04:00,11,13,1"),
            "bars.csv: row 6: 4 fields where the header has 6",
            "the file may be cut",
        ),
        (
            row("2025-05-12T11:30:00,11,13,10,12,100"),
            "bars.csv: row 6: timestamp `2025-05-12T11:30:00` has no offset, so it names no moment",
            "write the offset, `2025-05-12T11:30:00-04:00`, or `Z` for UTC",
        ),
        (
            row("yesterday,11,13,10,12,100"),
            "bars.csv: row 6: timestamp `yesterday` is not a time",
            "write 2025-05-12T09:30:00-04:00",
        ),
        (
            row("2025-05-12T11:00:00-04:00,11,13,10,12.01,100"),
            "bars.csv: row 6: 2025-05-12T11:00:00-04:00 stands in row 5 too, with other values",
            "keep the row that is right",
        ),
        (
            row("2025-05-12T16:00:00-04:00,11,13,10,12,100"),
            "bars.csv: row 6: 2025-05-12T16:00:00-04:00 is outside the session",
            "`--session-only`",
        ),
        (
            row("2025-05-12T11:45:00-04:00,11,13,10,12,100"),
            "bars.csv: row 6: 2025-05-12T11:45:00-04:00 is not where a 30m bar starts",
            "counted from the open",
        ),
        (
            row("2036-05-12T11:30:00-04:00,11,13,10,12,100"),
            "bars.csv: row 6: 2036-05-12 is outside the NYSE calendar, which knows 1990-01-01 to 2035-12-31",
            "cut the file to dates",
        ),
        (
            format!("{HEADER}{}\n", MORNING[0]),
            "bars.csv: cannot tell the interval of 1 bars from the distances between them",
            "give more rows",
        ),
        (
            "t,o,h,l,c\n2025-05-12T13:30Z,,,,\n2025-05-12T14:00Z,,,,\n".into(),
            "bars.csv: no sound bar is left of 2 rows",
            "fetch the file again",
        ),
    ];
    for (text, message, hint) in cases {
        let error = take(&text).unwrap_err();
        assert_eq!(error.to_string(), message);
        assert!(error.hint().contains(hint), "{}", error.hint());
    }
    let error = read(
        &b"t,o,h,l,c\n\xff,1,1,1,1\n"[..],
        "x",
        &Calendar::nyse(),
        &Options::default(),
    );
    assert_eq!(
        error.unwrap_err().to_string(),
        "x: row 2: is not UTF-8 text"
    );
}

#[test]
fn values_that_are_no_prices_are_named_and_left_out() {
    let rows = [
        "2025-05-12T11:30:00-04:00,11,NaN,10,12,100",
        "2025-05-12T12:00:00-04:00,11,13,-10,12,100",
        "2025-05-12T12:30:00-04:00,11,10,13,12,100",
        "2025-05-12T13:00:00-04:00,11,13,10,12,many",
        "2025-05-12T13:30:00-04:00,11,13,10,12,0",
    ];
    let file = take(&morning_and(&rows)).unwrap();
    assert_eq!(
        summary(&file),
        "30m session: 5 bars, 4 defects, 0 gaps, 0 twins, 0 outside"
    );
    let named: Vec<String> = file.defects.iter().map(ToString::to_string).collect();
    assert_eq!(
        named,
        [
            "row 6, 2025-05-12T11:30:00-04:00: high `NaN` is not a number",
            "row 7, 2025-05-12T12:00:00-04:00: low -10 is not above 0",
            "row 8, 2025-05-12T12:30:00-04:00: high and low do not bound open and close",
            "row 9, 2025-05-12T13:00:00-04:00: volume `many` is not a number",
        ]
    );
    assert_eq!(
        file.bars[4].volume, None,
        "a price without volume: the source does not know it"
    );
}

#[test]
fn a_jump_at_a_split_is_refused_until_somebody_names_it() {
    let rows = [
        "2025-05-12T11:30:00-04:00,6.1,6.5,6,6.2,200",
        "2025-05-12T12:00:00-04:00,6.2,6.5,6,6.2,200",
        "2025-05-12T12:30:00-04:00,6.2,6.5,6,6.2,200",
    ];
    let text = morning_and(&rows);
    let error = take(&text).unwrap_err();
    assert_eq!(
        error.to_string(),
        "bars.csv: row 6: open 6.1 after close 12 looks like the split 2025-05-12:2"
    );
    assert!(
        error.hint().contains("`--split 2025-05-12:2` if it is one"),
        "{}",
        error.hint()
    );
    assert!(
        error
            .hint()
            .contains("`--split 2025-05-12:1` if the jump is real")
    );
    assert_eq!(
        take_with(&text, &split("2025-05-12:1")).unwrap().bars.len(),
        7
    );
}

fn look(text: &str, options: &Options) -> Inspection {
    inspect(text.as_bytes(), "bars.csv", &Calendar::nyse(), options)
}

#[test]
fn an_inspection_goes_on_after_what_refuses_and_names_all_of_it() {
    let text = morning_and(&[
        "2025-05-12T11:00:00-04:00,11,13,10,12.01,100",
        "2025-05-12T11:30:00,11,13,10,12,100",
        "2025-05-12T11:45:00-04:00,11,13,10,12,100",
        "2025-05-12T12:00:00-04:00,11,NaN,10,12,100",
        "2025-05-12T12:30:00-04:00,11,13,10",
        "2025-05-12T13:00:00-04:00,6,6.5,5.5,6,100",
        "2025-05-12T13:30:00-04:00,6,6.5,5.5,6,100",
        "2025-05-12T14:00:00-04:00,6,6.5,5.5,6,100",
        "2025-05-12T16:00:00-04:00,6,6.5,5.5,6,100",
        "2036-05-12T09:30:00-04:00,6,6.5,5.5,6,100",
    ]);
    let Inspection { file, problems } = look(&text, &Options::default());
    let named: Vec<String> = problems.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(named.join("\n"), @"
    bars.csv: row 7: timestamp `2025-05-12T11:30:00` has no offset, so it names no moment
    bars.csv: row 10: 4 fields where the header has 6
    bars.csv: row 15: 2036-05-12 is outside the NYSE calendar, which knows 1990-01-01 to 2035-12-31
    bars.csv: row 8: 2025-05-12T11:45:00-04:00 is not where a 30m bar starts
    bars.csv: row 14: 2025-05-12T16:00:00-04:00 is outside the session
    bars.csv: row 6: 2025-05-12T11:00:00-04:00 stands in row 5 too, with other values
    bars.csv: row 11: open 6 after close 12 looks like the split 2025-05-12:2
    ");
    let file = file.unwrap();
    assert_eq!(
        (summary(&file), file.rows),
        (
            "30m session: 7 bars, 1 defects, 5 gaps, 0 twins, 0 outside".to_owned(),
            14
        )
    );
    assert_eq!(
        problems[0],
        take(&text).unwrap_err(),
        "reading names the first"
    );
}

#[test]
fn days_in_the_wrong_zone_are_named_once_each_and_have_no_gaps_besides() {
    let day = |date: &str| -> String {
        let rows = (0..7).map(|hour| format!("{date}T{}:30:00-04:00,10,12,9,11,100\n", 13 + hour));
        rows.collect()
    };
    let text = format!("{HEADER}{}{}", day("2025-05-12"), day("2025-05-13"));
    let Inspection { file, problems } = look(&text, &Options::default());
    let named: Vec<String> = problems.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(named.join("\n"), @"
    bars.csv: row 5: wrong time zone on 2025-05-12: its bars run from 13:30 to 19:30 New York, the session's from 09:30 to 15:30
    bars.csv: row 12: wrong time zone on 2025-05-13: its bars run from 13:30 to 19:30 New York, the session's from 09:30 to 15:30
    bars.csv: no sound bar is left of 14 rows
    ");
    assert_eq!(file, None);
}

/// Daily bars from 2025-05-12 on that open and close at these prices.
fn daily(opens_and_closes: &[(f64, f64)]) -> String {
    let from = "2025-05-12".parse().unwrap();
    let sessions = Calendar::nyse()
        .sessions(from, "2025-06-30".parse().unwrap())
        .unwrap();
    let row = |(session, (open, close)): (&market::calendar::Session, &(f64, f64))| {
        let (high, low) = (open.max(*close), open.min(*close));
        format!("{},{open},{high},{low},{close},7\n", session.midnight())
    };
    let rows: String = sessions.iter().zip(opens_and_closes).map(row).collect();
    format!("{HEADER}{rows}")
}

#[test]
fn a_crash_among_its_kind_is_no_split_and_two_splits_do_not_vouch_for_each_other() {
    let quiet = (30.0, 30.5);
    let fall = (21.5, 21.0);
    // The same fall of 29 %: alone; after a fall of 20 %; and between two changes of basis.
    let alone = [quiet, quiet, quiet, fall, fall, fall];
    let crash = [(38.0, 38.2), (38.0, 38.1), quiet, quiet, fall, fall, fall];
    let twice = [
        quiet,
        quiet,
        quiet,
        (15.0, 15.0),
        (15.0, 15.0),
        (15.0, 15.0),
        quiet,
        quiet,
        quiet,
    ];
    assert!(matches!(
        take(&daily(&alone)).unwrap_err().problem,
        Problem::SuspectedSplit { .. }
    ));
    assert_eq!(take(&daily(&crash)).unwrap().bars.len(), 7);
    assert!(matches!(
        take(&daily(&twice)).unwrap_err().problem,
        Problem::SuspectedSplit { .. }
    ));
}

#[test]
fn a_spike_is_a_value_far_off_that_the_next_bar_does_not_confirm() {
    let quiet = (30.0, 30.0);
    // (bars, rows named as spikes)
    let cases = [
        (vec![quiet, quiet, (30.0, 300.0), quiet, quiet], vec![4]),
        (vec![quiet, quiet, (30.0, 3.0), quiet, quiet], vec![4]),
        (vec![quiet, quiet, (30.0, 38.0), quiet, quiet], vec![]),
        // The next bar confirms the first of two; nothing confirms the second.
        (
            vec![
                quiet,
                quiet,
                (30.0, 46.0),
                (46.0, 30.0),
                (40.0, 30.0),
                quiet,
            ],
            vec![5],
        ),
        (vec![quiet, quiet, quiet, quiet, (30.0, 300.0)], vec![6]),
    ];
    for (bars, rows) in cases {
        let file = take(&daily(&bars)).unwrap();
        let named: Vec<u64> = file.defects.iter().map(|defect| defect.row).collect();
        assert_eq!(named, rows, "{bars:?}");
        assert_eq!(file.bars.len() + named.len(), bars.len());
    }
    let spiked = take(&daily(&[quiet, quiet, (30.0, 300.0), quiet, quiet])).unwrap();
    assert_eq!(
        spiked.defects[0].to_string(),
        "row 4, 2025-05-14T00:00:00-04:00: high 300 is far from its neighbours around 30"
    );
}

/// A session of half hours with a drifting price, as texts.
fn day(count: usize) -> Vec<String> {
    let open = "2025-05-12T09:30".parse::<Slot>().unwrap().at();
    let row = |index: usize| {
        let step = Interval::ThirtyMinutes.duration() * i32::try_from(index).unwrap();
        format!("{},10.{index},11,10,10.5,7", open + step)
    };
    (0..count).map(row).collect()
}

/// A row near those of the morning, sound or damaged in one of many ways.
fn row() -> impl Strategy<Value = String> {
    let minute = prop_oneof![Just(0), Just(30), Just(45)];
    let price = prop_oneof![
        Just("11"),
        Just("5.5"),
        Just("NaN"),
        Just("-1"),
        Just("110")
    ];
    let offset = prop_oneof![Just("-04:00"), Just("-04:00"), Just("Z"), Just("")];
    (8_u8..18, minute, price, offset).prop_map(|(hour, minute, price, offset)| {
        format!("2025-05-12T{hour:02}:{minute:02}:00{offset},{price},{price},{price},{price},7")
    })
}

proptest! {
    #[test]
    fn the_order_of_rows_and_identical_twins_change_nothing(
        order in Just((0..13).collect::<Vec<usize>>()).prop_shuffle(),
        twin in 0_usize..13,
    ) {
        let rows = day(13);
        let sorted = take(&format!("{HEADER}{}\n", rows.join("\n"))).unwrap();
        let mut mixed: Vec<&str> = order.iter().map(|at| rows[*at].as_str()).collect();
        mixed.push(&rows[twin]);
        let mixed = take(&format!("{HEADER}{}\n", mixed.join("\n"))).unwrap();
        prop_assert_eq!(&mixed.bars, &sorted.bars);
        prop_assert_eq!(mixed.duplicates, 1);
    }

    #[test]
    fn bars_that_are_written_read_back_as_themselves(
        values in prop::collection::vec((300_000_u32..340_000, 0_u32..20_000, prop::option::of(1_u64..)), 2..13),
    ) {
        let starts = day(13);
        let bars: Vec<market::Bar> = values
            .iter()
            .zip(&starts)
            .map(|((base, range, volume), row)| {
                let start = row.split(',').next().unwrap().parse().unwrap();
                let price = |ten_thousandths: u32| {
                    market::Price::new(market::Decimal::new(ten_thousandths.into(), 4)).unwrap()
                };
                let (low, high) = (price(*base), price(base + range));
                market::Bar::new(start, low, high, low, high, *volume).unwrap()
            })
            .collect();
        let mut text = Vec::new();
        market::file::write(&mut text, &bars).unwrap();
        let read = take(std::str::from_utf8(&text).unwrap()).unwrap();
        prop_assert_eq!(read.bars, bars);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(bytes.as_slice(), "noise", &Calendar::nyse(), &Options::default());
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let _ = take_with(&morning_and(&[&text]), &session_only());
    }

    #[test]
    fn a_file_is_read_when_its_inspection_finds_no_problem_and_refused_for_the_first(
        rows in proptest::collection::vec(row(), 0..12),
        session_only in any::<bool>(),
    ) {
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let text = morning_and(&rows);
        let options = Options { session_only, ..Options::default() };
        let seen = look(&text, &options);
        match take_with(&text, &options) {
            Ok(file) => {
                prop_assert!(seen.problems.is_empty());
                let left_out = file.defects.len() + file.duplicates + file.outside_session;
                prop_assert_eq!(file.bars.len() + left_out, file.rows);
                prop_assert_eq!(seen.file, Some(file));
            }
            Err(error) => prop_assert_eq!(Some(&error), seen.problems.first()),
        }
    }

    #[test]
    fn a_file_cut_anywhere_is_refused_or_a_prefix(cut in 0_usize..240) {
        let text = morning_and(&[]);
        let whole = take(&text).unwrap();
        if let Ok(part) = take(&text[..cut.min(text.len())]) {
            // A cut inside the last field shortens a volume at worst; prices are whole or refused.
            for (bar, other) in part.bars.iter().zip(&whole.bars) {
                prop_assert_eq!((bar.start, bar.open, bar.close), (other.start, other.open, other.close));
            }
        }
    }
}

#[test]
fn a_file_that_may_have_been_cut_inside_its_last_number_is_taken_and_says_so() {
    let whole = take(&morning_and(&[])).unwrap();
    assert!(!whole.ends_open);
    assert_eq!(whole.notes(), Vec::<String>::new());
    let cut = take(morning_and(&[]).trim_end_matches("00\n")).unwrap();
    assert!(cut.ends_open);
    assert_eq!(
        cut.notes(),
        ["the last line has no line end: the file may be cut"]
    );
    assert_eq!(cut.bars.len(), whole.bars.len());
}
