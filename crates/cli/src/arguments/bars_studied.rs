//! The bars that a command of research works on.

use std::path::PathBuf;

use clap::Args;
use market::{Bps, Date};

use super::{ReadingArguments, date};

/// Which file, which part of it, how it is taken, and what is made of it.
#[derive(Debug, Clone, Args)]
pub(crate) struct BarsArguments {
    /// CSV or .csv.gz of bars of 1 minute to 1 day, with an offset in every timestamp
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// First New York date
    #[arg(long, value_name = "DATE", value_parser = date, help_heading = "Bars in the file")]
    pub(crate) from: Option<Date>,
    /// Last New York date, included
    #[arg(long, value_name = "DATE", value_parser = date, help_heading = "Bars in the file")]
    pub(crate) to: Option<Date>,
    #[command(flatten)]
    pub(crate) reading: ReadingArguments,
    /// Go on without damaged rows; the result names them
    #[arg(long, help_heading = "Bars in the file")]
    pub(crate) allow_defects: bool,
    #[command(flatten)]
    pub(crate) leverage: LeverageArguments,
}

/// A fund made from its index's daily bars.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Made fund")]
pub(crate) struct LeverageArguments {
    /// Take FILE as an index and trade the fund of so many times its daily move
    #[arg(long, value_name = "TIMES", allow_negative_numbers = true)]
    pub(crate) leverage: Option<f64>,
    /// Expenses of the fund a year
    #[arg(
        long,
        value_name = "BPS",
        default_value = "84",
        allow_negative_numbers = true
    )]
    pub(crate) expenses_bps: Bps,
    /// Interest a year on what the fund borrows [default: each year's federal funds rate]
    #[arg(long, value_name = "BPS", allow_negative_numbers = true)]
    pub(crate) financing_bps: Option<Bps>,
}
