//! *Decisions*: a day's slots on the price, with both averages.

use askama::Template;
use chronicle::SlotView;
use market::Date;
use strategy::Signal;

use super::Frame;
use super::now::Row;
use crate::book::{Kind, Mark};
use crate::chart::{Chart, Dots, Line, Plot};
use crate::desk::Desk;
use crate::guard::Visitor;

/// Days drawn before the one that is shown.
const DAYS_BEFORE: usize = 4;

/// The page.
#[derive(Template)]
#[template(path = "decisions.html")]
pub(crate) struct Decisions {
    frame: Frame,
    day: String,
    earlier: Option<String>,
    later: Option<String>,
    chart: Option<Chart>,
    rows: Vec<Row>,
}

/// Where a day's records begin and the days beside it.
pub(crate) struct Day {
    /// The day.
    pub(crate) date: Date,
    /// Its first record.
    pub(crate) first_seq: u64,
    earlier: Option<Date>,
    later: Option<Date>,
}

/// The day asked for, else the newest; `None` when the book has none such.
pub(crate) fn day(desk: &Desk, wanted: Option<Date>) -> Option<Day> {
    let read = desk.read();
    let marks = read.book.marks();
    let date = wanted.or_else(|| Some(marks.last()?.slot.date()))?;
    let first = marks.iter().position(|mark| mark.slot.date() == date)?;
    let after = marks[first..].iter().find(|mark| mark.slot.date() > date);
    Some(Day {
        date,
        first_seq: marks[first].first_seq,
        earlier: first.checked_sub(1).map(|at| marks[at].slot.date()),
        later: after.map(|mark| mark.slot.date()),
    })
}

impl Decisions {
    pub(crate) fn new(
        desk: &Desk,
        visitor: &Visitor,
        day: Option<&Day>,
        views: Vec<SlotView>,
    ) -> Self {
        let read = desk.read();
        let path = |date: Date| format!("/decisions?day={date}");
        let symbol = desk.opening.settings.strategy.signal_symbol().to_string();
        Self {
            frame: Frame::new("Decisions", "/decisions", desk, &read, visitor),
            day: day.map(|day| day.date.to_string()).unwrap_or_default(),
            earlier: day.and_then(|day| day.earlier).map(path),
            later: day.and_then(|day| day.later).map(path),
            chart: day.and_then(|day| chart(read.book.marks(), day.date, &symbol)),
            rows: views.into_iter().map(Row::new).collect(),
        }
    }
}

fn chart(marks: &[Mark], date: Date, symbol: &str) -> Option<Chart> {
    let end = marks.iter().rposition(|mark| mark.slot.date() == date)? + 1;
    let shown = &marks[first_shown(&marks[..end])..end];
    let values = |of: fn(&Mark) -> Option<f64>| shown.iter().map(of).collect::<Vec<_>>();
    let that_day = (
        shown.iter().position(|mark| mark.slot.date() == date)?,
        shown.len() - 1,
    );
    let dots = |label, class, is_so: fn(&Mark) -> bool| Dots {
        label,
        class,
        at: shown
            .iter()
            .enumerate()
            .filter(|(_, mark)| is_so(mark))
            .filter_map(|(at, mark)| Some((at, mark.price?)))
            .collect(),
    };
    let plot = Plot {
        lines: vec![
            Line {
                label: "slow average",
                class: "three",
                values: values(|mark| mark.slow),
            },
            Line {
                label: "fast average",
                class: "two",
                values: values(|mark| mark.fast),
            },
            Line {
                label: symbol,
                class: "one",
                values: values(|mark| mark.price),
            },
        ],
        dots: vec![
            dots("bullish", "up", |mark| mark.signal == Some(Signal::Bullish)),
            dots("bearish", "down", |mark| {
                mark.signal == Some(Signal::Bearish)
            }),
            dots("traded", "ring", |mark| mark.kind == Kind::Traded),
        ],
        shaded: vec![that_day],
        shade_label: "this day",
        names: shown
            .iter()
            .map(|mark| mark.slot.date().to_string())
            .collect(),
    };
    let summary = format!(
        "{symbol} and both averages at every slot of {date} and {DAYS_BEFORE} sessions before; the table has the numbers."
    );
    let title = format!("{symbol} at each slot, with both averages");
    plot.draw("prices", &title, summary, |level| format!("{level:.2}"))
}

/// The first mark of the days that are drawn.
fn first_shown(marks: &[Mark]) -> usize {
    let mut days = 0;
    let mut newest = None;
    for (at, mark) in marks.iter().enumerate().rev() {
        if newest != Some(mark.slot.date()) {
            newest = Some(mark.slot.date());
            days += 1;
        }
        if days > DAYS_BEFORE + 1 {
            return at + 1;
        }
    }
    0
}
