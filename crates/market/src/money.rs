//! Exact money: prices, share counts, amounts of dollars and basis points.
//!
//! Every type wraps a decimal, is made by a checked constructor and reads and writes itself as a
//! string, so no amount ever passes through a float. Only meaningful operators exist:
//! `Price * Shares = Money` compiles, `Price * Price` does not.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, Neg, Sub, SubAssign};
use std::str::FromStr;

pub use rust_decimal::Decimal;
use rust_decimal::RoundingStrategy;
use rust_decimal::prelude::FromPrimitive;
use serde::{Deserialize, Serialize};

/// Most digits behind the point that brokers accept for a share count.
pub const SHARES_DECIMALS_MAX: u32 = 9;

/// Why a text or number is no amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The text holds no decimal number.
    #[error("`{text}` is not a decimal number")]
    NotANumber {
        /// What was given.
        text: String,
    },
    /// The number exists but means nothing for this type.
    #[error("{value} is not a {kind}: {rule}")]
    OutOfRange {
        /// The type's name for people.
        kind: &'static str,
        /// What was given.
        value: Decimal,
        /// The rule it breaks.
        rule: &'static str,
    },
}

/// Text, JSON and checked construction, the same for every amount.
macro_rules! amount {
    ($name:ident) => {
        impl $name {
            /// The exact decimal behind this amount.
            #[must_use]
            pub fn decimal(self) -> Decimal {
                self.0
            }

            /// The nearest float, for indicators and statistics only.
            #[must_use]
            pub fn to_f64(self) -> f64 {
                nearest_f64(self.0)
            }
        }

        impl TryFrom<Decimal> for $name {
            type Error = MoneyError;

            fn try_from(value: Decimal) -> Result<Self, MoneyError> {
                Self::new(value)
            }
        }

        impl TryFrom<String> for $name {
            type Error = MoneyError;

            fn try_from(text: String) -> Result<Self, MoneyError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(amount: $name) -> String {
                amount.to_string()
            }
        }

        impl FromStr for $name {
            type Err = MoneyError;

            fn from_str(text: &str) -> Result<Self, MoneyError> {
                Self::new(parse_decimal(text)?)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    };
}

/// Dollars per share; above zero.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Price(Decimal);

amount!(Price);

impl Price {
    /// A price above zero.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`] for zero and below.
    pub fn new(value: Decimal) -> Result<Self, MoneyError> {
        if value <= Decimal::ZERO {
            return Err(MoneyError::OutOfRange {
                kind: "price",
                value,
                rule: "must be above 0",
            });
        }
        Ok(Self(value.normalize()))
    }

    /// The price a vendor wrote as a JSON number, taken at the float's shortest decimal reading.
    ///
    /// # Errors
    /// [`MoneyError`] for NaN, infinities, zero and below.
    pub fn from_f64(value: f64) -> Result<Self, MoneyError> {
        Decimal::from_f64(value)
            .ok_or_else(|| MoneyError::NotANumber {
                text: value.to_string(),
            })
            .and_then(Self::new)
    }

    /// This price moved by `bps`; `None` when the move would bring it to zero or below.
    #[must_use]
    pub fn moved(self, bps: Bps) -> Option<Self> {
        Self::new(self.0 * (Decimal::ONE + bps.fraction())).ok()
    }

    /// How far `self` lies from `base`, in basis points of `base`.
    #[must_use]
    pub fn distance_from(self, base: Price) -> Bps {
        Bps((self.0 - base.0) / base.0 * BPS_PER_ONE)
    }

    /// Rounded to whole cents, up or down as asked; never below one cent.
    #[must_use]
    pub fn to_cents(self, toward: Rounding) -> Self {
        Self(toward.apply(self.0, 2).max(Decimal::new(1, 2)))
    }
}

/// A count of shares, zero or more, with at most nine digits behind the point.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Shares(Decimal);

amount!(Shares);

impl Shares {
    /// No shares.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// A count of shares.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`] below zero and for more than nine decimals.
    pub fn new(value: Decimal) -> Result<Self, MoneyError> {
        let value = value.normalize();
        let refused = |rule| {
            Err(MoneyError::OutOfRange {
                kind: "share count",
                value,
                rule,
            })
        };
        if value < Decimal::ZERO {
            return refused("must not be negative");
        }
        if value.scale() > SHARES_DECIMALS_MAX {
            return refused("at most 9 decimals");
        }
        Ok(Self(value))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// What is left after taking `other`; `None` when `other` is more than there is.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        (self >= other).then(|| Self((self.0 - other.0).normalize()))
    }

    /// What is left after taking `other`, at least zero.
    #[must_use]
    pub fn saturating_sub(self, other: Self) -> Self {
        self.checked_sub(other).unwrap_or(Self::ZERO)
    }

    /// The whole shares in this count.
    #[must_use]
    pub fn whole(self) -> Self {
        Self(self.0.trunc().normalize())
    }
}

impl Add for Shares {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self((self.0 + other.0).normalize())
    }
}

impl AddAssign for Shares {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Shares {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::ZERO, Add::add)
    }
}

/// An amount of US dollars of either sign.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Money(Decimal);

amount!(Money);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// An amount of dollars.
    ///
    /// # Errors
    /// Never today; checked like the other amounts so that all are made alike.
    pub fn new(value: Decimal) -> Result<Self, MoneyError> {
        Ok(Self(value.normalize()))
    }

    /// Whole cents.
    #[must_use]
    pub fn from_cents(cents: i64) -> Self {
        Self(Decimal::new(cents, 2).normalize())
    }

    /// Rounded down to the cent, so that a spendable amount is never overstated.
    #[must_use]
    pub fn floor_cents(self) -> Self {
        Self(Rounding::Down.apply(self.0, 2))
    }

    /// This share of the amount.
    #[must_use]
    pub fn part(self, bps: Bps) -> Self {
        Self((self.0 * bps.fraction()).normalize())
    }

    /// How many shares this buys at `price`, floored to nine decimals; none when below zero.
    #[must_use]
    pub fn shares_at(self, price: Price) -> Shares {
        let count = (self.0.max(Decimal::ZERO) / price.0)
            .round_dp_with_strategy(SHARES_DECIMALS_MAX, RoundingStrategy::ToZero);
        Shares(count.normalize())
    }

    /// `self / whole` as a plain ratio; `None` when `whole` is zero.
    #[must_use]
    pub fn ratio_of(self, whole: Self) -> Option<Decimal> {
        self.0.checked_div(whole.0)
    }

    /// The amount without its sign.
    #[must_use]
    pub fn abs(self) -> Self {
        Self(self.0.abs())
    }
}

impl Add for Money {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self((self.0 + other.0).normalize())
    }
}

impl Sub for Money {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self((self.0 - other.0).normalize())
    }
}

impl Neg for Money {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Money {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

impl Mul<Shares> for Price {
    type Output = Money;

    fn mul(self, count: Shares) -> Money {
        Money((self.0 * count.0).normalize())
    }
}

impl Mul<Price> for Shares {
    type Output = Money;

    fn mul(self, price: Price) -> Money {
        price * self
    }
}

const BPS_PER_ONE: Decimal = Decimal::from_parts(10_000, 0, 0, false, 0);

/// Basis points: hundredths of a percent, of either sign.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Bps(Decimal);

amount!(Bps);

impl Bps {
    /// So many basis points.
    ///
    /// # Errors
    /// Never today; checked like the other amounts so that all are made alike.
    pub fn new(value: Decimal) -> Result<Self, MoneyError> {
        Ok(Self(value.normalize()))
    }

    /// Whole basis points.
    #[must_use]
    pub const fn whole(bps: u32) -> Self {
        Self(Decimal::from_parts(bps, 0, 0, false, 0))
    }

    /// As a plain ratio: 50 bps is 0.005.
    #[must_use]
    pub fn fraction(self) -> Decimal {
        self.0 / BPS_PER_ONE
    }

    /// Without its sign.
    #[must_use]
    pub fn abs(self) -> Self {
        Self(self.0.abs())
    }
}

impl Neg for Bps {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

/// Which way an amount loses its surplus digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// Toward negative infinity.
    Down,
    /// Toward positive infinity.
    Up,
}

impl Rounding {
    fn apply(self, value: Decimal, decimals: u32) -> Decimal {
        let strategy = match self {
            Self::Down => RoundingStrategy::ToNegativeInfinity,
            Self::Up => RoundingStrategy::ToPositiveInfinity,
        };
        value.round_dp_with_strategy(decimals, strategy).normalize()
    }
}

/// Reads a plain or scientific decimal exactly.
fn parse_decimal(text: &str) -> Result<Decimal, MoneyError> {
    let trimmed = text.trim();
    Decimal::from_str_exact(trimmed)
        .or_else(|_| Decimal::from_str(trimmed))
        .or_else(|_| Decimal::from_scientific(trimmed))
        .map_err(|_| MoneyError::NotANumber {
            text: text.to_owned(),
        })
}

/// The float nearest to a decimal, the same one that reading its digits as a float gives.
///
/// A mantissa below 2^53 and a power of ten up to 10^22 are both exact floats, so one division
/// rounds once and correctly; anything longer goes through the text.
fn nearest_f64(value: Decimal) -> f64 {
    const EXACT_MANTISSA: i128 = 1 << 53;
    const EXACT_SCALE: u32 = 22;
    let mantissa = value.mantissa();
    if mantissa.abs() < EXACT_MANTISSA && value.scale() <= EXACT_SCALE {
        #[expect(
            clippy::cast_precision_loss,
            reason = "below 2^53 every integer is a float"
        )]
        return mantissa as f64 / 10_f64.powi(value.scale().cast_signed());
    }
    value
        .to_string()
        .parse()
        .expect("a decimal's text is always a float's text")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn price(text: &str) -> Price {
        text.parse().unwrap()
    }

    #[test]
    fn price_times_shares_is_money_to_the_last_digit() {
        let shares: Shares = "980.102341607".parse().unwrap();
        assert_eq!((price("101.52") * shares).to_string(), "99499.98971994264");
    }

    #[test]
    fn amounts_that_mean_nothing_are_refused_with_value_and_rule() {
        let cases = [
            (
                "0".parse::<Price>().err(),
                "0 is not a price: must be above 0",
            ),
            (
                "-1.5".parse::<Price>().err(),
                "-1.5 is not a price: must be above 0",
            ),
            (
                "abc".parse::<Price>().err(),
                "`abc` is not a decimal number",
            ),
            (
                "NaN".parse::<Price>().err(),
                "`NaN` is not a decimal number",
            ),
            ("".parse::<Price>().err(), "`` is not a decimal number"),
            (
                "-2".parse::<Shares>().err(),
                "-2 is not a share count: must not be negative",
            ),
            (
                "0.1234567891".parse::<Shares>().err(),
                "0.1234567891 is not a share count: at most 9 decimals",
            ),
        ];
        for (error, message) in cases {
            assert_eq!(error.map(|e| e.to_string()).as_deref(), Some(message));
        }
    }

    #[test]
    fn json_numbers_are_taken_at_their_shortest_reading() {
        assert_eq!(Price::from_f64(101.7).unwrap(), price("101.7"));
        assert!(Price::from_f64(f64::NAN).is_err());
        assert!(Price::from_f64(f64::INFINITY).is_err());
    }

    #[test]
    fn buying_floors_shares_and_cents() {
        let cash: Money = "4.999".parse().unwrap();
        assert_eq!(cash.floor_cents().to_string(), "4.99");
        assert_eq!(
            Money::from_cents(499)
                .shares_at(price("86.878"))
                .to_string(),
            "0.057436865"
        );
        assert_eq!(
            Money::from_cents(-5).shares_at(price("86.878")),
            Shares::ZERO
        );
        assert_eq!(Money::from_cents(-5).floor_cents().to_string(), "-0.05");
    }

    #[test]
    fn limit_prices_round_away_from_a_worse_fill_and_stay_above_zero() {
        assert_eq!(price("101.523").to_cents(Rounding::Up), price("101.53"));
        assert_eq!(price("101.523").to_cents(Rounding::Down), price("101.52"));
        assert_eq!(price("0.001").to_cents(Rounding::Down), price("0.01"));
    }

    proptest! {
        #[test]
        fn text_round_trips(mantissa in 1_i64..i64::MAX, scale in 0_u32..12) {
            let price = Price::new(Decimal::new(mantissa, scale)).unwrap();
            prop_assert_eq!(price.to_string().parse::<Price>().unwrap(), price);
            let json = serde_json::to_string(&price).unwrap();
            prop_assert_eq!(serde_json::from_str::<Price>(&json).unwrap(), price);
        }

        #[test]
        fn the_float_of_an_amount_is_the_float_of_its_digits(mantissa in 1_i64.., scale in 0_u32..12) {
            let price = Price::new(Decimal::new(mantissa, scale)).unwrap();
            let read: f64 = price.to_string().parse().unwrap();
            prop_assert_eq!(price.to_f64().to_bits(), read.to_bits());
        }

        #[test]
        fn shares_taken_and_returned_are_conserved(a in 0_i64..1 << 50, b in 0_i64..1 << 50) {
            let (a, b) = (Shares::new(Decimal::new(a, 9)).unwrap(), Shares::new(Decimal::new(b, 9)).unwrap());
            match a.checked_sub(b) {
                Some(left) => prop_assert_eq!(left + b, a),
                None => prop_assert!(b > a),
            }
        }
    }
}
