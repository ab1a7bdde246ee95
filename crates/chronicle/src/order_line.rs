//! One order, beside the fill that a backtest gives it.

use market::{Decimal, Instant, Money, Price, Shares, Slot, Symbol};
use serde::Serialize;
use trading::order::{ClientOrderId, Leg, OrderState, Side};

/// One order of ours, from its first intent to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderLine {
    /// Our id.
    pub id: ClientOrderId,
    /// The slot it was made in.
    pub slot: Slot,
    /// When it was intended.
    pub at: Instant,
    /// The step of the plan.
    pub leg: Leg,
    /// Buy or sell.
    pub side: Side,
    /// What is traded.
    pub symbol: Symbol,
    /// How much, in words.
    pub instruction: String,
    /// Where it stands.
    pub state: OrderState,
    /// Shares filled.
    pub filled: Shares,
    /// At this average.
    pub average_price: Option<Price>,
    /// What the backtest gives it, as far as that is known by now.
    pub expected: Option<Expected>,
}

/// The price at which a backtest with `--fill next-open` fills a slot's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected {
    /// Dollars a share, without slippage.
    pub price: Price,
    /// Where the rule was applied.
    pub basis: Basis,
}

/// What the backtest's rule was applied to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The price the slot saw: of the bar that begins at the slot no more is in the journal. At a
    /// slot in the middle of an hour it stays so, for the journal keeps hours.
    SlotPrice,
    /// The bar that begins at the slot, as a later slot saw it.
    Bar,
    /// The bar that begins at the slot, from a file of bars.
    File,
}

impl Basis {
    /// Its word in JSON and CSV.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::SlotPrice => "slot_price",
            Self::Bar => "bar",
            Self::File => "file",
        }
    }

    /// As people read it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::SlotPrice => "price seen",
            Self::Bar => "bar's open",
            Self::File => "file's bar",
        }
    }
}

impl OrderLine {
    /// How much worse than expected it was filled, in basis points: above zero it cost.
    #[must_use]
    pub fn slippage_bps(&self) -> Option<Decimal> {
        let (filled, expected) = self.average_price.zip(self.expected)?;
        let apart = filled.distance_from(expected.price).decimal();
        let is_worse = match self.side {
            Side::Buy => filled > expected.price,
            Side::Sell => filled < expected.price,
        };
        Some(if is_worse { apart.abs() } else { -apart.abs() })
    }

    /// What that came to, in dollars: above zero it cost.
    #[must_use]
    pub fn slippage(&self) -> Option<Money> {
        let (filled, expected) = self.average_price.zip(self.expected)?;
        let (paid, due) = (filled * self.filled, expected.price * self.filled);
        Some(match self.side {
            Side::Buy => paid - due,
            Side::Sell => due - paid,
        })
    }
}

/// Live against expected over many orders.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Slippage {
    /// Fills that have an expected price.
    pub fills: u64,
    /// What they were to be worth, in dollars.
    pub expected_value: Money,
    /// What they cost more or brought less, in dollars: above zero it cost.
    pub cost: Money,
}

impl Slippage {
    /// Over all of `lines`.
    #[must_use]
    pub fn of<'a>(lines: impl IntoIterator<Item = &'a OrderLine>) -> Self {
        let mut total = Self::default();
        for line in lines {
            total.take(line);
        }
        total
    }

    /// With one order more; one that is not filled or has no expected price adds nothing.
    pub fn take(&mut self, line: &OrderLine) {
        let Some((cost, expected)) = line.slippage().zip(line.expected) else {
            return;
        };
        self.fills += 1;
        self.cost += cost;
        self.expected_value += expected.price * line.filled;
    }

    /// The cost over what was traded, in basis points; `None` before the first fill.
    #[must_use]
    pub fn mean_bps(&self) -> Option<Decimal> {
        const BPS_PER_ONE: u32 = 10_000;
        let ratio = self.cost.ratio_of(self.expected_value)?;
        Some(ratio * Decimal::from(BPS_PER_ONE))
    }
}

#[cfg(test)]
mod tests {
    use trading::account::AccountId;
    use trading::order::AccountTag;

    use super::*;

    fn order(side: Side, filled: &str) -> OrderLine {
        let slot: Slot = "2025-05-12T09:30".parse().unwrap();
        let symbol = Symbol::new("TQQQ").unwrap();
        let tag = AccountTag::of(&AccountId::new("account"));
        OrderLine {
            id: ClientOrderId::new(&tag, slot, Leg::Buy, &symbol, 1).unwrap(),
            slot,
            at: "2025-05-12T13:30:50Z".parse().unwrap(),
            leg: Leg::Buy,
            side,
            symbol,
            instruction: String::new(),
            state: OrderState::Filled,
            filled: "10".parse().unwrap(),
            average_price: Some(filled.parse().unwrap()),
            expected: Some(Expected {
                price: "100".parse().unwrap(),
                basis: Basis::Bar,
            }),
        }
    }

    #[test]
    fn a_fill_that_cost_has_slippage_above_zero_on_either_side() {
        let table = [
            (Side::Buy, "100.02", "2", "0.20"),
            (Side::Buy, "99.98", "-2", "-0.20"),
            (Side::Sell, "99.98", "2", "0.20"),
            (Side::Sell, "100.02", "-2", "-0.20"),
        ];
        for (side, filled, bps, dollars) in table {
            let order = order(side, filled);
            assert_eq!(order.slippage_bps().unwrap(), bps.parse().unwrap());
            assert_eq!(order.slippage().unwrap(), dollars.parse().unwrap());
        }
    }

    #[test]
    fn the_total_weighs_each_fill_by_what_was_traded() {
        let mut small = order(Side::Sell, "99");
        small.filled = "1".parse().unwrap();
        let mut unfilled = order(Side::Buy, "100");
        unfilled.average_price = None;
        let all = [order(Side::Buy, "100.02"), small, unfilled];
        let total = Slippage::of(&all);
        assert_eq!((total.fills, total.cost), (2, "1.20".parse().unwrap()));
        // 1.20 of 1100 dollars.
        let mean = total.mean_bps().unwrap().round_dp(2);
        assert_eq!(mean, "10.91".parse().unwrap());
        assert_eq!(Slippage::default().mean_bps(), None);
    }
}
