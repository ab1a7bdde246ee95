//! From bars to an answer worth trusting: exact backtest, sweep, statistics, reports.
//!
//! [`Series`] is what a file of bars gives; [`backtest::run`] trades it exactly as live trading
//! would, through `strategy::decide` and `trading::plan`; [`sweep::run`] scores every pair of
//! averages by a second implementation that tests hold equal to the first; [`study`] asks whether
//! any of it is evidence. Pure: no clock, network or environment; whatever is random comes from a
//! seed. Stands on `trading`, not on `cycle`.
//!
//! Money is decimal inside the exact engine's account. Everything that describes a result
//! (returns, drawdown, Sharpe) is a statistic and a float.

pub mod backtest;
pub mod benchmark;
pub mod chart;
pub mod leverage;
pub mod metrics;
pub mod rates;
pub mod report;
pub mod series;
pub mod study;
pub mod sweep;
pub mod timeline;

pub use series::{Selection, Series, SeriesError};
pub use timeline::{Fill, Timeline};
