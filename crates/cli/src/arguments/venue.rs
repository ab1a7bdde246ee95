//! `tqqq venue`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use market::Date;

use super::{CleaningArguments, date};

/// `tqqq venue`.
#[derive(Debug, Args)]
#[command(after_help = "\
Faces: /v2/… Alpaca trading and data, /time_series and /quote Twelve Data, /stable/… FMP, \
/control/… ours. Each start is a new account with 100,000 dollars of play money. Ctrl-C ends it.

Its clock stands still until whoever trades moves it, so that months pass in seconds. With \
`--clock real` it keeps the wall's time instead, on synthetic bars around today: a place to watch \
the daemon wait for real slots before it is let loose on a broker. Point `tqqq run --venue-url` at \
it, or a paper configuration with this address as `venue_url`; any keys will do.

Examples:
  tqqq venue
  tqqq venue --bars tqqq_30m.csv --from 2025-09-02
  tqqq venue --seed 1 --export synthetic.csv
  tqqq venue --clock real
  tqqq venue --fault '429@twelve-data*3' --fault stuck-order

`--fault help` lists every fault with its value and meaning.")]
pub(crate) struct VenueArguments {
    /// Bars to play: CSV or .csv.gz of 1-, 5-, 15- or 30-minute bars with offsets
    #[arg(long, value_name = "FILE", conflicts_with = "seed")]
    pub(crate) bars: Option<PathBuf>,
    /// Seed of the synthetic bars and of the exchange's draws [default: 1]
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    #[command(flatten)]
    pub(crate) cleaning: CleaningArguments,
    /// New York date at whose first slot the clock begins; earlier bars are history
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub(crate) from: Option<Date>,
    /// Who moves its clock
    #[arg(long, value_name = "CLOCK", default_value = "virtual")]
    pub(crate) clock: ClockChoice,
    /// Where to listen: this machine only
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8700")]
    pub(crate) listen: SocketAddr,
    /// Something that goes wrong: NAME[=VALUE][@SCOPE][*COUNT][%PROBABILITY], as often as you like
    #[arg(long = "fault", value_name = "FAULT")]
    pub(crate) faults: Vec<String>,
    /// Writes the bars as CSV and ends
    #[arg(long, value_name = "FILE")]
    pub(crate) export: Option<PathBuf>,
}

/// Who moves the exchange's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ClockChoice {
    /// Whoever trades
    Virtual,
    /// Nobody: it is the wall's
    Real,
}
