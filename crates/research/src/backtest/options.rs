//! What a backtest is asked.

use market::{Bps, Decimal, Money};
use serde::{Deserialize, Serialize};
use strategy::{ExitRule, Params, WARMUP_PER_SLOW};

use super::Fees;
use crate::timeline::Fill;

/// Most starting cash, in dollars: a trillion.
pub const CASH_MAX: Decimal = Decimal::from_parts(0xd4a5_1000, 0xe8, 0, false, 0);
/// Largest part of equity never spent: half of it.
pub const BUFFER_BPS_MAX: u32 = 5_000;
/// Least distance of the rebalance band above the cash buffer, as live trading demands.
const BAND_ABOVE_BUFFER_BPS: u32 = 100;
/// The live default of the rebalance band.
const BAND_BPS_DEFAULT: u32 = 200;
/// The live default of the distance of a limit from the price.
const COLLAR_BPS_DEFAULT: u32 = 50;
/// Starting cash when none is named, in cents.
const CASH_DEFAULT_CENTS: i64 = 10_000_000;
const SLIPPAGE_BPS_LIMIT: Decimal = Decimal::from_parts(10_000, 0, 0, false, 0);

/// Whether fractions of a share are bought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShareRule {
    /// To nine decimals, by orders of so many dollars.
    #[default]
    Fractional,
    /// Whole shares only, by limit orders 50 bps above the price, as live trading sends them; an
    /// entry whose fill price lies above its limit is not filled.
    Whole,
}

/// Options of one exact run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Averages, hours and exit rule; its own warm-up is replaced by [`Options::warmup`].
    pub params: Params,
    /// At which price orders fill.
    pub fill: Fill,
    /// What each fill is worse than its price, from 0 to below 10 000 bps.
    pub slippage: Bps,
    /// Regulatory fees.
    pub fees: Fees,
    /// Starting cash, in dollars.
    pub cash: Money,
    /// Silent hours (bars for files of hours or days) before the first signal; 10 × slow when
    /// not given.
    pub warmup: Option<u32>,
    /// Whether fractions are bought.
    pub shares: ShareRule,
    /// Part of equity never spent, at most half.
    pub buffer: Bps,
    /// Distance of a whole-share limit from the price.
    pub collar: Bps,
    /// Simple annual interest on cash, credited when the date changes; 0 earns nothing.
    pub cash_rate: Bps,
    /// Bars a year; from the calendar when not given.
    pub periods_per_year: Option<f64>,
}

/// 10/20, next open, no costs, 100 000 dollars, fractional, all of it spent.
impl Default for Options {
    fn default() -> Self {
        Self {
            params: Params::default(),
            fill: Fill::default(),
            slippage: Bps::whole(0),
            fees: Fees::default(),
            cash: Money::from_cents(CASH_DEFAULT_CENTS),
            warmup: None,
            shares: ShareRule::default(),
            buffer: Bps::whole(0),
            collar: Bps::whole(COLLAR_BPS_DEFAULT),
            cash_rate: Bps::whole(0),
            periods_per_year: None,
        }
    }
}

/// An option that means nothing.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum OptionsError {
    /// Nothing to trade with, or more than arithmetic holds.
    #[error("cash {cash} must be from 1 to {CASH_MAX} dollars")]
    Cash {
        /// The cash given.
        cash: Money,
    },
    /// Slippage that brings a price to zero or improves it.
    #[error("slippage of {bps} bps must be from 0 to below 10000")]
    Slippage {
        /// The slippage given.
        bps: Bps,
    },
    /// A buffer below zero or above half of equity.
    #[error("buffer of {bps} bps must be from 0 to {BUFFER_BPS_MAX}")]
    Buffer {
        /// The buffer given.
        bps: Bps,
    },
    /// Interest below zero or above the whole.
    #[error("cash rate of {bps} bps a year must be from 0 to 10000")]
    CashRate {
        /// The rate given.
        bps: Bps,
    },
    /// No such number of bars.
    #[error("periods per year = {periods} must be above 0 and finite")]
    Periods {
        /// The number given.
        periods: f64,
    },
}

impl Options {
    /// Silent hours or bars before the first signal.
    #[must_use]
    pub fn warmup(&self) -> u32 {
        self.warmup.unwrap_or(self.params.slow * WARMUP_PER_SLOW)
    }

    /// The same with these averages.
    ///
    /// # Errors
    /// [`strategy::ParamsError`].
    pub fn with_pair(self, fast: u32, slow: u32) -> Result<Self, strategy::ParamsError> {
        let params = Params::new(fast, slow)?
            .with_hours(self.params.hours)
            .with_exit(self.params.exit);
        Ok(Self { params, ..self })
    }

    /// The same with this exit rule.
    #[must_use]
    pub fn with_exit(self, exit: ExitRule) -> Self {
        Self {
            params: self.params.with_exit(exit),
            ..self
        }
    }

    /// Least part of equity worth a buy: the live default, widened where the buffer needs it.
    pub(super) fn rebalance_band(&self) -> Bps {
        let needed = self.buffer.decimal() + Decimal::from(BAND_ABOVE_BUFFER_BPS);
        Bps::new(needed.max(Decimal::from(BAND_BPS_DEFAULT))).unwrap_or(self.buffer)
    }

    /// # Errors
    /// [`OptionsError`] for the first option that means nothing.
    pub(super) fn check(&self) -> Result<(), OptionsError> {
        let within = |bps: Bps, max: Decimal| (Decimal::ZERO..=max).contains(&bps.decimal());
        if !(Decimal::ONE..=CASH_MAX).contains(&self.cash.decimal()) {
            return Err(OptionsError::Cash { cash: self.cash });
        }
        if !within(self.slippage, SLIPPAGE_BPS_LIMIT)
            || self.slippage.decimal() == SLIPPAGE_BPS_LIMIT
        {
            return Err(OptionsError::Slippage { bps: self.slippage });
        }
        if !within(self.buffer, Decimal::from(BUFFER_BPS_MAX)) {
            return Err(OptionsError::Buffer { bps: self.buffer });
        }
        if !within(self.cash_rate, SLIPPAGE_BPS_LIMIT) {
            return Err(OptionsError::CashRate {
                bps: self.cash_rate,
            });
        }
        match self.periods_per_year {
            Some(periods) if !(periods.is_finite() && periods > 0.0) => {
                Err(OptionsError::Periods { periods })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_mean_nothing_are_refused_with_their_values() {
        let sound = Options::default();
        assert_eq!(sound.check(), Ok(()));
        let bps = |text: &str| text.parse::<Bps>().unwrap();
        let cases = [
            (
                Options {
                    cash: Money::ZERO,
                    ..sound
                },
                "cash 0 must be from 1 to 1000000000000 dollars",
            ),
            (
                Options {
                    slippage: bps("-1"),
                    ..sound
                },
                "slippage of -1 bps must be from 0 to below 10000",
            ),
            (
                Options {
                    slippage: bps("10000"),
                    ..sound
                },
                "slippage of 10000 bps must be from 0 to below 10000",
            ),
            (
                Options {
                    buffer: bps("5001"),
                    ..sound
                },
                "buffer of 5001 bps must be from 0 to 5000",
            ),
            (
                Options {
                    cash_rate: bps("-3"),
                    ..sound
                },
                "cash rate of -3 bps a year must be from 0 to 10000",
            ),
            (
                Options {
                    periods_per_year: Some(0.0),
                    ..sound
                },
                "periods per year = 0 must be above 0 and finite",
            ),
        ];
        for (options, message) in cases {
            assert_eq!(options.check().unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn the_band_stays_a_percent_above_the_buffer() {
        let with = |buffer| Options {
            buffer: Bps::whole(buffer),
            ..Options::default()
        };
        assert_eq!(with(0).rebalance_band(), Bps::whole(200));
        assert_eq!(with(50).rebalance_band(), Bps::whole(200));
        assert_eq!(with(300).rebalance_band(), Bps::whole(400));
    }
}
