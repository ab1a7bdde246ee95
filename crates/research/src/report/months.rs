//! Returns by calendar month.

use std::collections::BTreeMap;

use market::time::new_york_date;

use super::page::{percent, table};
use crate::series::Series;

/// A table of years by months, each cell the change of equity from month's end to month's end.
pub(super) fn months(series: &Series, start: f64, equity: &[f64]) -> String {
    let mut ends: BTreeMap<(i16, i8), f64> = BTreeMap::new();
    for (bar, equity) in series.bars.iter().zip(equity) {
        let date = new_york_date(bar.start);
        ends.insert((date.year(), date.month()), *equity);
    }
    let mut before = start;
    let mut years: BTreeMap<i16, (f64, Vec<String>)> = BTreeMap::new();
    for ((year, month), end) in ends {
        let (_, cells) = years
            .entry(year)
            .or_insert_with(|| (before, vec![String::new(); MONTHS.len() - 2]));
        if let Some(cell) = usize::try_from(month - 1)
            .ok()
            .and_then(|at| cells.get_mut(at))
        {
            *cell = percent(end / before - 1.0);
        }
        before = end;
    }
    let last = before;
    let starts: Vec<f64> = years.values().map(|(start, _)| *start).collect();
    let rows = years
        .into_iter()
        .enumerate()
        .map(|(at, (year, (start, cells)))| {
            let end = starts.get(at + 1).copied().unwrap_or(last);
            let mut row = vec![year.to_string()];
            row.extend(cells);
            row.push(percent(end / start - 1.0));
            row
        });
    table(&MONTHS, &rows.collect::<Vec<_>>())
}

const MONTHS: [&str; 14] = [
    "", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "year",
];
