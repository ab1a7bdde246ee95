//! What the tables of research share: the figures of an equity curve, notes, words.

use research::metrics::Metrics;
use serde::Serialize;

use super::{Paint, Terminal, text};

/// The headings of [`row`].
pub(super) const FIGURES: [&str; 7] = [
    "",
    ">return",
    ">a year",
    ">max drawdown",
    ">Sharpe",
    ">Sortino",
    ">Calmar",
];

/// The figures of one curve.
pub(super) fn row(name: &str, metrics: &Metrics) -> [String; 7] {
    let ratio = |value: f64| format!("{value:.2}");
    [
        name.to_owned(),
        text::signed_percent(metrics.total_return),
        or_dash(metrics.cagr, text::signed_percent),
        text::percent(metrics.max_drawdown),
        or_dash(metrics.sharpe, ratio),
        or_dash(metrics.sortino, ratio),
        or_dash(metrics.calmar, ratio),
    ]
}

/// A value that may not exist.
pub(super) fn or_dash(value: Option<f64>, shown: impl Fn(f64) -> String) -> String {
    value.map_or_else(|| "-".to_owned(), shown)
}

/// `  trades     25 closed`.
pub(super) fn line(label: &str, value: &str) -> String {
    format!("  {label:<10} {value}")
}

/// What a reader must know about the bars, a line each.
pub(super) fn notes(notes: &[String], terminal: Terminal) -> Vec<String> {
    let label = |at: usize| if at == 0 { "bars" } else { "" };
    notes
        .iter()
        .enumerate()
        .map(|(at, note)| terminal.paint(Paint::Warn, &line(label(at), note)))
        .collect()
}

/// The word that an option has in JSON.
pub(super) fn word(option: impl Serialize) -> String {
    super::json(&option).trim_matches('"').replace('_', "-")
}

/// `2025-05-12 09:30` of a time with seconds and offset.
pub(super) fn minute(time: &str) -> String {
    time.get(..16).unwrap_or(time).replace('T', " ")
}

/// `2025-05-12` of a time.
pub(super) fn day(time: &str) -> String {
    time.get(..10).unwrap_or(time).to_owned()
}
