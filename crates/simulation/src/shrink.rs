//! The smallest plan of strikes that still fails.

use std::collections::BTreeSet;

use crate::fate::Strike;
use crate::run::{Options, Report, simulate};

/// Makes a failing report's plan smaller: leaves out ever smaller parts of it as long as the same
/// invariant is breached, until no single strike can be left out (Zeller and Hildebrandt 2002,
/// ddmin). Returns the report of the smallest plan, traced; `None` when the seed does not fail.
#[must_use]
pub fn shrink(seed: u64, options: &Options) -> Option<Report> {
    let failing = simulate(seed, options);
    let invariant = failing.breaches.first()?.invariant;
    let with = |plan: &[Strike], trace: bool| {
        let plan: BTreeSet<Strike> = plan.iter().copied().collect();
        let options = Options {
            plan: Some(plan),
            trace,
            ..options.clone()
        };
        simulate(seed, &options)
    };
    let fails = |report: &Report| {
        let mut breaches = report.breaches.iter();
        breaches.any(|breach| breach.invariant == invariant)
    };
    let mut plan = failing.struck;
    let mut parts = 2;
    while !plan.is_empty() {
        let size = plan.len().div_ceil(parts);
        let smaller = (0..plan.len()).step_by(size).find_map(|from| {
            let mut left = plan.clone();
            left.drain(from..(from + size).min(plan.len()));
            fails(&with(&left, false)).then_some(left)
        });
        match smaller {
            Some(left) => {
                plan = left;
                parts = 2.max(parts - 1);
            }
            None if size == 1 => break,
            None => parts = (parts * 2).min(plan.len()),
        }
    }
    Some(with(&plan, true))
}
