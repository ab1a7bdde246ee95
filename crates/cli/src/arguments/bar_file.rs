//! How a file of bars is taken: the same switches wherever one is read.

use clap::{Args, ValueEnum};
use market::Split;
use market::file::Options;

/// For commands that trade on the file: bars of at most 30 minutes, so no grid to choose.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Bars in the file")]
pub(crate) struct CleaningArguments {
    /// Drop and count bars outside the session; without it they refuse the file
    #[arg(long)]
    pub(crate) session_only: bool,
    /// A split that older bars do not know yet, like 2025-11-20:2; ratio 1 says that the jump of
    /// that date is real; as often as you like
    #[arg(long = "split", value_name = "DATE:RATIO", value_parser = split)]
    pub(crate) splits: Vec<Split>,
}

/// For commands that take any interval.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ReadingArguments {
    #[command(flatten)]
    pub(crate) cleaning: CleaningArguments,
    /// Where bars of one hour begin: at the open, or at whole clock hours, which live never does
    #[arg(
        long,
        value_name = "GRID",
        default_value = "session",
        help_heading = "Bars in the file"
    )]
    pub(crate) grid: GridChoice,
}

/// Where bars of one hour begin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum GridChoice {
    /// 09:30, 10:30 … as the session does
    #[default]
    Session,
    /// 09:00, 10:00 … as some vendors cut them; signals differ from those of live trading
    Clock,
}

impl CleaningArguments {
    /// As the reader wants them.
    pub(crate) fn options(&self) -> Options {
        Options {
            session_only: self.session_only,
            grid_clock: false,
            splits: self.splits.clone(),
        }
    }
}

impl ReadingArguments {
    /// As the reader wants them.
    pub(crate) fn options(&self) -> Options {
        Options {
            grid_clock: self.grid == GridChoice::Clock,
            ..self.cleaning.options()
        }
    }
}

fn split(text: &str) -> Result<Split, String> {
    text.parse()
        .map_err(|error: market::split::SplitError| error.to_string())
}
