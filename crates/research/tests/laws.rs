//! Laws of the exact engine and the kernel, over made-up bars of every interval.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod fixture;

use market::bar::Bar;
use market::file::Grid;
use market::time::{Date, new_york};
use market::{Bps, Calendar, Decimal, Interval, Money, Price};
use proptest::prelude::*;
use research::backtest::{self, Fees, Options, Outcome, ShareRule};
use research::sweep::{self, Instructions, Table, Warmup, plain};
use research::{Fill, Series, Timeline};
use strategy::ExitRule;

/// Steps of a bar in ticks: open gap, close, and how far high and low reach beyond.
type Steps = Vec<(i64, i64, i64, i64)>;

/// Lowest price, in cents: a bar then moves by at most a third.
const PRICE_MIN: i64 = 1_000;

fn cents(cents: i64) -> Price {
    Price::new(Decimal::new(cents.max(PRICE_MIN), 2)).unwrap()
}

fn series(interval: Interval, steps: &Steps, tick: i64) -> Series {
    let calendar = Calendar::nyse();
    let midnight = |date| new_york(date, market::time::Time::midnight());
    let (from, until) = (
        midnight(Date::constant(2025, 2, 24)),
        midnight(Date::constant(2035, 12, 31)),
    );
    let starts = calendar.bar_starts(interval, from, until).unwrap();
    assert!(starts.len() >= steps.len());
    let mut last = 50_000;
    let bars = steps
        .iter()
        .zip(starts)
        .map(|((gap, close, high, low), start)| {
            let open = (last + gap * tick).max(PRICE_MIN);
            let close = (open + close * tick).max(PRICE_MIN);
            last = close;
            let (top, bottom) = (open.max(close) + high * tick, open.min(close) - low * tick);
            Bar::new(
                start,
                cents(open),
                cents(top),
                cents(bottom),
                cents(close),
                None,
            )
            .unwrap()
        });
    Series::of(interval, Grid::Session, bars.collect(), &calendar).unwrap()
}

fn steps(count: usize) -> impl Strategy<Value = Steps> {
    prop::collection::vec((-2_i64..=2, -6_i64..=6, 0_i64..3, 0_i64..3), 3..count)
}

fn any_interval() -> impl Strategy<Value = Interval> {
    prop_oneof![
        Just(Interval::FiveMinutes),
        Just(Interval::ThirtyMinutes),
        Just(Interval::OneHour),
        Just(Interval::OneDay),
    ]
}

fn any_options() -> impl Strategy<Value = Options> {
    let fill = prop_oneof![
        Just(Fill::NextOpen),
        Just(Fill::SameClose),
        Just(Fill::Worst)
    ];
    let exit = prop_oneof![Just(ExitRule::Confirmed), Just(ExitRule::Broken)];
    (1_u32..12, 1_u32..30, fill, exit, 0_u32..30, 0_u32..20).prop_map(
        |(fast, more, fill, exit, slippage, warmup)| {
            let options = Options {
                fill,
                slippage: Bps::whole(slippage),
                ..Options::default()
            };
            Options {
                warmup: Some(warmup),
                ..options
                    .with_pair(fast, fast + more)
                    .unwrap()
                    .with_exit(exit)
            }
        },
    )
}

/// The exact outcome; `None` when the warm-up leaves no decision.
fn exact(series: &Series, options: &Options) -> Option<Outcome> {
    match backtest::run(series, options, &Calendar::nyse()) {
        Ok(outcome) => Some(outcome),
        Err(backtest::BacktestError::NeverWarm { .. }) => None,
        Err(error) => panic!("{error}"),
    }
}

fn swept(options: &Options, instructions: Instructions) -> sweep::Options {
    let (fast, slow) = (options.params.fast, options.params.slow);
    sweep::Options {
        fast: fast..=fast,
        slow: slow..=slow,
        exit: options.params.exit,
        fill: options.fill,
        slippage: options.slippage,
        warmup: Warmup::Fixed(options.warmup()),
        periods_per_year: None,
        instructions,
    }
}

fn near(what: &str, found: f64, right: f64, tolerance: f64) -> Result<(), TestCaseError> {
    let close = (found - right).abs() <= tolerance * right.abs().max(1.0);
    prop_assert!(close, "{}: {} is not {}", what, found, right);
    Ok(())
}

/// Ratios of almost no variance magnify any rounding, so they are compared where there is some.
fn near_ratio(
    what: &str,
    found: Option<f64>,
    right: Option<f64>,
    tolerance: f64,
) -> Result<(), TestCaseError> {
    match (found, right) {
        (Some(found), Some(right)) => near(what, found, right, tolerance),
        (found, right) => {
            prop_assert_eq!(found.is_some(), right.is_some(), "{}", what);
            Ok(())
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn the_kernel_holds_what_the_exact_engine_holds(
        interval in any_interval(), steps in steps(2_400), tick in 1_i64..40, options in any_options(),
    ) {
        let series = series(interval, &steps, tick);
        let timeline = Timeline::new(&series, options.fill, &Calendar::nyse()).unwrap();
        let asked = swept(&options, Instructions::Best);
        let table = Table::new(&series, &timeline, &asked).unwrap();
        let held = table.positions(&asked, options.params.fast, options.params.slow);
        let score = table.sweep(&asked).unwrap()[0];
        // Rich enough that the whole cents of an order weigh nothing, however far it falls.
        let options = Options { cash: Money::from_cents(100_000_000_000), ..options };
        let Some(outcome) = exact(&series, &options) else {
            prop_assert!(!held.contains(&true));
            prop_assert_eq!((score.total_return, score.trades, score.sharpe), (0.0, 0, None));
            return Ok(());
        };
        prop_assert_eq!(&held, &outcome.held);
        let closed = outcome.trades.iter().filter(|trade| trade.exit.is_some()).count();
        prop_assert_eq!(score.trades as usize, closed);
        near("equity", score.total_return, outcome.metrics.total_return, 1e-6)?;
        near("drawdown", score.max_drawdown, outcome.metrics.max_drawdown, 1e-6)?;
        near("exposure", score.exposure, outcome.exposure, 1e-12)?;
        near_ratio("sharpe", score.sharpe, outcome.metrics.sharpe, 1e-6)?;
    }

    #[test]
    fn the_kernel_is_the_straight_loop_and_all_instructions_give_the_same_bits(
        interval in any_interval(), steps in steps(2_400), tick in 1_i64..40, options in any_options(),
    ) {
        let series = series(interval, &steps, tick);
        let timeline = Timeline::new(&series, options.fill, &Calendar::nyse()).unwrap();
        let asked = sweep::Options { fast: 1..=9, slow: 2..=40, ..swept(&options, Instructions::Best) };
        let table = Table::new(&series, &timeline, &asked).unwrap();
        let scores = table.sweep(&asked).unwrap();
        for instructions in [Instructions::Avx2, Instructions::Portable] {
            let other = table.sweep(&sweep::Options { instructions, ..asked.clone() }).unwrap();
            prop_assert_eq!(format!("{other:?}"), format!("{scores:?}"));
        }
        for score in scores.iter().step_by(7) {
            let right = plain::score(&table, &asked, score.fast, score.slow).unwrap();
            prop_assert_eq!((score.trades, score.exposure), (right.trades, right.exposure));
            near("return", score.total_return, right.total_return, 1e-9)?;
            near("drawdown", score.max_drawdown, right.max_drawdown, 1e-9)?;
            near_ratio("sharpe", score.sharpe, right.sharpe, 1e-9)?;
        }
    }

    #[test]
    fn changing_future_bars_changes_no_past_trade(
        interval in any_interval(), steps in steps(900), tick in 1_i64..40,
        options in any_options(), part in 0.1_f64..0.9, whole in any::<bool>(),
    ) {
        let shares = if whole { ShareRule::Whole } else { ShareRule::Fractional };
        let options = Options { shares, fees: Fees::Alpaca, ..options };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a length")]
        let cut = (steps.len() as f64 * part) as usize;
        let mut other = steps.clone();
        for step in &mut other[cut..] {
            *step = (-step.0, 3 - step.1, step.3, step.2);
        }
        let past = |steps: &Steps| {
            let outcome = exact(&series(interval, steps, tick), &options)?;
            let before = |trade: &&backtest::Trade| trade.exit.is_some_and(|exit| exit.bar < cut);
            let trades: Vec<_> = outcome.trades.iter().filter(before).copied().collect();
            Some((trades, outcome.equity[..cut].to_vec(), outcome.held[..cut].to_vec()))
        };
        prop_assert_eq!(past(&steps), past(&other));
    }

    #[test]
    fn cash_and_position_are_conserved_to_the_last_digit(
        interval in any_interval(), steps in steps(900), tick in 1_i64..40,
        options in any_options(), whole in any::<bool>(), buffer in 0_u32..300,
    ) {
        let shares = if whole { ShareRule::Whole } else { ShareRule::Fractional };
        let options = Options { shares, buffer: Bps::whole(buffer), fees: Fees::Alpaca, ..options };
        let series = series(interval, &steps, tick);
        let Some(outcome) = exact(&series, &options) else { return Ok(()) };
        let flows: Money = outcome.trades.iter().map(|trade| trade.proceeds - trade.cost).sum();
        prop_assert_eq!(outcome.cash, options.cash + flows);
        prop_assert!(outcome.cash >= Money::ZERO, "{}", outcome.cash);
        let last = series.bars[series.bars.len() - 1].close;
        let open = outcome.trades.iter().filter(|trade| trade.exit.is_none());
        let held: Money = open.map(|trade| last * trade.shares).sum();
        prop_assert_eq!(outcome.final_equity, outcome.cash + held);
        let gross: Money = outcome.trades.iter().map(|trade| trade.exit_value - trade.entry_value).sum();
        prop_assert_eq!(gross - outcome.fees - outcome.slippage, flows);
    }
}

#[test]
fn a_warm_up_longer_than_the_bars_is_refused_by_name() {
    let series = series(Interval::OneHour, &vec![(0, 1, 0, 0); 40], 10);
    let error = backtest::run(&series, &Options::default(), &Calendar::nyse()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a warm-up of 200 bars leaves no decision in 40"
    );
}

#[test]
fn interest_is_credited_on_idle_cash_by_the_day() {
    let series = series(Interval::OneDay, &vec![(0, 0, 0, 0); 260], 10);
    let options = Options {
        cash_rate: Bps::whole(365),
        warmup: Some(20),
        ..Options::default()
    };
    let outcome = exact(&series, &options).unwrap();
    let days = series.last().duration_since(series.first()).as_hours() / 24;
    let days = i64::from(i16::try_from(days).unwrap());
    // A hundredth of a percent of 100 000 dollars a day, compounding over the year.
    let earned = outcome.interest.to_f64();
    let simple = 10.0 * f64::from(i32::try_from(days).unwrap());
    assert!(
        earned > simple - 20.0 && earned < simple * 1.02,
        "{earned} after {days} days"
    );
    assert_eq!(outcome.final_equity, options.cash + outcome.interest);
}
