//! What to want: averages over hours, the signal they give, and the one decision function.
//!
//! [`Averages`] folds closed hours one at a time; [`decide`] compares a price with them. Live
//! trading, venue, backtest, simulation and replay all call these two, and nothing here knows
//! which of them is asking. Floats are used only here: prices come in and go out as decimals.
//! Deliberately absent: orders, sizes and the standing target, which live in `trading`.

mod averages;
mod decide;
mod params;

pub use averages::Averages;
pub use decide::{
    Decision, FRAGILE_PER_SPREAD, Holding, Margin, Margins, NotWarm, Signal, Target, decide,
};
pub use params::{
    ExitRule, HoursMode, Params, ParamsError, SLOW_MAX, WARMUP_HOURS_MAX, WARMUP_PER_SLOW,
    WINDOW_RESERVE_HOURS,
};
