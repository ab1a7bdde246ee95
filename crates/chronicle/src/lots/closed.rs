//! A part of a lot that was sold.

use market::{Date, Money, Shares, Symbol};
use serde::Serialize;

use super::Lot;

/// Shares of one lot that one order sold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// The lot's number.
    pub lot: u64,
    /// Of what.
    pub symbol: Symbol,
    /// The order that bought them; `None` where none of ours did.
    pub bought_by: Option<String>,
    /// The order that sold them; `None` where none of ours did.
    pub sold_by: Option<String>,
    /// The New York date they were bought, where it is known.
    pub acquired: Option<Date>,
    /// The New York date they were sold, or seen to be gone.
    pub sold: Date,
    /// How many.
    pub shares: Shares,
    /// What they cost, in dollars.
    pub cost: Option<Money>,
    /// What they brought, in dollars.
    pub proceeds: Option<Money>,
    pub(super) step: u64,
}

/// How long a lot was held, as a tax form asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    /// A year or less.
    Short,
    /// More than a year: sold after the day that has the date of the purchase a year later.
    Long,
}

impl Term {
    /// As people read it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Short => "short",
            Self::Long => "long",
        }
    }
}

impl Closed {
    pub(super) fn new(
        lot: &Lot,
        order: Option<&str>,
        sold: Date,
        step: u64,
        (shares, cost, proceeds): (Shares, Option<Money>, Option<Money>),
    ) -> Self {
        Self {
            lot: lot.number,
            symbol: lot.symbol.clone(),
            bought_by: lot.order.clone(),
            sold_by: order.map(str::to_owned),
            acquired: lot.acquired,
            sold,
            shares,
            cost,
            proceeds,
            step,
        }
    }

    /// Proceeds less cost, in dollars; `None` where either is not known.
    #[must_use]
    pub fn gain(&self) -> Option<Money> {
        let (cost, proceeds) = self.cost.zip(self.proceeds)?;
        Some(proceeds - cost)
    }

    /// Days from the purchase to the sale.
    #[must_use]
    pub fn held_days(&self) -> Option<i64> {
        let gone = self.acquired?.until(self.sold).ok()?;
        Some(i64::from(gone.get_days()))
    }

    /// Whether that is more than a year; counted from the day after the purchase.
    #[must_use]
    pub fn term(&self) -> Option<Term> {
        let acquired = self.acquired?;
        let year_on = market::time::years_after(acquired, 1)?;
        Some(if self.sold > year_on {
            Term::Long
        } else {
            Term::Short
        })
    }
}

/// Adds `part`, to the row of the same lot and sale if there is one.
pub(super) fn join(closed: &mut Vec<Closed>, part: Closed) {
    let is_same = |row: &&mut Closed| {
        let is_one_sale = match &part.sold_by {
            Some(_) => row.sold_by == part.sold_by,
            None => row.step == part.step,
        };
        row.lot == part.lot && is_one_sale
    };
    let Some(row) = closed.iter_mut().rev().find(is_same) else {
        closed.push(part);
        return;
    };
    let sum =
        |one: Option<Money>, other: Option<Money>| one.zip(other).map(|(one, other)| one + other);
    row.shares += part.shares;
    row.cost = sum(row.cost, part.cost);
    row.proceeds = sum(row.proceeds, part.proceeds);
    row.sold = part.sold;
}
