//! `tqqq data`: bars in files.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use market::Interval;

use super::{CleaningArguments, ReadingArguments};

/// `tqqq data`.
#[derive(Debug, Args)]
pub(crate) struct DataArguments {
    #[command(subcommand)]
    pub(crate) command: DataCommand,
}

/// Bars in files.
#[derive(Debug, Subcommand)]
pub(crate) enum DataCommand {
    /// Names every defect of a file of bars by row and reason
    Check(DataCheckArguments),
    /// Cuts coarser bars, hours above all, from finer ones
    Build(DataBuildArguments),
}

/// `tqqq data check`.
#[derive(Debug, Args)]
#[command(after_help = "\
What `run`, `backtest`, `sweep` and `study` would refuse or leave out, all of it at once: rows \
without offset, in the wrong zone, off the grid or outside the session, twins with other values, \
values that are no prices, spikes, jumps that look like splits, and bars that the exchange's \
calendar expects and the file does not have.

One file cannot tell everything: a day saved before its close looks like any other. Compare two \
sources where it matters.

Exit codes: 0 clean; 1 something is wrong.

Examples:
  tqqq data check tqqq_30m.csv
  tqqq data check raw.csv.gz --session-only --split 2025-11-20:2
  tqqq data check hours.csv --grid clock --json | jq .gaps")]
pub(crate) struct DataCheckArguments {
    /// CSV or .csv.gz: timestamp,open,high,low,close[,volume], or t,o,h,l,c[,v], in any order
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) reading: ReadingArguments,
    /// One JSON object with every row at fault instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// `tqqq data build`.
#[derive(Debug, Args)]
#[command(after_help = "\
Hours begin at the open, 09:30, 10:30 … 15:30; the last of a session is cut at its close. A bar \
is built from what the file has of it, never from anything else: rows at fault and gaps refuse the \
file unless --allow-defects is given, and what was built without some of its parts is named. A bar \
that the file does not cover to its end is not built.

Examples:
  tqqq data build tqqq_5m.csv -o tqqq_1h.csv
  tqqq data build tqqq_1m.csv.gz --to 30m -o tqqq_30m.csv")]
pub(crate) struct DataBuildArguments {
    /// The finer bars: CSV or .csv.gz
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// What is built: 5m, 15m, 30m, 1h or 1d
    #[arg(long, value_name = "INTERVAL", default_value = "1h")]
    pub(crate) to: Interval,
    /// Where to write
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Replace the file that is there
    #[arg(long)]
    pub(crate) force: bool,
    /// Go on without rows at fault and across gaps
    #[arg(long)]
    pub(crate) allow_defects: bool,
    #[command(flatten)]
    pub(crate) cleaning: CleaningArguments,
    /// One JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
}
