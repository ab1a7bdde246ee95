//! Commands that read a journal.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use market::{Date, Duration, Slot};

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

With --from-bodies what was seen is read once more, too: from the vendors' raw answers that are kept \
beside the chain, with the readers of today. What has been pruned is counted and cannot be compared.

Examples:
  tqqq replay
  tqqq replay --from-bodies
  tqqq replay 2025-06-20T10:30 2025-06-20T11:00")]
pub(crate) struct ReplayArguments {
    /// Slots to recompute; all of them when none is named
    #[arg(value_name = "SLOT", value_parser = slot)]
    pub(crate) slots: Vec<Slot>,
    /// Read what was seen once more from the raw answers, and compare that too
    #[arg(long)]
    pub(crate) from_bodies: bool,
    /// One JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

impl ReplayArguments {
    /// Whether records of this slot are asked for.
    pub(crate) fn is_asked_for(&self, slot: Option<Slot>) -> bool {
        self.slots.is_empty() || slot.is_some_and(|slot| self.slots.contains(&slot))
    }
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
    /// Copies the journal, also while a runner is at work on it
    Backup(BackupArguments),
    /// Removes old raw answers; records, decisions and configurations stay
    Prune(PruneArguments),
    /// Teaches a journal restored from an older copy what the broker holds
    Repair(RepairArguments),
}

/// `tqqq journal backup`.
#[derive(Debug, Args)]
#[command(after_help = "\
The copy is of one moment, whatever a runner writes meanwhile, and every record and raw answer in it \
is checked before it is put in its place. It is never written over a file that is there. A copy of \
the file by other means may be torn: the newest records can stand in a file beside it.

A journal restored from a copy is behind the broker; `tqqq journal repair` catches up.

Exit codes: 0 copied and sound; 2 refused; 4 the copy is not sound or the disk failed.

Examples:
  tqqq journal backup safe.journal
  tqqq --config config/paper.toml journal backup \"/backup/paper-$(date +%F).journal\"")]
pub(crate) struct BackupArguments {
    /// The copy to be made
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// One JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// `tqqq journal prune`.
#[derive(Debug, Args)]
#[command(after_help = "\
Beside the chain lie the vendors' raw answers, most of what the file weighs. Those that only old \
records cite are removed, after it was said what will go and you have agreed. Records are never \
removed, nor configurations: `verify` and `replay` say what they said before. Only `replay \
--from-bodies` has less to read.

Ages count back from the newest record. No runner may be at work: the file is written anew.

Exit codes: 0 done, or nothing to do; 1 not agreed; 2 refused.

Examples:
  tqqq journal prune --older-than 365d
  tqqq journal prune --older-than 90d --yes --json")]
pub(crate) struct PruneArguments {
    /// What is kept: 90d, 365d; at least 1d
    #[arg(long, value_name = "D", value_parser = age)]
    pub(crate) older_than: Duration,
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
    /// One JSON object instead of text; asks nobody, so it needs --yes
    #[arg(long, requires = "yes")]
    pub(crate) json: bool,
}

/// `tqqq journal repair`.
#[derive(Debug, Args)]
#[command(after_help = "\
When the broker holds orders of this program that the journal does not know, every order is stopped \
(Halted: JournalBehind): the journal is an older copy, or a new file on an old account. This asks the \
broker for all of them, lists them, asks, and writes one record. Nothing is sent. From then on no \
order's name is used twice, today's orders count for today's limits, and an open one is taken back by \
the next slot.

What cannot be had back: what was decided since and why, and every switch thrown since. A live \
account is disarmed; say a halt again if one stood.

Exit codes: 0 repaired, or nothing to repair; 1 not agreed; 2 refused; 4 the broker did not answer.

Examples:
  cp safe.journal paper.journal
  tqqq --config config/paper.toml journal repair")]
pub(crate) struct RepairArguments {
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
    /// An exchange started by `tqqq venue`
    #[arg(long, value_name = "URL")]
    pub(crate) venue_url: Option<String>,
    /// One JSON object instead of text; asks nobody, so it needs --yes
    #[arg(long, requires = "yes")]
    pub(crate) json: bool,
}

/// Most days of an age.
const AGE_DAYS_MAX: i64 = 36_500;

/// `90d`.
fn age(text: &str) -> Result<Duration, String> {
    let days = text.strip_suffix('d').and_then(|days| days.parse().ok());
    days.filter(|days| (1..=AGE_DAYS_MAX).contains(days))
        .map(|days| Duration::from_hours(24 * days))
        .ok_or_else(|| format!("`{text}` is no age: write 90d, at least 1d"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_whole_days() {
        assert_eq!(age("1d"), Ok(Duration::from_hours(24)));
        assert_eq!(age("365d"), Ok(Duration::from_hours(24 * 365)));
        for text in ["", "d", "0d", "-1d", "1.5d", "90", "90h", "36501d", "1 d"] {
            assert!(age(text).is_err(), "{text}");
        }
    }
}
