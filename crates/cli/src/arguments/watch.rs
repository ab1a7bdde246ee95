//! `tqqq watch`.

use clap::Args;

/// `tqqq watch`.
#[derive(Debug, Args)]
#[command(after_help = "\
The dashboard's first page without a browser: what asks for you, account and day, the signal's three \
numbers and how far each comparison is from flipping, the next slot, switches, sources, newest slots. \
It reads the journal while it grows and asks no vendor anything. q, Escape or Ctrl-C leaves.

Examples:
  tqqq watch
  tqqq watch --journal paper.journal
  ssh -t desk tqqq --config live.toml watch")]
pub(crate) struct WatchArguments {}
