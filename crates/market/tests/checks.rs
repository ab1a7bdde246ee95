//! What a source wrote, on trial: each kind of damage named, nothing guessed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use market::bar::{Interval, RawBar};
use market::calendar::{Calendar, Slot};
use market::check::{Checked, Reject, Rejected, check};
use market::time::Instant;
use proptest::prelude::*;

fn at(text: &str) -> Instant {
    text.parse::<Slot>().unwrap().at()
}

/// A row as `start open high low close volume`; `-` means the source has no such field.
fn row(text: &str) -> RawBar {
    let fields: Vec<&str> = text.split(' ').collect();
    let [start, open, high, low, close, volume] = fields[..] else {
        panic!("{text}")
    };
    RawBar {
        start: at(start),
        open: open.into(),
        high: high.into(),
        low: low.into(),
        close: close.into(),
        volume: (volume != "-").then(|| volume.into()),
    }
}

fn check_at(now: &str, rows: &[&str]) -> Checked {
    let rows = rows.iter().map(|text| row(text)).collect();
    check(rows, Interval::ThirtyMinutes, &Calendar::nyse(), at(now))
}

#[test]
fn each_reason_is_named_with_the_row_and_the_others_stay() {
    let cases = [
        ("2025-11-28T09:45 10 12 9 11 1", "starts off the bar grid"),
        (
            "2025-11-28T09:00 10 12 9 11 1",
            "starts outside the session",
        ),
        (
            "2025-11-28T13:00 10 12 9 11 1",
            "starts outside the session",
        ),
        (
            "2025-11-27T10:00 10 12 9 11 1",
            "starts outside the session",
        ),
        (
            "2025-11-29T10:00 10 12 9 11 1",
            "starts outside the session",
        ),
        (
            "1989-11-29T10:00 10 12 9 11 1",
            "starts outside the session",
        ),
        ("2025-12-01T10:30 10 12 9 11 1", "starts in the future"),
        (
            "2025-11-28T10:00 NaN 12 9 11 1",
            "open `NaN` is not a number",
        ),
        (
            "2025-11-28T10:00 10 inf 9 11 1",
            "high `inf` is not a number",
        ),
        (
            "2025-11-28T10:00 10 12 null 11 1",
            "low `null` is not a number",
        ),
        ("2025-11-28T10:00 10 12 9  1", "close `` is not a number"),
        (
            "2025-11-28T10:00 10 12 9 1_1 1",
            "close `1_1` is not a number",
        ),
        ("2025-11-28T10:00 10 12 9 11 ", "volume `` is not a number"),
        ("2025-11-28T10:00 10 12 9 11 -5", "volume -5 is not above 0"),
        (
            "2025-11-28T10:00 10 1e27 9 11 1",
            "high 1e27 is no price of a share",
        ),
        ("2025-11-28T10:00 10 12 -9 11 1", "low -9 is not above 0"),
        ("2025-11-28T10:00 10 12 9 0 1", "close 0 is not above 0"),
        (
            "2025-11-28T10:00 10 9 12 11 1",
            "high and low do not bound open and close",
        ),
        (
            "2025-11-28T10:00 13 12 9 11 1",
            "high and low do not bound open and close",
        ),
    ];
    for (damaged, reason) in cases {
        let checked = check_at(
            "2025-12-01T10:00",
            &[damaged, "2025-11-28T09:30 10 12 9 11 1"],
        );
        assert_eq!(checked.bars.len(), 1, "{damaged}");
        assert_eq!(checked.rejected.len(), 1, "{damaged}");
        assert_eq!(checked.rejected[0].start, row(damaged).start);
        assert_eq!(checked.rejected[0].reason.to_string(), reason, "{damaged}");
    }
}

#[test]
fn identical_twins_are_dropped_and_counted_and_differing_ones_are_all_rejected() {
    let checked = check_at(
        "2025-12-01T10:00",
        &[
            "2025-11-28T10:30 10 12 9 11 1",
            "2025-11-28T10:00 10 12 9 11.5 1",
            "2025-11-28T09:30 10.0 12 9 11 1",
            "2025-11-28T10:00 10 12 9 11 1",
            "2025-11-28T09:30 10 12.00 9 11 1",
            // A twin that is no bar is rejected for that; the sound one stands.
            "2025-11-28T10:30 10 12 9 x 1",
        ],
    );
    assert_eq!(checked.duplicates, 1);
    let starts: Vec<Instant> = checked.bars.iter().map(|bar| bar.start).collect();
    assert_eq!(starts, [at("2025-11-28T09:30"), at("2025-11-28T10:30")]);
    let twins = |row: &&Rejected| row.reason == Reject::ConflictingTwin;
    assert_eq!(checked.rejected.iter().filter(twins).count(), 2);
    assert_eq!(checked.rejected.len(), 3);
}

#[test]
fn the_bar_that_starts_now_is_no_future() {
    let rows = ["2025-12-01T10:00 10 12 9 11 1"];
    assert_eq!(check_at("2025-12-01T10:00", &rows).bars.len(), 1);
    assert_eq!(
        check_at("2025-12-01T09:59:59", &rows).rejected[0].reason,
        Reject::Future
    );
}

#[test]
fn a_volume_may_be_absent_zero_or_written_with_a_point() {
    let volumes = [
        ("-", None),
        ("0", None),
        ("1200.0", Some(1200)),
        ("1.5e3", Some(1500)),
    ];
    for (text, volume) in volumes {
        let row = format!("2025-11-28T10:00 10 12 9 11 {text}");
        let checked = check_at("2025-12-01T10:00", &[&row]);
        assert_eq!(
            checked.bars.first().map(|bar| bar.volume),
            Some(volume),
            "{text}"
        );
    }
}

#[test]
fn daily_bars_start_at_new_york_midnight_of_a_session() {
    let starts = [
        ("2025-11-28T00:00", None),
        ("2025-11-28T09:30", Some(Reject::OffGrid)),
        ("2025-11-27T00:00", Some(Reject::OutsideSession)),
    ];
    for (start, reason) in starts {
        let rows = vec![row(&format!("{start} 10 12 9 11 1"))];
        let checked = check(
            rows,
            Interval::OneDay,
            &Calendar::nyse(),
            at("2025-12-01T10:00"),
        );
        assert_eq!(
            checked.rejected.first().map(|row| row.reason.clone()),
            reason,
            "{start}"
        );
    }
}

#[test]
fn a_rejection_is_stored_and_shown() {
    let checked = check_at("2025-12-01T10:00", &["2025-11-28T10:00 10 12 9 nan 1"]);
    let rejected = &checked.rejected[0];
    assert_eq!(
        rejected.to_string(),
        "2025-11-28T10:00:00-05:00: close `nan` is not a number"
    );
    let json = serde_json::to_string(rejected).unwrap();
    assert_eq!(
        json,
        r#"{"start":"2025-11-28T15:00:00Z","reason":{"not_a_number":{"field":"close","text":"nan"}}}"#
    );
    assert_eq!(&serde_json::from_str::<Rejected>(&json).unwrap(), rejected);
}

fn any_row() -> impl Strategy<Value = RawBar> {
    let text = || {
        prop_oneof![
            "[0-9]{1,3}",
            "[0-9]{1,2}\\.[0-9]{1,2}",
            Just("NaN".to_owned()),
            ".{0,3}"
        ]
    };
    let start = (0_i64..400)
        .prop_map(|quarters| at("2025-11-26T09:00") + market::time::minutes(15 * quarters));
    (
        start,
        text(),
        text(),
        text(),
        text(),
        proptest::option::of(text()),
    )
        .prop_map(|(start, open, high, low, close, volume)| RawBar {
            start,
            open,
            high,
            low,
            close,
            volume,
        })
}

proptest! {
    #[test]
    fn every_row_is_kept_dropped_as_a_twin_or_rejected(
        rows in proptest::collection::vec(any_row(), 0..60),
    ) {
        let count = rows.len();
        let now = at("2025-11-28T11:10");
        let calendar = Calendar::nyse();
        let checked = check(rows, Interval::ThirtyMinutes, &calendar, now);
        prop_assert_eq!(checked.bars.len() + checked.duplicates + checked.rejected.len(), count);
        prop_assert!(checked.bars.windows(2).all(|pair| pair[0].start < pair[1].start));
        prop_assert!(checked.rejected.is_sorted_by_key(|row| row.start));
        for bar in &checked.bars {
            prop_assert!(bar.start <= now);
            prop_assert!(bar.low <= bar.open && bar.open <= bar.high);
            prop_assert!(bar.low <= bar.close && bar.close <= bar.high);
            prop_assert!(calendar.slot(bar.start).unwrap().is_some());
        }
    }

    #[test]
    fn the_order_of_rows_changes_nothing(
        (rows, mixed) in proptest::collection::vec(any_row(), 0..30)
            .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
    ) {
        let now = at("2025-12-05T16:00");
        let checked = |rows| check(rows, Interval::ThirtyMinutes, &Calendar::nyse(), now);
        let (one, other) = (checked(rows), checked(mixed));
        prop_assert_eq!(one.bars, other.bars);
        prop_assert_eq!(one.duplicates, other.duplicates);
        prop_assert_eq!(one.rejected.len(), other.rejected.len());
    }
}
