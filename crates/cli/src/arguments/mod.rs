//! What may be typed. What the program does with it is made elsewhere, from checked values.

mod alerts;
mod bar_file;
mod bars_studied;
mod dashboard;
mod data;
mod doctor;
mod init;
mod journal;
// The page tells of the default build; what other builds add is told on it by hand.
#[cfg(test)]
#[cfg(not(any(feature = "parquet", feature = "sabotage")))]
mod page;
mod research;
mod run;
mod signal;
mod simulate;
mod slot;
mod switch;
mod trades;
mod venue;
mod watch;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use market::Date;

pub(crate) use alerts::{AlertsArguments, AlertsCommand};
pub(crate) use bar_file::{CleaningArguments, ReadingArguments};
pub(crate) use bars_studied::{BarsArguments, LeverageArguments};
pub(crate) use dashboard::DashboardArguments;
pub(crate) use data::{
    DataArguments, DataBuildArguments, DataCheckArguments, DataCommand, DataFetchArguments,
    FeedChoice,
};
pub(crate) use doctor::DoctorArguments;
pub(crate) use init::{InitArguments, SourceChoice, VenueChoice};
pub(crate) use journal::{
    BackupArguments, HistoryArguments, JournalArguments, JournalCommand, PruneArguments,
    RepairArguments, ReplayArguments, WhyArguments,
};
pub(crate) use research::{
    BacktestArguments, ExitChoice, FeeChoice, FillChoice, HoursChoice, ShareChoice, StudyArguments,
    SweepArguments,
};
pub(crate) use run::{CycleArguments, RunArguments};
pub(crate) use signal::SignalArguments;
pub(crate) use simulate::{Faults, SimulateArguments, Told};
pub(crate) use slot::{date, slot};
pub(crate) use switch::{
    AdoptArguments, ArmArguments, DisarmArguments, HaltArguments, ResumeArguments, SplitArguments,
    SplitCommand,
};
pub(crate) use trades::{TradesArguments, TradesCsv};
pub(crate) use venue::{ClockChoice, VenueArguments};
pub(crate) use watch::WatchArguments;

const ABOUT: &str =
    "Trades a leveraged fund on an EMA crossover, unattended, and can prove what it did and why";

const LONG_ABOUT: &str = "\
Trades a leveraged fund on an EMA crossover, unattended, and can prove what it did and why.

Every half hour of a New York session is a slot. In each, tqqq builds hours from 30-minute bars, \
compares the price with a fast and a slow average, and holds the fund with all there is while \
price > fast > slow, sells it when price < fast < slow, and touches nothing otherwise. Every step \
is written to a journal before it is taken.

Without a configuration it trades nobody's money: `tqqq run` starts a local exchange of its own on \
synthetic bars. A 3x fund can lose most of its value in weeks; read the README before you give it \
an account, and give it one that nobody else uses.";

const AFTER_HELP: &str = "\
Examples:
  tqqq run                            a quarter of trading on synthetic bars, in seconds
  tqqq run --bars tqqq_30m.csv        the same on real bars
  tqqq history                        what became of every slot
  tqqq why 2025-06-20T10:30           the whole story of one
  tqqq replay                         recompute every decision from the record

Places:
  configuration  --config, else ./tqqq.toml, else none
  journal        --journal, else the configuration's, else the newest ./tqqq-runs/NNNN.journal

Exit codes:
  0 done   1 a check said no   2 usage, configuration or input refused
  3 refused   4 failed   5 missed";

/// Everything that may be typed.
#[derive(Debug, Parser)]
#[command(name = "tqqq", version, about = ABOUT, long_about = LONG_ABOUT, after_help = AFTER_HELP)]
#[command(max_term_width = 100, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Configuration file; else ./tqqq.toml, else every default
    #[arg(long, global = true, value_name = "FILE", help_heading = "Everywhere")]
    pub(crate) config: Option<PathBuf>,
    /// Journal file; else the configuration's, else the newest ./tqqq-runs/NNNN.journal
    #[arg(long, global = true, value_name = "FILE", help_heading = "Everywhere")]
    pub(crate) journal: Option<PathBuf>,
    /// Colours and progress: auto asks the terminal and NO_COLOR
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        help_heading = "Everywhere"
    )]
    pub(crate) color: ColorChoice,
    /// Log lines on stderr: text, or one JSON object a line; else TQQQ_LOG_FORMAT, else text
    #[arg(long, global = true, value_name = "FORM", help_heading = "Everywhere")]
    pub(crate) log_format: Option<LogFormat>,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people
    Text,
    /// One object a line, for programs
    Json,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The main job: trades slot after slot on the configured venue
    Run(RunArguments),
    /// Trades one slot on the configured venue and exits with its outcome
    Cycle(CycleArguments),
    /// The signal now, in numbers and margins; trades nothing
    Signal(SignalArguments),
    /// Runs the local exchange as a process of its own, to trade against from another terminal
    Venue(VenueArguments),
    /// Writes a configuration, by questions or with --yes
    Init(InitArguments),
    /// Preflight: keys, account, clock, calendar, sources, journal, disk; --fix mends what it may
    Doctor(DoctorArguments),
    /// Live pages over a journal: position, curve, every decision; halt and resume
    Dashboard(DashboardArguments),
    /// The dashboard's first page in this terminal; q leaves
    Watch(WatchArguments),
    /// Where we stand: account, holdings, target, open orders, newest slots
    Status(StatusArguments),
    /// Stops entries, sells everything, or stops every order; until `resume`
    Halt(HaltArguments),
    /// Lifts a halt
    Resume(ResumeArguments),
    /// Accepts the holdings found in the account: a bullish signal may sell them
    Adopt(AdoptArguments),
    /// Lets a live account buy for a while
    Arm(ArmArguments),
    /// Stops a live account from buying
    Disarm(DisarmArguments),
    /// Your word on a jump that looks like a split
    Split(SplitArguments),
    /// What became of every slot: table, CSV or JSON lines
    History(HistoryArguments),
    /// Lots with gains and the 30-day flag, fills beside the backtest's, money that moved
    Trades(TradesArguments),
    /// The whole story of one slot: seen, decided, why, sent, answered
    Why(WhyArguments),
    /// Recomputes decisions and plans from the record: identical, or the first difference
    Replay(ReplayArguments),
    /// Care of the chain
    Journal(JournalArguments),
    /// Bars in files: downloaded, checked row by row, built into hours
    Data(DataArguments),
    /// Trades a file of bars exactly as live trading would, and says what it was worth
    Backtest(BacktestArguments),
    /// Scores every pair of averages over a file of bars, at memory speed
    Sweep(SweepArguments),
    /// Asks whether a pair is evidence or luck; ends in a verdict with numbers
    Study(StudyArguments),
    /// Carries many seeds' slots through every trouble, and checks what must never be
    Simulate(SimulateArguments),
    /// Word to the owner: whether it would arrive
    Alerts(AlertsArguments),
    /// Sessions and slots of the New York Stock Exchange
    Calendar(CalendarArguments),
    /// Completions for your shell
    Completions(CompletionsArguments),
    /// The manual's pages for `man`
    Man(ManArguments),
}

/// `tqqq status`.
#[derive(Debug, Args)]
pub(crate) struct StatusArguments {
    /// One JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// `tqqq calendar`.
#[derive(Debug, Args)]
#[command(after_help = "\
Without dates: the next five sessions.

Examples:
  tqqq calendar
  tqqq calendar --from 2025-11-24 --to 2025-11-28
  tqqq calendar --from 2026-01-01 --to 2026-12-31 --json")]
pub(crate) struct CalendarArguments {
    /// First New York date
    #[arg(long, value_name = "DATE", value_parser = date, requires = "to")]
    pub(crate) from: Option<Date>,
    /// Last New York date, included
    #[arg(long, value_name = "DATE", value_parser = date, requires = "from")]
    pub(crate) to: Option<Date>,
    /// One JSON object instead of a table
    #[arg(long)]
    pub(crate) json: bool,
}

/// `tqqq completions`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tqqq completions bash > ~/.local/share/bash-completion/completions/tqqq
  tqqq completions fish > ~/.config/fish/completions/tqqq.fish")]
pub(crate) struct CompletionsArguments {
    /// Which shell
    pub(crate) shell: clap_complete::Shell,
}

/// `tqqq man`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tqqq man | man -l -                       read it now
  tqqq man -o ~/.local/share/man/man1       a page for every command: man tqqq-run")]
pub(crate) struct ManArguments {
    /// Writes a page for every command into this folder, instead of the program's own to stdout
    #[arg(short, long, value_name = "FOLDER")]
    pub(crate) output: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_commands_are_well_formed() {
        Arguments::command().debug_assert();
    }
}
