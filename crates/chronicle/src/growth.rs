//! What an account made of its money, net of what was paid in and out.
//!
//! The equity that stands in a slot and the account's unit value, which moves with results alone,
//! grow alike until money moves without an order. Where they part, the equity before is put on the
//! scale of the equity after: a deposit is no gain and hides no loss.

use market::{Decimal, Money};

/// Growth of a unit and of the equity that differ by less are the same: a unit's value is rounded
/// to its twelfth digit.
const SAME_WITHIN: Decimal = Decimal::from_parts(1, 0, 0, false, 9);
/// Cents.
const MOVED_DECIMALS: u32 = 2;

/// Equity slot by slot, net of flows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Growth {
    start: Money,
    last: Money,
    last_unit: Option<Decimal>,
    /// What a dollar of now is in dollars of the start; 1 until money moves.
    scale: Decimal,
    peak: Decimal,
    deepest: Decimal,
    moved: Money,
}

impl Growth {
    /// From the first look on.
    #[must_use]
    pub fn from(equity: Money, unit: Option<Decimal>) -> Self {
        Self {
            start: equity,
            last: equity,
            last_unit: unit,
            scale: Decimal::ONE,
            peak: equity.decimal(),
            deepest: Decimal::ZERO,
            moved: Money::ZERO,
        }
    }

    /// Another look, with the account's unit value where the slot closed with one.
    pub fn take(&mut self, equity: Money, unit: Option<Decimal>) {
        self.rebase(equity, unit);
        let net = equity.decimal() * self.scale;
        self.peak = self.peak.max(net);
        let fallen = (self.peak - net).checked_div(self.peak);
        self.deepest = self.deepest.max(fallen.unwrap_or(Decimal::ZERO));
        self.last = equity;
        self.last_unit = unit.or(self.last_unit);
    }

    fn rebase(&mut self, equity: Money, unit: Option<Decimal>) {
        let (Some(before), Some(unit)) = (self.last_unit, unit) else {
            return;
        };
        let Some(grown) = unit.checked_div(before) else {
            return;
        };
        // What was there has become so much; all else was paid in or out.
        let result = self.last.decimal() * grown;
        let Some(ratio) = result.checked_div(equity.decimal()) else {
            return;
        };
        if (ratio - Decimal::ONE).abs() > SAME_WITHIN {
            self.scale *= ratio;
            let moved = (equity.decimal() - result).round_dp(MOVED_DECIMALS);
            self.moved += Money::new(moved).unwrap_or(Money::ZERO);
        }
    }

    /// Equity at the first look.
    #[must_use]
    pub const fn start(&self) -> Money {
        self.start
    }

    /// Equity at the newest look, whatever was paid in or out.
    #[must_use]
    pub const fn last(&self) -> Money {
        self.last
    }

    /// Dollars that moved without an order since the first look, below zero out of the account.
    #[must_use]
    pub const fn moved(&self) -> Money {
        self.moved
    }

    /// Growth since the first look, as a ratio less one; `None` of an account without money.
    #[must_use]
    pub fn total_return(&self) -> Option<Decimal> {
        let gained = self.last.decimal() * self.scale - self.start.decimal();
        gained.checked_div(self.start.decimal())
    }

    /// The deepest fall from the highest, as a ratio of it.
    #[must_use]
    pub const fn max_drawdown(&self) -> Decimal {
        self.deepest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Growth over looks of `equity:unit`.
    fn growth(looks: &[(&str, &str)]) -> Growth {
        let look = |(equity, unit): &(&str, &str)| {
            let unit: Option<Decimal> = unit.parse().ok();
            (equity.parse::<Money>().unwrap(), unit)
        };
        let (first, rest) = looks.split_first().unwrap();
        let (equity, unit) = look(first);
        let mut growth = Growth::from(equity, unit);
        for (equity, unit) in rest.iter().map(look) {
            growth.take(equity, unit);
        }
        growth
    }

    fn percent(value: Decimal) -> String {
        format!("{:.1}", value * Decimal::ONE_HUNDRED)
    }

    #[test]
    fn a_deposit_is_no_return_and_a_withdrawal_no_loss() {
        // Dollars and units, then return, drawdown in percent, and what moved.
        type Case<'a> = (&'a [(&'a str, &'a str)], &'a str, &'a str, &'a str);
        let table: [Case; 5] = [
            (&[("100", "1"), ("110", "1.1")], "10.0", "0.0", "0"),
            (
                &[("100", "1"), ("200", "1"), ("220", "1.1")],
                "10.0",
                "0.0",
                "100",
            ),
            (
                &[("100", "1"), ("50", "1"), ("45", "0.9")],
                "-10.0",
                "10.0",
                "-50",
            ),
            // A loss on the day of a deposit is not hidden by it.
            (&[("100", "1"), ("180", "0.8")], "-20.0", "20.0", "100"),
            // Without units nothing is known of flows.
            (&[("100", "-"), ("110", "-")], "10.0", "0.0", "0"),
        ];
        for (looks, made, fallen, moved) in table {
            let growth = growth(looks);
            assert_eq!(percent(growth.total_return().unwrap()), made, "{looks:?}");
            assert_eq!(percent(growth.max_drawdown()), fallen, "{looks:?}");
            assert_eq!(growth.moved(), moved.parse().unwrap(), "{looks:?}");
        }
    }

    #[test]
    fn without_money_moving_it_is_the_last_equity_over_the_first_to_the_last_digit() {
        let looks = [
            ("100000", "1"),
            ("97579.11", "0.9757911"),
            ("102392.71", "1.0239271"),
        ];
        let exact: Decimal = "0.0239271".parse().unwrap();
        assert_eq!(growth(&looks).total_return(), Some(exact));
    }
}
