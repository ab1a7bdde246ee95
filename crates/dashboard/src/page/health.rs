//! *Health*: outcomes day by day, sources, invariants, the verified head.

use std::collections::BTreeMap;

use askama::Template;
use chronicle::text;
use market::time::new_york_text;

use super::Frame;
use super::heatmap::{Heatmap, years};
use crate::book::{Book, Event, Kind};
use crate::desk::Desk;
use crate::guard::Visitor;

/// The page.
#[derive(Template)]
#[template(path = "health.html")]
pub(crate) struct Health {
    frame: Frame,
    map: Option<Heatmap>,
    /// Whether it is the one shown.
    years: Vec<(i16, bool)>,
    outcomes: Vec<(&'static str, String, String)>,
    reasons: Vec<(String, &'static str, String)>,
    sources: Vec<Source>,
    slot_times: String,
    breaches: Vec<(String, String)>,
    events: Vec<(String, String)>,
    revised: String,
    verified: String,
}

struct Source {
    name: String,
    usable: String,
    unusable: String,
    failing: u32,
    took: String,
    last_error: String,
}

impl Health {
    pub(crate) fn new(desk: &Desk, visitor: &Visitor, year: Option<i16>) -> Self {
        let read = desk.read();
        let book = &read.book;
        let years = years(book.marks());
        let year = year.filter(|year| years.contains(year));
        let year = year.or_else(|| years.last().copied());
        Self {
            frame: Frame::new("Health", "/health", desk, &read, visitor),
            map: year.map(|year| Heatmap::of(book.marks(), year)),
            years: years.into_iter().map(|it| (it, Some(it) == year)).collect(),
            outcomes: outcomes(book),
            reasons: reasons(book),
            sources: sources(&read),
            slot_times: slot_times(book),
            breaches: told(book.breaches()),
            events: told(book.events()),
            revised: text::count(book.revised()),
            verified: book.head().map_or("nothing yet".to_owned(), |head| {
                format!("record {}, hash {}", text::count(head.seq), head.hash)
            }),
        }
    }
}

fn told(events: &[Event]) -> Vec<(String, String)> {
    let one = |event: &Event| (new_york_text(event.at), event.text.clone());
    events.iter().rev().map(one).collect()
}

fn outcomes(book: &Book) -> Vec<(&'static str, String, String)> {
    let marks = book.marks();
    let count = |kind: Kind| marks.iter().filter(|mark| mark.kind == kind).count();
    let share = |count: usize| text::percent(ratio(count, marks.len()));
    Kind::ALL
        .into_iter()
        .map(|kind| (kind.word(), count(kind)))
        .filter(|(_, count)| *count > 0)
        .map(|(word, count)| (word, text::count(count as u64), share(count)))
        .collect()
}

fn reasons(book: &Book) -> Vec<(String, &'static str, String)> {
    let mut counts = BTreeMap::new();
    for reason in book.marks().iter().filter_map(|mark| mark.reason) {
        counts
            .entry(reason.to_string())
            .or_insert((reason, 0_u64))
            .1 += 1;
    }
    let mut rows: Vec<_> = counts.into_iter().collect();
    rows.sort_by_key(|(_, (_, count))| std::cmp::Reverse(*count));
    rows.into_iter()
        .map(|(name, (reason, count))| (name, reason.words(), text::count(count)))
        .collect()
}

fn sources(read: &crate::desk::Read) -> Vec<Source> {
    let one = |(name, health): (&_, &trading::health::SourceHealth)| {
        let latency = read.book.latencies().get(name);
        let at = |percent| latency.and_then(|latency| latency.percentile(percent));
        let took = at(50).zip(at(95)).zip(at(100));
        Source {
            name: name.to_string(),
            usable: text::count(health.usable),
            unusable: text::count(health.unusable),
            failing: health.failing,
            took: took.map_or("–".to_owned(), |((half, most), worst)| {
                format!("{half} / {most} / {worst} ms")
            }),
            last_error: health.last_error.clone().unwrap_or_default(),
        }
    };
    read.tail.state.sources.iter().map(one).collect()
}

/// From a slot's first try to its outcome.
fn slot_times(book: &Book) -> String {
    let mut all: Vec<i64> = book
        .marks()
        .iter()
        .filter_map(|mark| mark.took_ms)
        .collect();
    all.sort_unstable();
    let Some(last) = all.len().checked_sub(1) else {
        return "–".to_owned();
    };
    let seconds = |at: usize| text::seconds(all[at]);
    format!(
        "{} / {} / {}",
        seconds(last / 2),
        seconds(last * 95 / 100),
        seconds(last)
    )
}

#[expect(clippy::cast_precision_loss, reason = "counts of slots")]
fn ratio(of: usize, all: usize) -> f64 {
    of as f64 / all.max(1) as f64
}
