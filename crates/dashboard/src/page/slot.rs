//! One slot's whole story.

use askama::Template;
use chronicle::story::{Line, Story, Tone};
use chronicle::{OrderLine, text};
use market::{Money, Slot};
use trading::record::{Entry, Record};

use super::{Frame, price};
use crate::desk::Desk;
use crate::guard::Visitor;

/// The page.
#[derive(Template)]
#[template(path = "slot.html")]
pub(crate) struct SlotPage {
    frame: Frame,
    slot: String,
    day: String,
    ending: String,
    chapters: Vec<Chapter>,
    records: Option<String>,
    fills: Vec<Fill>,
    hours: Vec<Hour>,
    source: String,
    before: Option<(String, String)>,
    after: Option<(String, String)>,
}

/// What happened at one moment.
struct Chapter {
    at: String,
    words: Words,
    details: Vec<Words>,
}

/// Words, the last of which may stand out.
struct Words {
    plain: String,
    class: &'static str,
    toned: String,
}

impl Words {
    fn new(line: Line) -> Self {
        let (class, toned) = match line.toned {
            None => ("", String::new()),
            Some((Tone::Strong, text)) => ("strong", text),
            Some((Tone::Bad, text)) => ("bad", text),
            Some((Tone::Warn, text)) => ("warn", text),
        };
        Self {
            plain: line.plain,
            class,
            toned,
        }
    }
}

/// A fill beside the one that was to be expected.
pub(crate) struct Fill {
    pub(crate) path: String,
    pub(crate) slot: String,
    pub(crate) what: String,
    pub(crate) state: &'static str,
    pub(crate) filled: String,
    pub(crate) price: String,
    pub(crate) expected: String,
    /// What the backtest's rule was applied to.
    pub(crate) basis: &'static str,
    pub(crate) bps: String,
    pub(crate) cost: String,
    /// What slippage came to up to here, where the list says so.
    pub(crate) running: String,
    pub(crate) id: String,
}

impl Fill {
    pub(crate) fn new(order: &OrderLine) -> Self {
        let or_none = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
        Self {
            path: format!("/decisions/{}", &order.slot.to_string()[..16]),
            slot: text::slot(order.slot),
            what: format!("{} {}: {}", order.leg, order.symbol, order.instruction),
            state: chronicle::story::state_word(order.state),
            filled: order.filled.to_string(),
            price: or_none(order.average_price.map(price)),
            expected: or_none(order.expected.map(|expected| price(expected.price))),
            basis: order.expected.map_or("", |expected| expected.basis.words()),
            bps: or_none(
                order
                    .slippage_bps()
                    .map(|bps| format!("{:+.1}", bps.round_dp(1))),
            ),
            cost: or_none(order.slippage().map(text::dollars)),
            running: String::new(),
            id: order.id.to_string(),
        }
    }

    /// The same with what slippage came to up to here.
    pub(crate) fn with_running(self, cost: Money) -> Self {
        Self {
            running: text::dollars(cost),
            ..self
        }
    }
}

struct Hour {
    start: String,
    cells: [String; 4],
}

/// Newest hours shown.
const HOURS_SHOWN: usize = 12;

impl SlotPage {
    pub(crate) fn new(desk: &Desk, visitor: &Visitor, slot: Slot, entries: &[Entry]) -> Self {
        let read = desk.read();
        let story = Story::of(entries);
        let (source, hours) = hours(entries);
        let marks = read.book.marks();
        let at = marks.iter().rposition(|mark| mark.slot == slot);
        let link = |at: Option<usize>| {
            let mark = marks.get(at?)?;
            let path = format!("/decisions/{}", &mark.slot.to_string()[..16]);
            Some((path, text::slot(mark.slot)))
        };
        let of_it = |order: &&OrderLine| order.slot == slot;
        Self {
            frame: Frame::new("Slot", "/decisions", desk, &read, visitor),
            slot: text::slot(slot),
            day: slot.date().to_string(),
            ending: story.ending,
            chapters: chapters(story.lines),
            records: story.records,
            fills: read
                .book
                .orders()
                .iter()
                .filter(of_it)
                .map(Fill::new)
                .collect(),
            hours,
            source,
            before: link(at.and_then(|at| at.checked_sub(1))),
            after: link(at.map(|at| at + 1)),
        }
    }
}

fn chapters(lines: Vec<Line>) -> Vec<Chapter> {
    let mut found: Vec<Chapter> = Vec::new();
    for line in lines {
        match (line.at.clone(), found.last_mut()) {
            (None, Some(chapter)) => chapter.details.push(Words::new(line)),
            (at, _) => found.push(Chapter {
                at: at.unwrap_or_default(),
                words: Words::new(line),
                details: Vec::new(),
            }),
        }
    }
    found
}

/// The newest hours of the source that led.
fn hours(entries: &[Entry]) -> (String, Vec<Hour>) {
    let observed = entries.iter().rev().find_map(|entry| match &entry.record {
        Record::Observed(observation) => Some(observation),
        _ => None,
    });
    let usable = observed.and_then(|observation| {
        observation
            .sources
            .iter()
            .find_map(|view| match &view.reading {
                trading::observation::Reading::Usable { closed, .. } => Some((view, closed)),
                trading::observation::Reading::Unusable { .. } => None,
            })
    });
    let Some((view, closed)) = usable else {
        return (String::new(), Vec::new());
    };
    let newest = &closed[closed.len().saturating_sub(HOURS_SHOWN)..];
    let hour = |hour: &market::Hour| Hour {
        start: text::slot(Slot::new(hour.start)),
        cells: [hour.open, hour.high, hour.low, hour.close].map(price),
    };
    (
        view.source.to_string(),
        newest.iter().rev().map(hour).collect(),
    )
}
