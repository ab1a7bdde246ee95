//! The averages against pandas, bit by bit, and their laws.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use market::{Decimal, Price};
use proptest::prelude::*;
use strategy::{Averages, Params, ParamsError, WARMUP_HOURS_MAX};

fn without_warmup(fast: u32, slow: u32) -> Averages {
    Averages::new(
        &Params::new(fast, slow)
            .unwrap()
            .with_warmup_hours(0)
            .unwrap(),
    )
}

/// A column of the fixture for each span: the bits after each close.
fn fixture() -> (Vec<Price>, Vec<(u32, Vec<u64>)>) {
    let mut lines = include_str!("fixtures/ema_pandas.csv").lines();
    let spans = lines
        .next()
        .unwrap()
        .split(',')
        .skip(1)
        .map(|span| span.parse().unwrap());
    let mut columns: Vec<(u32, Vec<u64>)> = spans.map(|span| (span, Vec::new())).collect();
    let mut closes = Vec::new();
    for line in lines {
        let mut fields = line.split(',');
        closes.push(fields.next().unwrap().parse().unwrap());
        for (column, bits) in columns.iter_mut().zip(fields) {
            column.1.push(u64::from_str_radix(bits, 16).unwrap());
        }
    }
    (closes, columns)
}

#[test]
fn averages_equal_those_of_pandas_bit_by_bit() {
    let (closes, columns) = fixture();
    assert_eq!((closes.len(), columns.len()), (240, 8));
    for pair in columns.windows(2) {
        let [(fast, fast_bits), (slow, slow_bits)] = pair else {
            unreachable!("windows of two")
        };
        let mut averages = without_warmup(*fast, *slow);
        for (at, close) in closes.iter().enumerate() {
            averages.push(*close);
            let seen = (
                averages.fast().unwrap().to_bits(),
                averages.slow().unwrap().to_bits(),
            );
            assert_eq!(
                seen,
                (fast_bits[at], slow_bits[at]),
                "spans {fast}, {slow}, close {at}"
            );
        }
    }
}

#[test]
fn the_longest_warmup_is_a_warmup_and_one_hour_more_is_refused() {
    let longest = Params::default().with_warmup_hours(WARMUP_HOURS_MAX);
    assert_eq!(longest.unwrap().warmup_hours, WARMUP_HOURS_MAX);
    let warmup_hours = WARMUP_HOURS_MAX + 1;
    assert_eq!(
        Params::default().with_warmup_hours(warmup_hours),
        Err(ParamsError::WarmupTooLong { warmup_hours })
    );
}

#[test]
fn there_is_no_value_before_the_warmup_is_over() {
    let params = Params::default();
    let mut averages = Averages::new(&params);
    assert_eq!((averages.count(), averages.needed()), (0, 200));
    for _ in 0..199 {
        averages.push("50".parse().unwrap());
        assert_eq!((averages.fast(), averages.slow()), (None, None));
    }
    averages.push("50".parse().unwrap());
    assert_eq!(averages.count(), 200);
    assert_eq!((averages.fast(), averages.slow()), (Some(50.0), Some(50.0)));
    assert_eq!(
        without_warmup(10, 20).fast(),
        None,
        "nothing seen, no value"
    );
}

#[test]
fn after_the_warmup_the_first_close_weighs_less_than_the_fragile_bound() {
    for slow in [2, 20, 50, 200, 1000] {
        let params = Params::new(1, slow).unwrap();
        let keep = 1.0 - 2.0 / (f64::from(slow) + 1.0);
        let weight = keep.powi(i32::try_from(params.warmup_hours).unwrap());
        assert!(weight < strategy::FRAGILE_PER_SPREAD, "{slow}: {weight}");
    }
}

fn closes(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<i64>> {
    proptest::collection::vec(1_i64..1_000_000, count)
}

fn cents(cents: i64) -> Price {
    Price::new(Decimal::new(cents, 2)).unwrap()
}

fn folded(spans: (u32, u32), closes: &[i64]) -> Averages {
    let mut averages = without_warmup(spans.0, spans.1);
    closes.iter().for_each(|close| averages.push(cents(*close)));
    averages
}

proptest! {
    #[test]
    fn an_average_stays_within_the_closes_it_has_seen(closes in closes(1..80)) {
        let averages = folded((10, 20), &closes);
        let lowest = cents(*closes.iter().min().unwrap()).to_f64();
        let highest = cents(*closes.iter().max().unwrap()).to_f64();
        let slack = highest * 1e-14;
        for value in [averages.fast().unwrap(), averages.slow().unwrap()] {
            prop_assert!(lowest - slack <= value && value <= highest + slack);
        }
        prop_assert_eq!(averages.count(), closes.len() as u64);
    }

    #[test]
    fn folding_in_two_parts_is_folding_at_once(closes in closes(2..60), at in 1_usize..59) {
        let at = at.min(closes.len());
        let mut parts = folded((10, 20), &closes[..at]);
        closes[at..].iter().for_each(|close| parts.push(cents(*close)));
        prop_assert_eq!(parts, folded((10, 20), &closes));
    }

    #[test]
    fn the_order_of_closes_matters_and_the_newest_weighs_most(low in 1_i64..1000, gap in 1_i64..1000) {
        let high = low + gap;
        let (rising, falling) = (folded((2, 3), &[low, low, high]), folded((2, 3), &[high, low, low]));
        prop_assert!(rising.fast().unwrap() > falling.fast().unwrap());
    }

    #[test]
    fn a_constant_series_is_its_own_average(close in 1_i64..1_000_000, count in 1_usize..300) {
        let averages = folded((10, 20), &vec![close; count]);
        prop_assert_eq!(averages.fast(), Some(cents(close).to_f64()));
        prop_assert_eq!(averages.slow(), averages.fast());
    }

    #[test]
    fn doubling_every_close_doubles_the_averages(closes in closes(1..60)) {
        let doubled: Vec<i64> = closes.iter().map(|close| close * 2).collect();
        let (one, two) = (folded((10, 20), &closes), folded((10, 20), &doubled));
        // Doubling is exact in floats; closes of cents read as twice the float of their halves.
        prop_assert_eq!(two.fast().unwrap(), one.fast().unwrap() * 2.0);
        prop_assert_eq!(two.slow().unwrap(), one.slow().unwrap() * 2.0);
    }
}
