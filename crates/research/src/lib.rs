//! From bars to an answer worth trusting: exact backtest, sweep, statistics, reports.
