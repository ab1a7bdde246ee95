//! Real bar files, and the same with each kind of damage.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod data;

use market::bar::Interval;
use market::calendar::Calendar;
use market::file::{BarFile, Grid, Options, read};

fn session_only() -> Options {
    Options {
        session_only: true,
        ..Options::default()
    }
}

fn clock(session_only: bool) -> Options {
    Options {
        session_only,
        grid_clock: true,
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
fn the_real_files_are_taken_whole() {
    // (file, interval, bars, defects)
    let cases = [
        ("tqqq_1m.csv.gz", Interval::OneMinute, 16_980, 0),
        ("tqqq_5m.csv", Interval::FiveMinutes, 16_038, 0),
        ("tqqq_30m.csv", Interval::ThirtyMinutes, 2_673, 0),
        ("tqqq_1h.csv", Interval::OneHour, 1_440, 0),
        ("qqq_1h.csv", Interval::OneHour, 1_433, 0),
        // The flash crash of 2010-05-06 is real and a spike by the rule. The fall of 29 % at the
        // open of 2020-03-16 is near 3:2 and no split: others of its kind stand around it.
        ("tqqq_1d.csv", Interval::OneDay, 4_078, 1),
        ("tqqq_1d_total_return.csv", Interval::OneDay, 4_156, 1),
        ("qqq_1d.csv", Interval::OneDay, 4_079, 0),
        ("upro_1d_total_return.csv", Interval::OneDay, 4_156, 1),
        ("spy_1d_total_return.csv", Interval::OneDay, 4_157, 0),
    ];
    for (name, interval, bars, defects) in cases {
        let Some(bytes) = data::bytes(name) else {
            return;
        };
        let file = read(
            bytes.as_slice(),
            name,
            &Calendar::nyse(),
            &Options::default(),
        )
        .unwrap();
        let seen = (file.interval, file.bars.len(), file.defects.len());
        assert_eq!(
            seen,
            (interval, bars, defects),
            "{name}: {:?}",
            file.defects
        );
        assert_eq!(
            (file.gaps.len(), file.duplicates, file.outside_session),
            (0, 0, 0),
            "{name}"
        );
        assert!(!file.reordered);
    }
}

#[test]
fn clock_hours_are_taken_only_when_asked_for() {
    let Some(bytes) = data::bytes("tqqq_1h_clock.csv") else {
        return;
    };
    let calendar = Calendar::nyse();
    let error = read(
        bytes.as_slice(),
        "clock.csv",
        &calendar,
        &Options::default(),
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "clock.csv: row 3: 2025-05-12T10:00:00-04:00 is a clock hour; the session's hours begin at half past"
    );
    assert!(error.hint().contains("`--grid clock`"));
    let file = read(bytes.as_slice(), "clock.csv", &calendar, &clock(false)).unwrap();
    assert_eq!(file.grid, Grid::Clock);
    assert_eq!(
        summary(&file),
        "1h clock: 1440 bars, 0 defects, 0 gaps, 0 twins, 0 outside"
    );
}

/// The dirty files, each with what becomes of it: a summary, or an error's beginning.
#[test]
fn each_kind_of_damage_is_met_as_the_data_sheet_says() {
    let plain = Options::default;
    let both = || Options {
        splits: split("2025-11-20:2").splits,
        ..clock(true)
    };
    let cases = [
        (
            "duplicate_rows",
            plain(),
            "row 35: 2025-09-08T11:30:00-04:00 stands in row 34 too",
        ),
        (
            "unsorted",
            plain(),
            "1h session: 63 bars, 0 defects, 0 gaps, 0 twins, 0 outside",
        ),
        (
            "missing_bars",
            plain(),
            "1h session: 52 bars, 0 defects, 11 gaps, 0 twins, 0 outside",
        ),
        (
            "forming_last_bar",
            plain(),
            "1h session: 62 bars, 0 defects, 0 gaps, 0 twins, 0 outside",
        ),
        (
            "nan_empty",
            plain(),
            "1h session: 56 bars, 7 defects, 0 gaps, 0 twins, 0 outside",
        ),
        (
            "spike_10x",
            plain(),
            "1h session: 61 bars, 2 defects, 0 gaps, 0 twins, 0 outside",
        ),
        (
            "ohlc_inconsistent",
            plain(),
            "1h session: 60 bars, 3 defects, 0 gaps, 0 twins, 0 outside",
        ),
        (
            "wrong_timezone",
            plain(),
            "row 5: wrong time zone on 2025-09-02: its bars run from 13:30 to 19:30 New York, the session's from 09:30 to 15:30",
        ),
        (
            "wrong_timezone",
            session_only(),
            "row 5: wrong time zone on 2025-09-02",
        ),
        (
            "no_offset",
            plain(),
            "row 2: timestamp `2025-09-02 13:30:00` has no offset",
        ),
        (
            "dst_end_week",
            plain(),
            "1h session: 70 bars, 0 defects, 0 gaps, 0 twins, 0 outside",
        ),
        (
            "dst_end_week_utc",
            plain(),
            "1h session: 70 bars, 0 defects, 0 gaps, 0 twins, 0 outside",
        ),
        (
            "dst_end_week_fixed_offset",
            plain(),
            "row 37: wrong time zone on 2025-11-03: its bars run from 08:30 to 14:30 New York",
        ),
        (
            "dst_end_week_fixed_offset",
            session_only(),
            "row 37: wrong time zone on 2025-11-03",
        ),
        (
            "dst_start_week",
            plain(),
            "1h session: 42 bars, 0 defects, 0 gaps, 0 twins, 0 outside",
        ),
        (
            "half_day",
            plain(),
            "1h session: 39 bars, 0 defects, 0 gaps, 0 twins, 0 outside",
        ),
        (
            "half_day_padded",
            plain(),
            "row 23: 2025-11-27T09:30:00-05:00 is outside the session",
        ),
        (
            "half_day_padded",
            session_only(),
            "1h session: 39 bars, 0 defects, 0 gaps, 0 twins, 10 outside",
        ),
        (
            "unadjusted_split",
            plain(),
            "row 58: open 52.92 after close 99.98 looks like the split 2025-11-20:2",
        ),
        (
            "unadjusted_split",
            split("2025-11-20:2"),
            "1h session: 95 bars, 0 defects, 0 gaps, 0 twins, 0 outside",
        ),
        (
            "raw_iex_unadjusted",
            plain(),
            "row 4: 2025-11-18T10:00:00-05:00 is a clock hour",
        ),
        (
            "raw_iex_unadjusted",
            both(),
            "1h clock: 24 bars, 4 defects, 0 gaps, 0 twins, 8 outside",
        ),
        (
            "extended_hours",
            session_only(),
            "row 8: 2025-06-02T10:00:00-04:00 is a clock hour",
        ),
        (
            "extended_hours",
            clock(false),
            "row 2: 2025-06-02T04:00:00-04:00 is outside the session",
        ),
        (
            "extended_hours",
            clock(true),
            "1h clock: 18 bars, 3 defects, 0 gaps, 0 twins, 27 outside",
        ),
        (
            "bad_prints_after_hours",
            plain(),
            "row 2: 2022-08-15T04:00:00-04:00 is outside the session",
        ),
        (
            "bad_prints_after_hours",
            session_only(),
            "1h session: 21 bars, 0 defects, 0 gaps, 0 twins, 30 outside",
        ),
        (
            "zero_volume",
            plain(),
            "1h session: 35 bars, 0 defects, 0 gaps, 0 twins, 0 outside",
        ),
        (
            "daily_captured_before_close",
            plain(),
            "1d session: 61 bars, 0 defects, 0 gaps, 0 twins, 0 outside",
        ),
    ];
    for (name, options, expected) in cases {
        let Some(bytes) = data::bytes(&format!("dirty/{name}.csv")) else {
            return;
        };
        let seen = match read(bytes.as_slice(), name, &Calendar::nyse(), &options) {
            Ok(file) => summary(&file),
            Err(error) => error.to_string().replace(&format!("{name}: "), ""),
        };
        assert!(
            seen.starts_with(expected),
            "{name}\n  seen     {seen}\n  expected {expected}"
        );
    }
}

#[test]
fn an_adjusted_split_leaves_the_prices_of_the_adjusted_file() {
    let (Some(raw), Some(whole)) = (
        data::bytes("dirty/unadjusted_split.csv"),
        data::bytes("tqqq_1h.csv"),
    ) else {
        return;
    };
    let calendar = Calendar::nyse();
    let adjusted = read(raw.as_slice(), "raw", &calendar, &split("2025-11-20:2")).unwrap();
    let whole = read(whole.as_slice(), "whole", &calendar, &Options::default()).unwrap();
    assert_eq!(adjusted.splits_applied.len(), 1);
    for bar in &adjusted.bars {
        let other = whole
            .bars
            .iter()
            .find(|other| other.start == bar.start)
            .unwrap();
        let prices = |bar: &market::Bar| [bar.open, bar.high, bar.low, bar.close];
        assert_eq!(prices(bar), prices(other), "{}", bar.start);
    }
    // A split that the bars already know is not taken out twice.
    let twice = read(
        &data::bytes("tqqq_1h.csv").unwrap()[..],
        "whole",
        &calendar,
        &split("2025-11-20:2"),
    );
    assert_eq!(twice.unwrap().bars, whole.bars);
}
