//! A year of sessions as a calendar, each day as bad as its worst slot.

use std::collections::BTreeMap;
use std::fmt::Write;

use market::Date;

use crate::book::{Kind, Mark};

/// A cell and the room around it, in units of the drawing.
const CELL: i64 = 12;
const STEP: i64 = 15;

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
    let mut years: Vec<i16> = marks.iter().map(|mark| mark.slot.date().year()).collect();
    years.dedup();
    years
}

impl Heatmap {
    pub(crate) fn of(marks: &[Mark], year: i16) -> Self {
        let mut days: BTreeMap<Date, Vec<Kind>> = BTreeMap::new();
        for mark in marks.iter().filter(|mark| mark.slot.date().year() == year) {
            days.entry(mark.slot.date()).or_default().push(shown(mark));
        }
        let first = Date::constant(year, 1, 1);
        let offset = i64::from(first.weekday().to_monday_zero_offset());
        let mut drawing = String::new();
        let mut calm = 0;
        for (date, kinds) in &days {
            let worst = kinds.iter().copied().max_by_key(|kind| kind.gravity());
            let worst = worst.unwrap_or(Kind::Open);
            calm += usize::from(matches!(worst, Kind::Held | Kind::Traded));
            let week = (i64::from(date.day_of_year()) - 1 + offset) / 7;
            let weekday = i64::from(date.weekday().to_monday_zero_offset());
            let (x, y) = (week * STEP, weekday * STEP);
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
            height: 4 * STEP + CELL,
            summary: format!(
                "{} sessions of {year}, {calm} of them with every slot held or traded",
                days.len()
            ),
        }
    }
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
