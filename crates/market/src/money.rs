//! Exact money: prices, share counts, amounts of dollars and basis points.
//!
//! Every type wraps a decimal, is made by a checked constructor and reads and writes itself as a
//! string, so no amount ever passes through a float. Only meaningful operators exist:
//! `Price * Shares = Money` compiles, `Price * Price` does not.

mod digits;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::iter::Sum;
use std::marker::PhantomData;
use std::ops::{Add, AddAssign, Mul, Neg, Sub, SubAssign};
use std::str::FromStr;

pub use rust_decimal::Decimal;
use rust_decimal::RoundingStrategy;
use rust_decimal::prelude::FromPrimitive;
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::{Serialize, Serializer};

use digits::Digits;

/// Most digits behind the point that brokers accept for a share count.
pub const SHARES_DECIMALS_MAX: u32 = 9;

/// Least price, in dollars: far below any listed share, yet no division by it overflows.
pub const PRICE_MIN: Decimal = Decimal::from_parts(1, 0, 0, false, 9);
/// Highest price, in dollars: a thousand times the dearest listed share.
pub const PRICE_MAX: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);
/// Most shares of one holding or order: a trillion.
pub const SHARES_MAX: Decimal = Decimal::from_parts(0xd4a5_1000, 0xe8, 0, false, 0);
/// Most dollars of either sign in one amount, 10^18. With the limits above no product, quotient
/// or sum of real accounts leaves a decimal's 28 digits, where arithmetic would panic.
pub const MONEY_MAX: Decimal = Decimal::from_parts(0xa764_0000, 0x0de0_b6b3, 0, false, 0);

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

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.cmp(other) == Ordering::Equal
            }
        }

        impl Eq for $name {}

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                digits::order(self.0, other.0)
            }
        }

        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.0.hash(state);
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&Digits::of(self.0))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(Reader(PhantomData))
            }
        }

        impl FromStr for $name {
            type Err = MoneyError;

            fn from_str(text: &str) -> Result<Self, MoneyError> {
                Self::new(digits::parse(text)?)
            }
        }

        impl From<$name> for String {
            fn from(amount: $name) -> Self {
                Digits::of(amount.0).to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                if f.precision().is_some() || f.width().is_some() || f.sign_plus() {
                    return fmt::Display::fmt(&self.0, f);
                }
                f.write_str(&Digits::of(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    };
}

/// Reads an amount from its text, without a copy of it.
struct Reader<A>(PhantomData<A>);

impl<A: FromStr<Err = MoneyError>> Visitor<'_> for Reader<A> {
    type Value = A;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<A, E> {
        text.parse().map_err(E::custom)
    }
}

/// Dollars per share, from [`PRICE_MIN`] to [`PRICE_MAX`].
#[derive(Clone, Copy)]
pub struct Price(Decimal);

amount!(Price);

impl Price {
    /// A price above zero.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`] for zero and below, and outside the range of prices.
    pub fn new(value: Decimal) -> Result<Self, MoneyError> {
        if let Some(price) = digits::short_price(value) {
            return Ok(Self(price));
        }
        let refused = |rule| {
            Err(MoneyError::OutOfRange {
                kind: "price",
                value,
                rule,
            })
        };
        if digits::order(value, Decimal::ZERO).is_le() {
            return refused("must be above 0");
        }
        if digits::order(value, PRICE_MIN).is_lt() || digits::order(value, PRICE_MAX).is_gt() {
            return refused("must be from 0.000000001 to 1000000000 dollars");
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
#[derive(Clone, Copy, Default)]
pub struct Shares(Decimal);

amount!(Shares);

impl Shares {
    /// No shares.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// A count of shares.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`] below zero, above [`SHARES_MAX`] and for more than nine decimals.
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
        if value > SHARES_MAX {
            return refused("must be at most 1000000000000");
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
#[derive(Clone, Copy, Default)]
pub struct Money(Decimal);

amount!(Money);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// An amount of dollars.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`] beyond [`MONEY_MAX`] of either sign.
    pub fn new(value: Decimal) -> Result<Self, MoneyError> {
        if value.abs() > MONEY_MAX {
            let rule = "must be within 1000000000000000000 dollars";
            return Err(MoneyError::OutOfRange {
                kind: "money amount",
                value,
                rule,
            });
        }
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
#[derive(Clone, Copy, Default)]
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

/// The float nearest to a decimal, the same one that reading its digits as a float gives.
///
/// A mantissa below 2^53 and a power of ten up to 10^22 are both exact floats, so one division
/// rounds once and correctly; anything longer goes through the text.
fn nearest_f64(value: Decimal) -> f64 {
    const EXACT_MANTISSA: u64 = 1 << 53;
    /// Every power of ten that is an exact float.
    const POWERS: [f64; 23] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
        1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ];
    let mantissa = i64::try_from(value.mantissa()).ok();
    let exact = mantissa.filter(|mantissa| mantissa.unsigned_abs() < EXACT_MANTISSA);
    if let (Some(mantissa), Some(power)) = (exact, POWERS.get(value.scale() as usize)) {
        #[expect(
            clippy::cast_precision_loss,
            reason = "below 2^53 every integer is a float"
        )]
        return mantissa as f64 / power;
    }
    value
        .to_string()
        .parse()
        .expect("a decimal's text is always a float's text")
}
