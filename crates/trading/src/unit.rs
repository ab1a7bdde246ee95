//! The value of one unit of the account: results without the owner's transfers.
//!
//! Like a fund's net asset value: it moves with results only. Every movement of cash that no order
//! made (deposit, withdrawal, dividend, fee) changes the number of units, not their value, so a
//! withdrawal is no loss and a deposit hides none. A movement the broker shows later than the
//! balance it changed counts as a result until then; loss limits only stop entries, so the error
//! is on the side that buys nothing.

use std::collections::BTreeMap;

use market::{Date, Decimal, Duration, Instant, Money};
use serde::{Deserialize, Serialize};

use crate::flow::CashFlow;

/// Digits kept behind the point of a unit's value.
const VALUE_DECIMALS: u32 = 12;
/// How far back movements are asked for; ids are remembered twice as long, so that one booked
/// late is seen once.
pub const FLOWS_WINDOW: Duration = Duration::from_hours(24 * 10);
const REMEMBERED: Duration = Duration::from_hours(24 * 20);

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
    /// Movements counted, by id, with their moments.
    counted: BTreeMap<String, Instant>,
}

impl UnitValue {
    /// The first look: one dollar a unit, and all movements so far already in the equity.
    #[must_use]
    pub fn first(equity: Money, flows: &[CashFlow], date: Date) -> Self {
        let counted = flows
            .iter()
            .map(|flow| (flow.id.clone(), flow.at))
            .collect();
        Self {
            value: Decimal::ONE,
            equity,
            high: Decimal::ONE,
            date,
            before_today: Decimal::ONE,
            counted,
        }
    }

    /// Another look. `flows` may hold movements counted before.
    pub fn look(&mut self, equity: Money, flows: &[CashFlow], date: Date) {
        if date != self.date {
            self.before_today = self.value;
            self.date = date;
        }
        let moved = self.count(flows);
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

    /// The sum of movements not counted before.
    fn count(&mut self, flows: &[CashFlow]) -> Money {
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

fn loss(from: Decimal, to: Decimal) -> Decimal {
    (Decimal::ONE - to.checked_div(from).unwrap_or(Decimal::ONE)).normalize()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::FlowKind;

    const MONDAY: Date = Date::constant(2025, 5, 12);
    const TUESDAY: Date = Date::constant(2025, 5, 13);

    fn dollars(amount: i64) -> Money {
        Money::from_cents(amount * 100)
    }

    fn flow(id: &str, amount: i64) -> CashFlow {
        CashFlow {
            id: id.to_owned(),
            kind: FlowKind::Transfer,
            amount: dollars(amount),
            at: market::time::new_york(MONDAY, market::time::Time::constant(12, 0, 0, 0)),
        }
    }

    fn percent(ratio: Decimal) -> String {
        (ratio * Decimal::ONE_HUNDRED).normalize().to_string()
    }

    #[test]
    fn a_withdrawal_is_no_loss_and_a_deposit_hides_none() {
        let mut unit = UnitValue::first(dollars(100_000), &[], MONDAY);
        unit.look(dollars(60_000), &[flow("out", -40_000)], MONDAY);
        assert_eq!(percent(unit.drawdown()), "0");
        unit.look(dollars(30_000), &[flow("out", -40_000)], MONDAY);
        assert_eq!(percent(unit.drawdown()), "50");
        unit.look(dollars(130_000), &[flow("in", 100_000)], MONDAY);
        assert_eq!(percent(unit.drawdown()), "50");
    }

    #[test]
    fn a_movement_is_counted_once_however_often_it_is_listed() {
        let mut unit = UnitValue::first(dollars(1_000), &[flow("old", 500)], MONDAY);
        for _ in 0..3 {
            unit.look(
                dollars(2_000),
                &[flow("old", 500), flow("new", 1_000)],
                MONDAY,
            );
        }
        assert_eq!(percent(unit.drawdown()), "0");
        assert_eq!(unit.high_water(), dollars(2_000));
    }

    #[test]
    fn the_days_loss_is_against_the_last_look_of_an_earlier_date() {
        let mut unit = UnitValue::first(dollars(1_000), &[], MONDAY);
        unit.look(dollars(1_200), &[], MONDAY);
        assert_eq!(percent(unit.day_loss()), "-20");
        unit.look(dollars(900), &[], TUESDAY);
        assert_eq!(percent(unit.day_loss()), "25");
        assert_eq!(percent(unit.drawdown()), "25");
    }

    #[test]
    fn an_empty_account_that_is_funded_begins_anew() {
        let mut unit = UnitValue::first(Money::ZERO, &[], MONDAY);
        unit.look(dollars(500), &[], MONDAY);
        assert_eq!(percent(unit.drawdown()), "0");
        unit.look(dollars(250), &[], MONDAY);
        assert_eq!(percent(unit.drawdown()), "50");
    }
}
