//! `tqqq backtest`: figures, trades and what to mind, for people; the whole result for programs.

use research::Fill;
use research::backtest::{BacktestReport, BacktestVerdict, Options, TradeReport};
use research::benchmark::buy_and_hold;
use research::metrics::Metrics;
use serde::Serialize;

use super::figures::{self, FIGURES};
use super::{Paint, Sheet, Terminal, View, text};
use crate::series::Named;

/// Trades listed for people; all of them are in `--trades` and `--json`.
const TRADES_SHOWN: usize = 10;

/// One backtest.
#[derive(Debug, Serialize)]
pub(crate) struct BacktestView {
    schema: &'static str,
    file: String,
    #[serde(flatten)]
    report: BacktestReport,
    /// Total return by rule of filling.
    fills: FillsView,
    /// The other symbol, bought and held.
    compared: Option<Held>,
    verdict: BacktestVerdict,
}

/// Total returns by rule of filling.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct FillsView {
    next_open: Option<f64>,
    same_close: Option<f64>,
    worst: Option<f64>,
}

/// Another symbol, bought and held.
#[derive(Debug, Serialize)]
pub(crate) struct Held {
    file: String,
    first: String,
    last: String,
    #[serde(flatten)]
    metrics: Metrics,
}

impl Held {
    /// All cash in these bars from the first to the last.
    pub(crate) fn new(bars: Named, options: &Options) -> Self {
        let time = market::time::new_york_text;
        Self {
            first: time(bars.series.first()),
            last: time(bars.series.last()),
            metrics: buy_and_hold(&bars.series, options).metrics,
            file: bars.name,
        }
    }
}

impl BacktestView {
    /// The view of a result; `fills` are the total returns by rule of filling.
    pub(crate) fn new(
        file: String,
        report: BacktestReport,
        verdict: BacktestVerdict,
        fills: &[(Fill, f64)],
        compared: Option<Held>,
    ) -> Self {
        let of = |wanted| {
            let found = fills.iter().find(|(fill, _)| *fill == wanted);
            found.map(|(_, total)| *total)
        };
        Self {
            schema: "tqqq.backtest/1",
            file,
            report,
            fills: FillsView {
                next_open: of(Fill::NextOpen),
                same_close: of(Fill::SameClose),
                worst: of(Fill::Worst),
            },
            compared,
            verdict,
        }
    }

    fn title(&self) -> String {
        let report = &self.report;
        let params = &report.params;
        format!(
            "{}/{} on {}: {} bars of {}, {} to {}",
            params.fast,
            params.slow,
            self.file,
            text::count(report.bars as u64),
            params.interval,
            &report.first[..10],
            &report.last[..10],
        )
    }

    fn figures(&self, terminal: Terminal) -> String {
        let report = &self.report;
        let mut sheet = Sheet::new(&FIGURES);
        sheet.row(figures::row("strategy", &report.metrics));
        let held = &report.benchmark;
        if let Some(since) = &held.since_warm {
            sheet.row(figures::row("buy and hold since warm", since));
        }
        sheet.row(figures::row("buy and hold, all bars", &held.metrics));
        if let Some(other) = &self.compared {
            let name = format!("{}, held", other.file);
            sheet.row(figures::row(&name, &other.metrics));
        }
        sheet.text(terminal)
    }

    fn closed(&self) -> String {
        let report = &self.report;
        let open = if report.trades.len() > report.trade_count {
            ", one open"
        } else {
            ""
        };
        let wins = report.win_rate.map_or_else(String::new, |rate| {
            format!(", {} with a gain", text::percent(rate))
        });
        let factor = report.profit_factor.map_or_else(String::new, |factor| {
            format!(", gains over losses {factor:.2}")
        });
        format!("{} closed{open}{wins}{factor}", report.trade_count)
    }

    fn costs(&self) -> String {
        let report = &self.report;
        let mut parts = vec![
            format!("slippage {:.2}", report.slippage_paid),
            format!("fees {:.2} USD", report.fees_paid),
        ];
        if report.interest_earned > 0.0 {
            parts.push(format!("interest earned {:.2} USD", report.interest_earned));
        }
        parts.join(", ")
    }

    fn fills(&self) -> String {
        let named = [
            (Fill::NextOpen, self.fills.next_open),
            (Fill::SameClose, self.fills.same_close),
            (Fill::Worst, self.fills.worst),
        ];
        let known: Vec<(Fill, f64)> = named
            .into_iter()
            .filter_map(|(fill, total)| Some((fill, total?)))
            .collect();
        let parts: Vec<String> = known
            .iter()
            .map(|(fill, total)| format!("{} {}", fill.name(), text::signed_percent(*total)))
            .collect();
        parts.join(", ")
    }

    fn asked(&self) -> String {
        let params = &self.report.params;
        format!(
            "fill {}, exit {}, hours {}, slippage {} bps, fees {}, shares {}, buffer {} bps, {:.1} bars a year",
            params.fill.name(),
            figures::word(params.exit),
            figures::word(params.hours),
            params.slippage_bps,
            figures::word(params.fees),
            figures::word(params.shares),
            params.buffer_bps,
            params.periods_per_year,
        )
    }

    fn warmup(&self) -> String {
        let unit = if self.report.params.slots {
            "hours"
        } else {
            "bars"
        };
        let first = self.report.first_tradable.as_deref().unwrap_or("never");
        format!(
            "{} {unit}; could trade from {first}",
            self.report.params.warmup
        )
    }

    /// The verdict; what it rests on stands in the table above.
    fn judged(&self, terminal: Terminal) -> String {
        let headline = format!("{}.", self.verdict.headline);
        let mut lines = vec![terminal.paint(Paint::Strong, &headline)];
        let caveats = self.verdict.caveats.iter();
        lines.extend(caveats.map(|caveat| terminal.paint(Paint::Warn, &format!("  - {caveat}"))));
        lines.join("\n")
    }

    fn trades(&self, terminal: Terminal) -> String {
        let all = &self.report.trades;
        let is_daily = self.report.params.interval == "1d";
        let mut sheet = Sheet::new(&[
            "bought",
            ">at",
            "sold",
            ">at",
            ">shares",
            ">gain, USD",
            ">return",
        ]);
        for trade in all.iter().rev().take(TRADES_SHOWN) {
            sheet.row(row(trade, is_daily));
        }
        let more = all.len().saturating_sub(TRADES_SHOWN);
        let more = if more == 0 {
            String::new()
        } else {
            format!(
                "\n… and {} earlier: --trades FILE.csv has all",
                text::count(more as u64)
            )
        };
        format!(
            "{}{}",
            sheet.text(terminal),
            terminal.paint(Paint::Faint, &more)
        )
    }
}

fn row(trade: &TradeReport, is_daily: bool) -> [String; 7] {
    let time = |text: &str| {
        if is_daily {
            figures::day(text)
        } else {
            figures::minute(text)
        }
    };
    let price = |value: f64| format!("{value:.2}");
    [
        time(&trade.entry_time),
        price(trade.entry_price),
        trade
            .exit_time
            .as_deref()
            .map_or_else(|| "open".to_owned(), time),
        figures::or_dash(trade.exit_price, price),
        format!("{:.3}", trade.shares),
        figures::or_dash(trade.pnl, price),
        figures::or_dash(trade.return_on_cost, text::signed_percent),
    ]
}

impl View for BacktestView {
    fn text(&self, terminal: Terminal) -> String {
        let report = &self.report;
        let mut lines = vec![
            terminal.paint(Paint::Strong, &self.title()),
            String::new(),
            self.figures(terminal),
            String::new(),
            figures::line("trades", &self.closed()),
            figures::line(
                "exposure",
                &format!("{} of bars", text::percent(report.exposure)),
            ),
            figures::line(
                "equity",
                &format!(
                    "{:.2} to {:.2} USD",
                    report.params.cash, report.metrics.final_equity
                ),
            ),
            figures::line("costs", &self.costs()),
            figures::line("filled at", &self.fills()),
            figures::line("warm-up", &self.warmup()),
            figures::line("asked", &self.asked()),
        ];
        if !report.trades.is_empty() {
            lines.extend([String::new(), self.trades(terminal)]);
        }
        lines.extend([String::new(), self.judged(terminal)]);
        lines.join("\n")
    }
}
