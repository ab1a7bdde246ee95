//! How far a fund made from an index is from the one studied.

use serde::Serialize;

use crate::leverage::{Financing, Leverage, LeverageError, Tracking, synthetic, tracking};
use crate::series::Series;

/// A made fund beside the real one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Realism {
    /// The index's name.
    pub index: String,
    /// Daily multiple.
    pub multiple: f64,
    /// Expenses a year, in basis points.
    pub expenses_bps: f64,
    /// Interest a year on what is borrowed, in basis points; `None`: each year's federal funds rate.
    pub financing_bps: Option<f64>,
    /// How the two compare.
    #[serde(flatten)]
    pub tracking: Tracking,
}

impl Realism {
    /// Makes the fund from `index` and holds it against `real`.
    ///
    /// # Errors
    /// [`LeverageError`].
    pub fn of(
        name: &str,
        index: &Series,
        real: &Series,
        leverage: &Leverage,
    ) -> Result<Self, LeverageError> {
        let made = synthetic(&index.bars, leverage)?;
        Ok(Self {
            index: name.to_owned(),
            multiple: leverage.multiple,
            expenses_bps: leverage.expenses.to_f64(),
            financing_bps: match leverage.financing {
                Financing::Fixed(rate) => Some(rate.to_f64()),
                Financing::FederalFunds => None,
            },
            tracking: tracking(&made, &real.bars)?,
        })
    }
}
