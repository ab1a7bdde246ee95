//! A year of sessions as a calendar, each day as bad as its worst slot.

use std::collections::BTreeMap;
use std::fmt::Write;

use market::Date;

use crate::book::{Kind, Mark};

/// A cell and the room around it, in units of the drawing.
const CELL: i64 = 15;
const STEP: i64 = 18;
/// Room above for the months.
const TOP: i64 = 18;

/// The drawing of a year.
pub(crate) struct Heatmap {
    pub(crate) year: i16,
    pub(crate) drawing: String,
    pub(crate) width: i64,
    pub(crate) height: i64,
    pub(crate) summary: String,
}

/// The years that the marks touch, oldest first.
pub(crate) fn years(marks: &[Mark]) -> Vec<i16> {
    let mut years: Vec<i16> = marks.iter().map(|mark| mark.date.year()).collect();
    years.dedup();
    years
}

impl Heatmap {
    pub(crate) fn of(marks: &[Mark], year: i16) -> Self {
        let mut days: BTreeMap<Date, Vec<Kind>> = BTreeMap::new();
        for mark in marks.iter().filter(|mark| mark.date.year() == year) {
            days.entry(mark.date).or_default().push(shown(mark));
        }
        let first = Date::constant(year, 1, 1);
        let offset = i64::from(first.weekday().to_monday_zero_offset());
        let mut drawing = months(year, offset);
        let mut calm = 0;
        for (date, kinds) in &days {
            let worst = kinds.iter().copied().max_by_key(|kind| kind.gravity());
            let worst = worst.unwrap_or(Kind::Open);
            calm += usize::from(matches!(worst, Kind::Held | Kind::Traded));
            let week = week(*date, offset);
            let weekday = i64::from(date.weekday().to_monday_zero_offset());
            let (x, y) = (week * STEP, TOP + weekday * STEP);
            let _ = write!(
                drawing,
                "<rect class=\"{}\" x=\"{x}\" y=\"{y}\" width=\"{CELL}\" height=\"{CELL}\" rx=\"2\"><title>{date}: {}</title></rect>",
                worst.word(),
                told(kinds)
            );
        }
        Self {
            year,
            drawing,
            width: 53 * STEP + CELL,
            height: TOP + 4 * STEP + CELL,
            summary: format!(
                "{} sessions of {year}, {calm} of them with every slot held or traded",
                days.len()
            ),
        }
    }
}

/// In which column a date stands.
fn week(date: Date, offset: i64) -> i64 {
    (i64::from(date.day_of_year()) - 1 + offset) / 7
}

/// The months, each above the column of its first day.
fn months(year: i16, offset: i64) -> String {
    const NAMES: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let mut text = String::new();
    for (month, name) in (1..).zip(NAMES) {
        let x = week(Date::constant(year, month, 1), offset) * STEP;
        let _ = write!(text, "<text x=\"{x}\" y=\"11\">{name}</text>");
    }
    text
}

/// A slot before the first signal is as it should be.
fn shown(mark: &Mark) -> Kind {
    if mark.is_warm_up() {
        Kind::Held
    } else {
        mark.kind
    }
}

fn told(kinds: &[Kind]) -> String {
    let count = |kind: Kind| kinds.iter().filter(|it| **it == kind).count();
    let some = Kind::ALL.into_iter().filter(|kind| count(*kind) > 0);
    let words: Vec<String> = some
        .map(|kind| format!("{} {}", count(kind), kind.word()))
        .collect();
    words.join(", ")
}
