//! Splits: what a share of before an ex-date became.

use market::bar::Bar;
use market::money::PRICE_MAX;
use market::{Date, Price, Symbol};
use rust_decimal::Decimal;

/// Most new shares for one old, and the other way round.
const RATE_MAX: u32 = 100;
/// Digits behind the point of a price on another basis.
const PRICE_DECIMALS: u32 = 6;

/// A split of one symbol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    symbol: Symbol,
    ex_date: Date,
    basis: Basis,
}

/// A ratio no split has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{symbol}: {new} new shares for {old} old; give two different counts from 1 to {RATE_MAX}")]
pub struct SplitError {
    symbol: Symbol,
    new: u32,
    old: u32,
}

impl Split {
    /// `new` shares for `old` ones from the open of `ex_date` on.
    ///
    /// # Errors
    /// [`SplitError`] for counts outside 1 to 100, or equal ones.
    pub fn new(symbol: Symbol, ex_date: Date, new: u32, old: u32) -> Result<Self, SplitError> {
        let sane = 1..=RATE_MAX;
        if !sane.contains(&new) || !sane.contains(&old) || new == old {
            return Err(SplitError { symbol, new, old });
        }
        Ok(Self {
            symbol,
            ex_date,
            basis: Basis {
                new: new.into(),
                old: old.into(),
            },
        })
    }

    /// What is split.
    #[must_use]
    pub const fn symbol(&self) -> &Symbol {
        &self.symbol
    }

    /// The first session on the new basis.
    #[must_use]
    pub const fn ex_date(&self) -> Date {
        self.ex_date
    }

    /// New shares and the old ones they stand for.
    #[must_use]
    pub const fn rates(&self) -> (Decimal, Decimal) {
        (self.basis.new, self.basis.old)
    }

    /// New shares for one old.
    #[must_use]
    pub fn ratio(&self) -> Decimal {
        self.basis.ratio()
    }

    pub(super) const fn basis(&self) -> Basis {
        self.basis
    }
}

/// How shares of one day count on another: `new` for `old`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Basis {
    new: Decimal,
    old: Decimal,
}

impl Basis {
    /// The same shares.
    pub(super) const SAME: Self = Self {
        new: Decimal::ONE,
        old: Decimal::ONE,
    };

    pub(super) fn is_same(self) -> bool {
        self.new == self.old
    }

    /// This, then another.
    pub(super) fn then(self, later: Self) -> Self {
        Self {
            new: self.new * later.new,
            old: self.old * later.old,
        }
    }

    const fn inverse(self) -> Self {
        Self {
            new: self.old,
            old: self.new,
        }
    }

    pub(super) fn ratio(self) -> Decimal {
        (self.new / self.old).normalize()
    }

    /// What a price of before is after; never below the smallest step.
    pub(super) fn price(self, before: Price) -> Price {
        if self.is_same() {
            return before;
        }
        let after = (before.decimal() * self.old / self.new).round_dp(PRICE_DECIMALS);
        let smallest = Decimal::new(1, PRICE_DECIMALS);
        Price::new(after.normalize().clamp(smallest, PRICE_MAX))
            .expect("clamped to what a price is")
    }

    /// What a count of shares traded before is after, floored.
    pub(super) fn volume(self, before: u64) -> u64 {
        let after = Decimal::from(before) * self.new / self.old;
        u64::try_from(after.trunc()).unwrap_or(u64::MAX)
    }

    /// A bar of after, as it traded before.
    pub(super) fn undo(self, bar: &Bar) -> Bar {
        let back = self.inverse();
        let [open, high, low, close] =
            [bar.open, bar.high, bar.low, bar.close].map(|price| back.price(price));
        let volume = bar.volume.map(|volume| back.volume(volume));
        Bar::new(bar.start, open, high, low, close, volume)
            .expect("one ratio for all keeps the order of prices")
    }
}
