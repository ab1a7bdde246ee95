//! One order, beside the fill that a backtest would have given it.

use market::{Decimal, Instant, Money, Price, Shares, Slot, Symbol};
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
    /// The price at which a backtest with `--fill next-open` fills the slot: the one it saw.
    pub expected: Option<Price>,
}

impl OrderLine {
    /// How much worse than expected it was filled, in basis points: above zero it cost.
    #[must_use]
    pub fn slippage_bps(&self) -> Option<Decimal> {
        let (filled, expected) = self.average_price.zip(self.expected)?;
        let apart = filled.distance_from(expected).decimal();
        let is_worse = match self.side {
            Side::Buy => filled > expected,
            Side::Sell => filled < expected,
        };
        Some(if is_worse { apart.abs() } else { -apart.abs() })
    }

    /// What that came to, in dollars: above zero it cost.
    #[must_use]
    pub fn slippage(&self) -> Option<Money> {
        let (filled, expected) = self.average_price.zip(self.expected)?;
        let (paid, due) = (filled * self.filled, expected * self.filled);
        Some(match self.side {
            Side::Buy => paid - due,
            Side::Sell => due - paid,
        })
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
            expected: Some("100".parse().unwrap()),
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
}
