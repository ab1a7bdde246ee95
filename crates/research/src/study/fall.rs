//! The deepest fall of a path, from which day to which.

use market::time::new_york_date;
use serde::Serialize;

use crate::series::Series;

/// A fall from a high.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fall {
    /// Date of the high.
    pub from: String,
    /// Date of the low.
    pub to: String,
    /// Date on which the high was reached again; `None` while it was not.
    pub recovered: Option<String>,
    /// How deep, as a part of the high.
    pub depth: f64,
}

/// The deepest fall of `equity`, by bar of `series`; `None` when it never fell.
#[must_use]
pub fn deepest(series: &Series, equity: &[f64]) -> Option<Fall> {
    let mut top = 0;
    let (mut depth, mut from, mut to) = (0.0, 0, 0);
    for (at, level) in equity.iter().enumerate() {
        if *level > equity[top] {
            top = at;
        }
        let fall = 1.0 - level / equity[top];
        if fall > depth {
            (depth, from, to) = (fall, top, at);
        }
    }
    let date = |at: usize| new_york_date(series.bars[at].start).to_string();
    let back = equity[to..].iter().position(|level| *level >= equity[from]);
    (depth > 0.0).then(|| Fall {
        from: date(from),
        to: date(to),
        recovered: back.map(|after| date(to + after)),
        depth,
    })
}
