//! Commands that read a journal.

use clap::{Args, Subcommand};
use market::{Date, Slot};

use super::{date, slot};

/// `tqqq history`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tqqq history
  tqqq history --from 2025-09-02 --to 2025-09-05
  tqqq history --csv > slots.csv
  tqqq history --json | jq 'select(.outcome == \"traded\")'")]
pub(crate) struct HistoryArguments {
    /// First New York date
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub(crate) from: Option<Date>,
    /// Last New York date, included
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub(crate) to: Option<Date>,
    /// CSV instead of a table
    #[arg(long, conflicts_with = "json")]
    pub(crate) csv: bool,
    /// JSON lines instead of a table
    #[arg(long)]
    pub(crate) json: bool,
}

/// `tqqq why`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tqqq why 2025-06-20T10:30
  tqqq why 2025-06-20T14:30Z --json")]
pub(crate) struct WhyArguments {
    /// The slot, New York time unless it has an offset
    #[arg(value_name = "SLOT", value_parser = slot)]
    pub(crate) slot: Slot,
    /// One JSON object with the slot's records instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// `tqqq replay`.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 identical; 1 something differs, and the first difference is shown.

Examples:
  tqqq replay
  tqqq replay 2025-06-20T10:30 2025-06-20T11:00")]
pub(crate) struct ReplayArguments {
    /// Slots to recompute; all of them when none is named
    #[arg(value_name = "SLOT", value_parser = slot)]
    pub(crate) slots: Vec<Slot>,
    /// One JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// `tqqq journal`.
#[derive(Debug, Args)]
pub(crate) struct JournalArguments {
    #[command(subcommand)]
    pub(crate) command: JournalCommand,
}

/// Care of the chain.
#[derive(Debug, Subcommand)]
pub(crate) enum JournalCommand {
    /// Checks every number, link, hash, body and folded state of the chain
    #[command(
        after_help = "Exit codes: 0 sound; 1 something is wrong, and the first defect is shown."
    )]
    Verify {
        /// One JSON object instead of text
        #[arg(long)]
        json: bool,
    },
}
