//! `tqqq signal`.

use std::path::PathBuf;

use clap::Args;
use market::Slot;

use super::{CleaningArguments, slot};

/// `tqqq signal`.
#[derive(Debug, Args)]
#[command(after_help = "\
Asks every configured source once, exactly as a slot does, and shows what they say: the price, the \
fast and the slow average, how far each comparison is from flipping, which source leads, whether \
the others agree, and what that makes a target. It trades nothing, writes nothing and takes no \
lock; call it as often as the vendors' credits last (one call for bars and one for the price each).

In a session the hours that are final count: those closed 45 seconds ago (data.settle_s). Outside \
of one it says so and shows the newest session as it closed, with its last close as the price.

  bullish  price > fast > slow   all_in: everything into the fund
  bearish  price < fast < slow   out: sell it
  neutral  anything else         keep: touch nothing

A bullish signal is an entry only when every usable source agrees and enough are usable.

Without a configuration it looks at a local exchange of this process, on synthetic bars or on \
those of --bars FILE, at the last slot that the bars reach. --at looks at another moment: at a \
slot it sees what the slot saw; in between the price may be too old, since a file knows a handful \
of trades in each bar.

Exit codes: 0 there is a signal; 3 a rule refuses one (too little history, a stale price, a \
suspected split, no usable source); 4 no source could be read.

Examples:
  tqqq signal
  tqqq signal --bars tqqq_30m.csv --at 2025-04-09T13:30
  tqqq --config config/paper.toml signal --json
  watch -n 300 tqqq --config config/paper.toml signal")]
pub(crate) struct SignalArguments {
    /// Bars of an exchange of this process: CSV or .csv.gz of 1-, 5-, 15- or 30-minute bars
    #[arg(long, value_name = "FILE", conflicts_with_all = ["seed", "venue_url"])]
    pub(crate) bars: Option<PathBuf>,
    /// Seed of its synthetic bars [default: 1]
    #[arg(long, value_name = "N", conflicts_with = "venue_url")]
    pub(crate) seed: Option<u64>,
    /// The moment at which it is looked at, New York time unless it has an offset
    #[arg(long, value_name = "TIME", value_parser = slot, conflicts_with = "venue_url")]
    pub(crate) at: Option<Slot>,
    /// An exchange started by `tqqq venue`, at the moment its clock stands at
    #[arg(long, value_name = "URL")]
    pub(crate) venue_url: Option<String>,
    #[command(flatten)]
    pub(crate) cleaning: CleaningArguments,
    /// One JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
}
