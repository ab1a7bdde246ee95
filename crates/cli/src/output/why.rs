//! `tqqq why`: the whole story of one slot.

use chronicle::story::{Line, Story, Tone};
use market::Slot;
use serde::Serialize;
use trading::record::Entry;

use super::{Paint, Terminal, View};

/// The slot's records as they stand in the chain.
#[derive(Debug, Serialize)]
pub(crate) struct WhyView<'a> {
    schema: &'static str,
    slot: String,
    entries: &'a [Entry],
}

impl<'a> WhyView<'a> {
    /// The view of a slot's entries; at least one.
    pub(crate) fn new(slot: Slot, entries: &'a [Entry]) -> Self {
        Self {
            schema: "tqqq.why/1",
            slot: slot.to_string(),
            entries,
        }
    }
}

impl View for WhyView<'_> {
    fn text(&self, terminal: Terminal) -> String {
        let story = Story::of(self.entries);
        let heading = format!("{}: {}", self.slot, story.ending);
        let mut lines = vec![terminal.paint(Paint::Strong, &heading)];
        lines.extend(story.lines.iter().map(|line| text_of(line, terminal)));
        if let Some(records) = &story.records {
            lines.extend([String::new(), terminal.paint(Paint::Faint, records)]);
        }
        lines.join("\n")
    }
}

fn text_of(line: &Line, terminal: Terminal) -> String {
    let at = match &line.at {
        Some(at) => format!("{}  ", terminal.paint(Paint::Faint, at)),
        None => " ".repeat(14),
    };
    let toned = line.toned.as_ref().map(|(tone, text)| {
        let paint = match tone {
            Tone::Strong => Paint::Strong,
            Tone::Bad => Paint::Bad,
            Tone::Warn => Paint::Warn,
        };
        terminal.paint(paint, text)
    });
    format!("{at}{}{}", line.plain, toned.unwrap_or_default())
}

#[cfg(test)]
mod tests;
