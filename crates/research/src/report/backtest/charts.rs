//! The charts of a backtest's report.

use market::calendar::Calendar;
use strategy::Averages;

use super::super::page::percent;
use super::BacktestPage;
use crate::backtest::{BacktestError, BacktestReport};
use crate::benchmark::Benchmark;
use crate::chart::{Line, Marker, Panel, Scale, strip};
use crate::timeline::Timeline;

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

/// Strategy, buy and hold, and the second symbol where there is one.
pub(super) fn equity(of: &BacktestPage<'_>, held: &Benchmark, dates: &[String]) -> String {
    let mut lines = vec![
        Line::solid("buy and hold", "two", &held.equity),
        Line::solid("strategy", "one", &of.outcome.equity),
    ];
    if let Some(second) = of.second_held() {
        let line = Line {
            name: format!("{}, held", second.name),
            class: "three",
            values: second.values,
            filled: false,
        };
        lines.insert(0, line);
    }
    let title = "Equity of the strategy and of buy and hold";
    panel(title, 320.0, Scale::Log, lines, dates).html()
}

/// How far below the highest equity so far.
pub(super) fn drawdown(of: &BacktestPage<'_>, held: &Benchmark, dates: &[String]) -> String {
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
    let title = "Distance below the highest equity so far";
    panel(title, 200.0, Scale::Percent, lines, dates).html()
}

/// Closes, both averages, purchases and sales.
pub(super) fn price(
    of: &BacktestPage<'_>,
    calendar: &Calendar,
    dates: &[String],
) -> Result<String, BacktestError> {
    let (fast, slow) = averages(of, calendar)?;
    let closes: Vec<f64> = of
        .series
        .bars
        .iter()
        .map(|bar| bar.close.to_f64())
        .collect();
    let params = of.options.params;
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
    let title = "Closes, both averages and the trades";
    let mut chart = panel(title, 360.0, Scale::Log, lines, dates);
    for trade in &of.outcome.trades {
        chart.markers.push(Marker {
            bar: trade.entry_bar,
            value: trade.entry_price(),
            bought: true,
        });
        let sale = trade.exit.zip(trade.exit_price());
        chart.markers.extend(sale.map(|(exit, value)| Marker {
            bar: exit.bar,
            value,
            bought: false,
        }));
    }
    Ok(chart.html())
}

/// By bar, a value where there is one.
type Values = Vec<Option<f64>>;

/// Both averages as they stood at every bar's decision.
fn averages(of: &BacktestPage<'_>, calendar: &Calendar) -> Result<(Values, Values), BacktestError> {
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
    Ok((fast, slow))
}

/// Where the symbol is held.
pub(super) fn exposure(of: &BacktestPage<'_>, report: &BacktestReport, dates: &[String]) -> String {
    let longest = |wanted: bool| {
        let runs = of.outcome.held.chunk_by(|a, b| a == b);
        runs.filter(|run| run[0] == wanted)
            .map(<[bool]>::len)
            .max()
            .unwrap_or_default()
    };
    format!(
        "{}<p class=\"faint\">Held at {} of bars; the longest holding {} bars, the longest wait {}.</p>",
        strip("Where the symbol is held", &of.outcome.held, dates),
        percent(report.exposure),
        longest(true),
        longest(false),
    )
}
