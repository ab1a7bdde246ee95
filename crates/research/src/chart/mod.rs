//! Charts as HTML and SVG text, made here: no script, no font, no network.

mod axis;
mod heat_map;
mod lines;
mod strip;

pub use heat_map::heat_map;
pub use lines::{Line, Marker, Panel, Scale};
pub use strip::strip;

/// Text made safe inside SVG and HTML.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}
