//! `tqqq init`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// `tqqq init`.
#[derive(Debug, Args)]
#[command(after_help = "\
Writes a configuration that says in comments what each key means, readable by you alone. It asks \
which account and which data; with --yes it asks nothing and takes the answers given here. A file \
that is there is never written over. Keys never stand in it: what to set in the environment is \
printed, and nothing is sent anywhere.

Examples:
  tqqq init                                 asks
  tqqq init --yes                           paper trading on Twelve Data's bars
  tqqq init --yes --venue local             an exchange on this machine: no account, no keys
  tqqq init --yes --source twelve-data --source alpaca -o paper.toml")]
pub(crate) struct InitArguments {
    /// Asks nothing: what is not given is as in the examples
    #[arg(long)]
    pub(crate) yes: bool,
    /// Whose account: play money at the broker, or this machine's own exchange
    #[arg(long, value_name = "VENUE")]
    pub(crate) venue: Option<VenueChoice>,
    /// A source of bars, the one that leads first; as often as there are sources
    #[arg(long = "source", value_name = "SOURCE")]
    pub(crate) sources: Vec<SourceChoice>,
    /// Where to write it
    #[arg(short, long, value_name = "FILE", default_value = "tqqq.toml")]
    pub(crate) output: PathBuf,
}

/// Accounts that `init` writes for. Real money is a decision of its own: see config/live.toml.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum VenueChoice {
    /// Alpaca's paper account
    AlpacaPaper,
    /// An exchange on this machine, started with `tqqq venue`
    Local,
}

/// Sources of bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SourceChoice {
    /// Twelve Data: all exchanges, free plan
    TwelveData,
    /// Financial Modeling Prep
    Fmp,
    /// Alpaca: one exchange unless you pay; confirms, does not lead
    Alpaca,
}
