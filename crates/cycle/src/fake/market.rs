//! What things cost: one history for bars, prices and fills.

use std::collections::BTreeMap;
use std::sync::Mutex;

use market::{Decimal, Instant, Price, Symbol};

use super::lock;

/// Where prices have been going for months; every one passes 100 dollars at the anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trend {
    /// Every hour two cents above the one before: price > fast > slow.
    Rising,
    /// Every hour two cents below: price < fast < slow.
    Falling,
    /// Always the same: price = fast = slow.
    Flat,
}

/// Cents an hour by which trends move.
const CENTS_AN_HOUR: i64 = 2;
/// Dollars at the anchor, in cents.
const ANCHOR_CENTS: i64 = 10_000;

/// A market of straight lines, with prices of the moment set by hand where a story needs them.
#[derive(Debug)]
pub struct FakeMarket {
    anchor: Instant,
    trends: Mutex<BTreeMap<Option<Symbol>, Trend>>,
    spots: Mutex<BTreeMap<Symbol, Price>>,
    jumps: Mutex<BTreeMap<Symbol, (Instant, Decimal)>>,
}

impl FakeMarket {
    /// All symbols follow `trend` and cost 100 dollars at `anchor`.
    #[must_use]
    pub fn new(anchor: Instant, trend: Trend) -> Self {
        Self {
            anchor,
            trends: Mutex::new(BTreeMap::from([(None, trend)])),
            spots: Mutex::default(),
            jumps: Mutex::default(),
        }
    }

    /// From now on all symbols without a trend of their own have always followed this one.
    pub fn follow(&self, trend: Trend) {
        lock(&self.trends).insert(None, trend);
    }

    /// From now on `symbol` has always followed this trend.
    pub fn follow_in(&self, symbol: &Symbol, trend: Trend) {
        lock(&self.trends).insert(Some(symbol.clone()), trend);
    }

    /// From `at` on `symbol` costs `factor` times what its trend says.
    pub fn jump(&self, symbol: &Symbol, at: Instant, factor: Decimal) {
        lock(&self.jumps).insert(symbol.clone(), (at, factor));
    }

    /// From now on `symbol` trades at this price, whatever its history says; `None` ends it.
    pub fn trade_at(&self, symbol: &Symbol, price: Option<Price>) {
        let mut spots = lock(&self.spots);
        match price {
            Some(price) => spots.insert(symbol.clone(), price),
            None => spots.remove(symbol),
        };
    }

    /// The price of history at `at`, as bars show it.
    #[must_use]
    pub fn history(&self, symbol: &Symbol, at: Instant) -> Price {
        let trend = {
            let trends = lock(&self.trends);
            let own = trends.get(&Some(symbol.clone()));
            own.or_else(|| trends.get(&None)).copied()
        };
        let price = self.line(trend.unwrap_or(Trend::Flat), at);
        match lock(&self.jumps).get(symbol) {
            Some((from, factor)) if at >= *from => {
                let moved = (price.decimal() * factor).round_dp(6);
                Price::new(moved).expect("a part of a price is a price")
            }
            _ => price,
        }
    }

    /// The price of a trend at `at`.
    #[must_use]
    pub fn line(&self, trend: Trend, at: Instant) -> Price {
        let seconds = at.duration_since(self.anchor).as_secs();
        let moved = match trend {
            Trend::Rising => CENTS_AN_HOUR * seconds,
            Trend::Falling => -CENTS_AN_HOUR * seconds,
            Trend::Flat => 0,
        };
        let cents = Decimal::from(ANCHOR_CENTS) + Decimal::from(moved) / Decimal::from(3600);
        let dollars = (cents / Decimal::ONE_HUNDRED).round_dp(6);
        Price::new(dollars).expect("a trend of cents stays above zero for months")
    }

    /// The price of the moment, in cents.
    #[must_use]
    pub fn spot(&self, symbol: &Symbol, at: Instant) -> Price {
        let set = lock(&self.spots).get(symbol).copied();
        set.unwrap_or_else(|| {
            let history = self.history(symbol, at).decimal().round_dp(2);
            Price::new(history).expect("a rounded price of a history stays above zero")
        })
    }
}
