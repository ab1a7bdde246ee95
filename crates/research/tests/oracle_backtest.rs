//! The exact engine against the oracle: equal trades, equal figures.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod fixture;

use std::fs;

use market::Calendar;
use market::time::new_york_text;
use research::Fill;
use research::backtest::{self, Options};
use serde::Deserialize;

/// Decimals against floats: shares are cut to nine digits and orders to whole cents.
const NEAR: f64 = 1e-6;

#[derive(Deserialize)]
struct Answer {
    fast: u32,
    slow: u32,
    fill: String,
    cost_bps: f64,
    metrics: Metrics,
    trades: Option<Vec<Trade>>,
}

#[derive(Deserialize)]
struct Metrics {
    final_equity: f64,
    total_return: f64,
    max_drawdown: f64,
    sharpe: f64,
    trades: usize,
    open_trade: bool,
}

#[derive(Deserialize)]
struct Trade {
    entry_bar: usize,
    entry_time: String,
    entry_price: f64,
    shares: f64,
    exit_bar: Option<usize>,
    exit_time: Option<String>,
    exit_price: Option<f64>,
    pnl: Option<f64>,
}

impl Answer {
    fn options(&self) -> Options {
        let fill = match self.fill.as_str() {
            "next_open" => Fill::NextOpen,
            "close" => Fill::SameClose,
            other => panic!("{other}"),
        };
        Options {
            fill,
            slippage: self.cost_bps.to_string().parse().unwrap(),
            warmup: Some(self.slow),
            periods_per_year: Some(1764.0),
            ..Options::default().with_pair(self.fast, self.slow).unwrap()
        }
    }

    fn name(&self) -> String {
        format!(
            "{}/{} {} {}bp",
            self.fast, self.slow, self.fill, self.cost_bps
        )
    }
}

fn near(what: &str, found: f64, right: f64) {
    let scale = right.abs().max(1.0);
    assert!(
        (found - right).abs() <= NEAR * scale,
        "{what}: {found} is not {right}"
    );
}

fn check(answer: &Answer, series: &research::Series) {
    let name = answer.name();
    let outcome = backtest::run(series, &answer.options(), &Calendar::nyse()).unwrap();
    let right = &answer.metrics;
    near(&name, outcome.final_equity.to_f64(), right.final_equity);
    near(&name, outcome.metrics.total_return, right.total_return);
    near(&name, outcome.metrics.max_drawdown, right.max_drawdown);
    near(&name, outcome.metrics.sharpe.unwrap(), right.sharpe);
    let closed = outcome
        .trades
        .iter()
        .filter(|trade| trade.exit.is_some())
        .count();
    assert_eq!(
        (closed, outcome.trades.len() > closed),
        (right.trades, right.open_trade),
        "{name}"
    );
    let Some(trades) = &answer.trades else { return };
    assert_eq!(outcome.trades.len(), trades.len(), "{name}");
    for (found, right) in outcome.trades.iter().zip(trades) {
        let exit = found.exit;
        assert_eq!(
            (found.entry_bar, exit.map(|exit| exit.bar)),
            (right.entry_bar, right.exit_bar),
            "{name}"
        );
        assert_eq!(
            (found.entry_price(), found.exit_price()),
            (right.entry_price, right.exit_price),
            "{name}"
        );
        near(&name, found.shares.to_f64(), right.shares);
        near(
            &name,
            exit.map_or(0.0, |exit| exit.pnl.to_f64()),
            right.pnl.unwrap_or(0.0),
        );
        let minute = |bar: usize| new_york_text(series.bars[bar].start).replacen(":00-", "-", 1);
        assert_eq!(minute(found.entry_bar), right.entry_time, "{name}");
        assert_eq!(exit.map(|exit| minute(exit.bar)), right.exit_time, "{name}");
    }
}

#[test]
fn every_file_of_trades_is_met_exactly() {
    let series = fixture::synthetic_hours();
    let mut checked = 0;
    for entry in fs::read_dir(fixture::oracle("")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.ends_with("bp.json") {
            check(
                &serde_json::from_slice(&fs::read(&path).unwrap()).unwrap(),
                &series,
            );
            checked += 1;
        }
    }
    assert_eq!(checked, 9);
}

#[test]
fn all_metrics_of_six_pairs_two_fills_and_two_costs_are_met() {
    let series = fixture::synthetic_hours();
    let answers: Vec<Answer> =
        serde_json::from_slice(&fs::read(fixture::oracle("S_metrics.json")).unwrap()).unwrap();
    assert_eq!(answers.len(), 24);
    for answer in &answers {
        check(answer, &series);
    }
}
