//! What regulators charge for fills: the schedule of September 2026 (apis/alpaca.md), of which it is
//! not confirmed how and when the broker books it.

use market::time::new_york_date;
use market::{Date, Money, Shares};
use rust_decimal::{Decimal, RoundingStrategy};

use super::Venue;
use super::config::Fees;
use super::ledger::{CashKind, Entry, Fill};
use super::order::Side;
use crate::fault::Reading;

/// Dollars a dollar sold: the SEC's 20.60 a million.
const SEC_A_DOLLAR_SOLD: Decimal = Decimal::from_parts(2060, 0, 0, false, 8);
/// Dollars a share sold: FINRA's trading activity fee.
const TAF_A_SHARE_SOLD: Decimal = Decimal::from_parts(195, 0, 0, false, 6);
/// Most dollars of it a trade.
const TAF_A_TRADE_MAX: Decimal = Decimal::from_parts(979, 0, 0, false, 2);
/// Dollars a share bought or sold: the consolidated audit trail.
const CAT_A_SHARE: Decimal = Decimal::from_parts(3, 0, 0, false, 6);

impl Venue {
    /// Charges for the fills of a day, where that is how the papers are read.
    pub(super) fn charge_fees(&mut self, date: Date) {
        let fees: Decimal = self
            .ledger
            .iter()
            .rev()
            .take_while(|activity| new_york_date(activity.at) >= date)
            .filter_map(|activity| match &activity.entry {
                Entry::Fill(fill) => Some(fee(fill)),
                _ => None,
            })
            .sum();
        if fees.is_zero() {
            return;
        }
        self.met(|reading| matches!(reading, Reading::Fees(_)));
        if self.unconfirmed.fees == Fees::Regulatory {
            let cents = fees.round_dp_with_strategy(2, RoundingStrategy::AwayFromZero);
            let amount = Money::new(cents).expect("a part of what was traded");
            self.book_now(CashKind::Fee, -amount, None);
        }
    }
}

/// Dollars charged for one fill, before rounding.
fn fee(fill: &Fill) -> Decimal {
    let shares = Shares::decimal(fill.quantity);
    let audit = shares * CAT_A_SHARE;
    if fill.side == Side::Buy {
        return audit;
    }
    let value = (fill.price * fill.quantity).decimal();
    let activity = (shares * TAF_A_SHARE_SOLD).min(TAF_A_TRADE_MAX);
    audit + value * SEC_A_DOLLAR_SOLD + activity
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rates_are_those_of_the_schedule() {
        let written = ["0.0000206", "0.000195", "9.79", "0.000003"];
        let rates = [
            SEC_A_DOLLAR_SOLD,
            TAF_A_SHARE_SOLD,
            TAF_A_TRADE_MAX,
            CAT_A_SHARE,
        ];
        assert_eq!(rates.map(|rate| rate.normalize().to_string()), written);
    }
}
