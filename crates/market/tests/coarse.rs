//! Coarser bars from finer ones: what is built, what is cut off, and that live's hours agree.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use market::bar::{Bar, Interval};
use market::calendar::{Calendar, Slot};
use market::coarse::{Coarse, coarsen};
use market::hours;
use market::money::{Decimal, Price};
use market::time::minutes;
use proptest::prelude::*;

fn price(number: i64) -> Price {
    Price::new(Decimal::from(number)).unwrap()
}

/// The n-th bar opens at n, closes at n + 1 and trades n.
fn bars(interval: Interval, from: &str, to: &str) -> Vec<Bar> {
    let [from, to] = [from, to].map(|text| text.parse::<Slot>().unwrap().at());
    let starts = Calendar::nyse().bar_starts(interval, from, to).unwrap();
    let bar = |(n, start)| {
        let volume = u64::try_from(n).ok();
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
    (1_i64..).zip(starts).map(bar).collect()
}

fn build(bars: &[Bar], from: Interval, to: Interval) -> Coarse {
    coarsen(bars, from, to, &Calendar::nyse()).unwrap()
}

/// Starts and opens, in New York's words.
fn named(bars: &[Bar]) -> Vec<String> {
    let name = |bar: &Bar| {
        let start = market::time::new_york_text(bar.start);
        let volume = bar
            .volume
            .map_or("unknown".into(), |shares| shares.to_string());
        format!(
            "{start} {} {} {} {} {volume}",
            bar.open, bar.high, bar.low, bar.close
        )
    };
    bars.iter().map(name).collect()
}

#[test]
fn a_half_day_has_four_hours_the_last_of_thirty_minutes() {
    let fine = bars(
        Interval::ThirtyMinutes,
        "2025-11-28T09:30",
        "2025-11-28T12:30",
    );
    let coarse = build(&fine, Interval::ThirtyMinutes, Interval::OneHour);
    insta::assert_snapshot!(named(&coarse.bars).join("\n"), @"
    2025-11-28T09:30:00-05:00 1 4 1 3 3
    2025-11-28T10:30:00-05:00 3 6 3 5 7
    2025-11-28T11:30:00-05:00 5 8 5 7 11
    2025-11-28T12:30:00-05:00 7 9 7 8 7
    ");
    assert_eq!((coarse.incomplete, coarse.cut), (vec![], vec![]));
    let day = build(&fine, Interval::ThirtyMinutes, Interval::OneDay);
    insta::assert_snapshot!(named(&day.bars).join("\n"), @"2025-11-28T00:00:00-05:00 1 9 1 8 28");
}

#[test]
fn spans_that_the_file_does_not_cover_to_their_ends_are_cut_and_holes_inside_are_told() {
    let mut fine = bars(
        Interval::FiveMinutes,
        "2025-05-12T09:35",
        "2025-05-12T12:00",
    );
    // Neither 09:30 nor what follows 12:00 is there, and 10:40 is missing inside.
    fine.retain(|bar| !market::time::new_york_text(bar.start).contains("T10:40"));
    let coarse = build(&fine, Interval::FiveMinutes, Interval::OneHour);
    insta::assert_debug_snapshot!(coarse.cut, @"
    [
        Span {
            start: 2025-05-12T13:30:00Z,
            parts: 11,
            expected: 12,
        },
        Span {
            start: 2025-05-12T15:30:00Z,
            parts: 7,
            expected: 12,
        },
    ]
    ");
    insta::assert_debug_snapshot!(coarse.incomplete, @"
    [
        Span {
            start: 2025-05-12T14:30:00Z,
            parts: 11,
            expected: 12,
        },
    ]
    ");
    assert_eq!(coarse.bars.len(), 1);
}

#[test]
fn a_volume_is_known_when_every_part_is() {
    let mut fine = bars(
        Interval::ThirtyMinutes,
        "2025-05-12T09:30",
        "2025-05-12T11:00",
    );
    fine[2].volume = None;
    let coarse = build(&fine, Interval::ThirtyMinutes, Interval::OneHour);
    let volumes: Vec<Option<u64>> = coarse.bars.iter().map(|bar| bar.volume).collect();
    assert_eq!(volumes, [Some(3), None]);
}

#[test]
fn what_is_no_multiple_or_not_coarser_is_refused() {
    let refused = |from, to| coarsen(&[], from, to, &Calendar::nyse()).is_err();
    for from in Interval::ALL {
        for to in Interval::ALL {
            assert_eq!(refused(from, to), from >= to, "{from} to {to}");
        }
    }
}

proptest! {
    /// Both ways to hours, where the bars reach the end of the last one.
    #[test]
    fn whole_hours_are_those_that_live_trading_builds(
        present in prop::collection::vec(prop::bool::weighted(0.8), 13 * 3),
        interval in prop::sample::select(&Interval::ALL[..4]),
    ) {
        let mut fine = bars(interval, "2025-11-26T09:30", "2025-12-01T15:59");
        let count = fine.len();
        let mut at = 0;
        fine.retain(|_| {
            at += 1;
            at == 1 || at == count || present[at % present.len()]
        });
        let calendar = Calendar::nyse();
        let end = fine.last().unwrap().start + minutes(60);
        let live = hours::build(&fine, interval, &calendar, end).unwrap().closed;
        let coarse = build(&fine, interval, Interval::OneHour);
        let values = |bar: &Bar| (bar.start, bar.open, bar.high, bar.low, bar.close, bar.volume);
        let live: Vec<_> = live
            .iter()
            .map(|hour| (hour.start, hour.open, hour.high, hour.low, hour.close, hour.volume))
            .collect();
        prop_assert_eq!(coarse.cut, vec![]);
        prop_assert_eq!(coarse.bars.iter().map(values).collect::<Vec<_>>(), live);
    }
}
