//! What one backtest amounts to, in plain words, and what it cannot tell.

use serde::Serialize;

use super::BacktestReport;
use crate::series::DAYS_PER_YEAR;
use crate::timeline::Fill;

/// Below this many closed trades an average means little.
const TRADES_MIN: usize = 30;
/// Years below which a test may hold no bear market.
const YEARS_MIN: f64 = 5.0;
/// Deepest falls closer than this part of each other are alike.
const LIKE_PART: f64 = 0.1;

/// The answer and its limits.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BacktestVerdict {
    /// One line.
    pub headline: String,
    /// What it rests on, a sentence each.
    pub reasons: Vec<String>,
    /// What these bars cannot tell, a sentence each.
    pub caveats: Vec<String>,
}

impl BacktestVerdict {
    /// The verdict on `report` over `years`; `fills` are the total returns by rule of filling.
    #[must_use]
    pub fn of(report: &BacktestReport, fills: &[(Fill, f64)], years: f64) -> Self {
        Self {
            headline: headline(report),
            reasons: reasons(report, fills),
            caveats: caveats(report, years),
        }
    }
}

fn percent(ratio: f64) -> String {
    format!("{:.1} %", ratio * 100.0)
}

fn headline(report: &BacktestReport) -> String {
    if report.trades.is_empty() {
        return "It never traded".into();
    }
    let own = report.metrics;
    let held = report
        .benchmark
        .since_warm
        .unwrap_or(report.benchmark.metrics);
    let more = own.total_return > held.total_return;
    let returned = if more { "more" } else { "less" };
    // Falls within a tenth of each other are alike.
    let fell = match own.max_drawdown / held.max_drawdown {
        part if part < 1.0 - LIKE_PART => Some("fell less"),
        part if part > 1.0 + LIKE_PART => Some("fell further"),
        _ => None,
    };
    let joined = match fell {
        Some("fell less") if !more => ", but fell less",
        Some("fell further") if more => ", but fell further",
        Some("fell less") => ", and fell less",
        Some(_) => ", and fell further",
        None => ", and fell about as far",
    };
    format!("It returned {returned} than buy and hold{joined}")
}

fn reasons(report: &BacktestReport, fills: &[(Fill, f64)]) -> Vec<String> {
    let own = report.metrics;
    let held = report
        .benchmark
        .since_warm
        .unwrap_or(report.benchmark.metrics);
    let mut said = vec![
        format!(
            "From the first bar it could trade in, {}, it returned {}; buying there and holding returned {}.",
            report
                .first_tradable
                .as_deref()
                .map_or("never", |time| &time[..10]),
            percent(own.total_return),
            percent(held.total_return),
        ),
        format!(
            "Its deepest fall from a high was {}, that of buy and hold {}; it was in the market at {} of bars.",
            percent(own.max_drawdown),
            percent(held.max_drawdown),
            percent(report.exposure),
        ),
    ];
    said.extend(filling(fills));
    said.push(costs(report));
    said
}

/// How much the rule of filling alone moves the result.
fn filling(fills: &[(Fill, f64)]) -> Option<String> {
    let totals = || fills.iter().map(|(_, total)| *total);
    let spread =
        totals().fold(f64::NEG_INFINITY, f64::max) - totals().fold(f64::INFINITY, f64::min);
    let named: Vec<String> = fills
        .iter()
        .map(|(fill, total)| format!("{} at {}", percent(*total), fill.name()))
        .collect();
    (spread > 0.0).then(|| {
        format!(
            "The rule of filling alone moves the return by {:.1} points: {}.",
            spread * 100.0,
            named.join(", ")
        )
    })
}

fn costs(report: &BacktestReport) -> String {
    let paid = report.slippage_paid + report.fees_paid;
    if paid == 0.0 {
        return "No costs are charged; real fills are worse.".into();
    }
    format!(
        "Slippage of {} bps a fill took {:.2} USD, fees {:.2} USD: {} of the starting cash.",
        report.params.slippage_bps,
        report.slippage_paid,
        report.fees_paid,
        percent(paid / report.params.cash),
    )
}

/// A length of time in the unit that fits it.
pub(crate) fn length(years: f64) -> String {
    if years < 0.5 {
        format!("{:.0} days", (years * DAYS_PER_YEAR).ceil())
    } else {
        format!("{years:.1} years")
    }
}

fn caveats(report: &BacktestReport, years: f64) -> Vec<String> {
    let mut said = Vec::new();
    if report.trade_count < TRADES_MIN {
        said.push(format!(
            "{} closed trades are too few for averages to mean much.",
            report.trade_count
        ));
    }
    if years < YEARS_MIN {
        said.push(format!(
            "{} are few; they may hold no bear market and say little about one.",
            length(years)
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
