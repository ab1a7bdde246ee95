//! Returns by calendar month.

use std::collections::BTreeMap;
use std::fmt::Write;

use market::time::new_york_date;

use super::page::percent;
use crate::series::Series;

/// A month's return that is shaded fully.
const FULL_SHADE: f64 = 0.2;

/// A table of years by months, each cell the change of equity from month's end to month's end,
/// shaded by its size.
pub(super) fn months(series: &Series, start: f64, equity: &[f64]) -> String {
    let mut ends: BTreeMap<i16, BTreeMap<i8, f64>> = BTreeMap::new();
    for (bar, equity) in series.bars.iter().zip(equity) {
        let date = new_york_date(bar.start);
        let year = ends.entry(date.year()).or_default();
        year.insert(date.month(), *equity);
    }
    let mut text =
        String::from("<div class=\"scroll\"><table class=\"months\"><thead><tr><th></th>");
    for name in MONTHS {
        let _ = write!(text, "<th>{name}</th>");
    }
    text.push_str("<th>year</th></tr></thead><tbody>");
    let mut before = start;
    for (year, months) in ends {
        let begun = before;
        let _ = write!(text, "<tr><td>{year}</td>");
        for month in 1..=12 {
            match months.get(&month) {
                None => text.push_str("<td></td>"),
                Some(end) => {
                    text.push_str(&cell(end / before - 1.0));
                    before = *end;
                }
            }
        }
        let whole = percent(before / begun - 1.0);
        let _ = write!(text, "<td class=\"total\">{whole}</td></tr>");
    }
    text + "</tbody></table></div>"
}

fn cell(change: f64) -> String {
    let colour = if change < 0.0 { "--bad" } else { "--good" };
    let part = (change.abs() / FULL_SHADE).min(1.0) * 45.0;
    format!(
        "<td style=\"background:color-mix(in srgb,var({colour}) {part:.0}%,transparent)\">{}</td>",
        percent(change)
    )
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
