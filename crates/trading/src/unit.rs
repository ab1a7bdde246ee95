//! The value of one unit of the account: results without the owner's transfers.
//!
//! Like a fund's net asset value: it moves with results only. Every movement of cash that no order
//! made (deposit, withdrawal, dividend, fee) changes the number of units, not their value, so a
//! withdrawal is no loss and a deposit hides none.
//!
//! A movement and its listing need not come together: a deposit may stand in the balance days
//! before it is listed, or be listed before it is there. Taken by the listing, such a deposit would
//! be a gain and then a loss, and the high-water mark would never be reached again. So the balance
//! itself is asked: between two looks, cash changes by our fills, which are known, and by movements.
//! That holds while the holdings are what our fills made of them. Where somebody else traded, or a
//! broker shows fills late, balance and holdings say nothing apart, and the listing is taken at its
//! word: a movement listed at another time than such a look counts as a result until then. Loss
//! limits only stop entries, so the error is on the side that buys nothing.

use std::collections::BTreeMap;

use market::{Bps, Date, Decimal, Duration, Instant, Money, Shares, Symbol};
use serde::{Deserialize, Serialize};

use crate::flow::CashFlow;
use crate::order::{Order, Side};
use crate::portfolio::{Direction, Portfolio};

/// Digits kept behind the point of a unit's value.
const VALUE_DECIMALS: u32 = 12;
/// How far back movements are asked for; ids are remembered twice as long, so that one booked
/// late is seen once.
pub const FLOWS_WINDOW: Duration = Duration::from_hours(24 * 10);
const REMEMBERED: Duration = Duration::from_hours(24 * 20);
/// What balance and listing may differ by, of equity, before the balance is followed: equity and
/// holdings are priced at two moments of one look, and fees are taken without a listing.
const BALANCE_TOLERANCE: Bps = Bps::whole(100);

/// The value of one unit, its high-water mark, and what it was before today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitValue {
    /// Dollars a unit; 1 at the journal's first look.
    value: Decimal,
    /// Equity at the last look.
    equity: Money,
    /// Highest value seen.
    high: Decimal,
    /// New York date of the last look.
    date: Date,
    /// Value at the last look of an earlier date; of today's first where there is none.
    before_today: Decimal,
    /// Movements listed, by id, with their moments.
    counted: BTreeMap<String, Instant>,
    /// What the last look showed, and our fills since; `None` where it did not tell.
    #[serde(default)]
    books: Option<Books>,
    /// Movements that were counted by the balance and are not listed yet; below zero those that
    /// are listed and not yet in the balance.
    #[serde(default)]
    ahead: Money,
}

/// Cash and holdings as they should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Books {
    /// Equity less the value of all holdings.
    cash: Money,
    /// Shares by symbol, below zero when owed.
    holdings: BTreeMap<Symbol, Decimal>,
}

impl Books {
    /// `None` when the broker does not value a holding.
    fn of(portfolio: &Portfolio) -> Option<Self> {
        let mut cash = portfolio.account.equity;
        let mut holdings = BTreeMap::new();
        for position in &portfolio.positions {
            cash -= position.market_value?;
            let count = position.quantity.decimal();
            let signed = match position.direction {
                Direction::Long => count,
                Direction::Short => -count,
            };
            holdings.insert(position.symbol.clone(), signed);
        }
        Some(Self { cash, holdings })
    }

    fn trade(&mut self, order: &Order, shares: Shares, value: Money) {
        let (shares, value) = match order.side {
            Side::Buy => (shares.decimal(), -value),
            Side::Sell => (-shares.decimal(), value),
        };
        self.cash += value;
        let held = self.holdings.entry(order.symbol.clone()).or_default();
        *held += shares;
        if held.is_zero() {
            self.holdings.remove(&order.symbol);
        }
    }
}

impl UnitValue {
    /// The first look: one dollar a unit, and all movements so far already in the equity.
    #[must_use]
    pub fn first(portfolio: &Portfolio, flows: &[CashFlow], date: Date) -> Self {
        let counted = flows
            .iter()
            .map(|flow| (flow.id.clone(), flow.at))
            .collect();
        Self {
            value: Decimal::ONE,
            equity: portfolio.account.equity,
            high: Decimal::ONE,
            date,
            before_today: Decimal::ONE,
            counted,
            books: Books::of(portfolio),
            ahead: Money::ZERO,
        }
    }

    /// So many shares more of an order were filled, for so much; `None` where the broker did not
    /// tell.
    pub fn trade(&mut self, order: &Order, shares: Shares, value: Option<Money>) {
        match (&mut self.books, value) {
            (Some(books), Some(value)) => books.trade(order, shares, value),
            _ => self.books = None,
        }
    }

    /// Another look. `flows` may hold movements listed before.
    pub fn look(&mut self, portfolio: &Portfolio, flows: &[CashFlow], date: Date) {
        if date != self.date {
            self.before_today = self.value;
            self.date = date;
        }
        let equity = portfolio.account.equity;
        let listed = self.list(flows);
        let seen = Books::of(portfolio);
        let moved = self.moved(listed, seen.as_ref(), equity);
        self.ahead += moved - listed;
        self.books = seen;
        let grown = (equity - moved).ratio_of(self.equity);
        // An account that was empty begins anew: nothing there could be lost.
        let grown = grown
            .filter(|_| self.equity > Money::ZERO)
            .unwrap_or(Decimal::ONE);
        self.value = (self.value * grown.max(Decimal::ZERO))
            .round_dp(VALUE_DECIMALS)
            .normalize();
        self.high = self.high.max(self.value);
        self.equity = equity;
    }

    /// Dollars a unit; 1 at the journal's first look.
    #[must_use]
    pub const fn value(&self) -> Decimal {
        self.value
    }

    /// Loss from the high-water mark, as a ratio of it.
    #[must_use]
    pub fn drawdown(&self) -> Decimal {
        loss(self.high, self.value)
    }

    /// Loss since the last look of an earlier date, as a ratio of it; below zero for a gain.
    #[must_use]
    pub fn day_loss(&self) -> Decimal {
        loss(self.before_today, self.value)
    }

    /// Today's equity at the high-water mark's value: what it would be without the drawdown.
    #[must_use]
    pub fn high_water(&self) -> Money {
        let scaled =
            self.equity.decimal() * self.high.checked_div(self.value).unwrap_or(Decimal::ONE);
        Money::new(scaled.round_dp(2)).unwrap_or(self.equity)
    }

    /// What moved since the last look: as listed, unless the balance certainly says otherwise.
    fn moved(&self, listed: Money, seen: Option<&Books>, equity: Money) -> Money {
        let due = listed - already_counted(listed, self.ahead);
        let (Some(before), Some(seen)) = (&self.books, seen) else {
            return due;
        };
        let balance = seen.cash - before.cash;
        let apart = (balance - due).abs();
        let is_material = apart > equity.max(self.equity).part(BALANCE_TOLERANCE);
        if is_material && before.holdings == seen.holdings {
            balance
        } else {
            due
        }
    }

    /// The sum of movements not listed before.
    fn list(&mut self, flows: &[CashFlow]) -> Money {
        let mut moved = Money::ZERO;
        for flow in flows {
            if self.counted.insert(flow.id.clone(), flow.at).is_none() {
                moved += flow.amount;
            }
        }
        if let Some(newest) = self.counted.values().max().copied() {
            self.counted
                .retain(|_, at| newest.duration_since(*at) <= REMEMBERED);
        }
        moved
    }
}

/// The part of what is listed now that the balance has shown before.
fn already_counted(listed: Money, ahead: Money) -> Money {
    let same_way = (listed > Money::ZERO) == (ahead > Money::ZERO);
    match same_way {
        true if listed.abs() < ahead.abs() => listed,
        true => ahead,
        false => Money::ZERO,
    }
}

fn loss(from: Decimal, to: Decimal) -> Decimal {
    (Decimal::ONE - to.checked_div(from).unwrap_or(Decimal::ONE)).normalize()
}
