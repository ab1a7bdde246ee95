//! Probes for two silent faults: seeing the future, and remembering the beginning.

use market::calendar::Calendar;
use serde::Serialize;

use crate::series::Series;

/// Moments at which history is cut to look for the future.
pub const CUTS: usize = 16;

/// A position that changed when bars after it were taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct LookAhead {
    /// The bar whose position differs.
    pub bar: usize,
    /// Bars left when it did.
    pub cut: usize,
}

/// Runs `positions` on ever longer beginnings of `series` and compares them with the whole; a
/// rule that knows only the past holds the same on both. The last bar of a beginning is
/// compared too. `None`: nothing was found.
pub fn look_ahead(
    series: &Series,
    calendar: &Calendar,
    positions: impl Fn(&Series) -> Vec<bool>,
) -> Option<LookAhead> {
    let whole = positions(series);
    let bars = series.bars.len();
    (1..=CUTS).find_map(|part| {
        let cut = bars * part / (CUTS + 1);
        let first = series.bars.get(..cut)?.to_vec();
        let first = Series::of(series.interval, series.grid, first, calendar).ok()?;
        let seen = positions(&first);
        let bar = seen
            .iter()
            .zip(&whole)
            .position(|(seen, whole)| seen != whole)?;
        Some(LookAhead { bar, cut })
    })
}

/// How much of a result hangs on where the file begins.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct WarmupProbe {
    /// Bars left out at the beginning.
    pub skipped: usize,
    /// Bars compared: those at which both runs are warm.
    pub compared: usize,
    /// Bars at which the two hold differently.
    pub different: usize,
}

/// Runs `positions` on `series` and on the same without its first `skipped` bars, and compares
/// them where the latter has been warm for as long again; `None` when too little is left.
pub fn warmup(
    series: &Series,
    calendar: &Calendar,
    skipped: usize,
    positions: impl Fn(&Series) -> Vec<bool>,
) -> Option<WarmupProbe> {
    let later = series.bars.get(skipped..)?.to_vec();
    let later = Series::of(series.interval, series.grid, later, calendar).ok()?;
    let whole = positions(series);
    let seen = positions(&later);
    let settled = 2 * skipped;
    let pairs = whole[skipped..].iter().zip(&seen).skip(settled);
    let compared = pairs.clone().count();
    let different = pairs.filter(|(whole, seen)| whole != seen).count();
    (compared > 0).then_some(WarmupProbe {
        skipped,
        compared,
        different,
    })
}
