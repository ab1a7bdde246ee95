//! The tables of a backtest's report.

use market::Interval;
use market::file::Grid;

use super::super::page::{
    METRICS_HEADER, date, facts, list, maybe, metrics_row, narrow, percent, ratio, table,
};
use super::BacktestPage;
use crate::backtest::BacktestReport;
use crate::benchmark::{buy_and_hold, rule_of_200_days};
use crate::timeline::Fill;

/// Most trades listed.
const TRADES_SHOWN: usize = 500;

/// Strategy and benchmarks.
pub(super) fn figures(of: &BacktestPage<'_>, report: &BacktestReport) -> String {
    let mut rows = vec![metrics_row("strategy", &of.outcome.metrics)];
    if let Some(since) = &report.benchmark.since_warm {
        rows.push(metrics_row("buy and hold since it could trade", since));
    }
    rows.push(metrics_row(
        "buy and hold, all bars",
        &report.benchmark.metrics,
    ));
    if let Some(rule) = rule_of_200_days(of.series, of.options) {
        rows.push(metrics_row("200-day rule", &rule.metrics));
    }
    if let Some((name, series)) = of.second {
        let held = buy_and_hold(series, of.options).metrics;
        rows.push(metrics_row(&format!("{name}, held"), &held));
    }
    table(&METRICS_HEADER, &rows)
}

pub(super) fn fills(fills: &[(Fill, f64)]) -> String {
    let meaning = |fill: Fill| match fill {
        Fill::NextOpen => "the first price after the decision",
        Fill::SameClose => "the price decided on, which nobody gets",
        Fill::Worst => "high of that bar for buys, low for sales",
    };
    let rows: Vec<Vec<String>> = fills
        .iter()
        .map(|(fill, total)| vec![fill.name().into(), percent(*total), meaning(*fill).into()])
        .collect();
    narrow(&["filled at", "total return", "<that is"], &rows)
}

pub(super) fn costs(report: &BacktestReport, by_slippage: &[(u32, f64)]) -> String {
    let dollars = |value: f64| format!("{value:.2} $");
    let part = |value: f64| percent(value / report.params.cash);
    let row = |name: &str, value: f64| vec![name.to_owned(), dollars(value), part(value)];
    let paid = [
        row("slippage", report.slippage_paid),
        row("regulatory fees", report.fees_paid),
        row("interest earned on cash", report.interest_earned),
    ];
    let tried: Vec<Vec<String>> = by_slippage
        .iter()
        .map(|(bps, total)| vec![format!("{bps} bps a fill"), percent(*total)])
        .collect();
    format!(
        "{}<p class=\"faint\">What slippage would have made of the result, all else as asked:</p>{}",
        narrow(&["", "dollars", "of starting cash"], &paid),
        narrow(&["slippage", "total return"], &tried),
    )
}

pub(super) fn trades(report: &BacktestReport) -> String {
    let shown_to = if report.params.interval == "1d" {
        10
    } else {
        16
    };
    let minute = |time: &str| time.get(..shown_to).unwrap_or(time).replace('T', " ");
    let shown = report.trades.iter().rev().take(TRADES_SHOWN);
    let rows: Vec<Vec<String>> = shown
        .map(|trade| {
            vec![
                minute(&trade.entry_time),
                ratio(trade.entry_price),
                trade
                    .exit_time
                    .as_deref()
                    .map_or_else(|| "open".into(), minute),
                maybe(trade.exit_price, ratio),
                format!("{:.3}", trade.shares),
                maybe(trade.pnl, ratio),
                maybe(trade.return_on_cost, percent),
            ]
        })
        .collect();
    let header = ["bought", "at", "sold", "at", "shares", "gain, $", "return"];
    let cut = if report.trades.len() > TRADES_SHOWN {
        format!(", the newest {TRADES_SHOWN} of {}", report.trades.len())
    } else {
        String::new()
    };
    format!(
        "<p class=\"faint\">{} closed, {} with a gain; gains over losses {}. Newest first{cut}; times are starts of bars, New York.</p>{}",
        report.trade_count,
        maybe(report.win_rate, percent),
        maybe(report.profit_factor, ratio),
        table(&header, &rows),
    )
}

pub(super) fn asked(report: &BacktestReport) -> String {
    let params = &report.params;
    let unit = if params.slots { "hours" } else { "bars" };
    let rows = [
        ("averages", format!("{} / {}", params.fast, params.slow)),
        ("exit", format!("{:?}", params.exit).to_lowercase()),
        ("hours", format!("{:?}", params.hours).to_lowercase()),
        ("filled at", params.fill.name().into()),
        ("slippage", format!("{} bps a fill", params.slippage_bps)),
        ("fees", format!("{:?}", params.fees).to_lowercase()),
        ("cash", format!("{} $", params.cash)),
        ("warm-up", format!("{} {unit}", params.warmup)),
        ("shares", format!("{:?}", params.shares).to_lowercase()),
        ("buffer", format!("{} bps of equity", params.buffer_bps)),
        (
            "interest on cash",
            format!("{} bps a year", params.cash_rate_bps),
        ),
        ("bars a year", format!("{:.1}", params.periods_per_year)),
    ];
    facts(&rows)
}

/// The file's range and defects.
pub(super) fn bars(of: &BacktestPage<'_>, report: &BacktestReport) -> String {
    let series = of.series;
    let decided = if series.has_slots() {
        "at every slot, at its open"
    } else {
        "at each bar's end"
    };
    let grid = match series.grid {
        _ if series.interval == Interval::OneDay => "these are days",
        Grid::Session => "at the open, as in live trading",
        Grid::Clock => "at clock hours; live trading never uses them",
    };
    let rows = [
        ("file", of.name.to_owned()),
        ("bars", format!("{} of {}", report.bars, series.interval)),
        ("first", date(series.first())),
        ("last", date(series.last())),
        ("years", format!("{:.2}", series.years())),
        ("hours begin", grid.into()),
        ("decided", decided.into()),
        ("decisions", report.decisions.to_string()),
        ("rows left out", series.defects.to_string()),
    ];
    let notes = if report.notes.is_empty() {
        "<p class=\"faint\">No defect was found.</p>".to_owned()
    } else {
        list(&report.notes)
    };
    facts(&rows) + &notes
}
