//! The honesty kit where the truth is known.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod fixture;

use market::bar::Bar;
use market::file::Grid;
use market::time::{Date, Time, new_york};
use market::{Bps, Calendar, Decimal, Interval, Price};
use research::Series;
use research::leverage::{Financing, Leverage, synthetic, tracking};
use research::study::random::Random;
use research::study::{self, Options, bootstrap, probes};
use research::sweep;

/// Hours with a mean return that switches sign every `regime` bars, and noise.
fn made(seed: u64, bars: usize, drift: f64, regime: usize) -> Series {
    let mut random = Random::new(seed);
    hours(bars, |at| {
        let sign = if (at / regime).is_multiple_of(2) {
            1.0
        } else {
            -1.0
        };
        sign * drift + 0.005 * random.normal()
    })
}

/// Hours whose log returns are given by bar.
fn hours(bars: usize, mut log_return: impl FnMut(usize) -> f64) -> Series {
    let calendar = Calendar::nyse();
    let at = |year| new_york(Date::constant(year, 1, 2), Time::midnight());
    let starts = calendar
        .bar_starts(Interval::OneHour, at(2015), at(2030))
        .unwrap();
    let mut price = 100.0_f64;
    let bars = starts
        .into_iter()
        .take(bars)
        .enumerate()
        .map(|(at, start)| {
            let open = rounded(price);
            price *= log_return(at).exp();
            let close = rounded(price);
            Bar::new(start, open, open.max(close), open.min(close), close, None).unwrap()
        });
    Series::of(Interval::OneHour, Grid::Session, bars.collect(), &calendar).unwrap()
}

fn rounded(price: f64) -> Price {
    Price::new(Price::from_f64(price).unwrap().decimal().round_dp(4)).unwrap()
}

fn asked() -> Options {
    let sweep = sweep::Options {
        fast: 2..=20,
        slow: 5..=60,
        ..sweep::Options::default()
    };
    Options {
        fast: 10,
        slow: 20,
        sweep,
        draws: 500,
        seed: 7,
    }
}

#[test]
fn a_random_walk_is_no_evidence_whatever_the_seed() {
    for seed in 1..=6 {
        let series = made(seed, 3_000, 0.0, 150);
        let found = study::run(&series, &asked(), &Calendar::nyse())
            .unwrap()
            .report;
        assert!(!found.verdict.evidence, "seed {seed}: {:?}", found.verdict);
        assert_eq!(found.look_ahead, None);
    }
}

#[test]
fn a_planted_trend_is_evidence_and_stable() {
    let series = made(3, 3_000, 0.002, 150);
    let found = study::run(&series, &asked(), &Calendar::nyse())
        .unwrap()
        .report;
    assert!(
        found.verdict.evidence && found.verdict.stable,
        "{:#?}",
        found.verdict
    );
    let walked = found.walk_forward.unwrap();
    assert!(walked.metrics.total_return > 0.5, "{:?}", walked.metrics);
    assert!(found.break_even.to_zero_bps.is_none_or(|bps| bps > 20.0));
    assert_eq!(found.warmup.unwrap().different, 0);
}

/// Which stops help 20/60 on these bars.
fn helping_stops(series: &Series) -> Vec<String> {
    let options = Options {
        fast: 20,
        slow: 60,
        ..asked()
    };
    let found = study::run(series, &options, &Calendar::nyse())
        .unwrap()
        .report;
    let helping = found.variants.iter().filter(|tried| tried.helps);
    helping.map(|tried| tried.variant.name()).collect()
}

#[test]
fn no_stop_helps_on_a_random_walk() {
    for seed in 11..=14 {
        assert_eq!(
            helping_stops(&made(seed, 2_000, 0.0, 150)),
            Vec::<String>::new()
        );
    }
}

#[test]
fn a_stop_is_found_to_help_where_crashes_are_too_fast_for_the_averages() {
    let mut random = Random::new(9);
    let series = hours(3_000, |at| {
        let crash = at % 120 >= 100;
        (if crash { -0.02 } else { 0.005 }) + 0.002 * random.normal()
    });
    let helping = helping_stops(&series);
    assert!(
        helping.contains(&"stop 5 % below the high".to_owned()),
        "{helping:?}"
    );
}

#[test]
fn idle_cash_earns_its_years_rate_less_expenses_and_two_trades_a_trip() {
    let series = made(3, 1_500, 0.0, 150);
    let found = study::run(&series, &asked(), &Calendar::nyse()).unwrap();
    let parking = found.report.parking;
    // 13, 40 and 100 bps in 2015 to 2017, each less 9; made bars begin in 2015.
    let rate = |bar: &Bar| match market::time::new_york_date(bar.start).year() {
        2015 => 4.0,
        year => panic!("{year}"),
    };
    let idle = series.bars.iter().zip(&found.path.held);
    let bps: f64 = idle
        .filter(|(_, held)| !**held)
        .map(|(bar, _)| rate(bar))
        .sum();
    let earned = bps / series.bars_per_year;
    let changes = found
        .path
        .held
        .windows(2)
        .filter(|pair| pair[0] != pair[1])
        .count();
    let trades = f64::from(u32::try_from(changes + 1).unwrap());
    let grown = (parking.total_return + 1.0) / (found.report.metrics.total_return + 1.0);
    let right = (earned - 0.5 * trades) / 10_000.0;
    assert!((grown.ln() - right).abs() < 1e-6, "{grown} for {right}");
    assert_eq!(
        parking.trips,
        changes.div_ceil(2) + usize::from(changes % 2 == 0)
    );
}

#[test]
fn the_same_seed_gives_the_same_report() {
    let series = made(3, 1_200, 0.001, 150);
    let run = || {
        study::run(&series, &asked(), &Calendar::nyse())
            .unwrap()
            .report
    };
    assert_eq!(run(), run());
}

#[test]
fn a_planted_look_ahead_is_caught() {
    let series = made(5, 800, 0.0, 150);
    let calendar = Calendar::nyse();
    // Buys before a rise: it compares with the close that follows.
    let cheat = |series: &Series| -> Vec<bool> {
        let next = |at: usize| series.bars.get(at + 1).map(|bar| bar.close);
        let rises = |(at, bar): (usize, &Bar)| next(at).is_some_and(|next| next > bar.close);
        series.bars.iter().enumerate().map(rises).collect()
    };
    let honest = |series: &Series| -> Vec<bool> {
        series.bars.iter().map(|bar| bar.close > bar.open).collect()
    };
    let found = probes::look_ahead(&series, &calendar, cheat).unwrap();
    assert_eq!(
        found.bar + 1,
        found.cut,
        "only the last bar of a beginning lacks its future"
    );
    assert_eq!(probes::look_ahead(&series, &calendar, honest), None);
}

#[test]
fn bootstrap_intervals_hold_the_truth_as_often_as_they_say() {
    let span = research::metrics::Span {
        years: 1.0,
        periods_per_year: 250.0,
    };
    let mean = 0.0004;
    let covered = (0..100).filter(|seed| {
        let mut random = Random::new(*seed);
        let returns: Vec<f64> = (0..250).map(|_| mean + 0.01 * random.normal()).collect();
        let found = bootstrap::intervals(&returns, span, 200, *seed).unwrap();
        let truth = mean / 0.01 * span.periods_per_year.sqrt();
        (found.sharpe.low..=found.sharpe.high).contains(&truth)
    });
    let covered = covered.count();
    assert!(
        (80..=98).contains(&covered),
        "90 % intervals held it {covered} times in 100"
    );
}

#[test]
fn a_made_fund_earns_three_times_the_day_less_its_costs() {
    let day = |date: i8, close: &str| {
        let price = close.parse().unwrap();
        let start = new_york(Date::constant(2025, 5, date), Time::midnight());
        Bar::new(start, price, price, price, price, None).unwrap()
    };
    let index = [
        day(12, "100"),
        day(13, "101"),
        day(14, "99.99"),
        day(15, "99.99"),
    ];
    let leverage = Leverage {
        multiple: 3.0,
        expenses: Bps::whole(0),
        financing: Financing::Fixed(Bps::whole(0)),
        first_close: "10".parse().unwrap(),
    };
    let closes = |leverage: &Leverage| -> Vec<f64> {
        synthetic(&index, leverage)
            .unwrap()
            .iter()
            .map(|bar| bar.close.to_f64())
            .collect()
    };
    assert_eq!(closes(&leverage), [10.0, 10.3, 9.991, 9.991]);
    let costly = Leverage {
        expenses: Bps::whole(100),
        financing: Financing::Fixed(Bps::whole(500)),
        ..leverage
    };
    let cost = 11.0 / 100.0 / 365.2425;
    assert!((closes(&costly)[1] - 10.0 * (1.03 - cost)).abs() < 1e-6);
    let crash = [day(12, "100"), day(13, "60")];
    let error = synthetic(&crash, &leverage).unwrap_err().to_string();
    assert_eq!(
        error,
        "the fund is worth nothing after the session of 2025-05-13T00:00:00-04:00"
    );
}

#[test]
fn a_made_tqqq_follows_the_real_one() {
    let (Some(index), Some(real)) = (fixture::real("qqq_1d.csv"), fixture::real("tqqq_1d.csv"))
    else {
        return;
    };
    let leverage = Leverage {
        multiple: 3.0,
        expenses: Bps::new(Decimal::from(84)).unwrap(),
        financing: Financing::FederalFunds,
        first_close: real.bars[0].close,
    };
    let made = synthetic(&index.bars, &leverage).unwrap();
    let found = tracking(&made, &real.bars).unwrap();
    assert!(found.sessions > 4070);
    assert!(found.correlation > 0.995, "{found:?}");
    assert!(found.tracking_error < 0.06, "{found:?}");
    assert!(found.annual_difference.abs() < 0.02, "{found:?}");
    println!("{found:?}");
}
