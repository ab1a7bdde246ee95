//! Exponential moving averages over hour closes.

use market::Price;

use crate::params::Params;

/// The fast and the slow average, folded one closed hour at a time; O(1) in history.
///
/// Each is `a*x + (1-a)*prev` with `a = 2/(n+1)`, seeded with the first close, in plain double
/// precision without fused multiply-add: bit-equal to pandas' `ewm(span=n, adjust=False).mean()`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Averages {
    fast: Ema,
    slow: Ema,
    count: u64,
    warmup: u64,
    lowest: f64,
    highest: f64,
}

impl Averages {
    /// Averages that have seen nothing.
    #[must_use]
    pub fn new(params: &Params) -> Self {
        Self {
            fast: Ema::new(params.fast),
            slow: Ema::new(params.slow),
            count: 0,
            warmup: market::sabotage!(NoWarmUp, 1, u64::from(params.warmup_hours).max(1)),
            lowest: f64::INFINITY,
            highest: f64::NEG_INFINITY,
        }
    }

    /// Folds the close of the next closed hour.
    pub fn push(&mut self, close: Price) {
        let close = close.to_f64();
        if self.count == 0 {
            self.fast.value = close;
            self.slow.value = close;
        } else {
            self.fast.value = self.fast.with(close);
            self.slow.value = self.slow.with(close);
        }
        self.count += 1;
        self.lowest = self.lowest.min(close);
        self.highest = self.highest.max(close);
    }

    /// How many closed hours were folded.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// How many closed hours are needed before there is a value; at least 1.
    #[must_use]
    pub const fn needed(&self) -> u64 {
        self.warmup
    }

    /// The fast average in dollars; `None` before the warm-up is over.
    #[must_use]
    pub fn fast(&self) -> Option<f64> {
        self.is_warm().then_some(self.fast.value)
    }

    /// The slow average in dollars; `None` before the warm-up is over.
    #[must_use]
    pub fn slow(&self) -> Option<f64> {
        self.is_warm().then_some(self.slow.value)
    }

    /// Both averages as they would be after one more hour closing at `price`, fast first; `None`
    /// before the warm-up is over. The averages themselves stay as they are.
    pub(crate) fn with(&self, price: f64) -> Option<(f64, f64)> {
        self.is_warm()
            .then(|| (self.fast.with(price), self.slow.with(price)))
    }

    /// Highest minus lowest of all closes folded and `price`, in dollars.
    pub(crate) fn spread_with(&self, price: f64) -> f64 {
        self.highest.max(price) - self.lowest.min(price)
    }

    const fn is_warm(&self) -> bool {
        self.count >= self.warmup
    }
}

/// One average; its value means nothing before the first close.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Ema {
    alpha: f64,
    value: f64,
}

impl Ema {
    fn new(span: u32) -> Self {
        Self {
            alpha: 2.0 / (f64::from(span) + 1.0),
            value: 0.0,
        }
    }

    /// The next value. A close equal to the average leaves it untouched, as in pandas: the two
    /// products of the formula would else round a constant series away from itself.
    #[expect(
        clippy::float_cmp,
        reason = "exactly equal is the case that needs no arithmetic"
    )]
    fn with(self, close: f64) -> f64 {
        if close == self.value {
            return close;
        }
        self.alpha * close + (1.0 - self.alpha) * self.value
    }
}
