//! Splits in files: applied where their step is really present, suspected where nobody named one.

use super::{Placed, Problem, Refusal};
use crate::bar::Bar;
use crate::split::{Split, step, step_is_present, suspected_step};
use crate::time::{Duration, new_york_date};

/// A step is real when a move of at least this part of it, in logarithms, stands within
/// [`LIKE_MOVE_REACH`] of it: crashes come with others of their kind, splits alone.
pub const LIKE_MOVE_PART: f64 = 0.5;
/// How far on either side a like move is looked for.
pub const LIKE_MOVE_REACH: Duration = Duration::from_hours(14 * 24);

/// Takes each split out of the bars before its date, if its step is there; returns those found.
///
/// Unlike [`crate::split::apply`], a hole in the bars does not keep a split from being found:
/// whoever reads the file has named it.
pub(super) fn apply(placed: &mut [Placed], splits: &[Split]) -> Vec<Split> {
    let mut applied = Vec::new();
    for split in splits.iter().filter(|split| !split.ratio.is_one()) {
        let first_new = placed.partition_point(|at| new_york_date(at.bar.start) < split.date);
        let (before, after) = placed.split_at_mut(first_new);
        let (Some(last), Some(first)) = (before.last(), after.first()) else {
            continue;
        };
        if step_is_present(last.bar.close, first.bar.open, split.ratio) {
            for old in before {
                old.bar = split.ratio.adjust_bar(&old.bar);
            }
            applied.push(*split);
        }
    }
    applied
}

/// The steps that look like a split on a date that no given split names.
pub(super) fn suspects(placed: &[Placed], splits: &[Split]) -> Vec<Refusal> {
    let pairs = placed.windows(2).enumerate();
    pairs
        .filter_map(|(at, pair)| {
            let (before, after) = (&pair[0].bar, &pair[1].bar);
            let date = new_york_date(after.start);
            let ratio = suspected_step(opening(before, after))?;
            let said_real = splits
                .iter()
                .any(|said| said.date == date && said.ratio.is_one());
            if said_real || has_like_move(placed, at) {
                return None;
            }
            let (split, close, open) = (Split { date, ratio }, before.close, after.open);
            let problem = Problem::SuspectedSplit { split, close, open };
            Some((Some(pair[1].line), problem))
        })
        .collect()
}

/// Whether a step like the one after bar `at` stands near it. Steps that look like splits
/// themselves prove nothing, else a file that changes its share basis twice would vouch for itself.
fn has_like_move(placed: &[Placed], at: usize) -> bool {
    let (start, size) = (
        placed[at].bar.start,
        opening(&placed[at].bar, &placed[at + 1].bar).ln().abs(),
    );
    let near = |other: &Placed| start.duration_since(other.bar.start).abs() <= LIKE_MOVE_REACH;
    let from = placed[..at]
        .iter()
        .rev()
        .take_while(|other| near(other))
        .count();
    let to = placed[at..].iter().take_while(|other| near(other)).count();
    placed[at - from..at + to].windows(2).any(|pair| {
        let (before, after) = (&pair[0].bar, &pair[1].bar);
        let like = |moved: f64| {
            suspected_step(moved).is_none() && moved.ln().abs() >= LIKE_MOVE_PART * size
        };
        let closes = step(before.close, after.close);
        before.start != start && (like(opening(before, after)) || like(closes))
    })
}

/// How much the price moves from a bar's close to the next one's open.
fn opening(before: &Bar, after: &Bar) -> f64 {
    step(before.close, after.open)
}
