//! The 30-day rule: a loss on shares that were bought again.
//!
//! United States, Internal Revenue Code section 1091, as IRS Publication 550 puts it: a loss does
//! not count where substantially identical shares are bought within 30 days before or after the
//! sale. Only a flag: how much of a loss is put off, and what is substantially identical in other
//! accounts, this journal cannot know.

use market::Date;
use market::time::days_after;
use serde::Serialize;

use super::{Closed, Lot};

/// Days on either side of a sale.
const WINDOW_DAYS: i32 = 30;

/// What the rule says of one sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "is", content = "until")]
pub enum Wash {
    /// No loss, or nothing was bought within the days.
    No,
    /// A loss, and the symbol was bought within the days.
    Yes,
    /// A loss, and the days are not over: a purchase up to this date makes it one.
    Open(Date),
}

impl Wash {
    /// As tables have it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Yes => "yes",
            Self::Open(_) => "open",
        }
    }
}

/// `None` where no gain is known, or no calendar has the days.
///
/// Bought before the sale counts only what was still held after it: who sells all has nothing left
/// in place of it. The rest of the very lot that was sold in part replaces nothing.
pub(super) fn of(sale: &Closed, all: &[Lot], through: Date) -> Option<Wash> {
    if sale.gain()? >= market::Money::ZERO {
        return Some(Wash::No);
    }
    let first = days_after(sale.sold, -WINDOW_DAYS)?;
    let last = days_after(sale.sold, WINDOW_DAYS)?;
    let replaces = |lot: &Lot| {
        let date = lot.acquired.unwrap_or(lot.known_since);
        let is_held_after = lot.gone.is_none_or(|gone| gone > sale.step);
        lot.symbol == sale.symbol
            && lot.number != sale.lot
            && (first..=last).contains(&date)
            && is_held_after
    };
    Some(if all.iter().any(replaces) {
        Wash::Yes
    } else if through <= last {
        Wash::Open(last)
    } else {
        Wash::No
    })
}
