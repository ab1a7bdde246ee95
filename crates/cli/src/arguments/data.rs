//! `tqqq data`: bars in files.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use market::{Date, Interval, Symbol};

use super::{CleaningArguments, ReadingArguments, date};

/// `tqqq data`.
#[derive(Debug, Args)]
pub(crate) struct DataArguments {
    #[command(subcommand)]
    pub(crate) command: DataCommand,
}

/// Bars in files.
#[derive(Debug, Subcommand)]
pub(crate) enum DataCommand {
    /// Downloads a range of bars from Twelve Data, FMP or Alpaca
    Fetch(DataFetchArguments),
    /// Names every defect of a file of bars by row and reason
    Check(DataCheckArguments),
    /// Cuts coarser bars, hours above all, from finer ones
    Build(DataBuildArguments),
}

/// `tqqq data fetch`.
#[derive(Debug, Args)]
#[command(after_help = "\
Asks for windows of sessions that fit one answer, adjusted for splits, within the credits of the \
key; some of them are left for whoever trades with the same key. Each window begins with the last \
session of the one before, and what came twice must be the same. The windows so far are kept in \
FILE.partial: give the same line again after a kill, a failure or the end of the day's credits, \
and it goes on where it stopped. FILE appears whole at the end, and is checked as by `data check`.

  twelve-data  8 calls a minute and 800 a day on the free plan; 30m: 346 sessions a call
  fmp          bars within a day need a paid plan; 30m: 153 sessions a call
  alpaca       --feed sip is free but for the newest 16 minutes; no hours on the session grid

Keys come from the environment, as for `run`. Bars that are not over are not taken.

Exit codes: 0 whole and clean; 1 whole, but the check found something; 2 refused; 4 stopped, and \
the same line goes on.

Examples:
  tqqq data fetch --from 2024-01-02
  tqqq data fetch --symbol QQQ --from 2016-01-04 --to 2025-12-31 --source alpaca -o qqq_30m.csv
  tqqq data fetch --from 2025-05-12 --interval 5m && tqqq data build tqqq_5m.csv -o tqqq_1h.csv")]
pub(crate) struct DataFetchArguments {
    /// Of which symbol; else the configuration's
    #[arg(long, value_name = "SYMBOL", value_parser = super::switch::symbol)]
    pub(crate) symbol: Option<Symbol>,
    /// First New York date
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub(crate) from: Date,
    /// Last New York date, included; else today, as far as it is over
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub(crate) to: Option<Date>,
    /// Whom to ask; else the configuration's first source
    #[arg(long, value_name = "VENDOR")]
    pub(crate) source: Option<SourceChoice>,
    /// 1m, 5m, 15m, 30m, 1h or 1d
    #[arg(long, value_name = "INTERVAL", default_value = "30m")]
    pub(crate) interval: Interval,
    /// Which of Alpaca's feeds
    #[arg(long, value_name = "FEED", default_value = "sip")]
    pub(crate) feed: FeedChoice,
    /// Where to write [default: SYMBOL_INTERVAL.csv, like tqqq_30m.csv]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Replace the file that is there
    #[arg(long)]
    pub(crate) force: bool,
    /// Begin anew, without what FILE.partial holds
    #[arg(long)]
    pub(crate) restart: bool,
    /// Sessions asked for at once; else what fits one answer of the vendor
    #[arg(long, value_name = "SESSIONS", value_parser = window)]
    pub(crate) window: Option<usize>,
    /// An exchange started by `tqqq venue` in the vendor's place
    #[arg(long, value_name = "URL")]
    pub(crate) venue_url: Option<String>,
    /// One JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// Vendors of bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SourceChoice {
    /// Twelve Data
    TwelveData,
    /// Financial Modeling Prep
    Fmp,
    /// Alpaca
    Alpaca,
}

impl SourceChoice {
    /// The name in configuration and records.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::TwelveData => connectors::twelve_data::NAME,
            Self::Fmp => connectors::fmp::NAME,
            Self::Alpaca => connectors::alpaca::NAME,
        }
    }
}

/// Alpaca's feeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FeedChoice {
    /// All exchanges, without the newest 16 minutes
    Sip,
    /// One exchange: prices of its own trades, a small part of the volume
    Iex,
}

impl FeedChoice {
    /// The vendor's word.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Sip => "sip",
            Self::Iex => "iex",
        }
    }
}

/// Most sessions of one window: more than any vendor answers at once.
const WINDOW_MAX: usize = 5_000;

fn window(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(sessions @ 1..=WINDOW_MAX) => Ok(sessions),
        _ => Err(format!(
            "`{text}` is no number of sessions from 1 to {WINDOW_MAX}"
        )),
    }
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
