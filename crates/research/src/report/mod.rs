//! Reports as one HTML file: no script, no network, readable in light and dark.

mod backtest;
mod months;
mod page;
mod study;

pub use backtest::{BacktestPage, backtest_html};
pub use study::study_html;
