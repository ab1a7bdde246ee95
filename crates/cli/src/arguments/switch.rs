//! The switches: words of the owner that a run obeys from its next step on.

use clap::{Args, Subcommand};
use market::split::Ratio;
use market::time::minutes;
use market::{Date, Duration, Symbol};

use super::date;

/// Longest that a live account may be armed at once: longer is forgotten.
pub(crate) const ARM_MAX: Duration = minutes(30 * MINUTES_A_DAY);
const MINUTES_A_DAY: i64 = 24 * 60;

/// `tqqq halt`.
#[derive(Debug, Args)]
#[command(after_help = "\
A halt is a record in the journal: it needs no lock and works while a runner is at work, which \
obeys it before its next order. It stands until `tqqq resume`. A stricter halt replaces a milder \
one, never the other way round.

  (alone)    reduce-only: nothing is bought; what is held is still sold on a bearish signal
  --flatten  sells everything at the next slot, then stays reduce-only
  --freeze   no order at all, not even a sale: what is held stays held whatever it does

Examples:
  tqqq halt \"away until Monday\"
  tqqq halt --flatten \"out before the election\"
  tqqq halt --freeze \"something is wrong, look first\"")]
pub(crate) struct HaltArguments {
    /// Why, for the record
    #[arg(value_name = "REASON", value_parser = note)]
    pub(crate) reason: String,
    /// No order at all, sales included
    #[arg(long)]
    pub(crate) freeze: bool,
    /// Sell everything first
    #[arg(long, conflicts_with = "freeze")]
    pub(crate) flatten: bool,
    /// One JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// `tqqq resume`.
#[derive(Debug, Args)]
#[command(after_help = "\
Lifts whatever halt stands, the program's own too. What made the program halt itself is looked for \
again at the next slot: JournalBehind comes back until `tqqq journal repair` has the journal learn \
the broker's orders.

Examples:
  tqqq resume
  tqqq resume \"looked at it: the order was mine\"")]
pub(crate) struct ResumeArguments {
    /// Why, for the record
    #[arg(value_name = "NOTE", default_value = "no note", value_parser = note)]
    pub(crate) note: String,
    /// One JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// `tqqq adopt`.
#[derive(Debug, Args)]
#[command(after_help = "\
On first contact with an account that holds something, nothing is bought (Refused: \
ForeignHoldings) until the owner has said that the account is for this program alone. `adopt` \
lists what was found, says what the next bullish signal will sell, and asks.

Examples:
  tqqq adopt
  tqqq adopt --yes --json")]
pub(crate) struct AdoptArguments {
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
    /// One JSON object instead of text; asks nobody, so it needs --yes
    #[arg(long, requires = "yes")]
    pub(crate) json: bool,
}

/// `tqqq arm`.
#[derive(Debug, Args)]
#[command(after_help = "\
With real money two keys are needed: `venue = \"alpaca-live\"` in the configuration, and a journal \
that is armed. When the time is over entries stop; exits never do. Arming again replaces the time.

Examples:
  tqqq arm --for 8h
  tqqq arm --for 5d")]
pub(crate) struct ArmArguments {
    /// How long: 30m, 8h, 5d; at most 30d
    #[arg(long = "for", value_name = "D", value_parser = span)]
    pub(crate) span: Duration,
    /// One JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// `tqqq disarm`.
#[derive(Debug, Args)]
#[command(after_help = "\
Entries on a live account stop at once; what is held is still sold on a bearish signal. To stop \
sales too, `tqqq halt --freeze`.

Examples:
  tqqq disarm")]
pub(crate) struct DisarmArguments {
    /// One JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// `tqqq split`.
#[derive(Debug, Args)]
#[command(after_help = "\
A jump near a usual ratio that nobody announced and the index does not explain stops every order \
(Refused: SuspectedSplit). The refusal names symbol, date and ratio; copy them here.

  accept  it is a split: older bars are put on the new share basis
  deny    it is a real move of the market: nothing is adjusted

The newest word on a symbol and date replaces an older one.

Examples:
  tqqq split accept TQQQ 2025-11-20 2
  tqqq split deny TQQQ 2025-04-09 1/2")]
pub(crate) struct SplitArguments {
    #[command(subcommand)]
    pub(crate) command: SplitCommand,
}

/// The owner's word.
#[derive(Debug, Subcommand)]
pub(crate) enum SplitCommand {
    /// It is a split
    Accept(RulingArguments),
    /// It is a move of the market
    Deny(RulingArguments),
}

/// Which jump.
#[derive(Debug, Args)]
pub(crate) struct RulingArguments {
    /// The symbol that jumped
    #[arg(value_name = "SYMBOL", value_parser = symbol)]
    pub(crate) symbol: Symbol,
    /// The first New York date on the new share basis
    #[arg(value_name = "DATE", value_parser = date)]
    pub(crate) date: Date,
    /// New shares for one old: 2, 3/2, or 1/10 for a reverse split
    #[arg(value_name = "RATIO", value_parser = ratio)]
    pub(crate) ratio: Ratio,
    /// One JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// Longest note, in characters: it goes into every later refusal.
const NOTE_MAX: usize = 200;

/// A remark of one line.
fn note(text: &str) -> Result<String, String> {
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 {
        return Err("a reason of at least one word is wanted".to_owned());
    }
    if length > NOTE_MAX || text.chars().any(char::is_control) {
        return Err(format!("write one line of at most {NOTE_MAX} characters"));
    }
    Ok(text.to_owned())
}

/// `30m`, `8h`, `5d`.
fn span(text: &str) -> Result<Duration, String> {
    let refused = || format!("`{text}` is not a time: write 30m, 8h or 5d, at most 30d");
    let unit = text.chars().last().ok_or_else(refused)?;
    let in_minutes = match unit {
        'm' => 1,
        'h' => 60,
        'd' => MINUTES_A_DAY,
        _ => return Err(refused()),
    };
    let count: u16 = text[..text.len() - 1].parse().map_err(|_| refused())?;
    let span = minutes(i64::from(count) * in_minutes);
    if count == 0 || span > ARM_MAX {
        return Err(refused());
    }
    Ok(span)
}

/// A symbol.
pub(super) fn symbol(text: &str) -> Result<Symbol, String> {
    Symbol::new(text).map_err(|error| error.to_string())
}

fn ratio(text: &str) -> Result<Ratio, String> {
    text.parse()
        .map_err(|error: market::split::RatioError| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_their_unit_and_bounded() {
        assert_eq!(span("30m").unwrap(), minutes(30));
        assert_eq!(span("8h").unwrap(), minutes(480));
        assert_eq!(span("30d").unwrap(), ARM_MAX);
        for text in ["", "8", "0h", "31d", "h", "-5m", "5 d", "1.5h", "8н"] {
            assert!(span(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_reason_is_one_short_line() {
        assert_eq!(note(" away ").unwrap(), "away");
        for text in ["", "  ", "two\nlines", &"x".repeat(NOTE_MAX + 1)] {
            assert!(note(text).is_err(), "{text}");
        }
    }
}
