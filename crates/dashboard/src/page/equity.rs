//! *Equity*: the curve against buying and holding, net of flows; drawdown and exposure.

use askama::Template;
use chronicle::movements::{Movements, word};
use chronicle::text;
use market::Price;
use trading::flow::CashFlow;

use super::{Frame, gain, now::Figure, signed};
use crate::book::Mark;
use crate::chart::{Chart, Line, Plot, stretches};
use crate::desk::Desk;
use crate::guard::Visitor;

/// The page.
#[derive(Template)]
#[template(path = "equity.html")]
pub(crate) struct Equity {
    frame: Frame,
    spans: Vec<Span>,
    figures: Vec<(&'static str, Figure)>,
    charts: Vec<Chart>,
    movements: Vec<(String, String, String)>,
    held_symbol: String,
}

struct Span {
    path: String,
    label: &'static str,
    is_here: bool,
}

/// How far back, in slots of whole sessions; `None` is everything.
const SPANS: [(&str, &str, Option<usize>); 4] = [
    ("month", "a month", Some(21 * 13)),
    ("quarter", "a quarter", Some(63 * 13)),
    ("year", "a year", Some(252 * 13)),
    ("all", "all", None),
];

impl Equity {
    pub(crate) fn new(desk: &Desk, visitor: &Visitor, span: &str) -> Self {
        let read = desk.read();
        let chosen = SPANS
            .iter()
            .find(|(name, ..)| *name == span)
            .unwrap_or(&SPANS[3]);
        let all: Vec<&Mark> = known(read.book.marks());
        let from = chosen.2.map_or(0, |slots| all.len().saturating_sub(slots));
        let marks = &all[from..];
        let symbol = desk.opening.settings.strategy.signal_symbol().to_string();
        let curves = Curves::of(marks);
        Self {
            frame: Frame::new("Equity", "/equity", desk, &read, visitor),
            spans: spans(chosen.0),
            figures: curves.figures(marks, &symbol),
            charts: curves.charts(marks, &symbol),
            movements: moved(read.book.movements()),
            held_symbol: symbol,
        }
    }
}

/// Date, word and dollars of each movement, the newest first.
fn moved(movements: &Movements) -> Vec<(String, String, String)> {
    let one = |flow: &CashFlow| {
        let at = market::time::new_york_date(flow.at).to_string();
        (at, word(flow).to_owned(), text::dollars(flow.amount))
    };
    movements.all().into_iter().rev().map(one).collect()
}

/// From the first slot with a value on.
fn known(marks: &[Mark]) -> Vec<&Mark> {
    let begun = |mark: &&Mark| mark.unit.is_none() || mark.is_warm_up();
    marks.iter().skip_while(begun).collect()
}

fn spans(chosen: &str) -> Vec<Span> {
    let one = |(name, label, _): &(&str, &'static str, Option<usize>)| Span {
        path: format!("/equity?span={name}"),
        label,
        is_here: *name == chosen,
    };
    SPANS.iter().map(one).collect()
}

struct Curves {
    /// Growth since the first slot shown, as a ratio.
    account: Vec<Option<f64>>,
    holding: Vec<Option<f64>>,
    drawdown: Vec<Option<f64>>,
}

impl Curves {
    fn of(marks: &[&Mark]) -> Self {
        let units: Vec<Option<f64>> = marks.iter().map(|mark| mark.unit).collect();
        let prices: Vec<Option<f64>> = {
            let price = |mark: &&Mark| mark.price.map(Price::to_f64);
            marks.iter().map(price).collect()
        };
        Self {
            account: growth(&units),
            holding: growth(&prices),
            drawdown: drawdown(&units),
        }
    }

    fn charts(&self, marks: &[&Mark], symbol: &str) -> Vec<Chart> {
        let names: Vec<String> = marks.iter().map(|mark| mark.date.to_string()).collect();
        let growth = Plot {
            lines: vec![
                Line {
                    label: symbol,
                    class: "two",
                    values: self.holding.clone(),
                },
                Line {
                    label: "account",
                    class: "one",
                    values: self.account.clone(),
                },
            ],
            shaded: stretches(marks, |mark| mark.held),
            shade_label: "fund held",
            names: names.clone(),
            ..Plot::default()
        };
        let fall = Plot {
            lines: vec![Line {
                label: "drawdown",
                class: "three",
                values: self.drawdown.clone(),
            }],
            names,
            top: Some(0.0),
            ..Plot::default()
        };
        let end = |curve: &[Option<f64>]| last(curve).map_or("unknown".to_owned(), signed);
        let summary = format!(
            "The account {}, buying and holding {symbol} {}, both net of flows.",
            end(&self.account),
            end(&self.holding)
        );
        let deepest = lowest(&self.drawdown).map_or("unknown".to_owned(), signed);
        let title = format!("Account against buying and holding {symbol}");
        let drawn = [
            growth.draw("growth", &title, summary, percent),
            fall.draw(
                "drawdown",
                "Drawdown",
                format!("Deepest: {deepest}."),
                percent,
            ),
        ];
        drawn.into_iter().flatten().collect()
    }

    fn figures(&self, marks: &[&Mark], symbol: &str) -> Vec<(&'static str, Figure)> {
        let ratio = |value: Option<f64>, remark: String| Figure {
            text: value.map_or("–".to_owned(), signed),
            class: value.map_or("", gain),
            remark,
        };
        let held = marks.iter().filter(|mark| mark.held).count();
        let share = (!marks.is_empty()).then(|| part(held, marks.len()));
        vec![
            (
                "account",
                ratio(last(&self.account), "net of flows".to_owned()),
            ),
            (
                "buy and hold",
                ratio(last(&self.holding), symbol.to_owned()),
            ),
            (
                "deepest drawdown",
                ratio(lowest(&self.drawdown), "from the highest".to_owned()),
            ),
            (
                "exposure",
                Figure {
                    text: share.map_or("–".to_owned(), text::percent),
                    class: "",
                    remark: format!("of {}", text::counted(marks.len() as u64, "slot")),
                },
            ),
        ]
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of slots")]
fn part(of: usize, all: usize) -> f64 {
    of as f64 / all as f64
}

fn percent(ratio: f64) -> String {
    let sign = if ratio.abs() < 5e-4 { 0.0 } else { ratio };
    format!("{:+.1} %", sign * 100.0)
}

fn growth(values: &[Option<f64>]) -> Vec<Option<f64>> {
    let first = values.iter().flatten().next().copied();
    let one = |value: &Option<f64>| Some((*value)? / first? - 1.0);
    values.iter().map(one).collect()
}

fn drawdown(values: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut highest = f64::MIN_POSITIVE;
    let mut one = |value: &Option<f64>| {
        let value = (*value)?;
        highest = highest.max(value);
        Some(value / highest - 1.0)
    };
    values.iter().map(&mut one).collect()
}

fn last(values: &[Option<f64>]) -> Option<f64> {
    values.iter().rev().flatten().next().copied()
}

fn lowest(values: &[Option<f64>]) -> Option<f64> {
    values.iter().flatten().copied().reduce(f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_and_drawdown_pass_over_what_is_not_known() {
        let values = [None, Some(2.0), Some(3.0), None, Some(1.5)];
        let all = [None, Some(0.0), Some(0.5), None, Some(-0.25)];
        assert_eq!(growth(&values), all);
        assert_eq!(
            drawdown(&values),
            [None, Some(0.0), Some(0.0), None, Some(-0.5)]
        );
        assert_eq!((last(&values), lowest(&values)), (Some(1.5), Some(1.5)));
    }
}
