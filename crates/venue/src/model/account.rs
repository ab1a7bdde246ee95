//! The account's books: cash, positions and what was counted at the last close.
//!
//! Booked exactly, to the last digit of price times shares; nothing is rounded to the cent.

use std::collections::BTreeMap;

use market::{Date, Instant, Money, Price, Shares, Symbol};
use rust_decimal::Decimal;

use super::config::Settings;
use super::order::Side;
use super::uuid::Uuid;

/// Shares of one symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Holding {
    /// Below zero when sold short.
    pub(super) quantity: Decimal,
    /// Dollars paid for it; below zero when sold short.
    pub(super) cost: Decimal,
    /// As `cost`, but what was held at the open counts at the close before.
    pub(super) cost_today: Decimal,
}

impl Holding {
    /// The shares without their sign.
    pub(super) fn count(&self) -> Shares {
        Shares::new(self.quantity.abs()).expect("made of share counts of at most nine decimals")
    }

    /// Books shares bought (above zero) or sold at a price; never from long to short in one step.
    fn book(&mut self, change: Decimal, price: Price) {
        let grows = self.quantity.is_zero()
            || self.quantity.is_sign_negative() == change.is_sign_negative();
        if grows {
            self.cost += change * price.decimal();
            self.cost_today += change * price.decimal();
        } else {
            let kept = (self.quantity + change) / self.quantity;
            self.cost *= kept;
            self.cost_today *= kept;
        }
        self.quantity = (self.quantity + change).normalize();
    }
}

/// The account.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub(super) id: Uuid,
    pub(super) created: Instant,
    pub(super) cash: Money,
    pub(super) holdings: BTreeMap<Symbol, Holding>,
    pub(super) settings: Settings,
    /// Counted at the close of `counted_on`, shown from the next open on.
    pub(super) last: Count,
    /// Counted at the newest close, not yet shown.
    pub(super) newest: Option<Count>,
}

/// What was counted at a close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) on: Date,
    pub(super) equity: Money,
    pub(super) maintenance_margin: Money,
}

impl Account {
    /// Moves dollars and shares from one to the other.
    pub(super) fn book_fill(&mut self, symbol: &Symbol, side: Side, count: Shares, price: Price) {
        let value = price * count;
        let holding = self.holdings.entry(symbol.clone()).or_default();
        match side {
            Side::Buy => {
                self.cash -= value;
                holding.book(count.decimal(), price);
            }
            Side::Sell => {
                self.cash += value;
                holding.book(-count.decimal(), price);
            }
        }
        if holding.quantity.is_zero() {
            self.holdings.remove(symbol);
        }
    }

    pub(super) fn holding(&self, symbol: &Symbol) -> Holding {
        self.holdings.get(symbol).copied().unwrap_or_default()
    }
}
