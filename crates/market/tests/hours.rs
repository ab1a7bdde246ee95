//! Hours built from finer bars: anchored at the open, closed by the clock, gaps reported.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod data;

use market::bar::{Bar, Interval};
use market::calendar::{Calendar, Slot};
use market::file::{Options, read};
use market::hours::{Hour, Hours, build};
use market::money::{Decimal, Price};
use market::time::{Instant, minutes};
use proptest::prelude::*;

fn at(text: &str) -> Instant {
    text.parse::<Slot>().unwrap().at()
}

fn price(number: i64) -> Price {
    Price::new(Decimal::from(number)).unwrap()
}

/// The session bars from `from` to `to`; the n-th one opens at n, closes at n + 1 and trades n.
fn bars(interval: Interval, from: &str, to: &str) -> Vec<Bar> {
    let starts = Calendar::nyse()
        .bar_starts(interval, at(from), at(to))
        .unwrap();
    let bar = |(n, start): (i64, Instant)| {
        let volume = Some(u64::try_from(n).unwrap());
        Bar::new(
            start,
            price(n),
            price(n + 2),
            price(n),
            price(n + 1),
            volume,
        )
        .unwrap()
    };
    (1..).zip(starts).map(bar).collect()
}

fn half_hours(from: &str, to: &str) -> Vec<Bar> {
    bars(Interval::ThirtyMinutes, from, to)
}

fn build_at(now: &str, bars: &[Bar]) -> Hours {
    build(bars, Interval::ThirtyMinutes, &Calendar::nyse(), at(now)).unwrap()
}

fn starts(hours: &[Hour]) -> Vec<String> {
    hours
        .iter()
        .map(|hour| Slot::new(hour.start).to_string())
        .collect()
}

#[test]
fn an_hour_is_first_open_highest_lowest_last_close_and_summed_volume() {
    let hours = build_at(
        "2025-05-12T10:30",
        &half_hours("2025-05-12T09:30", "2025-05-12T10:00"),
    );
    let hour = hours.closed[0];
    assert_eq!(
        (hour.start, hour.end),
        (at("2025-05-12T09:30"), at("2025-05-12T10:30"))
    );
    assert_eq!(
        (hour.open, hour.high, hour.low, hour.close),
        (price(1), price(4), price(1), price(3))
    );
    assert_eq!(hour.volume, Some(3));
    assert_eq!(
        (hours.closed.len(), hours.forming, hours.gaps.len()),
        (1, None, 0)
    );
}

#[test]
fn an_hour_closes_exactly_at_its_end() {
    let bars = half_hours("2025-05-12T09:30", "2025-05-12T10:30");
    // (now, closed, forming hour's start and close)
    let cases = [
        ("2025-05-12T09:30", 0, Some(("09:30", 2))),
        ("2025-05-12T10:00", 0, Some(("09:30", 3))),
        ("2025-05-12T10:29:59", 0, Some(("09:30", 3))),
        ("2025-05-12T10:30", 1, Some(("10:30", 4))),
        ("2025-05-12T11:30", 2, None),
    ];
    for (now, closed, forming) in cases {
        let hours = build_at(now, &bars);
        assert_eq!(hours.closed.len(), closed, "{now}");
        let seen = hours.forming.map(|hour| (hour.start, hour.close));
        let expected = forming.map(|(start, n)| (at(&format!("2025-05-12T{start}")), price(n)));
        assert_eq!(seen, expected, "{now}");
    }
}

#[test]
fn the_last_hour_is_cut_at_the_close_and_half_days_end_at_one() {
    let hours = build_at(
        "2025-12-01T09:30",
        &half_hours("2025-11-26T15:00", "2025-11-28T12:30"),
    );
    assert_eq!(
        starts(&hours.closed),
        [
            "2025-11-26T14:30-05:00",
            "2025-11-26T15:30-05:00",
            "2025-11-28T09:30-05:00",
            "2025-11-28T10:30-05:00",
            "2025-11-28T11:30-05:00",
            "2025-11-28T12:30-05:00",
        ]
    );
    assert_eq!(hours.closed[5].end, at("2025-11-28T13:00"));
    assert_eq!(hours.gaps, [], "before the first bar nothing is expected");
}

#[test]
fn a_missing_bar_is_reported_and_its_hour_built_from_what_exists() {
    let mut bars = half_hours("2025-05-12T09:30", "2025-05-12T15:30");
    // 10:00 leaves half of the first hour, 10:30 and 11:00 all of the second.
    bars.drain(1..4);
    let hours = build_at("2025-05-12T16:00", &bars);
    let gaps: Vec<String> = hours
        .gaps
        .iter()
        .map(|gap| Slot::new(gap.start).to_string())
        .collect();
    assert_eq!(
        gaps,
        [
            "2025-05-12T10:00-04:00",
            "2025-05-12T10:30-04:00",
            "2025-05-12T11:00-04:00"
        ]
    );
    assert_eq!(hours.closed.len(), 6);
    assert_eq!(hours.closed[0].close, price(2), "built from its one bar");
    assert_eq!(
        hours.closed[1].start,
        at("2025-05-12T11:30"),
        "the empty hour is skipped"
    );
}

#[test]
fn a_bar_is_missing_only_once_its_end_has_passed() {
    let bars = half_hours("2025-05-12T09:30", "2025-05-12T09:30");
    assert_eq!(build_at("2025-05-12T10:29:59", &bars).gaps.len(), 0);
    assert_eq!(build_at("2025-05-12T10:30", &bars).gaps.len(), 1);
    // Overnight and on the holiday nothing more is expected.
    assert_eq!(build_at("2025-05-12T16:00", &bars).gaps.len(), 12);
    assert_eq!(build_at("2025-05-13T09:59", &bars).gaps.len(), 12);
}

#[test]
fn bars_after_now_count_for_nothing() {
    let bars = half_hours("2025-05-12T09:30", "2025-05-13T15:30");
    let known: Vec<Bar> = bars
        .iter()
        .copied()
        .filter(|bar| bar.start <= at("2025-05-12T12:00"))
        .collect();
    assert_eq!(
        build_at("2025-05-12T12:00", &bars),
        build_at("2025-05-12T12:00", &known)
    );
    assert_eq!(build_at("2025-05-12T09:00", &bars).closed, []);
    assert_eq!(build_at("2025-05-12T12:00", &[]).gaps, []);
}

#[test]
fn one_unknown_volume_makes_the_hours_volume_unknown() {
    let mut bars = half_hours("2025-05-12T09:30", "2025-05-12T10:00");
    bars[0].volume = None;
    assert_eq!(build_at("2025-05-12T10:30", &bars).closed[0].volume, None);
}

#[test]
fn a_moment_outside_the_calendar_is_an_error() {
    let bars = half_hours("2035-12-31T09:30", "2035-12-31T15:30");
    let built = build(
        &bars,
        Interval::ThirtyMinutes,
        &Calendar::nyse(),
        at("2036-01-02T10:00"),
    );
    assert!(built.is_err());
}

#[test]
fn an_hour_is_stored_as_a_compact_row_and_read_through_checks() {
    let hours = build_at(
        "2025-05-12T10:30",
        &half_hours("2025-05-12T09:30", "2025-05-12T10:00"),
    );
    let json = serde_json::to_string(&hours.closed[0]).unwrap();
    assert_eq!(json, r#"[1747056600,1747060200,"1","4","1","3",3]"#);
    assert_eq!(
        serde_json::from_str::<Hour>(&json).unwrap(),
        hours.closed[0]
    );
    for bad in [
        r#"[1747060200,1747060200,"1","4","1","3",3]"#,
        r#"[1747056600,1747060200,"1","2","1","3",3]"#,
        r#"[1747056600,1747060200,"0","4","0","3",3]"#,
        r#"[1747056600,1747060200,1.0,4,1,3,3]"#,
        r#"[99999999999999,1747060200,"1","4","1","3",null]"#,
    ] {
        assert!(serde_json::from_str::<Hour>(bad).is_err(), "{bad}");
    }
}

#[test]
fn real_bars_of_1_5_and_30_minutes_and_the_hours_of_the_file_agree() {
    let calendar = Calendar::nyse();
    let hours_of = |name: &str| {
        let bytes = data::bytes(name)?;
        let file = read(bytes.as_slice(), name, &calendar, &Options::default()).unwrap();
        Some(build(&file.bars, file.interval, &calendar, at("2026-03-09T16:00")).unwrap())
    };
    let Some(by_hour) = hours_of("tqqq_1h.csv") else {
        return;
    };
    assert_eq!(by_hour.closed.len(), 1440);
    for name in ["tqqq_5m.csv", "tqqq_30m.csv"] {
        let hours = hours_of(name).unwrap();
        assert_eq!(hours, by_hour, "{name}");
        assert_eq!((hours.forming, hours.gaps.len()), (None, 0));
    }
}

fn any_interval() -> impl Strategy<Value = Interval> {
    proptest::sample::select(Interval::ALL[..4].to_vec())
}

proptest! {
    #[test]
    fn changing_the_future_changes_no_closed_hour(
        interval in any_interval(),
        minute in 0_i64..2_000,
        keep in proptest::collection::vec(any::<bool>(), 900),
    ) {
        let calendar = Calendar::nyse();
        let now = at("2025-11-26T09:30") + minutes(minute);
        let all = bars(interval, "2025-11-26T09:30", "2025-11-28T12:59");
        let past = |bar: &Bar| bar.start + interval.duration() <= now;
        let altered: Vec<Bar> = all
            .iter()
            .zip(keep.iter().cycle())
            .filter(|(bar, keep)| past(bar) || **keep)
            .map(|(bar, _)| *bar)
            .collect();
        let one = build(&all, interval, &calendar, now).unwrap();
        let other = build(&altered, interval, &calendar, now).unwrap();
        prop_assert_eq!(one.closed, other.closed);
    }

    #[test]
    fn with_every_bar_present_the_closed_hours_are_the_calendars(
        interval in any_interval(),
        minute in 0_i64..3_000,
    ) {
        let calendar = Calendar::nyse();
        let now = at("2025-11-26T09:30") + minutes(minute);
        let all = bars(interval, "2025-11-26T09:30", "2025-11-28T12:59");
        let hours = build(&all, interval, &calendar, now).unwrap();
        let expected = calendar.closed_hours(now, hours.closed.len()).unwrap();
        let seen: Vec<_> = hours.closed.iter().map(|hour| (hour.start, hour.end)).collect();
        prop_assert_eq!(seen, expected.iter().map(|span| (span.start, span.end)).collect::<Vec<_>>());
        prop_assert!(hours.gaps.is_empty());
        let known: u64 = all.iter().filter(|bar| bar.start <= now).filter_map(|bar| bar.volume).sum();
        let built = hours.closed.iter().chain(&hours.forming).filter_map(|hour| hour.volume).sum::<u64>();
        prop_assert_eq!(built, known);
    }

    #[test]
    fn every_missing_bar_is_a_gap_and_every_given_one_is_in_an_hour(
        missing in proptest::collection::btree_set(1_usize..33, 0..20),
    ) {
        let calendar = Calendar::nyse();
        let all = half_hours("2025-11-25T09:30", "2025-11-28T12:30");
        let given: Vec<Bar> =
            (0..all.len()).filter(|at| !missing.contains(at)).map(|at| all[at]).collect();
        let hours =
            build(&given, Interval::ThirtyMinutes, &calendar, at("2025-11-28T13:00")).unwrap();
        let gaps: Vec<Instant> = hours.gaps.iter().map(|gap| gap.start).collect();
        prop_assert_eq!(gaps, missing.iter().map(|at| all[*at].start).collect::<Vec<_>>());
        let volume: u64 = hours.closed.iter().filter_map(|hour| hour.volume).sum();
        prop_assert_eq!(volume, given.iter().filter_map(|bar| bar.volume).sum::<u64>());
    }
}
