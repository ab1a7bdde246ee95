//! `tqqq run` and `tqqq cycle`.

use std::path::PathBuf;

use clap::Args;
use market::{Date, Slot};

use super::{CleaningArguments, date, slot};

/// `tqqq run`.
#[derive(Debug, Args)]
#[command(after_help = "\
Without a configuration, and with `venue = \"local\"`, the run starts a local exchange in this \
process and trades against it over real HTTP on a replay clock: months in seconds. It begins a new \
account and a new numbered journal, and says which. With --bars FILE the warm-up (200 hours) is \
the file's own beginning; synthetic bars bring 33 sessions of history first.

With `venue_url` or --venue-url it trades against an exchange started by `tqqq venue`, continuing \
the newest journal of that account, to the end of its bars or to --to; stop it at any moment and \
start it again. An exchange with `--clock real` is waited for slot by slot, as a broker is.

With `venue = \"alpaca-paper\"` or `\"alpaca-live\"` it is a daemon: it waits for each slot, trades \
it, tries a failed one again while it is younger than ten minutes, and writes a log line a slot \
with outcome, equity and the journal's head. One daemon a journal: a second ends with exit 2 and names the first. SIGTERM or Ctrl-C lets \
the slot under way end, and the exit code tells of the slots it closed; a second one exits at once. Started again it goes on where the \
journal stops; slots that passed meanwhile are recorded as missed.

Real money buys nothing before the journal is armed: see `tqqq arm --help`.

Every runner first checks the whole chain of its journal: on a damaged one no order is sent.

Exit codes: 0 done, refused slots among them; 3 every slot was refused; 4 a slot failed or was \
missed, or the program has frozen itself.

Examples:
  tqqq run
  tqqq run --seed 7 --json
  tqqq run --bars tqqq_30m.csv --from 2025-09-02 --to 2025-12-31
  tqqq run --venue-url http://127.0.0.1:8700
  tqqq --config paper.toml --log-format json run")]
pub(crate) struct RunArguments {
    /// Bars to replay: CSV or .csv.gz of 1-, 5-, 15- or 30-minute bars with offsets
    #[arg(long, value_name = "FILE", conflicts_with_all = ["seed", "venue_url"])]
    pub(crate) bars: Option<PathBuf>,
    /// Seed of the synthetic bars and of the exchange's draws [default: 1]
    #[arg(long, value_name = "N", conflicts_with = "venue_url")]
    pub(crate) seed: Option<u64>,
    /// First New York date traded
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub(crate) from: Option<Date>,
    /// Last New York date traded, included
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub(crate) to: Option<Date>,
    /// An exchange started by `tqqq venue`
    #[arg(long, value_name = "URL")]
    pub(crate) venue_url: Option<String>,
    #[command(flatten)]
    pub(crate) cleaning: CleaningArguments,
    /// One JSON object instead of the summary
    #[arg(long)]
    pub(crate) json: bool,
}

/// `tqqq cycle`.
#[derive(Debug, Args)]
#[command(after_help = "\
Carries the slot through as the daemon does: a try that fails is followed by another, after \
30 seconds at first and two minutes at last, while the slot is younger than ten minutes. Start it every half hour of the session, \
within those ten minutes; a slot that has its outcome is left alone.

Exit codes: 0 traded or held, or the moment is no slot; 3 refused; 4 failed; 5 missed.

With --dry-run the same engine reads everything and decides, and stops there: nothing is sent, \
written or told. It shows the signal, the plan with sizes and ids, every rule that would refuse, \
and each limit beside the value seen. It takes no lock and may be called while a runner is at \
work. The exit code is the one a real call would end with if nothing changed; 0 also when orders \
would be sent. A slot older than ten minutes would be missed, and one that is over stays over: \
`tqqq signal` shows the signal at any moment. Waiting for final bars moves the clock of a local \
exchange on by the 45 seconds it takes; without one, an exchange of this process is looked at.

Examples:
  tqqq cycle --venue-url http://127.0.0.1:8700
  tqqq cycle --slot 2025-06-20T10:30 --json
  tqqq cycle --dry-run
  tqqq --config config/paper.toml cycle --dry-run --json")]
pub(crate) struct CycleArguments {
    /// The slot, New York time unless it has an offset; else the newest one
    #[arg(long, value_name = "TIME", value_parser = slot)]
    pub(crate) slot: Option<Slot>,
    /// Only shows what the slot would do: sends nothing, writes nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// An exchange started by `tqqq venue`
    #[arg(long, value_name = "URL")]
    pub(crate) venue_url: Option<String>,
    /// One JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
}
