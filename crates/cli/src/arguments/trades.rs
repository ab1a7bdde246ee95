//! `tqqq trades`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use market::Date;

use super::{CleaningArguments, date};

/// `tqqq trades`.
#[derive(Debug, Args)]
#[command(after_help = "\
Lots are sold first in, first out. A loss is flagged when the symbol was bought within 30 days before \
or after the sale and that purchase was still held after it; `open` says that the days are not over. \
Shares that no order of this program bought have no date, and what they cost only where the broker \
told. Fees are listed as movements and are in no lot. It is not tax advice.

Each fill stands beside what the backtest (`--fill next-open`) fills the slot's order at: the open of \
the bar that begins at the slot, once a later slot has seen it (`bar`), else the price the slot saw \
(`slot_price`). With --bars it is the backtest's own fill in that file (`file`). Slippage above zero \
cost.

Examples:
  tqqq trades
  tqqq trades --from 2025-01-01 --to 2025-12-31 --csv > lots-2025.csv
  tqqq trades --csv=fills > fills.csv
  tqqq trades --bars tqqq_30m.csv")]
pub(crate) struct TradesArguments {
    /// First New York date: of a sale, a fill, a movement
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub(crate) from: Option<Date>,
    /// Last New York date, included
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub(crate) to: Option<Date>,
    /// CSV instead of tables: of lots (the sold ones first), or of fills
    #[arg(
        long,
        value_name = "WHAT",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "lots",
        conflicts_with = "json"
    )]
    pub(crate) csv: Option<TradesCsv>,
    /// One JSON object instead of tables
    #[arg(long)]
    pub(crate) json: bool,
    /// Hold fills against the backtest's own on these bars of at most 30 minutes
    #[arg(long, value_name = "FILE")]
    pub(crate) bars: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) reading: CleaningArguments,
}

/// What `--csv` lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TradesCsv {
    /// Lots with gains
    Lots,
    /// Fills beside the backtest's
    Fills,
}
