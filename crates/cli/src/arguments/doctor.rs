//! `tqqq doctor`.

use clap::Args;

/// `tqqq doctor`.
#[derive(Debug, Args)]
#[command(after_help = "\
One line for everything a slot will need: ok, warn or bad, what was found and what to do about it. \
Looking changes nothing, at the broker or here, and needs no lock: run it before the first slot, \
after every change, and beside a runner at work.

  config     age and permissions of the file
  keys       given, whole and readable by you alone; never shown
  venue      the keys open the kind of account that the configuration means
  account    takes orders; leverage and shorting are off; the symbol trades, in fractions; what is \
held and open; requests left
  market     clock and calendar of the broker agree with ours
  sources    each takes its key, its plan serves 30-minute bars, there are enough of them, prices \
are fresh, credits are left
  journal    sound, of this account, writable; halts and unfinished sales
  disk       room for a year
  slots      the next three

With --fix it lists what can be mended here, asks, mends and looks again: max_margin_multiplier = 1, \
no_shorting = true and fractional_trading = true in the account's settings at the broker (noted in \
the journal first), permissions of files, the journal's folder. It never trades and never touches \
holdings, orders or halts.

One look takes about 20 requests of the broker's 200 a minute, and 3 of Twelve Data's credits.

Exit codes: 0 nothing is bad; 1 something is; 2 the configuration cannot be read.

Examples:
  tqqq doctor
  tqqq --config config/paper.toml doctor
  tqqq --config config/paper.toml doctor --fix
  tqqq doctor --json | jq '.checks[] | select(.level != \"ok\")'")]
pub(crate) struct DoctorArguments {
    /// Mends what can be mended here, after listing it and asking
    #[arg(long)]
    pub(crate) fix: bool,
    /// Do not ask
    #[arg(long, requires = "fix")]
    pub(crate) yes: bool,
    /// An exchange started by `tqqq venue`
    #[arg(long, value_name = "URL")]
    pub(crate) venue_url: Option<String>,
    /// One JSON object instead of lines; with --fix it asks nobody, so it needs --yes
    #[arg(long)]
    pub(crate) json: bool,
}
