//! The rows of a list of trades.

use market::{Decimal, Money, Price, Shares};
use serde::Serialize;

use super::BPS_DECIMALS;
use crate::lots::{Closed, Lot, Term, Wash};
use crate::order_line::{Basis, OrderLine};

/// The columns of lots.
pub(super) const LOT_COLUMNS: &str = "symbol,acquired,sold,held_days,term,shares,cost,proceeds,\
                                      gain,wash_sale,lot,bought_by,sold_by";
/// The columns of fills.
pub(super) const FILL_COLUMNS: &str = "slot,side,symbol,shares,price,expected,expected_from,\
                                       slippage_bps,slippage,running,order";

/// A part of a lot that was sold.
#[derive(Debug, Serialize)]
pub struct ClosedRow {
    /// The lot's number.
    pub lot: u64,
    /// Of what.
    pub symbol: String,
    /// The New York date it was bought; `None` for shares found in the account.
    pub acquired: Option<String>,
    /// The New York date of the sale.
    pub sold: String,
    /// Days between.
    pub held_days: Option<i64>,
    /// Whether that is more than a year.
    pub term: Option<Term>,
    /// How many.
    pub shares: Shares,
    /// Paid, in dollars.
    pub cost: Option<Money>,
    /// Brought, in dollars.
    pub proceeds: Option<Money>,
    /// Proceeds less cost.
    pub gain: Option<Money>,
    /// What the 30-day rule says: `no`, `yes`, `open`.
    pub wash_sale: Option<&'static str>,
    /// While it is open: a purchase up to this date makes it one.
    pub wash_sale_until: Option<String>,
    /// The order that bought it.
    pub bought_by: Option<String>,
    /// The order that sold it.
    pub sold_by: Option<String>,
}

/// A lot still held.
#[derive(Debug, Serialize)]
pub struct OpenRow {
    /// Its number.
    pub lot: u64,
    /// Of what.
    pub symbol: String,
    /// The New York date it was bought; `None` for shares found in the account.
    pub acquired: Option<String>,
    /// How many are left.
    pub shares: Shares,
    /// What those cost, in dollars.
    pub cost: Option<Money>,
    /// The order that bought it.
    pub bought_by: Option<String>,
}

/// A filled order beside the backtest's fill.
#[derive(Debug, Serialize)]
pub struct FillRow {
    /// The slot, with its offset.
    pub slot: String,
    /// Our id.
    pub order: String,
    /// `buy` or `sell`.
    pub side: String,
    /// Of what.
    pub symbol: String,
    /// How many.
    pub shares: Shares,
    /// At this average.
    pub price: Option<Price>,
    /// What the backtest fills it at.
    pub expected: Option<Price>,
    /// What its rule was applied to.
    pub expected_from: Option<Basis>,
    /// How much worse, in basis points; above zero it cost.
    pub slippage_bps: Option<Decimal>,
    /// The same in dollars.
    pub slippage: Option<Money>,
    /// What slippage came to from the journal's first order to this one, in dollars.
    pub running: Money,
}

impl ClosedRow {
    pub(super) fn new(row: &Closed, wash: Option<Wash>) -> Self {
        Self {
            lot: row.lot,
            symbol: row.symbol.to_string(),
            acquired: row.acquired.map(|date| date.to_string()),
            sold: row.sold.to_string(),
            held_days: row.held_days(),
            term: row.term(),
            shares: row.shares,
            cost: row.cost,
            proceeds: row.proceeds,
            gain: row.gain(),
            wash_sale: wash.map(Wash::word),
            wash_sale_until: match wash {
                Some(Wash::Open(until)) => Some(until.to_string()),
                _ => None,
            },
            bought_by: row.bought_by.clone(),
            sold_by: row.sold_by.clone(),
        }
    }

    pub(super) fn csv(&self) -> String {
        [
            self.symbol.clone(),
            cell(self.acquired.as_ref()),
            self.sold.clone(),
            cell(self.held_days),
            cell(self.term.map(Term::word)),
            self.shares.to_string(),
            cell(self.cost),
            cell(self.proceeds),
            cell(self.gain),
            cell(self.wash_sale),
            self.lot.to_string(),
            cell(self.bought_by.as_ref()),
            cell(self.sold_by.as_ref()),
        ]
        .join(",")
    }
}

impl OpenRow {
    pub(super) fn new(lot: &Lot) -> Self {
        Self {
            lot: lot.number,
            symbol: lot.symbol.to_string(),
            acquired: lot.acquired.map(|date| date.to_string()),
            shares: lot.shares,
            cost: lot.cost,
            bought_by: lot.order.clone(),
        }
    }

    pub(super) fn csv(&self) -> String {
        let (acquired, cost) = (cell(self.acquired.as_ref()), cell(self.cost));
        let (symbol, shares, lot) = (&self.symbol, self.shares, self.lot);
        let bought_by = cell(self.bought_by.as_ref());
        format!("{symbol},{acquired},,,,{shares},{cost},,,,{lot},{bought_by},")
    }
}

impl FillRow {
    pub(super) fn new(line: &OrderLine, running: Money) -> Self {
        Self {
            slot: line.slot.to_string(),
            order: line.id.to_string(),
            side: line.side.to_string(),
            symbol: line.symbol.to_string(),
            shares: line.filled,
            price: line.average_price,
            expected: line.expected.map(|expected| expected.price),
            expected_from: line.expected.map(|expected| expected.basis),
            slippage_bps: line.slippage_bps().map(|bps| bps.round_dp(BPS_DECIMALS)),
            slippage: line.slippage(),
            running,
        }
    }

    pub(super) fn csv(&self) -> String {
        [
            self.slot.clone(),
            self.side.clone(),
            self.symbol.clone(),
            self.shares.to_string(),
            cell(self.price),
            cell(self.expected),
            cell(self.expected_from.map(Basis::word)),
            cell(self.slippage_bps),
            cell(self.slippage),
            self.running.to_string(),
            self.order.clone(),
        ]
        .join(",")
    }
}

/// Ids of orders and numbers need no quotes: none holds a comma.
fn cell(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}
