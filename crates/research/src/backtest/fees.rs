//! Regulatory fees as Alpaca passes them on, by date.

use market::time::Date;
use market::{Decimal, Money, Price, Shares};
use serde::{Deserialize, Serialize};

/// Which fees are charged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fees {
    /// None, as in paper trading.
    #[default]
    None,
    /// The schedule of a live Alpaca account: [`SCHEDULES`].
    Alpaca,
}

/// What a trade costs from a date on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeeSchedule {
    /// First date it holds for.
    pub from: Date,
    /// SEC fee: dollars per million dollars sold.
    pub sec_per_million: Decimal,
    /// FINRA trading activity fee: dollars per share sold.
    pub taf_per_share: Decimal,
    /// Most trading activity fee of one sale, in dollars.
    pub taf_max: Decimal,
    /// Consolidated audit trail fee: dollars per share, bought or sold.
    pub cat_per_share: Decimal,
}

/// Oldest first. Trades before the first row are charged by it: a study asks what trading will
/// cost, and older rates are not what anybody pays again.
pub const SCHEDULES: [FeeSchedule; 3] = [
    schedule(Date::constant(2026, 9, 1), TAF),
    // FINRA charges no trading activity fee in the last quarter of 2026.
    schedule(Date::constant(2026, 10, 1), Decimal::ZERO),
    schedule(Date::constant(2027, 1, 1), TAF),
];

const TAF: Decimal = Decimal::from_parts(195, 0, 0, false, 6);
const MILLION: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);

const fn schedule(from: Date, taf_per_share: Decimal) -> FeeSchedule {
    FeeSchedule {
        from,
        sec_per_million: Decimal::from_parts(2_060, 0, 0, false, 2),
        taf_per_share,
        taf_max: Decimal::from_parts(979, 0, 0, false, 2),
        cat_per_share: Decimal::from_parts(3, 0, 0, false, 6),
    }
}

impl FeeSchedule {
    /// The schedule of `date`.
    #[must_use]
    pub fn on(date: Date) -> Self {
        let valid = SCHEDULES
            .iter()
            .rev()
            .find(|schedule| schedule.from <= date);
        *valid.unwrap_or(&SCHEDULES[0])
    }

    /// Fee of a purchase, in dollars before rounding.
    #[must_use]
    pub fn of_buy(&self, shares: Shares) -> Decimal {
        shares.decimal() * self.cat_per_share
    }

    /// Fee of a sale, in dollars before rounding.
    #[must_use]
    pub fn of_sale(&self, price: Price, shares: Shares) -> Decimal {
        let sec = (price * shares).decimal() * self.sec_per_million / MILLION;
        let taf = (shares.decimal() * self.taf_per_share).min(self.taf_max);
        sec + taf + shares.decimal() * self.cat_per_share
    }
}

/// Fees of the day under way: summed, and the sum rounded up to the cent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DayFees {
    date: Date,
    sum: Decimal,
    charged: Money,
}

impl DayFees {
    pub(super) fn new(date: Date) -> Self {
        Self {
            date,
            sum: Decimal::ZERO,
            charged: Money::ZERO,
        }
    }

    /// What one more fee adds to the day's bill.
    pub(super) fn charge(&mut self, date: Date, fee: Decimal) -> Money {
        if date != self.date {
            *self = Self::new(date);
        }
        self.sum += fee;
        // The floor of what is owed, with its sign turned, is its ceiling.
        let owed = Money::new(-self.sum).expect("a day's fees are far below the largest amount");
        let bill = -owed.floor_cents();
        let added = bill - self.charged;
        self.charged = bill;
        added
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn a_sale_pays_sec_taf_and_cat_and_a_purchase_cat_alone() {
        let (price, shares) = ("50".parse().unwrap(), "2000".parse().unwrap());
        let september = FeeSchedule::on(Date::constant(2026, 9, 15));
        // 100 000 × 20.60 / 1e6 + 2 000 × 0.000195 + 2 000 × 0.000003
        assert_eq!(september.of_sale(price, shares), dec("2.456"));
        assert_eq!(september.of_buy(shares), dec("0.006"));
        let october = FeeSchedule::on(Date::constant(2026, 10, 1));
        assert_eq!(october.of_sale(price, shares), dec("2.066"));
        assert_eq!(
            FeeSchedule::on(Date::constant(2027, 1, 4)),
            FeeSchedule {
                from: SCHEDULES[2].from,
                ..september
            }
        );
        assert_eq!(FeeSchedule::on(Date::constant(2012, 1, 4)), september);
    }

    #[test]
    fn the_activity_fee_has_a_ceiling() {
        let schedule = FeeSchedule::on(Date::constant(2026, 9, 15));
        let fee = schedule.of_sale("1".parse().unwrap(), "1000000".parse().unwrap());
        assert_eq!(fee, dec("20.60") + dec("9.79") + dec("3"));
    }

    #[test]
    fn a_day_is_summed_before_it_is_rounded_up() {
        let day = Date::constant(2026, 9, 15);
        let mut fees = DayFees::new(day);
        assert_eq!(fees.charge(day, dec("0.001")), Money::from_cents(1));
        assert_eq!(fees.charge(day, dec("0.009")), Money::ZERO);
        assert_eq!(fees.charge(day, dec("0.001")), Money::from_cents(1));
        assert_eq!(
            fees.charge(Date::constant(2026, 9, 16), dec("0.001")),
            Money::from_cents(1)
        );
    }
}
