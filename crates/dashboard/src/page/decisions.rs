//! *Decisions*: a day's slots on the price, with both averages.

use askama::Template;
use market::{Date, Price};
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

/// A day and the ones beside it.
#[derive(Clone, Copy)]
struct Day {
    date: Date,
    /// Its first mark.
    first: usize,
    earlier: Option<Date>,
    later: Option<Date>,
}

impl Day {
    /// The day asked for, else the newest; `None` when the book has none such.
    fn of(marks: &[Mark], wanted: Option<Date>) -> Option<Self> {
        let date = wanted.or_else(|| Some(marks.last()?.date))?;
        let first = marks.iter().position(|mark| mark.date == date)?;
        let after = marks[first..].iter().find(|mark| mark.date > date);
        Some(Self {
            date,
            first,
            earlier: first.checked_sub(1).map(|at| marks[at].date),
            later: after.map(|mark| mark.date),
        })
    }

    fn marks(self, marks: &[Mark]) -> impl Iterator<Item = &Mark> {
        let of_it = move |mark: &&Mark| mark.date == self.date;
        marks[self.first..].iter().take_while(of_it)
    }
}

impl Decisions {
    pub(crate) fn new(desk: &Desk, visitor: &Visitor, wanted: Option<Date>) -> Self {
        let read = desk.read();
        let marks = read.book.marks();
        let day = Day::of(marks, wanted);
        let path = |date: Date| format!("/decisions?day={date}");
        let symbol = desk.opening.settings.strategy.signal_symbol().to_string();
        Self {
            frame: Frame::new("Decisions", "/decisions", desk, &read, visitor),
            day: day.map(|day| day.date.to_string()).unwrap_or_default(),
            earlier: day.and_then(|day| day.earlier).map(path),
            later: day.and_then(|day| day.later).map(path),
            chart: day.and_then(|day| chart(marks, day.date, &symbol)),
            rows: day
                .map(|day| day.marks(marks).map(Row::marked).collect())
                .unwrap_or_default(),
        }
    }
}

fn chart(marks: &[Mark], date: Date, symbol: &str) -> Option<Chart> {
    let end = marks.iter().rposition(|mark| mark.date == date)? + 1;
    let shown = &marks[first_shown(&marks[..end])..end];
    let values = |of: fn(&Mark) -> Option<f64>| shown.iter().map(of).collect::<Vec<_>>();
    let that_day = (
        shown.iter().position(|mark| mark.date == date)?,
        shown.len() - 1,
    );
    let dots = |label, class, is_so: fn(&Mark) -> bool| Dots {
        label,
        class,
        at: shown
            .iter()
            .enumerate()
            .filter(|(_, mark)| is_so(mark))
            .filter_map(|(at, mark)| Some((at, mark.price?.to_f64())))
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
                values: values(|mark| mark.price.map(Price::to_f64)),
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
        top: None,
        names: shown.iter().map(|mark| mark.date.to_string()).collect(),
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
        if newest != Some(mark.date) {
            newest = Some(mark.date);
            days += 1;
        }
        if days > DAYS_BEFORE + 1 {
            return at + 1;
        }
    }
    0
}
