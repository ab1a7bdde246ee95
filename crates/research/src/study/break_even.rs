//! At what cost the edge is gone.

use serde::Serialize;

use crate::sweep::{Options, Table, plain};

/// Highest cost looked at, in basis points a fill.
pub const COST_BPS_MAX: f64 = 500.0;

const BPS_PER_ONE: f64 = 10_000.0;
const HALVINGS: u32 = 30;

/// Costs a fill at which the strategy stops being worth it, on top of those already charged.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BreakEven {
    /// Extra basis points a fill at which the total return is zero; `None` when it is not above
    /// zero without any, or still above zero at [`COST_BPS_MAX`].
    pub to_zero_bps: Option<f64>,
    /// Extra basis points a fill at which it equals buy and hold.
    pub to_hold_bps: Option<f64>,
}

/// Finds the costs for one pair by bisection; the return falls with every basis point.
#[must_use]
pub fn find(table: &Table<'_>, options: &Options, pair: (u32, u32)) -> BreakEven {
    let closes = table.marks();
    let held = closes[closes.len() - 1] / closes[0] - 1.0;
    let earned = |bps: f64| {
        let path = plain::walk(table, options, pair, bps / BPS_PER_ONE);
        path.equity.last().map_or(0.0, |equity| equity - 1.0)
    };
    let crossing = |target: f64| {
        let (mut low, mut high) = (0.0, COST_BPS_MAX);
        if earned(low) <= target || earned(high) > target {
            return None;
        }
        for _ in 0..HALVINGS {
            let middle = 0.5 * (low + high);
            if earned(middle) > target {
                low = middle;
            } else {
                high = middle;
            }
        }
        Some(high)
    };
    BreakEven {
        to_zero_bps: crossing(0.0),
        to_hold_bps: crossing(held),
    }
}
