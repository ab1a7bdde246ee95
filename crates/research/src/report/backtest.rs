//! The report of one backtest.

use market::calendar::Calendar;
use strategy::Averages;

use super::months::months;
use super::page::{
    METRICS_HEADER, date, list, maybe, metrics_row, page, percent, ratio, section, table,
};
use crate::backtest::{self, BacktestError, BacktestReport, Options, Outcome};
use crate::benchmark::{Benchmark, buy_and_hold, rule_of_200_days};
use crate::chart::{Line, Marker, Panel, Scale};
use crate::series::Series;
use crate::timeline::{Fill, Timeline};

/// Below this many closed trades an average means little.
const TRADES_MIN: usize = 30;
/// Years below which a test may hold no bear market.
const YEARS_MIN: f64 = 5.0;
/// Most trades listed.
const TRADES_SHOWN: usize = 500;

/// What a report is made of.
#[derive(Debug, Clone, Copy)]
pub struct BacktestPage<'a> {
    /// What was traded, for the title.
    pub name: &'a str,
    /// The bars.
    pub series: &'a Series,
    /// What was asked.
    pub options: &'a Options,
    /// What was found.
    pub outcome: &'a Outcome,
    /// Another symbol to compare with, and its name.
    pub second: Option<(&'a str, &'a Series)>,
}

/// One HTML file that shows and judges a backtest.
///
/// # Errors
/// [`BacktestError`] when the other rules of filling cannot be run.
pub fn backtest_html(of: &BacktestPage<'_>, calendar: &Calendar) -> Result<String, BacktestError> {
    let report = BacktestReport::new(of.series, of.options, of.outcome);
    let held = buy_and_hold(of.series, of.options);
    let rule = rule_of_200_days(of.series, of.options);
    let fills = fills(of, calendar)?;
    let dates: Vec<String> = of.series.bars.iter().map(|bar| date(bar.start)).collect();
    let body = [
        format!(
            "<p class=\"faint\">{} bars of {}, {} to {}</p>",
            report.bars,
            of.series.interval,
            dates[0],
            dates[dates.len() - 1]
        ),
        verdict(of, &report, &held, &fills),
        figures(of, &held, &rule),
        section("Equity, logarithmic", &equity(of, &held, &dates)),
        section("Drawdown", &drawdown(of, &held, &dates)),
        section("Price, averages and trades", &price(of, calendar, &dates)?),
        section("In the market", &exposure(of, &dates)),
        section(
            "Returns by month",
            &months(of.series, of.options.cash.to_f64(), &of.outcome.equity),
        ),
        section("Rules of filling", &fill_table(&fills)),
        section("Trades", &trades(&report)),
        section("Asked", &asked(&report)),
    ];
    Ok(page(&format!("Backtest of {}", of.name), &body.join("\n")))
}

/// Total returns by rule of filling.
fn fills(of: &BacktestPage<'_>, calendar: &Calendar) -> Result<Vec<(Fill, f64)>, BacktestError> {
    let run = |fill| {
        let options = Options {
            fill,
            ..*of.options
        };
        let outcome = backtest::run(of.series, &options, calendar)?;
        Ok((fill, outcome.metrics.total_return))
    };
    [Fill::NextOpen, Fill::SameClose, Fill::Worst]
        .into_iter()
        .map(run)
        .collect()
}

fn fill_name(fill: Fill) -> &'static str {
    match fill {
        Fill::NextOpen => "next open",
        Fill::SameClose => "same close",
        Fill::Worst => "worst",
    }
}

fn fill_table(fills: &[(Fill, f64)]) -> String {
    let rows: Vec<Vec<String>> = fills
        .iter()
        .map(|(fill, total)| vec![fill_name(*fill).into(), percent(*total)])
        .collect();
    table(&["filled at", "total return"], &rows)
}

fn verdict(
    of: &BacktestPage<'_>,
    report: &BacktestReport,
    held: &Benchmark,
    fills: &[(Fill, f64)],
) -> String {
    let (own, other) = (report.metrics, held.metrics);
    let more = own.total_return > other.total_return;
    let calmer = own.max_drawdown < other.max_drawdown;
    let headline = match (more, calmer) {
        (true, true) => "It did better than buy and hold, and fell less",
        (true, false) => "It did better than buy and hold, but fell further",
        (false, true) => "It did worse than buy and hold, but fell less",
        (false, false) => "It did worse than buy and hold, and fell further",
    };
    let mut said = vec![format!(
        "{} against {}; drawdown {} against {}; in the market {} of the time.",
        percent(own.total_return),
        percent(other.total_return),
        percent(own.max_drawdown),
        percent(other.max_drawdown),
        percent(report.exposure),
    )];
    said.extend(caveats(of, report, fills));
    format!(
        "<div class=\"verdict\"><strong>{headline}.</strong>{}</div>",
        list(&said)
    )
}

fn caveats(of: &BacktestPage<'_>, report: &BacktestReport, fills: &[(Fill, f64)]) -> Vec<String> {
    let mut said = Vec::new();
    let totals = || fills.iter().map(|(_, total)| *total);
    let spread =
        totals().fold(f64::NEG_INFINITY, f64::max) - totals().fold(f64::INFINITY, f64::min);
    if spread > 0.0 {
        said.push(format!(
            "The rule of filling alone moves the total return by {:.1} points: what is shown is one of several truths.",
            spread * 100.0
        ));
    }
    if report.slippage_paid == 0.0 && report.fees_paid == 0.0 {
        said.push("No costs are charged; real fills are worse.".into());
    }
    if report.trade_count < TRADES_MIN {
        said.push(format!(
            "{} closed trades are too few for averages to mean much.",
            report.trade_count
        ));
    }
    let years = of.series.years();
    if years < YEARS_MIN {
        said.push(format!(
            "{years:.1} years are few; they may hold no bear market and say little about one."
        ));
    }
    if report.fragile > 0 {
        said.push(format!(
            "{} decisions were so close that another beginning of the file might flip them.",
            report.fragile
        ));
    }
    if report.unfilled_entries > 0 {
        said.push(format!(
            "{} entries were not filled: the price had left their limit behind.",
            report.unfilled_entries
        ));
    }
    said.push(
        "One backtest is no evidence: `tqqq study` asks whether it is more than luck.".into(),
    );
    said.extend(report.notes.iter().cloned());
    said
}

fn figures(of: &BacktestPage<'_>, held: &Benchmark, rule: &Benchmark) -> String {
    let mut rows = vec![
        metrics_row("strategy", &of.outcome.metrics),
        metrics_row("buy and hold", &held.metrics),
        metrics_row("200-day rule", &rule.metrics),
    ];
    if let Some((name, series)) = of.second {
        rows.push(metrics_row(
            &format!("{name}, held"),
            &buy_and_hold(series, of.options).metrics,
        ));
    }
    table(&METRICS_HEADER, &rows)
}

fn equity(of: &BacktestPage<'_>, held: &Benchmark, dates: &[String]) -> String {
    let mut lines = vec![
        Line::solid("buy and hold", "two", &held.equity),
        Line::solid("strategy", "one", &of.outcome.equity),
    ];
    if let Some((name, series)) = of.second {
        let other = buy_and_hold(series, of.options).equity;
        let values = aligned(of.series, series, &other);
        lines.insert(
            0,
            Line {
                name: name.to_owned(),
                class: "three",
                values,
                filled: false,
            },
        );
    }
    panel(
        "Equity of the strategy and of buy and hold",
        320.0,
        Scale::Log,
        lines,
        dates,
    )
    .svg()
}

/// `values` of `other` at the bars of `series`: the newest one not after each bar.
fn aligned(series: &Series, other: &Series, values: &[f64]) -> Vec<Option<f64>> {
    let mut at = 0;
    let newest = |bar: &market::Bar| {
        while other
            .bars
            .get(at)
            .is_some_and(|other| other.start <= bar.start)
        {
            at += 1;
        }
        values.get(at.checked_sub(1)?).copied()
    };
    series.bars.iter().map(newest).collect()
}

fn panel(title: &str, height: f64, scale: Scale, lines: Vec<Line>, dates: &[String]) -> Panel {
    Panel {
        title: title.to_owned(),
        height,
        scale,
        lines,
        markers: Vec::new(),
        dates: dates.to_vec(),
    }
}

fn drawdown(of: &BacktestPage<'_>, held: &Benchmark, dates: &[String]) -> String {
    let under = |equity: &[f64]| -> Vec<f64> {
        let mut top = of.options.cash.to_f64();
        let fall = |value: &f64| {
            top = top.max(*value);
            value / top - 1.0
        };
        equity.iter().map(fall).collect()
    };
    let mut own = Line::solid("strategy", "one", &under(&of.outcome.equity));
    own.filled = true;
    let lines = vec![
        own,
        Line::solid("buy and hold", "two", &under(&held.equity)),
    ];
    panel(
        "Distance below the highest equity so far",
        200.0,
        Scale::Percent,
        lines,
        dates,
    )
    .svg()
}

fn price(
    of: &BacktestPage<'_>,
    calendar: &Calendar,
    dates: &[String],
) -> Result<String, BacktestError> {
    let timeline = Timeline::new(of.series, of.options.fill, calendar)?;
    let params = timeline.with_warmup(of.options.params, Some(of.outcome.warmup))?;
    let mut averages = Averages::new(&params);
    let mut folded = 0;
    let (mut fast, mut slow) = (Vec::new(), Vec::new());
    for step in &timeline.steps {
        if let Some(step) = step {
            timeline.closes[folded..step.folded]
                .iter()
                .for_each(|close| averages.push(*close));
            folded = step.folded;
        }
        fast.push(averages.fast());
        slow.push(averages.slow());
    }
    let closes: Vec<f64> = of
        .series
        .bars
        .iter()
        .map(|bar| bar.close.to_f64())
        .collect();
    let average = |name: String, class, values| Line {
        name,
        class,
        values,
        filled: false,
    };
    let lines = vec![
        Line::solid("close", "plain", &closes),
        average(format!("fast {}", params.fast), "one", fast),
        average(format!("slow {}", params.slow), "two", slow),
    ];
    let mut chart = panel(
        "Closes, both averages and the trades",
        360.0,
        Scale::Log,
        lines,
        dates,
    );
    for trade in &of.outcome.trades {
        chart.markers.push(Marker {
            bar: trade.entry_bar,
            value: trade.entry_price(),
            up: true,
        });
        let sale = trade.exit.zip(trade.exit_price());
        chart.markers.extend(sale.map(|(exit, value)| Marker {
            bar: exit.bar,
            value,
            up: false,
        }));
    }
    Ok(chart.svg())
}

fn exposure(of: &BacktestPage<'_>, dates: &[String]) -> String {
    let held: Vec<f64> = of
        .outcome
        .held
        .iter()
        .map(|held| f64::from(u8::from(*held)))
        .collect();
    let mut line = Line::solid("held", "one", &held);
    line.filled = true;
    panel(
        "Where the symbol is held",
        90.0,
        Scale::Percent,
        vec![line],
        dates,
    )
    .svg()
}

fn trades(report: &BacktestReport) -> String {
    let shown = report.trades.iter().rev().take(TRADES_SHOWN);
    let rows: Vec<Vec<String>> = shown
        .map(|trade| {
            vec![
                trade.entry_time.clone(),
                ratio(trade.entry_price),
                trade.exit_time.clone().unwrap_or_else(|| "open".into()),
                maybe(trade.exit_price, ratio),
                format!("{:.3}", trade.shares),
                maybe(trade.pnl, ratio),
                maybe(trade.return_on_cost, percent),
            ]
        })
        .collect();
    let header = ["bought", "at", "sold", "at", "shares", "gain, $", "return"];
    let summary = format!(
        "<p>{} closed, {} with a gain; gains over losses {}; slippage {:.2} $, fees {:.2} $, interest {:.2} $. Newest first{}.</p>",
        report.trade_count,
        maybe(report.win_rate, percent),
        maybe(report.profit_factor, ratio),
        report.slippage_paid,
        report.fees_paid,
        report.interest_earned,
        if report.trades.len() > TRADES_SHOWN {
            ", the newest 500"
        } else {
            ""
        },
    );
    summary + &table(&header, &rows)
}

fn asked(report: &BacktestReport) -> String {
    let params = &report.params;
    let rows = [
        ("averages", format!("{} / {}", params.fast, params.slow)),
        ("exit", format!("{:?}", params.exit).to_lowercase()),
        ("hours", format!("{:?}", params.hours).to_lowercase()),
        ("filled at", fill_name(params.fill).into()),
        ("slippage", format!("{} bps", params.slippage_bps)),
        ("fees", format!("{:?}", params.fees).to_lowercase()),
        ("cash", format!("{} $", params.cash)),
        ("warm-up", params.warmup.to_string()),
        ("shares", format!("{:?}", params.shares).to_lowercase()),
        ("buffer", format!("{} bps", params.buffer_bps)),
        (
            "interest on cash",
            format!("{} bps a year", params.cash_rate_bps),
        ),
        ("bars a year", format!("{:.1}", params.periods_per_year)),
    ];
    let rows: Vec<Vec<String>> = rows
        .into_iter()
        .map(|(name, value)| vec![name.to_owned(), value])
        .collect();
    table(&["option", "value"], &rows)
}
